// What a decision makes of the directory: its answer, its last answer, and its silence, which never grants and never accuses.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequirementResult } from '../../gateway/contract/decision.ts';
import { outcomes } from '../../gateway/contract/outcome.ts';
import { decide, type RunningPolicy } from '../../gateway/pdp/decide.ts';
import type { KnownPerson } from '../../gateway/pdp/directory.ts';
import type { Register } from '../../gateway/pdp/register.ts';
import type { AdmissionRequest } from '../../gateway/pdp/request.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import type { Evaluation } from '../../gateway/policy/evaluation.ts';
import { compilePolicySet } from '../../gateway/policy/policy-set.ts';

const now = 1_800_000_000_000;
const hour = 3_600_000;
const staff = { found: true, groups: ['staff'], disabled: false } as const;

const register: Register = {
  devices: new Map([
    ['lt-1', { class: 'managed-laptop', state: 'active' }],
    ['lt-stolen', { class: 'managed-laptop', state: 'stolen' }],
  ]),
  groupsByPerson: new Map([['p-1', ['board']]]),
  groupsByProfile: new Map(),
};

const text = '{ nl: Een zin., fr: Une phrase., de: Ein Satz., en: A sentence. }';
function policyFor(rule: string | null): RunningPolicy {
  const compiled = compilePolicySet([
    {
      path: 'checks/all.yaml',
      text: `- { check: account-active, fact: person.account, must be: active, if unknown: deny, text: ${text} }
- { check: device-in-service, fact: device.state, must be: active, if unknown: deny, text: ${text} }
`,
    },
    {
      path: 'access/staff.yaml',
      text: `policy: staff-laptops
owner: network team
for: { groups: [staff] }
gives: office
requires:
  - account-active: { otherwise: deny }
  - device-in-service: { otherwise: deny }
`,
    },
    {
      path: 'degraded.yaml',
      text: `no report yet: quarantine\nreport too old: quarantine\n${rule === null ? '' : `directory: ${rule}\n`}`,
    },
  ]);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  const { set } = compiled;
  return {
    hash: set.hash,
    evaluate: (subject, facts, at) => evaluate(set, subject, facts, at),
    ...(set.degraded.directory === undefined ? {} : { directory: set.degraded.directory }),
  };
}
const aDay = '{ keep last groups for: 24 hours, then: quarantine }';

function asked(
  directory: KnownPerson | undefined,
  {
    rule = aDay,
    device = 'lt-1',
    person = true,
  }: { readonly rule?: string | null; readonly device?: string; readonly person?: boolean } = {},
) {
  const request: AdmissionRequest = {
    tenant: 'main',
    way: 'ticket',
    binding: 'ticket',
    device: { key: 'b'.repeat(64), name: device },
    ...(person ? { person: { pseudonym: 'p-1', profile: 'be-eid', assurance: 'high' } as const } : {}),
    ...(directory === undefined ? {} : { directory }),
  };
  return decide(request, policyFor(rule), register, now);
}
const fresh = (answer: NonNullable<KnownPerson['last']>['answer']): KnownPerson => ({
  last: { answer, observedAt: now - 60_000 },
});
const silent = (ageMs: number, answer: NonNullable<KnownPerson['last']>['answer'] = staff): KnownPerson => ({
  last: { answer, observedAt: now - ageMs },
  unanswered: 'error',
});
const account = (decision: { readonly results: readonly RequirementResult[] }) =>
  decision.results.find(each => each.fact === 'person.account');

describe('a decision with a directory', () => {
  it('takes the groups of the directory and not those of the register', () => {
    expect(asked(fresh(staff))).toMatchObject({ outcome: 'grant', policy: 'staff-laptops', segment: 'office' });
    expect(asked(fresh({ ...staff, groups: [] }))).toMatchObject({ outcome: 'deny', reasons: ['policy-gap'] });
  });

  it('without one takes the register, and locks nobody out by an account that nobody keeps', () => {
    const board = asked(undefined);
    expect(board).toMatchObject({ outcome: 'deny', reasons: ['policy-gap'] });
    const byRegister = decide(
      {
        tenant: 'main',
        way: 'ticket',
        binding: 'ticket',
        device: { key: 'b', name: 'lt-1' },
        person: { pseudonym: 'p-2', profile: 'p', assurance: 'low' },
      },
      policyFor(null),
      { ...register, groupsByPerson: new Map([['p-2', ['staff']]]) },
      now,
    );
    expect(byRegister.outcome).toBe('grant');
    expect(byRegister.passed).toContain('account-active');
  });

  it.each([
    ['disabled', { ...staff, disabled: true }],
    ['expired', { ...staff, expiresAt: now }],
    ['disabled', { ...staff, disabled: true, expiresAt: now }],
  ] as const)('refuses an account that is %s', (word, answer) => {
    const decision = asked(fresh(answer));
    expect(decision).toMatchObject({ outcome: 'deny', reasons: ['requirement-failed'] });
    expect(account(decision)).toMatchObject({ value: word, source: 'directory' });
  });

  it('holds no longer than the account', () => {
    const decision = asked(fresh({ ...staff, expiresAt: now + hour }));
    expect(decision).toMatchObject({ outcome: 'grant', validUntil: now + hour, validUntilBecause: 'person.account' });
  });

  it('believes the last answer as long as the policy says, marks it, and holds no longer than that', () => {
    const decision = asked(silent(23 * hour));
    expect(decision).toMatchObject({ outcome: 'grant', validUntil: now + hour, validUntilBecause: 'person.account' });
    expect(decision.passed).toContain('account-active');
    expect(asked(silent(23 * hour, { ...staff, disabled: true })).outcome).toBe('deny');
    expect(asked(silent(24 * hour - 1)).outcome).toBe('grant');
    expect(asked(silent(24 * hour)).outcome).toBe('quarantine');
  });

  it.each([
    ['{ keep last groups for: 24 hours, then: quarantine }', 'quarantine'],
    ['{ keep last groups for: 24 hours, then: deny }', 'deny'],
    [null, 'quarantine'],
  ] as const)('follows the degraded rule when nothing is known: %s', (rule, outcome) => {
    for (const known of [{ unanswered: 'timeout' }, { unanswered: 'error' }, silent(25 * hour)] as const) {
      const decision = asked(known, { rule });
      expect(decision.outcome).toBe(outcome);
      expect(decision.reasons).toContain('requirement-unknown');
      expect(decision.smallestChange).toBeUndefined();
      expect(decision.validUntil).toBe(now + 5 * 60_000);
    }
  });

  it('believes nothing beyond freshness when the policy says nothing about silence', () => {
    expect(asked(silent(1), { rule: null }).outcome).toBe('quarantine');
  });

  it('does not let a stolen laptop profit from a directory that is down', () => {
    expect(asked({ unanswered: 'error' }, { device: 'lt-stolen' }).outcome).toBe('deny');
    expect(asked({ unanswered: 'error' }, { device: 'lt-nobody-knows' }).outcome).toBe('deny');
  });

  it('knows nothing of nobody, and accuses the directory of nothing', () => {
    const decision = asked({}, { person: false });
    expect(decision).toMatchObject({ outcome: 'deny', reasons: ['policy-gap'] });
  });
});

describe('silence of the directory', () => {
  const result = (fact: string, outcome: (typeof outcomes)[number]): RequirementResult => ({
    check: fact.replace('.', '-'),
    result: outcome === 'grant' ? 'pass' : fact === 'person.account' ? 'unknown' : 'fail',
    outcome,
    fact,
    value: 'x',
    limit: 'x',
    source: 'x',
    text: { nl: '', fr: '', de: '', en: '' },
  });

  it('never grants, and is never laxer than what else was found', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...outcomes), { maxLength: 4 }),
        fc.constantFrom('quarantine', 'deny'),
        fc.boolean(),
        (others, then, judgesAccount) => {
          const results = [
            ...others.map((outcome, index) => result(`fact.${index}`, outcome)),
            ...(judgesAccount ? [result('person.account', 'deny')] : []),
          ];
          const answer: Evaluation = {
            outcome: 'grant',
            segment: 'office',
            reasons: [],
            results,
            validUntil: now + hour,
            validUntilBecause: 'x',
          };
          const policy: RunningPolicy = { hash: 'h', evaluate: () => answer, directory: { keepMs: 0, then } };
          const decision = decide(
            {
              tenant: 'main',
              way: 'ticket',
              binding: 'ticket',
              device: { key: 'b', name: 'lt-1' },
              person: { pseudonym: 'p', profile: 'p', assurance: 'high' },
              directory: { unanswered: 'timeout' },
            },
            policy,
            register,
            now,
          );
          const rank = (outcome: (typeof outcomes)[number]) => outcomes.indexOf(outcome);
          expect(rank(decision.outcome)).toBe(Math.max(rank(then), ...others.map(rank)));
          expect(decision.segment).not.toBe('office');
        },
      ),
    );
  });
});
