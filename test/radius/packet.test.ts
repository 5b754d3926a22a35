import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { decode, encode, encodedLength, type PacketContent } from '../../gateway/radius/packet.ts';

const octet = fc.integer({ min: 0, max: 255 });
const authenticator = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Any attribute but Message-Authenticator, which has rules of its own. */
const anyAttribute = fc.record({
  type: octet.filter(type => type !== 80),
  bytes: fc.uint8Array({ maxLength: 253 }),
});
const anyPacket = fc.record({
  code: octet,
  identifier: octet,
  authenticator,
  attributes: fc.array(anyAttribute, { maxLength: 15 }),
});

function content(packet: PacketContent) {
  return {
    code: packet.code,
    identifier: packet.identifier,
    authenticator: Array.from(packet.authenticator),
    attributes: packet.attributes.map(({ type, bytes }) => ({ type, bytes: Array.from(bytes) })),
  };
}

const header = (length: number, size = length) => {
  const bytes = Buffer.alloc(size);
  bytes[0] = 1;
  bytes.writeUInt16BE(length, 2);
  return bytes;
};

describe('decode', () => {
  it('gives back what encode was given, whatever follows as padding [RFC2865-3]', () => {
    fc.assert(
      fc.property(anyPacket, fc.uint8Array({ maxLength: 20 }), (packet, padding) => {
        const decoded = decode(Buffer.concat([encode(packet), padding]));
        if (isRefused(decoded)) throw new Error(decoded.refused);
        expect(content(decoded)).toEqual(content(packet));
        expect(decoded.bytes.length).toBe(encodedLength(packet.attributes));
      }),
    );
  });

  it('takes any octets without throwing, and re-encodes what it takes to the octet', () => {
    const anything = fc.uint8Array({ maxLength: 300 });
    // Half of them with a true Length, so that the attributes are reached.
    const shaped = fc.uint8Array({ minLength: 20, maxLength: 300 }).map(bytes => {
      const out = Uint8Array.from(bytes);
      out[2] = out.length >> 8;
      out[3] = out.length & 0xff;
      return out;
    });
    fc.assert(
      fc.property(fc.oneof(anything, shaped), datagram => {
        const packet = decode(datagram);
        if (!isRefused(packet)) expect(Buffer.compare(encode(packet), packet.bytes)).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps views, not copies: the hot path allocates no octets', () => {
    const datagram = encode({
      code: 1,
      identifier: 1,
      authenticator: new Uint8Array(16),
      attributes: [attribute('NAS-Port', 7)],
    });
    const packet = decode(datagram);
    if (isRefused(packet)) throw new Error(packet.refused);
    expect(packet.bytes).toBe(datagram);
    expect(packet.attributes[0]?.bytes.buffer).toBe(datagram.buffer);
  });

  it.each([
    ['nothing at all', Buffer.alloc(0), 'packet-too-short'],
    ['19 octets', header(20, 19), 'packet-too-short'],
    ['Length 0', header(0, 20), 'packet-length-wrong'],
    ['Length 19', header(19, 20), 'packet-length-wrong'],
    ['Length 4097', header(4097), 'packet-length-wrong'],
    ['Length 65535', header(65535), 'packet-length-wrong'],
    ['Length 21 of 20', header(21, 20), 'packet-length-wrong'],
  ])('refuses %s', (_what, datagram, reason) => {
    expect(decode(datagram)).toMatchObject({ refused: reason });
  });

  it('takes 20 and 4096 octets', () => {
    expect(decode(header(20))).toMatchObject({ code: 1, attributes: [] });
    const full = {
      code: 1,
      identifier: 0,
      authenticator: new Uint8Array(16),
      attributes: Array.from({ length: 16 }, () => ({ type: 33, bytes: new Uint8Array(252) })),
    };
    const octets = encode({ ...full, attributes: [...full.attributes, { type: 33, bytes: new Uint8Array(10) }] });
    expect(octets.length).toBe(4096);
    expect(decode(octets)).toMatchObject({ code: 1 });
  });

  it('takes 200 attributes and no more', () => {
    const many = (count: number) =>
      decode(
        encode({
          code: 1,
          identifier: 0,
          authenticator: new Uint8Array(16),
          attributes: Array.from({ length: count }, () => ({ type: 33, bytes: Uint8Array.of(1) })),
        }),
      );
    expect(many(200)).toMatchObject({ code: 1 });
    expect(many(201)).toMatchObject({ refused: 'too-many-attributes' });
  });
});

describe('encode fails loudly on', () => {
  const base = { code: 2, identifier: 0, authenticator: new Uint8Array(16), attributes: [] };
  it.each([
    [
      '4097 octets',
      { ...base, attributes: Array.from({ length: 16 }, () => ({ type: 25, bytes: new Uint8Array(253) })) },
    ],
    ['an attribute of 254 octets', { ...base, attributes: [{ type: 25, bytes: new Uint8Array(254) }] }],
    ['an authenticator of 15 octets', { ...base, authenticator: new Uint8Array(15) }],
    ['identifier 256', { ...base, identifier: 256 }],
    ['code -1', { ...base, code: -1 }],
    ['type 1.5', { ...base, attributes: [{ type: 1.5, bytes: new Uint8Array(1) }] }],
  ])('%s', (_what, packet) => {
    expect(() => encode(packet)).toThrow(RangeError);
  });
});
