// Packets out of a stream: what comes out does not depend on how it came in, and a wrong length ends it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import { packetFraming } from '../../gateway/radius/framing.ts';

/** A packet by its Length field alone. */
const packet = fc
  .tuple(fc.uint8Array({ minLength: 20, maxLength: 4096 }))
  .map(([octets]) => withLength(octets, octets.length));

function withLength(octets: Uint8Array, length: number): Uint8Array {
  const out = Buffer.from(octets);
  out.writeUInt16BE(length, 2);
  return out;
}

function* taken(framing: ReturnType<typeof packetFraming>): Generator<Uint8Array | Refused> {
  for (let next = framing.next(); next !== undefined; next = framing.next()) {
    yield next;
    if (isRefused(next)) return;
  }
}

/** Cut at these places, whatever they are. */
function chunks(stream: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...cuts.map(cut => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return places.slice(1).map((end, index) => stream.subarray(places[index], end));
}

describe('packetFraming', () => {
  it('gives the same packets whatever the pieces [RFC6613-2.6.4]', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 5 }), fc.array(fc.nat(20_000), { maxLength: 40 }), (packets, cuts) => {
        const framing = packetFraming();
        const out: (Uint8Array | Refused)[] = [];
        for (const piece of chunks(Buffer.concat(packets), cuts)) {
          framing.push(piece);
          out.push(...taken(framing));
        }
        expect(out.map(each => (isRefused(each) ? each.refused : Buffer.from(each).toString('hex')))).toEqual(
          packets.map(each => Buffer.from(each).toString('hex')),
        );
        expect(framing.waiting()).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('takes the longest and the shortest packet octet by octet', () => {
    for (const length of [20, 4096]) {
      const framing = packetFraming();
      const whole = withLength(new Uint8Array(length), length);
      for (const [at, octet] of whole.entries()) {
        expect(framing.next()).toBeUndefined();
        expect(framing.waiting()).toBe(at);
        framing.push(Uint8Array.of(octet));
      }
      expect(framing.next()).toEqual(whole);
      expect(framing.next()).toBeUndefined();
    }
  });

  it.each([0, 19, 4097, 65_535])('refuses Length %i as soon as it is read, and for ever', length => {
    const framing = packetFraming();
    framing.push(withLength(new Uint8Array(20), 20));
    framing.push(withLength(new Uint8Array(4), length));
    expect(framing.next()).toHaveLength(20);
    for (let times = 0; times < 3; times++) {
      expect(framing.next()).toMatchObject({ refused: 'packet-length-wrong' });
      framing.push(withLength(new Uint8Array(20), 20));
    }
  });

  it('holds what a packet needs and the last piece, and no more', () => {
    fc.assert(
      fc.property(
        fc.array(packet, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 300 }),
        (packets, size) => {
          const framing = packetFraming();
          const stream = Buffer.concat(packets);
          for (let at = 0; at < stream.length; at += size) {
            framing.push(stream.subarray(at, at + size));
            expect(framing.waiting()).toBeLessThan(4096 + size);
            expect([...taken(framing)].some(isRefused)).toBe(false);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
