import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recentRequests, type RequestKey } from '../../gateway/radius/duplicates.ts';

const key: RequestKey = { address: '192.0.2.1', port: 40_000, code: 1, identifier: 7, socket: '0.0.0.0:1812' };
const a = new Uint8Array(16).fill(1);
const b = new Uint8Array(16).fill(2);
const reply = Uint8Array.of(2, 7);

describe('recent requests [RFC5080-2.2.2]', () => {
  it('a copy during work is silent, a copy after the answer gets the same octets', () => {
    const recent = recentRequests();
    expect(recent.look(key, a, 0)).toEqual({ seen: 'new' });
    expect(recent.look(key, a, 10)).toEqual({ seen: 'in-progress' });
    recent.answered(key, a, reply, 20);
    const again = recent.look(key, a, 30);
    expect(again).toEqual({ seen: 'answered', bytes: reply });
    expect(again.seen === 'answered' && again.bytes).toBe(reply);
  });

  it('looked at before anything was verified, it says the same and changes nothing', () => {
    const recent = recentRequests();
    expect(recent.repeated(key, a, 0)).toBeUndefined();
    expect(recent.count()).toBe(0);
    recent.look(key, a, 0);
    expect(recent.repeated(key, a, 1)).toEqual({ seen: 'in-progress' });
    // A forgery with another authenticator takes the place of nothing.
    expect(recent.repeated(key, b, 1)).toBeUndefined();
    recent.answered(key, a, reply, 2);
    expect(recent.repeated(key, a, 3)).toEqual({ seen: 'answered', bytes: reply });
    expect(recent.look(key, a, 3)).toEqual({ seen: 'answered', bytes: reply });
  });

  it('one that waited while a newer one with its key was looked at is outdated, and takes the place of nothing', () => {
    const recent = recentRequests();
    recent.look(key, b, 10);
    expect(recent.look(key, a, 5)).toEqual({ seen: 'outdated' });
    expect(recent.look(key, b, 11)).toEqual({ seen: 'in-progress' });
    recent.answered(key, b, reply, 12);
    expect(recent.look(key, a, 5)).toEqual({ seen: 'outdated' });
    expect(recent.look(key, b, 13)).toEqual({ seen: 'answered', bytes: reply });
  });

  it.each<[string, RequestKey]>([
    ['source address', { ...key, address: '192.0.2.2' }],
    ['source port', { ...key, port: 40_001 }],
    ['code', { ...key, code: 4 }],
    ['Identifier', { ...key, identifier: 8 }],
    ['receiving socket', { ...key, socket: '0.0.0.0:1813' }],
  ])('another %s is another request', (_what, other) => {
    const recent = recentRequests();
    recent.look(key, a, 0);
    expect(recent.look(other, a, 0)).toEqual({ seen: 'new' });
  });

  it('another authenticator under the same key is a new request that replaces the old one', () => {
    const recent = recentRequests();
    recent.look(key, a, 0);
    expect(recent.look(key, b, 1)).toEqual({ seen: 'new' });
    expect(recent.count()).toBe(1);
    // The first one ends late: its answer is not the answer to the second.
    recent.answered(key, a, reply, 2);
    expect(recent.look(key, b, 3)).toEqual({ seen: 'in-progress' });
    recent.silent(key, a);
    expect(recent.look(key, b, 4)).toEqual({ seen: 'in-progress' });
    recent.answered(key, b, Uint8Array.of(9), 5);
    expect(recent.look(key, b, 6)).toEqual({ seen: 'answered', bytes: Uint8Array.of(9) });
    expect(recent.look(key, a, 7)).toEqual({ seen: 'new' });
  });

  it('answers are kept for the time given and no longer', () => {
    const recent = recentRequests({ keepMs: 5000 });
    recent.look(key, a, 0);
    recent.answered(key, a, reply, 1000);
    expect(recent.look(key, a, 5999)).toEqual({ seen: 'answered', bytes: reply });
    expect(recent.look(key, a, 6000)).toEqual({ seen: 'new' });
  });

  it('after silence the next copy gets a new chance', () => {
    const recent = recentRequests();
    recent.look(key, a, 0);
    recent.silent(key, a);
    expect(recent.count()).toBe(0);
    expect(recent.look(key, a, 1)).toEqual({ seen: 'new' });
  });

  it('work that never ends is given up', () => {
    const recent = recentRequests({ workMs: 60_000 });
    recent.look(key, a, 0);
    expect(recent.look(key, a, 59_999)).toEqual({ seen: 'in-progress' });
    expect(recent.look(key, a, 60_000)).toEqual({ seen: 'new' });
  });

  it('is full of work, or forgets the oldest answer', () => {
    const recent = recentRequests({ capacity: 2 });
    const at = (identifier: number) => ({ ...key, identifier });
    recent.look(at(1), a, 0);
    recent.look(at(2), a, 0);
    expect(recent.look(at(3), a, 0)).toEqual({ seen: 'full' });
    recent.answered(at(2), a, reply, 1);
    expect(recent.look(at(3), a, 2)).toEqual({ seen: 'new' });
    expect(recent.count()).toBe(2);
    expect(recent.look(at(1), a, 3)).toEqual({ seen: 'in-progress' });
  });

  it('does not keep the datagram alive nor see it change', () => {
    const recent = recentRequests();
    const view = Uint8Array.from(a);
    recent.look(key, view, 0);
    view.fill(99);
    expect(recent.look(key, a, 1)).toEqual({ seen: 'in-progress' });
  });

  it('never works on one request twice, and never holds more than its capacity, in any order of events', () => {
    const event = fc.record({
      what: fc.constantFrom('look', 'answer', 'silent'),
      identifier: fc.integer({ min: 0, max: 5 }),
      authenticator: fc.constantFrom(a, b),
      passedMs: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), events => {
        const recent = recentRequests({ capacity: 3, keepMs: 5000, workMs: 60_000 });
        const working = new Map<number, { mark: Uint8Array; since: number }>();
        let now = 0;
        for (const { what, identifier, authenticator, passedMs } of events) {
          now += passedMs;
          const at = { ...key, identifier };
          if (what === 'look') {
            const before = working.get(identifier);
            const { seen } = recent.look(at, authenticator, now);
            const same = before?.mark === authenticator && now < before.since + 60_000;
            expect(same).toBe(seen === 'in-progress');
            if (seen === 'new') working.set(identifier, { mark: authenticator, since: now });
            // The same key with another authenticator ended the earlier work, also when there was no room.
            else if (seen === 'full' || seen === 'answered') working.delete(identifier);
          } else if (what === 'answer') {
            recent.answered(at, authenticator, reply, now);
            if (working.get(identifier)?.mark === authenticator) working.delete(identifier);
          } else {
            recent.silent(at, authenticator);
            if (working.get(identifier)?.mark === authenticator) working.delete(identifier);
          }
          expect(recent.count()).toBeLessThanOrEqual(3);
        }
      }),
      { numRuns: 500 },
    );
  });
});
