// Session transitions under accounting that is late, doubled or out of order [RFC2866-4.1].

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccountingEvent,
  account,
  assumedStopped,
  goesOnAfterEnd,
  type Session,
} from '../../gateway/pdp/session.ts';

const session: Session = {
  tenant: 'main',
  id: 'S-1',
  state: 'decided',
  way: 'ticket',
  nas: 'vpn-1',
  nasGroup: 'vpn',
  userName: 't-abc',
  callingStationId: '192.0.2.7',
  binding: 'ticket',
  decision: {
    outcome: 'grant',
    reasons: [],
    results: [],
    validUntil: 9e12,
    validUntilBecause: 'session at most',
    decidedAt: 1,
    policyHash: '0'.repeat(64),
    factsHash: '0'.repeat(64),
  },
  decisionId: 'D-1',
  caseCode: 'BCDFGH',
  traceId: 'aa',
  decidedAt: 1,
  inputOctets: 0,
  outputOctets: 0,
  version: 1,
};

const start: AccountingEvent = { kind: 'start', acctSessionId: 'A', at: 10, framedAddress: '10.8.0.7' };
const interim: AccountingEvent = { kind: 'interim', acctSessionId: 'A', at: 70, inputOctets: 5e9, outputOctets: 7 };
const stop: AccountingEvent = {
  kind: 'stop',
  acctSessionId: 'A',
  at: 90,
  inputOctets: 6e9,
  terminateCause: 'User-Request',
};

describe('account', () => {
  it('opens, updates and closes', () => {
    const started = account(session, start);
    expect(started).toMatchObject({ state: 'started', startedAt: 10, framedAddress: '10.8.0.7', version: 2 });
    const named = account(started, { ...interim, nasIdentifier: 'gw', nasAddress: '192.0.2.1' });
    expect(account(named, interim)).toMatchObject({ nasIdentifier: 'gw', nasAddress: '192.0.2.1' });
    const updated = account(started, interim);
    expect(updated).toMatchObject({
      state: 'started',
      inputOctets: 5e9,
      outputOctets: 7,
      lastSeenAt: 70,
      startedAt: 10,
    });
    const stopped = account(updated, stop);
    expect(stopped).toMatchObject({
      state: 'stopped',
      stoppedAt: 90,
      terminateCause: 'User-Request',
      inputOctets: 6e9,
    });
  });

  it('takes an Interim without a Start for a start', () => {
    expect(account(session, interim)).toMatchObject({ state: 'started', startedAt: 70 });
  });

  it('never revives a stopped session', () => {
    const stopped = account(session, stop);
    const late = account(account(stopped, start), interim);
    expect(late).toEqual({ ...account(account(account(session, start), interim), stop), version: late.version });
    expect(account(late, start)).toBe(late);
    expect(account(late, { ...stop, at: 95, terminateCause: 'idle-timeout' })).toMatchObject({ stoppedAt: 90 });
  });

  it('believes its own Stop rather than what was assumed, and the earlier of two', () => {
    const assumed = assumedStopped(account(session, start), 80, 'NAS-Reboot');
    expect(assumed).toMatchObject({ state: 'stopped', stoppedAt: 80, terminateCause: 'NAS-Reboot', lastSeenAt: 10 });
    expect(account(assumed, interim)).toMatchObject({ stoppedAt: 80, terminateCause: 'NAS-Reboot' });
    const told = account(assumed, stop);
    expect(told).toMatchObject({ stoppedAt: 90, terminateCause: 'User-Request' });
    expect(assumedStopped(told, 99, 'not seen')).toBe(told);
    expect(account(told, { ...stop, at: 85, terminateCause: 'idle-timeout' })).toMatchObject({
      stoppedAt: 85,
      terminateCause: 'idle-timeout',
    });
  });

  it('shows the end that was asked for, also where it is assumed', () => {
    const change = { kind: 'disconnect', because: 'operator', state: 'asked', askedAt: 20, stateAt: 20 } as const;
    const asked = { ...account(session, start), change };
    expect(assumedStopped(asked, 80, 'NAS-Reboot').change).toMatchObject({ state: 'seen', stateAt: 80 });
  });

  it('takes the address from the latest event that has one', () => {
    const at = (seconds: number, framedAddress?: string) => ({
      ...interim,
      at: seconds,
      ...(framedAddress === undefined ? {} : { framedAddress }),
    });
    const addressAfter = (...events: readonly AccountingEvent[]) => events.reduce(account, session).framedAddress;
    expect(addressAfter(at(20), at(10, '10.8.0.7'))).toBe('10.8.0.7');
    expect(addressAfter(at(20, '2001:db8::7'), at(10, '10.8.0.7'))).toBe('2001:db8::7');
    expect(addressAfter(at(10, '10.8.0.7'), at(20, '10.8.0.8'), at(30))).toBe('10.8.0.8');
  });

  it('is the same object after a copy', () => {
    const updated = account(account(session, start), interim);
    expect(account(updated, interim)).toBe(updated);
    expect(account(updated, start)).toBe(updated);
  });

  it('goes by the name of its accounting, whatever it was called at login', () => {
    expect(account({ ...session, acctSessionId: 'login' }, start)).toMatchObject({
      state: 'started',
      acctSessionId: 'A',
    });
  });

  it('ignores an event of another accounting session', () => {
    const started = account(session, start);
    expect(account(started, { ...stop, acctSessionId: 'B' })).toBe(started);
  });

  it('lets no late Interim take counters back', () => {
    const updated = account(session, interim);
    expect(account(updated, { ...interim, at: 40, inputOctets: 1, outputOctets: 1 })).toMatchObject({
      inputOctets: 5e9,
      outputOctets: 7,
      lastSeenAt: 70,
    });
  });

  it('goes on after its end only when that cannot be an old message', () => {
    const stopped = account(session, stop);
    const later = { ...interim, at: 90 + 120_001 };
    expect(goesOnAfterEnd(stopped, later)).toBe(true);
    expect(goesOnAfterEnd(stopped, { ...later, at: 90 + 120_000 })).toBe(false);
    expect(goesOnAfterEnd(stopped, { ...later, kind: 'stop' })).toBe(false);
    expect(goesOnAfterEnd(account(session, start), later)).toBe(false);
  });

  it('ends stopped whenever a stop is among the events, in whatever order and however often', () => {
    const events = fc.array(fc.constantFrom(start, interim, stop), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(events, sequence => {
        const last = sequence.reduce(account, session);
        expect(last.state).toBe(sequence.includes(stop) ? 'stopped' : 'started');
        expect(last.version).toBeLessThanOrEqual(session.version + sequence.length);
      }),
    );
  });
});
