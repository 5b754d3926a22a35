// The base set with one of the options that policies/README.md describes, switched on by the line that stands there.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import { compilePolicySet, type PolicyFile, type PolicySet } from '../../gateway/policy/policy-set.ts';

const folder = new URL('../../policies/', import.meta.url);
const readme = readFileSync(new URL('README.md', folder), 'utf8');
const read = readPolicyFiles(fileURLToPath(folder));
if ('problems' in read) throw new Error(JSON.stringify(read.problems));
const { files } = read;

function compiled(all: readonly PolicyFile[]): PolicySet {
  const result = compilePolicySet(all);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.set;
}

export const baseSet = compiled(files);

/** With these tests in place of its own. */
export function withOption(check: string, ...tests: readonly string[]): PolicySet {
  const option = readme.split('\n').find(line => line.startsWith(`  - ${check}: `));
  const bases = files.find(({ path }) => path === 'tests/bases.yaml');
  const access = files.find(({ path }) => path === 'access/telework.yaml');
  if (option === undefined || bases === undefined || access === undefined)
    throw new Error('the base set has another shape');
  const others = files.filter(file => !file.path.startsWith('tests/') && file !== access);
  return compiled([
    ...[...others, bases, { ...access, text: `${access.text}${option}\n` }],
    { path: `tests/${check}.yaml`, text: tests.join('\n') },
  ]);
}

/** A healthy laptop about which one thing is known. */
export const given = (fact: string, value: string, outcome: string, more = ''): string =>
  `- test: ${value}\n  given: { base: healthy-laptop, ${fact}: ${value} }\n  expect: { outcome: ${outcome}${more} }\n`;
