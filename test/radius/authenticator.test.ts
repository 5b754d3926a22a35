import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import { all, attribute, eapAttributes } from '../../gateway/radius/attributes.ts';
import { signReply, signRequest, verifyReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { packetCodes, type RequestName } from '../../gateway/radius/code.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { readVectors } from './read-vectors.ts';

const secret = Buffer.from('posture-lab-secret');
const random = Uint8Array.from({ length: 16 }, (_, index) => index);
const strict = { requireMessageAuthenticator: true };

function packetOf(bytes: Uint8Array | Refused): Packet {
  if (isRefused(bytes)) throw new Error(bytes.refused);
  const packet = decode(bytes);
  if (isRefused(packet)) throw new Error(packet.refused);
  return packet;
}

const named = (name: RequestName, attributes = [attribute('User-Name', 'laptop-07')]) =>
  packetOf(signRequest({ code: packetCodes[name], identifier: 9, authenticator: random, attributes }, secret));

const signedVector = (name: string) => {
  const vector = readVectors().find(found => found.file === 'signed.txt' && found.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return packetOf(vector.octets);
};

describe('signRequest', () => {
  it.each(['Access-Request', 'Accounting-Request', 'Status-Server', 'Disconnect-Request', 'CoA-Request'] as const)(
    '%s is accepted with its secret, and refused with one octet changed anywhere',
    name => {
      const { bytes } = named(name);
      expect(verifyRequest(packetOf(bytes), secret, strict)).toBe(true);
      for (let at = 0; at < bytes.length; at++) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const packet = decode(changed);
        if (!isRefused(packet)) expect([at, verifyRequest(packet, secret, strict)]).not.toEqual([at, true]);
      }
    },
  );

  it('puts Message-Authenticator first, and none into Accounting-Request [RFC3579-3.3]', () => {
    expect(named('Access-Request').attributes[0]?.type).toBe(80);
    expect(named('Accounting-Request').messageAuthenticatorAt).toBeUndefined();
  });

  it('makes the octets of the reference vectors', () => {
    for (const name of ['coa request', 'disconnect request', 'status request', 'accounting start']) {
      const vector = signedVector(name);
      const attributes = vector.attributes.filter(({ type }) => type !== 80);
      const made = signRequest({ ...vector, attributes }, secret);
      expect(Buffer.from(made).toString('hex')).toBe(Buffer.from(vector.bytes).toString('hex'));
    }
  });

  it('throws on a code that asks nothing, and on a Message-Authenticator of the caller', () => {
    const base = { identifier: 1, authenticator: random, attributes: [] };
    expect(() => signRequest({ ...base, code: 2 }, secret)).toThrow(TypeError);
    const own = [attribute('Message-Authenticator', new Uint8Array(16))];
    expect(() => signRequest({ ...base, code: 1, attributes: own }, secret)).toThrow(TypeError);
  });
});

describe('signReply', () => {
  it.each([
    ['accept', 'access request'],
    ['reject', 'access request'],
    ['accounting response', 'accounting start'],
    ['coa ack', 'coa request'],
    ['coa nak', 'coa request'],
  ])('makes the octets of the reference vector "%s"', (reply, request) => {
    const vector = signedVector(reply);
    const attributes = vector.attributes.filter(({ type }) => type !== 80 && type !== 33);
    const made = packetOf(signReply({ code: vector.code, attributes }, signedVector(request), secret));
    expect(Buffer.from(made.bytes).toString('hex')).toBe(Buffer.from(vector.bytes).toString('hex'));
  });

  it('puts Message-Authenticator first also when the request had none (CVE-2024-3596)', () => {
    const unsigned = packetOf(
      signRequest({ code: 1, identifier: 1, authenticator: random, attributes: [] }, secret, {
        messageAuthenticator: false,
      }),
    );
    const reply = packetOf(signReply({ code: 3, attributes: [attribute('Reply-Message', 'no')] }, unsigned, secret));
    expect(reply.attributes.map(({ type }) => type)).toEqual([80, 18]);
    expect(verifyReply(reply, unsigned, secret)).toBe(true);
  });

  it('echoes every Proxy-State in order, whatever it holds [RFC2865-5.33]', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 10 }), states => {
        const request = named(
          'Access-Request',
          states.map(state => attribute('Proxy-State', state)),
        );
        const reply = packetOf(signReply({ code: 2, attributes: [attribute('Session-Timeout', 60)] }, request, secret));
        expect(reply.attributes.slice(0, 2).map(({ type }) => type)).toEqual([80, 27]);
        expect(all(reply.attributes, 'Proxy-State').map(found => Array.from(found))).toEqual(
          states.map(state => Array.from(state)),
        );
        expect(verifyReply(reply, request, secret)).toBe(true);
      }),
    );
  });

  it('is verified by the same digests computed from the RFC text', () => {
    const request = named('Access-Request');
    const { bytes } = packetOf(
      signReply({ code: 11, attributes: [attribute('State', Buffer.from('s'))] }, request, secret),
    );
    const overRequest = Buffer.from(bytes);
    overRequest.set(request.authenticator, 4);
    const response = createHash('md5').update(overRequest).update(secret).digest();
    expect(response.equals(bytes.subarray(4, 20))).toBe(true);
    overRequest.fill(0, 22, 38);
    const mac = createHmac('md5', secret).update(overRequest).digest();
    expect(mac.equals(bytes.subarray(22, 38))).toBe(true);
  });

  it('refuses a reply over 4096 octets: a peer can cause one by Proxy-State', () => {
    const states = Array.from({ length: 15 }, () => attribute('Proxy-State', new Uint8Array(253).fill(1)));
    const request = named('Access-Request', states);
    const reply = { code: 2, attributes: [attribute('Reply-Message', 'x'.repeat(253))] };
    expect(signReply(reply, request, secret)).toMatchObject({ refused: 'reply-too-large' });
    const many = Array.from({ length: 199 }, () => attribute('Proxy-State', Uint8Array.of(1)));
    expect(signReply(reply, named('Access-Request', many), secret)).toMatchObject({ detail: '201 attributes' });
  });

  it('throws when the code does not answer the request, or the caller adds what signing adds', () => {
    const request = named('Access-Request');
    expect(() => signReply({ code: 5, attributes: [] }, request, secret)).toThrow(TypeError);
    expect(() => signReply({ code: 1, attributes: [] }, request, secret)).toThrow(TypeError);
    const state = [attribute('Proxy-State', Uint8Array.of(1))];
    expect(() => signReply({ code: 2, attributes: state }, request, secret)).toThrow(TypeError);
  });

  it('leaves the answer to accounting without attributes of its own', () => {
    const request = named('Accounting-Request', [
      attribute('User-Name', 'x'),
      attribute('Proxy-State', Uint8Array.of(7)),
    ]);
    expect(packetOf(signReply({ code: 5, attributes: [] }, request, secret)).attributes).toEqual([
      { type: 33, bytes: Uint8Array.of(7) },
    ]);
  });
});

describe('signReply to a NAS that wants no Message-Authenticator', () => {
  const request = named('Access-Request');
  const signed = (code: number, attributes = [attribute('Reply-Message', 'no')]) =>
    packetOf(signReply({ code, attributes }, request, secret, { unsignedReplies: true }));

  it('leaves it out, and the Response Authenticator is right all the same', () => {
    const reply = signed(3);
    expect(reply.messageAuthenticatorAt).toBeUndefined();
    expect(verifyReply(reply, request, secret, 'none')).toBe(true);
    expect(verifyReply(reply, request, secret)).toMatchObject({ refused: 'message-authenticator-missing' });
  });
  it('[RFC3579-3.2] puts it beside EAP, first', () => {
    const reply = signed(11, [...eapAttributes(Buffer.from('010100050d', 'hex'))]);
    expect(verifyReply(reply, request, secret)).toBe(true);
  });
});

describe('verifyRequest', () => {
  it('compares all 16 octets of each digest', () => {
    const { bytes, messageAuthenticatorAt: at = 0 } = named('Access-Request');
    for (let octet = 0; octet < 16; octet++) {
      const changed = Uint8Array.from(bytes);
      changed[at + octet] = (changed[at + octet] ?? 0) ^ 0x80;
      expect(verifyRequest(packetOf(changed), secret, strict)).toMatchObject({
        refused: 'message-authenticator-wrong',
      });
    }
  });
  it('does not write into the datagram it was given', () => {
    const { bytes } = named('Accounting-Request');
    const before = Buffer.from(bytes).toString('hex');
    verifyRequest(packetOf(bytes), secret, strict);
    expect(Buffer.from(bytes).toString('hex')).toBe(before);
  });
  it('takes a Message-Authenticator in any place of a request', () => {
    const request = named('Access-Request', [...eapAttributes(Uint8Array.of(2, 1, 0, 5, 1))]);
    const moved = Buffer.from(request.bytes);
    const [first, ...rest] = request.attributes;
    if (first === undefined) throw new Error('empty');
    const at = moved.length - 16;
    const body = rest.flatMap(({ type, bytes }) => [type, bytes.length + 2, ...bytes]);
    moved.set([...body, 80, 18, ...new Uint8Array(16)], 20);
    moved.set(createHmac('md5', secret).update(moved).digest(), at);
    expect(verifyRequest(packetOf(moved), secret, strict)).toBe(true);
  });
});
