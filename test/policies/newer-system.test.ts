// A system that came out after the support calendar was written: from its report to the decision, by the policies that come along.

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPolicySet } from '../../gateway/cli/policy-check.ts';
import type { Report } from '../../gateway/contract/report.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import type { Facts } from '../../gateway/verifier/facts.ts';
import { factsOf } from '../../gateway/verifier/appraisal.ts';
import { receivedAt, report } from '../verifier/sample-report.ts';

const loaded = loadPolicySet(fileURLToPath(new URL('../../policies', import.meta.url)));
if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
const { set } = loaded;

/** What the gateway itself would say of a registered laptop with its person. */
const said = (value: string | boolean) => ({ value, source: 'test', observedAt: receivedAt });
const gatewayFacts: Facts = {
  'machine.proven': said(true),
  'device.state': said('active'),
  'person.proven': said(true),
};

function decided(os: Report['os']) {
  const facts = { ...factsOf(report({ os }), receivedAt, set.supportCalendar), ...gatewayFacts };
  return evaluate(set, { groups: [], deviceClass: 'managed-laptop' }, facts, receivedAt + 1_000);
}
const open = ({ results }: ReturnType<typeof decided>) =>
  results.map(({ check, excuse }) => `${check} ${excuse?.by ?? 'counts'}`);

describe('a system that is newer than any that is known', () => {
  it.each([
    ['windows', '10.0.99999'],
    ['macos', '99.1'],
    ['ubuntu', '99.04'],
    ['debian', '99'],
  ] as const)('is not refused: %s %s', (family, version) => {
    const judged = decided({ family, version });
    expect(judged.outcome).toBe('grant');
    expect(open(judged)).toEqual(['os-known notice']);
  });

  it('is told from one that is older and was never listed', () => {
    const judged = decided({ family: 'windows', version: '10.0.10240' });
    expect(judged.outcome).toBe('quarantine');
    expect(open(judged)).toEqual(['system-supported counts', 'os-known notice']);
  });

  it('and from one that is known', () => {
    expect(open(decided({ family: 'windows', version: '10.0.26200' }))).toEqual([]);
  });
});
