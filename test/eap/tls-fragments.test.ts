// EAP-TLS fragments: RFC 5216 sections 2.1.5 and 3, RFC 9190 section 2.4, and what hostile peers make of them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import {
  acknowledgementData,
  type Collected,
  collect,
  cutMessage,
  decodeFragment,
  emptyCollection,
  encodeFragment,
  fragmentBytesFor,
  isStart,
  startData,
  type TlsFragment,
} from '../../gateway/eap/tls-fragments.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const limit = 65_536;

/** Collects fragments as they come, until the message is whole or refused. */
function gather(fragments: readonly TlsFragment[], maxBytes = limit): Collected | Refused {
  let collection = emptyCollection;
  for (const [at, fragment] of fragments.entries()) {
    const collected = collect(collection, fragment, maxBytes);
    if (isRefused(collected) || collected.complete || at === fragments.length - 1) return collected;
    collection = collected.collection;
  }
  throw new Error('no fragment');
}

describe('fragment octets', () => {
  it.each<[string, string, TlsFragment]>([
    ['acknowledgement', '00', { more: false, data: hex('') }],
    ['whole message', '00 1603', { more: false, data: hex('1603') }],
    ['whole message with length', '80 00000002 1603', { messageLength: 2, more: false, data: hex('1603') }],
    ['first fragment', 'c0 00000bb8 1603', { messageLength: 3_000, more: true, data: hex('1603') }],
    ['middle fragment', '40 1603', { more: true, data: hex('1603') }],
    ['acknowledgement with length', '80 00000000', { messageLength: 0, more: false, data: hex('') }],
    ['largest length', 'c0 ffffffff 16', { messageLength: 0xffffffff, more: true, data: hex('16') }],
  ])('reads and writes: %s', (_name, octets, fragment) => {
    expect(decodeFragment(hex(octets))).toEqual(fragment);
    expect(encodeFragment(fragment)).toEqual(hex(octets));
  });

  it('[RFC5216-3.1] ignores reserved bits, and S from the peer', () => {
    expect(decodeFragment(hex('1f 16'))).toEqual({ more: false, data: hex('16') });
    expect(decodeFragment(hex('20 16'))).toEqual({ more: false, data: hex('16') });
  });

  it.each([
    ['no flags', ''],
    ['L without a length', '80'],
    ['L with half a length', 'c0 0000'],
    ['M without data', '40'],
    ['L and M without data', 'c0 00000010'],
  ])('refuses %s', (_name, octets) => {
    expect(decodeFragment(hex(octets))).toMatchObject({ refused: 'eap-fragment-malformed' });
  });

  it('knows the Start and the acknowledgement', () => {
    expect([isStart(startData), isStart(acknowledgementData), isStart(hex(''))]).toEqual([true, false, false]);
    expect(decodeFragment(acknowledgementData)).toEqual({ more: false, data: hex('') });
  });

  it('never throws on foreign octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), octets => {
        const fragment = decodeFragment(octets);
        if (!isRefused(fragment)) expect(fragment.more && fragment.data.length === 0).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('cutting and collecting', () => {
  it('gives back any message cut to any size, over the wire', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 9_000 }),
        fc.integer({ min: 1, max: 2_000 }),
        (message, size) => {
          fc.pre(message.length / size < 300);
          const fragments = cutMessage(message, size);
          expect(fragments).toHaveLength(Math.ceil(message.length / size));
          expect(fragments.every(({ data }) => data.length <= size)).toBe(true);
          const [first, ...rest] = fragments;
          // [RFC9190-2.4] The length stands on the first of several, and on no other.
          expect(first?.messageLength).toBe(rest.length === 0 ? undefined : message.length);
          expect(rest.every(({ messageLength }) => messageLength === undefined)).toBe(true);
          const read = fragments.map(fragment => decodeFragment(encodeFragment(fragment)));
          expect(gather(read.flatMap(one => (isRefused(one) ? [] : [one])))).toEqual({ complete: true, message });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes the length on any set of fragments, or on none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.boolean()), { minLength: 1 }),
        parts => {
          const message = Uint8Array.from(parts.flatMap(([data]) => [...data]));
          const fragments = parts.map(([data, declares], at): TlsFragment => {
            const fragment = { more: at < parts.length - 1, data };
            return declares ? { ...fragment, messageLength: message.length } : fragment;
          });
          expect(gather(fragments)).toEqual({ complete: true, message });
        },
      ),
    );
  });

  it('refuses every total that is not the declared one', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 2, maxLength: 400 }),
        fc.integer({ min: 1, max: 100 }),
        fc.nat(800),
        (m, size, lie) => {
          fc.pre(lie !== m.length);
          const [first = { more: false, data: m }, ...rest] = cutMessage(m, size);
          expect(gather([{ ...first, messageLength: lie }, ...rest])).toMatchObject({
            refused: 'eap-fragment-malformed',
          });
        },
      ),
    );
  });

  const part = (data: string, more: boolean, messageLength?: number): TlsFragment =>
    messageLength === undefined ? { more, data: hex(data) } : { messageLength, more, data: hex(data) };
  it.each<[string, TlsFragment[], string, number?]>([
    ['a declared length beyond the limit', [part('16', true, 65_537)], 'eap-message-too-large'],
    ['a huge declared length', [part('16', true, 0xffffffff)], 'eap-message-too-large'],
    ['more octets than the limit, undeclared', [part('1603', true), part('0303', true)], 'eap-message-too-large', 3],
    ['two lengths that differ', [part('1603', true, 8), part('0303', true, 9)], 'eap-fragment-malformed'],
    ['a length that is already exceeded', [part('1603', true), part('0303', true, 3)], 'eap-fragment-malformed'],
    ['an early end', [part('1603', true, 8), part('0303', false)], 'eap-fragment-malformed'],
    ['more than declared', [part('1603', true, 3), part('0303', false)], 'eap-fragment-malformed'],
  ])('refuses %s', (_name, fragments, reason, maxBytes) => {
    expect(gather(fragments, maxBytes)).toMatchObject({ refused: reason });
  });

  it('holds exactly the limit', () => {
    expect(gather([part('16030303', false)], 4)).toMatchObject({ complete: true });
    expect(gather([part('16030303', false)], 3)).toMatchObject({ refused: 'eap-message-too-large' });
  });

  it('cuts nothing into one empty fragment', () => {
    expect(cutMessage(hex(''), 100)).toEqual([{ more: false, data: hex('') }]);
    expect(() => cutMessage(hex('16'), 0)).toThrow(RangeError);
  });
});

describe('fragment size', () => {
  it.each([
    [1_000, undefined, 1_000],
    [1_000, 1_400, 1_000],
    [1_400, 1_020, 1_010],
    [1_000, 64, 100],
    [1_000, 0, 100],
    [50, undefined, 100],
    [60_000, 65_535, 3_500],
  ])('configured %s, Framed-MTU %s: %s octets', (configured, framedMtu, expected) => {
    expect(fragmentBytesFor(configured, framedMtu)).toBe(expected);
  });

  it('[RFC3579-2.4] keeps the EAP packet within the Framed-MTU', () => {
    for (const framedMtu of [110, 500, 1_020, 1_500]) {
      const [first] = cutMessage(new Uint8Array(9_000), fragmentBytesFor(1_400, framedMtu));
      if (first === undefined) throw new Error('no fragment');
      expect(5 + encodeFragment(first).length).toBeLessThanOrEqual(framedMtu);
    }
  });
});
