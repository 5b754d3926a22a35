// A small policy set, for tests that change one thing about it.

import type { Problem } from '../../gateway/documents/yaml-tree.ts';
import { compilePolicySet, type PolicyFile, type PolicySet } from '../../gateway/policy/policy-set.ts';
import type { Fact, Facts, FactValue } from '../../gateway/verifier/facts.ts';
import { factDefinition, needsReport } from '../../gateway/verifier/fact-catalogue.ts';

export const now = Date.parse('2026-03-16T09:00:00Z');
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

const text = 'text: { nl: nl, fr: fr, de: de, en: en }';

export function checkText(name: string, fact: string, must: string, more: string | readonly string[] = []): string {
  const fromReport = factDefinition(fact)?.origin.by === 'report';
  const lines = [`check: ${name}`, `fact: ${fact}`, `must be: ${must}`, text, ...[more].flat()];
  if (fromReport && !lines.some(line => line.startsWith('report not older')))
    lines.push('report not older than: 4 hours');
  if (!lines.some(line => line.startsWith('if unknown')))
    lines.push(`if unknown: ${fromReport ? 'quarantine' : 'deny'}`);
  return `${lines.join('\n')}\n`;
}

export function policyText(
  name: string,
  requires: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): string {
  const lines = [`policy: ${name}`, 'owner: network team', ...more];
  if (!lines.some(line => line.startsWith('for:'))) lines.push('for: everyone');
  if (!lines.some(line => line.startsWith('gives:'))) lines.push('gives: office');
  const required = Object.entries(requires).map(([check, otherwise]) => `  - ${check}: { otherwise: ${otherwise} }`);
  return `${[...lines, 'requires:', ...required].join('\n')}\n`;
}

export const degraded: PolicyFile = {
  path: 'degraded.yaml',
  text: 'no report yet: quarantine\nreport too old: quarantine\n',
};

export const sampleFiles: readonly PolicyFile[] = [
  degraded,
  { path: 'checks/machine.yaml', text: checkText('machine', 'machine.proven', 'yes') },
  { path: 'checks/in-service.yaml', text: checkText('in-service', 'device.state', 'active') },
  { path: 'checks/bound.yaml', text: checkText('bound', 'device.binding', 'confirmed or better') },
  { path: 'checks/disk.yaml', text: checkText('disk', 'disk.encrypted', 'yes', 'help: disk.encrypt') },
  { path: 'checks/fresh.yaml', text: checkText('fresh', 'antimalware.signature-age', 'at most 3 days') },
  { path: 'checks/updates.yaml', text: checkText('updates', 'updates.pending-security', 'at most 0') },
  {
    path: 'access/staff.yaml',
    text: policyText('staff', {
      machine: 'deny',
      'in-service': 'deny',
      bound: 'quarantine',
      disk: 'quarantine',
      fresh: 'update',
      updates: 'update',
    }),
  },
];

export function compiled(files: readonly PolicyFile[]): PolicySet {
  const result = compilePolicySet(files);
  if ('set' in result) return result.set;
  throw new Error(result.problems.map(each => `${each.file}:${each.line}: ${each.message}`).join('\n'));
}

export function problemsOf(files: readonly PolicyFile[]): readonly Problem[] {
  const result = compilePolicySet(files);
  return 'problems' in result ? result.problems : [];
}

export const sampleSet = compiled(sampleFiles);

export function fact(value: FactValue, observedAt = now - 5 * minuteMs): Fact {
  return { value, source: 'report: test', observedAt };
}

export function unknown(cause: Extract<Fact, { unknown: unknown }>['unknown'] = 'missing'): Fact {
  return { unknown: cause, source: 'report: test', observedAt: now - 5 * minuteMs };
}

export const healthy: Facts = {
  'report.age': fact(now - 5 * minuteMs),
  'os.family': fact('windows'),
  'machine.proven': fact(true, now),
  'device.state': fact('active', now),
  'device.binding': fact('one-conversation', now),
  'disk.encrypted': fact(true),
  'antimalware.signature-age': fact(now - dayMs),
  'updates.pending-security': fact(0),
  'updates.list-age': fact(now - 2 * hourMs),
};

/** The facts of a laptop whose report never came. */
export function withoutReport(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts).filter(([name]) => {
      const definition = factDefinition(name);
      return definition !== undefined && !needsReport(definition);
    }),
  );
}

export const someone = { groups: ['staff'], deviceClass: 'managed-laptop' } as const;
