// Who sees what of a trace, for how long, and how much of it is kept.

import { describe, expect, it } from 'vitest';
import type { Wanted } from '../../gateway/contract/acts.ts';
import { traceLimits } from '../../gateway/contract/trace.ts';
import { openTracing, type Tracing } from '../../gateway/flows/tracing.ts';

const now = 1_800_000_000_000;
const vpn = { tenant: 'town', name: 'vpn-1' };
const event = (text: string) => ({ at: now, way: 'in' as const, text, lines: [] });

function begin(tracing: Tracing, wanted: Wanted, more: { readonly id?: string; readonly tenant?: string } = {}) {
  const asked = { id: 'x', tenant: 'town', operator: 'guard', wanted, forMs: 60_000, now, sessions: [], ...more };
  return tracing.begin(asked);
}
const seen = (tracing: Tracing, id = 'x', after = 0, at = now) =>
  tracing.read('town', 'guard', id, after, at)?.events.map(({ text }) => text);

describe('a trace', () => {
  it('costs nothing when there is none, and ends by its time or unread', () => {
    const tracing = openTracing();
    expect(tracing.active).toBe(false);
    expect(begin(tracing, { by: 'nas', value: 'vpn-1' })).toEqual({ until: now + 60_000 });
    expect(tracing.active).toBe(true);
    tracing.sweep(now + traceLimits.unreadMs - 1);
    expect(tracing.active).toBe(true);
    expect(tracing.read('town', 'guard', 'x', 0, now + 9_000)).toMatchObject({ ended: false });
    tracing.sweep(now + traceLimits.unreadMs);
    expect(tracing.active).toBe(true);
    tracing.sweep(now + 9_000 + traceLimits.unreadMs);
    expect(tracing.active).toBe(false);
    expect(seen(tracing)).toBeUndefined();
  });
  it('tells that it ended to whoever reads it still', () => {
    const tracing = openTracing();
    begin(tracing, { by: 'nas', value: 'vpn-1' });
    expect(tracing.read('town', 'guard', 'x', 0, now + 59_999)).toMatchObject({ ended: false });
    expect(tracing.read('town', 'guard', 'x', 0, now + 60_000)).toMatchObject({ ended: true });
  });
  it('tells nothing that came after its time, however long it is read', () => {
    const tracing = openTracing();
    begin(tracing, { by: 'nas', value: 'vpn-1' });
    const thread = tracing.thread(vpn);
    thread.put({ ...event('in time'), at: now + 59_999 });
    thread.put({ ...event('later'), at: now + 60_000 });
    expect(seen(tracing, 'x', 0, now + 61_000)).toEqual(['in time']);
  });
  it('is never longer than an hour, and there are no more than four', () => {
    const tracing = openTracing();
    const asked = {
      tenant: 'town',
      operator: 'guard',
      wanted: { by: 'nas', value: 'vpn-1' } as const,
      now,
      sessions: [],
    };
    expect(tracing.begin({ ...asked, id: '1', forMs: 1e9 })).toEqual({ until: now + 3_600_000 });
    for (const id of ['2', '3', '4']) expect(tracing.begin({ ...asked, id, forMs: 1_000 })).toBeDefined();
    expect(tracing.begin({ ...asked, id: '5', forMs: 1_000 })).toBeUndefined();
    expect(tracing.begin({ ...asked, id: '5', forMs: 1_000, now: now + 20_000 })).toBeDefined();
  });
  it('is read by its operator alone', () => {
    const tracing = openTracing();
    begin(tracing, { by: 'nas', value: 'vpn-1' });
    expect(tracing.read('town', 'somebody', 'x', 0, now)).toBeUndefined();
    expect(tracing.read('village', 'guard', 'x', 0, now)).toBeUndefined();
    expect(tracing.read('town', 'guard', 'y', 0, now)).toBeUndefined();
  });
  it('of a concentrator is of that one, of that tenant', () => {
    const tracing = openTracing();
    begin(tracing, { by: 'nas', value: 'vpn-1' });
    tracing.thread(vpn).put(event('mine'));
    tracing.thread({ ...vpn, name: 'vpn-2' }).put(event('another'));
    tracing.thread({ ...vpn, tenant: 'village' }).put(event('of others'));
    expect(seen(tracing)).toEqual(['mine']);
  });
  it('of a machine tells a conversation from its first packet on, once it is known', () => {
    const tracing = openTracing();
    const key = 'a'.repeat(64);
    begin(tracing, { by: 'device', value: 'LT-1.example' });
    begin(tracing, { by: 'device', value: key }, { id: 'by-key' });
    const first = tracing.thread(vpn);
    first.put(event('round 1'));
    first.continueAs('s1', now);
    tracing.thread(vpn).put(event('of nobody'));
    const second = tracing.thread(vpn, 's1');
    second.put(event('round 2'));
    expect(seen(tracing)).toEqual([]);
    second.know({ device: key, deviceName: 'lt-1.example', sessions: ['S-1', 'vpn-1 a1'] });
    second.put(event('decided'));
    expect(seen(tracing)).toEqual(['round 1', 'round 2', 'decided']);
    expect(seen(tracing, 'by-key')).toEqual(['round 1', 'round 2', 'decided']);
    const accounting = tracing.thread(vpn);
    accounting.know({ userName: 'anonymous', sessions: ['vpn-1 a1'] });
    accounting.put(event('start'));
    expect(seen(tracing, 'x', 3)).toEqual(['start']);
    const elsewhere = tracing.thread({ ...vpn, name: 'vpn-2' });
    elsewhere.know({ userName: 'anonymous', sessions: ['vpn-2 a1'] });
    elsewhere.put(event('another session of the same number'));
    expect(seen(tracing, 'x', 4)).toEqual([]);
  });
  it('takes a State for a conversation of the concentrator that brings it, and of no other', () => {
    const tracing = openTracing();
    begin(tracing, { by: 'nas', value: 'vpn-2' });
    const thread = tracing.thread(vpn);
    thread.put(event('of vpn-1'));
    thread.continueAs('s1', now);
    tracing.thread({ ...vpn, name: 'vpn-2' }, 's1').put(event('of vpn-2'));
    expect(seen(tracing)).toEqual(['of vpn-2']);
  });
  it('of a user is by what is said, or by pseudonym', () => {
    const tracing = openTracing();
    begin(tracing, { by: 'user', value: 'Jan' });
    begin(tracing, { by: 'user', value: `k1-${'a'.repeat(26)}` }, { id: 'person' });
    const thread = tracing.thread(vpn);
    thread.know({ userName: 'jan' });
    thread.put(event('says jan'));
    expect(seen(tracing)).toEqual(['says jan']);
    expect(seen(tracing, 'person')).toEqual([]);
    thread.know({ userName: 'jan', person: `k1-${'a'.repeat(26)}` });
    expect(seen(tracing, 'person')).toEqual(['says jan']);
  });
  it('keeps the last events and says how many are lost', () => {
    const tracing = openTracing();
    begin(tracing, { by: 'nas', value: 'vpn-1' });
    for (let count = 0; count < 2_500; count++) tracing.thread(vpn).put(event(String(count)));
    const page = tracing.read('town', 'guard', 'x', 0, now);
    expect(page).toMatchObject({ next: 2_500, missed: 500 });
    expect(page?.events).toHaveLength(2_000);
    expect(page?.events[0]?.text).toBe('500');
    expect(tracing.read('town', 'guard', 'x', 2_499, now)).toMatchObject({ missed: 0, events: [{ text: '2499' }] });
  });
  it('forgets conversations when nobody watches any more, and old ones while somebody does', () => {
    const tracing = openTracing();
    begin(tracing, { by: 'user', value: 'jan' });
    const old = tracing.thread(vpn);
    old.put(event('old'));
    old.continueAs('s1', now);
    tracing.thread(vpn).continueAs('s2', now + 120_000);
    const later = tracing.thread(vpn, 's1');
    later.know({ userName: 'jan' });
    expect(seen(tracing)).toEqual([]);
    for (let count = 0; count < 1_100; count++) tracing.thread(vpn).continueAs(`n${count}`, now + 120_000);
    const gone = tracing.thread(vpn, 's2');
    gone.put(event('not the same'));
    gone.know({ userName: 'jan' });
    expect(seen(tracing)).toEqual(['not the same']);
  });
});
