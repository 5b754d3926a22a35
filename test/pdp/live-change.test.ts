// Which change a live session is asked for, and what answers and accounting make of it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeCauses, changeKinds, changeStates, type SessionChange } from '../../gateway/contract/change.ts';
import { bindings, type Decision } from '../../gateway/contract/decision.ts';
import { type Outcome, outcomes } from '../../gateway/contract/outcome.ts';
import {
  ended,
  isEnding,
  isLive,
  isMilder,
  isSameAccess,
  isSettingUp,
  isUnsettled,
  type PlannedChange,
  plannedChange,
  seen,
  withAnswer,
  withChange,
} from '../../gateway/pdp/live-change.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { account, type Session } from '../../gateway/pdp/session.ts';
import { nasProfile, nasProfiles } from '../support/nas-profiles.ts';

const decision = (outcome: Outcome, segment: string | undefined = outcome): Decision => ({
  outcome,
  ...(outcome === 'deny' ? {} : { segment }),
  reasons: [],
  results: [],
  validUntil: 9e12,
  validUntilBecause: 'session-limit',
  decidedAt: 1,
  policyHash: '0'.repeat(64),
  factsHash: '0'.repeat(64),
});
const session = (fields: Partial<Session> = {}): Session => ({
  tenant: 'town',
  id: 'S-1',
  state: 'started',
  way: 'ticket',
  nas: 'vpn',
  nasGroup: 'vpn',
  userName: 'u',
  callingStationId: 'c',
  acctSessionId: 'A',
  binding: 'ticket',
  decision: decision('grant'),
  decisionId: 'D-1',
  caseCode: 'BCDFGH',
  traceId: 'aa',
  decidedAt: 1_000,
  inputOctets: 0,
  outputOctets: 0,
  version: 3,
  ...fields,
});
const change = (fields: Partial<SessionChange> = {}): SessionChange => ({
  kind: 'coa',
  because: 'report-changed',
  askedAt: 100_000,
  state: 'asked',
  stateAt: 100_000,
  ...fields,
});
const secret = Buffer.from('x');
const nas = (profile: string, takes = true): Nas => ({
  name: 'vpn',
  tenant: 'town',
  group: 'vpn',
  address: '192.0.2.1',
  secret,
  requireMessageAuthenticator: true,
  path: 'plain',
  profile: nasProfile(profile),
  ...(takes ? { dynamicAuthorization: { address: '192.0.2.1', port: 3799, secret } } : {}),
});

describe('plannedChange', () => {
  it.each<[string, Nas | undefined, Outcome, Outcome, PlannedChange]>([
    ['a stricter segment by CoA', nas('generic'), 'grant', 'quarantine', { kind: 'coa', then: 'ask' }],
    ['a milder one by CoA', nas('generic'), 'quarantine', 'grant', { kind: 'coa', then: 'ask' }],
    ['an end by Disconnect', nas('generic'), 'grant', 'deny', { kind: 'disconnect', then: 'ask' }],
    ['all by Disconnect', nas('strongswan'), 'grant', 'update', { kind: 'disconnect', then: 'ask' }],
    ['upwards too', nas('strongswan'), 'update', 'grant', { kind: 'disconnect', then: 'ask' }],
    ['nothing', nas('ocserv'), 'grant', 'quarantine', { kind: 'disconnect', then: 'impossible' }],
    ['nothing without an address', nas('generic', false), 'grant', 'deny', { kind: 'disconnect', then: 'impossible' }],
    ['nothing of an unknown NAS', undefined, 'grant', 'deny', { kind: 'disconnect', then: 'impossible' }],
  ])('%s', (_, at, before, after, expected) => {
    expect(plannedChange(at, session({ decision: decision(before) }), 'report-changed', decision(after))).toEqual(
      expected,
    );
  });
  it('never ends a confirmed session to give it more, and never keeps one that is to get less', () => {
    const cases = fc.record({
      profile: fc.constantFrom(...nasProfiles.map(({ name }) => name)),
      before: fc.constantFrom(...outcomes),
      after: fc.constantFrom(...outcomes),
      because: fc.constantFrom(...changeCauses),
      binding: fc.constantFrom(...bindings),
    });
    fc.assert(
      fc.property(cases, ({ profile, before, after, because, binding }) => {
        const planned = plannedChange(
          nas(profile),
          session({ decision: decision(before), binding }),
          because,
          decision(after),
        );
        const milder = isMilder(decision(before), decision(after));
        const confirmed = binding === 'confirmed' || because === 'binding-confirmed';
        if (milder && confirmed && planned.then === 'ask') expect(planned.kind).toBe('coa');
        const onceMore = before === 'grant' && after === 'grant';
        if (!milder && !onceMore) expect(planned.then).not.toBe('keep');
        if (after === 'deny') expect(planned.kind).toBe('disconnect');
      }),
    );
  });
});

describe('a session', () => {
  it.each<[boolean, Partial<Session>]>([
    [true, { state: 'decided' }],
    [true, {}],
    [false, { state: 'stopped' }],
    // Its login was refused.
    [false, { state: 'decided', decision: decision('deny') }],
    [true, { decision: decision('deny'), change: change({ kind: 'disconnect' }) }],
  ])('is live: %s', (expected, fields) => {
    expect(isLive(session(fields))).toBe(expected);
  });
  it('is ending once the NAS has agreed, until it is heard of long after that', () => {
    const agreed = change({ kind: 'disconnect', state: 'acknowledged' });
    expect(isEnding(session({ change: agreed }))).toBe(true);
    expect(isEnding(session({ change: agreed, lastSeenAt: 114_000 }))).toBe(true);
    expect(isEnding(session({ change: agreed, lastSeenAt: 116_000 }))).toBe(false);
    expect(isEnding(session({ change: change({ state: 'acknowledged' }) }))).toBe(false);
  });
  it('may be being set up for a minute', () => {
    expect(isSettingUp(session({ state: 'decided' }), 60_000)).toBe(true);
    expect(isSettingUp(session({ state: 'decided' }), 61_000)).toBe(false);
    expect(isSettingUp(session(), 2_000)).toBe(false);
  });
  it.each<[boolean, Partial<SessionChange>, number, Partial<Session>]>([
    [true, { state: 'refused' }, 100_000, {}],
    [true, { state: 'unanswered' }, 100_000, {}],
    [false, { state: 'unanswered', because: 'operator' }, 100_000, {}],
    [false, { state: 'asked' }, 219_999, {}],
    [true, { state: 'asked' }, 220_000, {}],
    [false, { state: 'acknowledged' }, 900_000, {}],
    [false, { state: 'seen' }, 900_000, {}],
    [false, { state: 'acknowledged', kind: 'disconnect' }, 900_000, {}],
    [true, { state: 'acknowledged', kind: 'disconnect' }, 900_000, { lastSeenAt: 800_000 }],
  ])('is unsettled: %s, %o at %i', (expected, fields, now, more) => {
    expect(isUnsettled(session({ change: change(fields), ...more }), nas('generic'), now)).toBe(expected);
  });
  it('that could not be changed is asked about again only where that is possible now', () => {
    const impossible = session({ change: change({ state: 'impossible' }) });
    expect(isUnsettled(impossible, nas('generic'), 0)).toBe(true);
    expect(isUnsettled(impossible, nas('ocserv'), 0)).toBe(false);
    expect(isUnsettled(impossible, undefined, 0)).toBe(false);
  });
});

describe('what is compared', () => {
  it('is outcome and segment, and nothing else', () => {
    expect(
      isSameAccess(decision('grant', 'office'), { ...decision('grant', 'office'), reasons: ['report-stale'] }),
    ).toBe(true);
    expect(isSameAccess(decision('grant', 'office'), decision('grant', 'lab'))).toBe(false);
    expect(isSameAccess(decision('quarantine', 'x'), decision('update', 'x'))).toBe(false);
  });
});

describe('withChange and withAnswer', () => {
  it('write once each, and keep when it was asked', () => {
    const asked = withChange(session(), { kind: 'coa', because: 'report-changed', state: 'asked' }, 5_000);
    expect(asked).toMatchObject({ version: 4, change: { askedAt: 5_000, stateAt: 5_000, state: 'asked' } });
    const answered = withAnswer(asked, { state: 'refused', word: 'Invalid-Request' }, 6_000);
    expect(answered).toMatchObject({
      version: 5,
      state: 'started',
      change: { askedAt: 5_000, stateAt: 6_000, state: 'refused', word: 'Invalid-Request' },
    });
    expect(withAnswer(asked, { state: 'refused', gone: true }, 6_000)).toMatchObject({
      state: 'stopped',
      stoppedAt: 6_000,
      terminateCause: 'not seen',
    });
    expect(() => withAnswer(session(), { state: 'acknowledged' }, 1)).toThrow('nothing was asked');
  });
});

describe('ended', () => {
  it('is a denial that no change on the laptop helps against', () => {
    const denial = ended('certificate-revoked', 'ab'.repeat(32), 7);
    expect(denial).toMatchObject({ outcome: 'deny', reasons: ['certificate-revoked'], decidedAt: 7 });
    expect(denial.smallestChange).toBeUndefined();
    expect(denial.segment).toBeUndefined();
  });
});

describe('seen', () => {
  const quarantined = (fields: Partial<SessionChange>) =>
    session({ decision: decision('quarantine', 'q'), change: change(fields) });
  const at = 200_000;
  it.each<[string, Partial<SessionChange>, Parameters<typeof seen>[1], boolean]>([
    ['the end', { kind: 'disconnect' }, { kind: 'stop', at }, true],
    ['the end, though the answer was lost', { kind: 'disconnect', state: 'unanswered' }, { kind: 'stop', at }, true],
    ['an end that was refused', { kind: 'disconnect', state: 'refused' }, { kind: 'stop', at }, false],
    ['an end that nobody could ask for', { kind: 'disconnect', state: 'impossible' }, { kind: 'stop', at }, false],
    ['an interim before the end', { kind: 'disconnect' }, { kind: 'interim', at }, false],
    ['the new segment', {}, { kind: 'interim', at, segments: ['x', 'q'] }, true],
    ['the new segment in a late Start', {}, { kind: 'start', at, segments: ['q'] }, true],
    ['another segment', {}, { kind: 'interim', at, segments: ['office'] }, false],
    ['no segment', {}, { kind: 'interim', at }, false],
    ['an end when another segment was asked for', {}, { kind: 'stop', at, segments: ['q'] }, false],
  ])('%s', (_, fields, event, shown) => {
    const before = quarantined(fields);
    expect(seen(before, event)).toEqual(shown ? { ...before.change, state: 'seen', stateAt: at } : before.change);
  });
  it('is written with the accounting that shows it', () => {
    const event = { kind: 'interim', acctSessionId: 'A', at, segments: ['q'] } as const;
    expect(account(quarantined({ state: 'acknowledged' }), event)).toMatchObject({
      version: 4,
      lastSeenAt: at,
      change: { state: 'seen', stateAt: at },
    });
    expect(account(session(), event)).not.toHaveProperty('change');
  });
  it('says nothing more once it was seen, whatever accounting says', () => {
    const states = fc.record({
      kind: fc.constantFrom(...changeKinds),
      state: fc.constantFrom(...changeStates.filter(each => each === 'seen' || each === 'refused')),
      event: fc.constantFrom('start' as const, 'interim' as const, 'stop' as const),
      segments: fc.array(fc.constantFrom('q', 'office')),
    });
    fc.assert(
      fc.property(states, ({ kind, state, event, segments }) => {
        const before = quarantined({ kind, state });
        expect(seen(before, { kind: event, at, segments })).toEqual(before.change);
      }),
    );
  });
});
