// Drafts of policies for tests: the starting point of an institution, with one requirement more.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { basePolicies } from './gateway.ts';

/** A copy of the starting point. */
export function copyPolicies(to: string): string {
  mkdirSync(to, { recursive: true });
  for (const part of ['access', 'checks', 'degraded.yaml', 'os-support.yaml', 'applications.yaml']) {
    cpSync(join(basePolicies, part), join(to, part), { recursive: true });
  }
  return to;
}

/** From then on nobody passes: that is what becomes of them. */
export function makeStricter(directory: string, outcome: 'deny' | 'quarantine' | 'update'): void {
  writeFileSync(
    join(directory, 'checks/impossible.yaml'),
    `check: impossible
fact: person.assurance
must be: not one of low, substantial, high
if unknown: deny
text: { en: Nobody passes., nl: Niemand slaagt., fr: Personne ne passe., de: Niemand besteht. }
`,
  );
  const access = join(directory, 'access/telework.yaml');
  const before = readFileSync(access, 'utf8');
  writeFileSync(access, before.replace('requires:\n', `requires:\n  - impossible: { otherwise: ${outcome} }\n`));
}
