// The option that policies/README.md describes: the base set with that one line, and laptops whose card was taken out.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import { collectFor, compilePolicySet, type PolicyFile, type PolicySet } from '../../gateway/policy/policy-set.ts';
import { runTests } from '../../gateway/policy/test-run.ts';

const folder = new URL('../../policies/', import.meta.url);
const read = readPolicyFiles(fileURLToPath(folder));
if ('problems' in read) throw new Error(JSON.stringify(read.problems));
const { files } = read;
const option = /^ {2}- card-present: .*$/m.exec(readFileSync(new URL('README.md', folder), 'utf8'))?.[0] ?? '';

function compiled(all: readonly PolicyFile[]): PolicySet {
  const result = compilePolicySet(all);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.set;
}

/** The base set with the option switched on, and these tests in place of its own. */
function withOption(...tests: readonly string[]): PolicySet {
  const bases = files.find(({ path }) => path === 'tests/bases.yaml');
  const access = files.find(({ path }) => path === 'access/telework.yaml');
  if (bases === undefined || access === undefined) throw new Error('the base set has another shape');
  const others = files.filter(file => !file.path.startsWith('tests/') && file !== access);
  return compiled([
    ...[...others, bases, { ...access, text: `${access.text}${option}\n` }],
    { path: 'tests/card-present.yaml', text: tests.join('\n') },
  ]);
}

const given = (card: string, outcome: string, more = ''): string =>
  `- test: ${card}\n  given: { base: healthy-laptop, person.card-present: ${card} }\n  expect: { outcome: ${outcome}${more} }\n`;

it('lets in, keeps apart, and lets in again, as the card is', () => {
  const set = withOption(
    given('yes', 'grant', ', segment: office'),
    given('no', 'quarantine', ', reasons: [card-present], smallest change: [card-present]'),
    given('unknown', 'quarantine', ', reasons: ["card-present:unknown"]'),
  );
  const results = runTests(set);
  expect(results).toHaveLength(3);
  for (const { test, differences } of results) expect([test.name, ...differences]).toEqual([test.name]);
});

it('has agents look at the reader only where it is switched on', () => {
  expect(collectFor(compiled(files))).not.toContain('smart-card');
  expect(collectFor(withOption(given('yes', 'grant')))).toContain('smart-card');
});
