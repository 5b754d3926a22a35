// Every packet of the vectors, octet by octet: cut short anywhere, and with any one octet changed. Nothing throws, every refusal
// has a word of the closed list, and no part of a signed packet is taken for the whole.

import { describe, expect, it } from 'vitest';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import { readAccounting } from '../../gateway/radius/accounting.ts';
import { verifyRequest } from '../../gateway/radius/authenticator.ts';
import { readClaims } from '../../gateway/radius/claims.ts';
import { readCredentials } from '../../gateway/radius/credentials.ts';
import { dump } from '../../gateway/radius/dump.ts';
import { decode, encode, type Packet } from '../../gateway/radius/packet.ts';
import { reasons } from '../../gateway/reasons.ts';
import { readVectors, type Vector } from './read-vectors.ts';

const readable = readVectors().filter(vector => vector.value('refused') === undefined);
const titled = (vectors: readonly Vector[]) =>
  vectors.map(vector => [`${vector.file}, ${vector.name}`, vector] as const);
const accepted = readable.filter(({ value }) => value('server-strict') === 'accepted');

/** Everything that reads a packet reads this one. */
function readAll(packet: Packet, secret: Uint8Array): void {
  expect(Buffer.from(encode(packet)).equals(packet.bytes)).toBe(true);
  dump(packet);
  readClaims(packet);
  const said: unknown[] = [readCredentials(packet, secret), readAccounting(packet, 1_767_225_600_000)];
  for (const why of said) if (isRefused(why)) expectListed(why);
}

function expectListed({ refused }: Refused): void {
  expect(Object.keys(reasons)).toContain(refused);
}

const secretOf = (vector: Vector) => Buffer.from(vector.value('secret') ?? 'unknown');
const wholeOf = (vector: Vector) => {
  const padding = Number(vector.value('padding') ?? 0);
  return vector.octets.subarray(0, vector.octets.length - padding);
};
const strict = { requireMessageAuthenticator: true } as const;

describe('cut short after any octet', () => {
  it.each(titled(readable))('%s: is no packet, for its Length says more', (_title, vector) => {
    const whole = wholeOf(vector);
    for (let size = 0; size < whole.length; size++) {
      const word = size < 20 ? 'packet-too-short' : 'packet-length-wrong';
      expect(decode(whole.subarray(0, size))).toMatchObject({ refused: word });
    }
  });

  it.each(titled(readable))('%s: with the Length mended, ends between two attributes or is none', (_title, vector) => {
    const whole = decode(wholeOf(vector));
    if (isRefused(whole)) throw new Error(whole.refused);
    const ends = [20];
    for (const { bytes } of whole.attributes) ends.push((ends.at(-1) ?? 0) + 2 + bytes.length);
    for (let size = 20; size < whole.bytes.length; size++) {
      const cut = Buffer.from(whole.bytes.subarray(0, size));
      cut.writeUInt16BE(size, 2);
      const packet = decode(cut);
      if (isRefused(packet)) {
        expectListed(packet);
        expect(ends).not.toContain(size);
      } else {
        expect(ends).toContain(size);
        readAll(packet, secretOf(vector));
        expect(isRefused(verifyRequest(packet, secretOf(vector), strict))).toBe(true);
      }
    }
  });
});

describe('with any one octet changed', () => {
  it.each(titled(readable))('%s: is read, or refused with a word', (_title, vector) => {
    for (const octets of changed(vector)) {
      const packet = decode(octets);
      if (isRefused(packet)) expectListed(packet);
      else readAll(packet, secretOf(vector));
    }
  });

  it.each(titled(accepted))('%s: is never taken for what was signed', (_title, vector) => {
    for (const octets of changed(vector)) {
      const packet = decode(octets);
      const verdict = isRefused(packet) ? packet : verifyRequest(packet, secretOf(vector), strict);
      expect(isRefused(verdict)).toBe(true);
    }
  });

  function* changed(vector: Vector): Generator<Uint8Array> {
    for (const [at, octet] of wholeOf(vector).entries()) {
      for (const other of [octet ^ 1, octet ^ 0x80, 0, 255]) {
        if (other === octet) continue;
        const octets = Buffer.from(wholeOf(vector));
        octets[at] = other;
        yield octets;
      }
    }
  }
});
