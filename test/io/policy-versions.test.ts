// The policies that a gateway took over, kept for its next start.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policyVersions, type PolicyVersion } from '../../gateway/io/policy-versions.ts';
import { compilePolicySet } from '../../gateway/policy/policy-set.ts';

let directory = '';
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'sluis-versions-')), 'policies');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

const version = (gives: string, calendarFromAbove = false): PolicyVersion => {
  const compiled = compilePolicySet([
    { path: 'degraded.yaml', text: 'no report yet: quarantine\nreport too old: quarantine\n' },
    {
      path: 'checks/machine.yaml',
      text: 'check: machine\nfact: machine.proven\nmust be: yes\nif unknown: deny\ntext: { en: x, nl: x, fr: x, de: x }\n',
    },
    {
      path: 'access/all.yaml',
      text: `policy: everybody\nowner: test\nfor: everyone\ngives: ${gives}\nrequires:\n  - machine: { otherwise: deny }\n`,
    },
  ]);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return { policySet: compiled.set, calendarFromAbove };
};
const last = () => policyVersions(directory).last();

describe('what ran last', () => {
  it('is nothing at first', () => {
    expect(last()).toBeUndefined();
  });
  it('is there again after a restart, compiled to the same hash', () => {
    const office = version('office', true);
    policyVersions(directory).keep(version('ward'));
    policyVersions(directory).keep(office);
    expect(last()?.policySet.hash).toBe(office.policySet.hash);
    expect(last()?.policySet.policies.map(({ gives }) => gives)).toEqual(['office']);
    expect(last()?.calendarFromAbove).toBe(true);
    // Taken back to an earlier one: that is what ran last.
    policyVersions(directory).keep(version('ward'));
    expect(last()?.policySet.policies.map(({ gives }) => gives)).toEqual(['ward']);
  });
  it('is for the gateway alone', () => {
    policyVersions(directory).keep(version('office'));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
  });
  it.each([
    ['cut short', (text: string) => text.slice(0, text.length / 2)],
    ['changed by hand', (text: string) => text.replace('gives: office', 'gives: vaults')],
    ['emptied', () => ''],
  ])('does not run when it was %s', (_, harm) => {
    const kept = version('office');
    policyVersions(directory).keep(kept);
    const path = join(directory, `${kept.policySet.hash}.json`);
    writeFileSync(path, harm(readFileSync(path, 'utf8')));
    expect(last()).toBeUndefined();
  });
  it('is found by a hash and by no path', () => {
    policyVersions(directory).keep(version('office'));
    writeFileSync(join(directory, 'last'), '../../etc/passwd\n');
    expect(last()).toBeUndefined();
  });
  it('stays when the next one cannot be written, and that is said', () => {
    policyVersions(directory).keep(version('office'));
    // A file where the directory would have to be.
    const versions = policyVersions(join(directory, 'last'));
    expect(() => versions.keep(version('ward'))).toThrow();
    expect(last()?.policySet.policies.map(({ gives }) => gives)).toEqual(['office']);
  });
});

it('keeps twenty versions, and always the one that runs', () => {
  const versions = policyVersions(directory);
  for (let each = 0; each < 25; each++) versions.keep(version(`segment-${each}`));
  expect(readdirSync(directory).filter(name => name.endsWith('.json'))).toHaveLength(20);
  expect(last()?.policySet.policies.map(({ gives }) => gives)).toEqual(['segment-24']);
});
