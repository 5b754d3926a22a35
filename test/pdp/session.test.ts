// Session transitions under accounting that is late, doubled or out of order [RFC2866-4.1].

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountingEvent, account, type Session } from '../../gateway/pdp/session.ts';

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
    expect(account(stopped, start)).toBe(stopped);
    expect(account(stopped, interim)).toBe(stopped);
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
