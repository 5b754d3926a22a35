// The Crypto-Binding of TEAP: what is asked for, and every way in which the peer's answer may be wrong.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bind, type Binding, type BindingKeys, bindingRequest, bound } from '../../gateway/eap/teap-binding.ts';

const filled = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => (from + at) % 251);
const chain = filled(40, 3);
const both = { msk: filled(64, 11), emsk: filled(64, 90) };
const outer = [filled(6, 1), filled(8, 2)];
const make = (keys: BindingKeys, of: Parameters<typeof bind>[2] = both): Binding =>
  bind('sha256', chain, of, { keys, random: filled(32, 7), outer });

/** The answer of a peer that has the same keys, with these flags; what is changed is changed before the MACs are made. */
function answerOf(binding: Binding, flags: 1 | 2 | 3, change: (value: Buffer) => void = () => undefined): Buffer {
  const value = Buffer.from(bindingRequest(binding));
  value[3] = (flags << 4) | 1;
  value[35] = (value[35] ?? 0) | 1;
  value.fill(0, 36);
  change(value);
  const over = Buffer.concat([Buffer.from('800c004c', 'hex'), value, Buffer.from([55]), ...outer]);
  const mac = (key: Uint8Array | undefined) =>
    createHmac('sha256', key ?? '')
      .update(over)
      .digest()
      .subarray(0, 20);
  const macs = [mac(binding.byEmsk?.mac), mac(binding.byMsk.mac)];
  for (const [at, made] of macs.entries()) if ((flags & (1 << at)) !== 0) made.copy(value, 36 + 20 * at);
  return value;
}

describe('what is asked', () => {
  it.each<[string, Binding, number, boolean, boolean]>([
    ['both keys', make('both'), 0x30, true, true],
    ['a method without an EMSK', make('both', { msk: both.msk }), 0x20, false, true],
    ['the MSK alone, by configuration', make('msk'), 0x20, false, true],
  ])('%s', (_what, binding, last, byEmsk, byMsk) => {
    const value = bindingRequest(binding);
    expect([...value.subarray(0, 4)]).toEqual([0, 1, 1, last]);
    expect(value).toHaveLength(76);
    // [RFC9930-4.2.13] Even in a request.
    expect((value[35] ?? 1) % 2).toBe(0);
    expect(value.subarray(36, 56).some(octet => octet !== 0)).toBe(byEmsk);
    expect(value.subarray(56).some(octet => octet !== 0)).toBe(byMsk);
  });
  it('a nonce has 32 octets', () => {
    expect(() => bind('sha256', chain, both, { keys: 'both', random: filled(31), outer })).toThrow(RangeError);
  });
});

describe('the answer', () => {
  it.each([1, 2, 3] as const)('by flags %i', flags => {
    const binding = make('both');
    const key = flags === 2 ? binding.byMsk : binding.byEmsk;
    expect(bound(binding, answerOf(binding, flags))).toEqual(key?.chain);
  });
  it('by the MSK, where that is all that was asked for', () => {
    const binding = make('msk');
    expect(bound(binding, answerOf(binding, 2))).toEqual(binding.byMsk.chain);
  });

  const wrong = (answer: Buffer, binding: Binding = make('both')) =>
    expect(bound(binding, answer)).toMatchObject({ refused: 'eap-crypto-binding-wrong' });
  it.each<[string, 1 | 2 | 3, (value: Buffer) => void]>([
    ['another version of the TLV', 3, value => void (value[1] = 2)],
    ['[RFC9930-3.1] another version heard of', 3, value => void (value[2] = 2)],
    ['a request in place of an answer', 3, value => void (value[3] = 0x30)],
    ['no MAC at all', 3, value => void (value[3] = 0x01)],
    ['flags that nobody has defined', 3, value => void (value[3] = 0x71)],
    ['the nonce of the request', 3, value => void (value[35] = 0x26)],
    ['another nonce', 3, value => void (value[4] = 0)],
  ])('%s is wrong, though its MACs hold', (_what, flags, change) => {
    wrong(answerOf(make('both'), flags, change));
  });
  it('every octet counts, but the reserved one is only under the MAC', () => {
    for (let at = 0; at < 76; at++) {
      const answer = answerOf(make('both'), 3);
      answer[at] = (answer[at] ?? 0) ^ 1;
      wrong(answer);
    }
  });
  it('a MAC that is claimed must hold, even beside one that does', () => {
    const answer = answerOf(make('both'), 3);
    answer.fill(0, 36, 56);
    wrong(answer);
  });
  it('an EMSK that only the peer has is wrong', () => {
    const binding = make('both', { msk: both.msk });
    wrong(answerOf(binding, 1), binding);
    wrong(answerOf(binding, 3), binding);
  });
  it('of another tunnel, another method, other TLVs beside TLS', () => {
    const answer = answerOf(make('both'), 3);
    const others = [
      bind('sha256', filled(40, 4), both, { keys: 'both', random: filled(32, 7), outer }),
      bind('sha256', chain, { ...both, msk: filled(64, 12) }, { keys: 'both', random: filled(32, 7), outer }),
      bind('sha256', chain, both, { keys: 'both', random: filled(32, 7), outer: [filled(6, 2), filled(8, 2)] }),
      bind('sha384', chain, both, { keys: 'both', random: filled(32, 7), outer }),
    ];
    for (const other of others) wrong(answer, other);
  });
  it.each([0, 75, 77])('%i octets are none', length => wrong(Buffer.alloc(length)));
});
