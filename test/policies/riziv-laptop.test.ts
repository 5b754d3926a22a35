// From the bytes of a report to the decision, with the RIZIV pack: each of the four outcomes is reached by what a laptop
// of that institute can really send.

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Binding, Decision } from '../../gateway/contract/decision.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import type { Report } from '../../gateway/contract/report.ts';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import { decide } from '../../gateway/pdp/decide.ts';
import type { DeviceState } from '../../gateway/pdp/register.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { collectFor, compilePolicySet } from '../../gateway/policy/policy-set.ts';
import { attest } from '../../gateway/verifier/appraisal.ts';
import { readReport } from '../../gateway/verifier/report.ts';
import { ago, bytes, check, dayMs, deviceId, receivedAt, report, withChecks } from '../verifier/sample-report.ts';

const read = readPolicyFiles(fileURLToPath(new URL('../../policies/packs/riziv', import.meta.url)));
const compiled = 'files' in read ? compilePolicySet(read.files) : read;
if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
const { set } = compiled;

interface Situation {
  readonly report?: Report;
  readonly state?: DeviceState;
  readonly deviceClass?: string;
  readonly person?: boolean;
  readonly binding?: Binding;
}

function decided({
  report: sent,
  state = 'active',
  deviceClass = 'managed-laptop',
  person = true,
  binding = 'confirmed',
}: Situation): Decision {
  const evidence = sent && readReport(bytes(sent));
  if (isRefused(evidence)) throw new Error(evidence.detail);
  const attestation = evidence && {
    attestation: attest({
      report: evidence,
      tenant: 'riziv',
      device: deviceId,
      deviceName: 'LT-0042',
      receivedAt,
      reportDigest: 'cd'.repeat(32),
      supportCalendar: set.supportCalendar,
    }),
  };
  const policy = { hash: set.hash, evaluate: evaluate.bind(undefined, set) };
  const register = {
    devices: new Map([[deviceId, { class: deviceClass, state }]]),
    groupsByPerson: new Map<string, readonly string[]>(),
    groupsByProfile: new Map<string, readonly string[]>(),
  };
  const who = { pseudonym: 'p-1', profile: 'be-eid', assurance: 'high' } as const;
  return decide(
    {
      tenant: 'riziv',
      way: 'ticket',
      binding,
      device: { key: deviceId, name: 'LT-0042' },
      ...(person ? { person: who } : {}),
      ...attestation,
    },
    policy,
    register,
    receivedAt + 1000,
  );
}

const stale = withChecks(
  check('antimalware', { product: 'X', installed: true, realTimeProtection: true, signatureUpdatedAt: ago(4 * dayMs) }),
);
const clear = withChecks(
  check('disk-encryption', { mount: '/', isSystem: true, removable: false, provider: 'none', encrypted: false }),
);

describe('a RIZIV laptop', () => {
  it('that is healthy, with its person, is on the office network until its report is four hours old', () => {
    const decision = decided({ report: report() });
    expect(decision).toMatchObject({ outcome: 'grant', segment: 'office', reasons: [], smallestChange: [] });
    // The checks were collected a minute before the report arrived.
    expect(decision.validUntil).toBe(receivedAt - 60_000 + 4 * 3_600_000);
    expect(decision.validUntilBecause).toBe('report-age');
  });

  it('with virus definitions of four days updates them first', () => {
    const decision = decided({ report: stale });
    expect(decision).toMatchObject({ outcome: 'update', segment: 'update', smallestChange: ['antivirus-fresh'] });
    expect(decision.results[0]).toMatchObject({
      value: '4 days 1 second',
      limit: 'at most 3 days',
      help: 'antimalware.update-signatures',
    });
  });

  it('with a disk in clear is in quarantine', () => {
    expect(decided({ report: clear })).toMatchObject({
      outcome: 'quarantine',
      segment: 'quarantine',
      reasons: ['requirement-failed'],
      smallestChange: ['disk-encrypted'],
    });
  });

  it('that was stolen is refused, and no change on it helps', () => {
    const decision = decided({ report: report(), state: 'stolen' });
    expect(decision).toMatchObject({ outcome: 'deny', reasons: ['device-stolen'] });
    expect(decision).not.toHaveProperty('smallestChange');
    expect(decision).not.toHaveProperty('segment');
  });

  it('that has not reported yet is in quarantine, from where it can', () => {
    expect(decided({})).toMatchObject({ outcome: 'quarantine', reasons: ['report-missing'] });
  });

  it.each<[string, Situation, string]>([
    ['without its person', { report: report(), person: false }, 'deny'],
    ['of somebody else', { report: report(), deviceClass: 'private-pc' }, 'deny'],
    ['whose ticket may have been carried off', { report: report(), binding: 'ticket' }, 'quarantine'],
    ['whose session nothing ties to it', { report: report(), binding: 'claimed' }, 'quarantine'],
    [
      'whose agent hides the disk',
      { report: report({ checks: [...clear.checks.filter(each => each.type !== 'disk-encryption')] }) },
      'quarantine',
    ],
  ])('%s is not let in', (_what, situation, outcome) => {
    expect(decided(situation).outcome).toBe(outcome);
  });

  it('is asked for what the pack requires, and for nothing else', () => {
    expect(collectFor(set)).toEqual([
      'accounts',
      'antimalware',
      'applications',
      'disk-encryption',
      'firewall',
      'network',
      'removable-storage',
    ]);
  });
});
