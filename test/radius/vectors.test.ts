import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { all } from '../../gateway/radius/attributes.ts';
import { verifyReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { readCredentials } from '../../gateway/radius/credentials.ts';
import { isAttributeName } from '../../gateway/radius/dictionary.ts';
import { dump } from '../../gateway/radius/dump.ts';
import { revealKey } from '../../gateway/radius/hiding.ts';
import { decode, encode, type Packet } from '../../gateway/radius/packet.ts';
import { readVectors, type Vector } from './read-vectors.ts';

const vectors = readVectors();

function packetOf(vector: Vector): Packet {
  const packet = decode(vector.octets);
  if (isRefused(packet)) throw new Error(`${vector.name}: ${packet.refused} ${packet.detail ?? ''}`);
  return packet;
}

const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'));
const secretOf = (vector: Vector) => Buffer.from(vector.value('secret') ?? '');
const word = (verdict: ReturnType<typeof verifyRequest>) => (verdict === true ? 'accepted' : verdict.refused);
const having = (...keys: Parameters<Vector['value']>) =>
  vectors
    .filter(vector => keys.some(key => vector.value(key) !== undefined))
    .map(vector => [title(vector), vector] as const);
const title = (vector: Vector) => `${vector.file}, ${vector.name}: ${vector.sentence}`;

it('there are vectors of every file, and each has a name of its own', () => {
  expect(new Set(vectors.map(({ file }) => file)).size).toBe(6);
  expect(vectors.length).toBeGreaterThan(55);
  expect(new Set(vectors.map(({ file, name }) => `${file} ${name}`)).size).toBe(vectors.length);
});

describe('refused by decoding', () => {
  it.each(having('refused'))('%s', (_title, vector) => {
    expect(decode(vector.octets)).toMatchObject({ refused: vector.value('refused') });
  });
});

describe('decoded, shown, and encoded to the same octets', () => {
  it.each(
    vectors.filter(vector => vector.value('refused') === undefined).map(vector => [title(vector), vector] as const),
  )('%s', (_title, vector) => {
    const packet = packetOf(vector);
    const padding = Number(vector.value('padding') ?? 0);
    expect(dump(packet)).toEqual(vector.values('means'));
    expect(hex(encode(packet))).toBe(hex(vector.octets.subarray(0, vector.octets.length - padding)));
  });
});

describe('verified by a server', () => {
  it.each(having('server-strict'))('that demands a Message-Authenticator: %s', (_title, vector) => {
    const verdict = verifyRequest(packetOf(vector), secretOf(vector), { requireMessageAuthenticator: true });
    expect(word(verdict)).toBe(vector.value('server-strict'));
  });
  it.each(having('server-lax'))('that does not: %s', (_title, vector) => {
    const verdict = verifyRequest(packetOf(vector), secretOf(vector), { requireMessageAuthenticator: false });
    expect(word(verdict)).toBe(vector.value('server-lax'));
  });
  it.each(having('server-strict'))('never with another secret: %s', (_title, vector) => {
    const verdict = verifyRequest(packetOf(vector), Buffer.from('not the secret'), {
      requireMessageAuthenticator: true,
    });
    expect(word(verdict)).not.toBe('accepted');
  });
});

describe('verified by a client', () => {
  const requestOf = (vector: Vector): Pick<Packet, 'code' | 'identifier' | 'authenticator' | 'attributes'> => {
    const printed = vector.value('authenticator');
    if (printed !== undefined) {
      return { code: 1, identifier: 7, authenticator: Buffer.from(printed, 'hex'), attributes: [] };
    }
    const request = vectors.find(({ file, name }) => file === vector.file && name === vector.value('answers'));
    if (request === undefined) throw new Error(`${vector.name} answers nothing`);
    return packetOf(request);
  };
  it.each(having('client-strict'))('that demands a Message-Authenticator in front: %s', (_title, vector) => {
    expect(word(verifyReply(packetOf(vector), requestOf(vector), secretOf(vector)))).toBe(
      vector.value('client-strict'),
    );
  });
  it.each(having('client-lax'))('that demands none: %s', (_title, vector) => {
    expect(word(verifyReply(packetOf(vector), requestOf(vector), secretOf(vector), 'none'))).toBe(
      vector.value('client-lax'),
    );
  });
});

describe('hidden values', () => {
  it.each(having('password'))('%s', (_title, vector) => {
    const credentials = readCredentials(packetOf(vector), secretOf(vector));
    const password = Uint8Array.from(Buffer.from(vector.value('password') ?? ''));
    expect(credentials).toEqual({ kind: 'password', password });
  });
  it.each(vectors.filter(vector => vector.values('key').length > 0).map(vector => [title(vector), vector] as const))(
    '%s',
    (_title, vector) => {
      const authenticator = Buffer.from(vector.value('authenticator') ?? '', 'hex');
      for (const line of vector.values('key')) {
        const [name = '', key] = line.split(' ');
        if (!isAttributeName(name)) throw new Error(`no attribute ${name}`);
        const hidden = all(packetOf(vector).attributes, name).map(value =>
          hex(revealKey(value, authenticator, secretOf(vector))),
        );
        expect(hidden).toEqual([key]);
      }
    },
  );
});
