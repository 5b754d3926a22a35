// The policy directories of this repository: they load, the analyser finds nothing in them, their tests hold, and their tests are
// worth having: taking any requirement out, or changing what follows from it, breaks at least one.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { languages } from '../../gateway/contract/language.ts';
import { outcomes } from '../../gateway/contract/outcome.ts';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import type { AccessPolicy } from '../../gateway/policy/access-policy.ts';
import { analyse } from '../../gateway/policy/analysis.ts';
import { type Check, factsOf } from '../../gateway/policy/check.ts';
import type { Floor } from '../../gateway/policy/floor.ts';
import { compilePolicySet, type PolicyFile, type PolicySet } from '../../gateway/policy/policy-set.ts';
import { asText } from '../../gateway/policy/prose-page.ts';
import { policySetInProse } from '../../gateway/policy/prose.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { differenceOf } from '../../gateway/policy/set-difference.ts';
import { runTests } from '../../gateway/policy/test-run.ts';
import { supportEndsAt } from '../../gateway/verifier/support-calendar.ts';
import { remedyFor } from '../../posture-client/remedies.ts';

const folder = (directory: string) => fileURLToPath(new URL(`../../${directory}`, import.meta.url));

function filesOf(directory: string): readonly PolicyFile[] {
  const read = readPolicyFiles(folder(directory));
  if ('files' in read) return read.files;
  throw new Error(JSON.stringify(read.problems));
}

function compiled(files: readonly PolicyFile[]): PolicySet {
  const result = compilePolicySet(files);
  if ('set' in result) return result.set;
  throw new Error(result.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
}

const packs = readdirSync(folder('policies/packs')).toSorted();
const directories = ['policies', ...packs.map(pack => `policies/packs/${pack}`)];
const sets = directories.map((directory): [string, PolicySet] => [directory, compiled(filesOf(directory))]);

/** Checks that are there to be switched on; each has a test of its own beside this one. */
const options: readonly string[] = [
  'card-present',
  'not-live-elsewhere',
  'plausible-place',
  'in-allowed-country',
  'no-remote-control',
  'one-session',
  'telework-days',
];

const failing = (set: PolicySet): number => runTests(set).filter(({ differences }) => differences.length > 0).length;

/** The set with one policy or floor replaced. */
function replaced(set: PolicySet, of: AccessPolicy | Floor): PolicySet {
  const { policies, floors } = set;
  if ('gives' in of) return { ...set, policies: policies.map(each => (each.name === of.name ? of : each)) };
  // What applies to a policy is found once for each policy: these are others.
  return {
    ...set,
    policies: policies.map(each => ({ ...each })),
    floors: floors.map(each => (each.name === of.name ? of : each)),
  };
}

const rulesOf = ({ policies, floors }: PolicySet): readonly (AccessPolicy | Floor)[] => [...policies, ...floors];

describe.each(sets)('%s', (directory, set) => {
  it('has nothing that the analyser could blame', () => {
    const findings = analyse(set, Date.now()).filter(({ severity }) => severity !== 'note');
    expect(findings.map(({ file, line, sentence }) => `${file}:${line}: ${sentence}`)).toEqual([]);
  });

  it('has tests, and all of them hold', () => {
    expect(set.tests.length).toBeGreaterThan(10);
    for (const { test, differences } of runTests(set)) expect([test.name, ...differences]).toEqual([test.name]);
  });

  it('reaches all four outcomes in its tests', () => {
    expect(new Set(set.tests.map(({ expect: { outcome } }) => outcome))).toEqual(new Set(outcomes));
  });

  const requirements = rulesOf(set).flatMap(policy =>
    policy.requires.map((requirement): [string, AccessPolicy | Floor, typeof requirement] => [
      `${policy.name}: ${requirement.check.name}`,
      policy,
      requirement,
    ]),
  );

  it.each(requirements)('would notice if %s went missing', (_name, policy, requirement) => {
    const rest = policy.requires.filter(each => each !== requirement);
    expect(failing(replaced(set, { ...policy, requires: rest }))).toBeGreaterThan(0);
  });

  it.each(requirements)('would notice if %s had another outcome', (_name, policy, requirement) => {
    for (const otherwise of ['update', 'quarantine', 'deny'] as const) {
      if (otherwise === requirement.otherwise) continue;
      const requires = policy.requires.map(each => (each === requirement ? { ...each, otherwise } : each));
      expect(failing(replaced(set, { ...policy, requires }))).toBeGreaterThan(0);
    }
  });

  it.each(set.policies.map((policy): [string, AccessPolicy] => [policy.name, policy]))(
    'would notice if %s gave another segment or went missing',
    (_name, policy) => {
      expect(failing(replaced(set, { ...policy, gives: 'elsewhere' }))).toBeGreaterThan(0);
      expect(failing({ ...set, policies: set.policies.filter(each => each !== policy) })).toBeGreaterThan(0);
    },
  );

  const checks = [...set.checks.values()].map((check): [string, typeof check] => [check.name, check]);

  it.each(checks)('requires %s somewhere, unless it is an option', (_name, check) => {
    const required = rulesOf(set).some(({ requires }) => requires.some(each => each.check === check));
    expect(required).toBe(directory !== 'policies' || !options.includes(check.name));
  });

  it.each(checks)('speaks of %s in four languages, in full sentences', (_name, check) => {
    const sentences = languages.map(language => check.text[language]);
    expect(new Set(sentences).size).toBe(languages.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^\p{Lu}.{20,}\.$/u);
  });

  it.each(checks)('offers for %s only what the agent can do', (_name, check) => {
    if (check.help !== undefined) expect(remedyFor(check.help)).toBeDefined();
  });

  it('lets only what the gateway knows by itself deny', () => {
    for (const { requires } of rulesOf(set)) {
      for (const { check, otherwise } of requires) {
        const own = factsOf(check).every(({ fact }) => fact.origin.by === 'gateway');
        expect(own || otherwise !== 'deny', check.name).toBe(true);
      }
    }
  });

  it('has the support calendar', () => {
    const os = { family: 'debian', version: '12' } as const;
    expect(supportEndsAt(set.supportCalendar, os)).toBe(Date.parse('2028-06-30T23:59:59.999Z'));
    expect(supportEndsAt(set.supportCalendar, { family: 'windows', version: '6.1.7601' })).toBeLessThan(
      Date.parse('2021-01-01'),
    );
  });
});

const packSets = sets.filter(([directory]) => directory !== 'policies');

describe.each(packSets)('%s', (directory, set) => {
  const readme = readFileSync(`${folder(directory)}/README.md`, 'utf8');

  it('has a README with its source, and every check of it', () => {
    for (const heading of ['## What it asks', '## What to set up', '## Not in here, and why'])
      expect(readme).toContain(`\n${heading}\n`);
    expect(readme).toMatch(/^> .+\n>\n> \*.+\*$/m);
    for (const name of set.checks.keys()) expect(readme).toContain(`\`${name}\``);
    for (const { gives } of set.policies) expect(readme).toContain(`\`${gives}\``);
  });

  it('names its segments, and gives no other', () => {
    expect(set.segments).toEqual(new Set(set.policies.map(({ gives }) => gives)));
  });

  it.each(languages)('reads as prose in %s', language => {
    const prose = asText(policySetInProse(set, language));
    for (const { name, gives } of set.policies) {
      expect(prose).toContain(name);
      expect(prose).toContain(gives);
    }
    const others = languages.filter(each => each !== language);
    for (const other of others) expect(asText(policySetInProse(set, other))).not.toBe(prose);
  });

  /** An example that is ready, and not active. */
  const [, emergency] = /```yaml\n(emergency: [^`]+)```/.exec(readme) ?? [];

  it.each(emergency === undefined ? [] : [emergency])(
    'suspends in an emergency what it says, and nothing of the layer',
    example => {
      // In force when the tests of the pack happen.
      const text = example.replace(/^from: .*$/m, 'from: 2026-01-01').replace(/^until: .*$/m, 'until: 2026-03-31');
      const suspended = /^suspends: \[(.+)\]$/m.exec(text)?.[1]?.split(', ') ?? [];
      expect(suspended.length).toBeGreaterThan(0);
      const widened = text.replace(/^suspends: .*$/m, `suspends: [${[...suspended, 'ksz-disk-encrypted'].join(', ')}]`);
      const { tests, ...inForce } = compiled([
        ...filesOf(directory),
        { path: 'emergencies/example.yaml', text: widened },
      ]);
      const outcomesOf = (check: string) =>
        tests
          .filter(({ expect: { reasons }, now }) => reasons?.join() === check && now < Date.parse('2026-03-31'))
          .map(({ subject, facts, now }) => evaluate({ ...inForce, tests }, subject, facts, now).outcome);
      for (const check of suspended) expect(new Set(outcomesOf(check)), check).toEqual(new Set(['grant']));
      expect(outcomesOf('ksz-disk-encrypted')).toEqual(['quarantine']);
    },
  );
});

describe('the packs together', () => {
  it('say the same where they ask the same', () => {
    const asked = new Map<string, Check['text']>();
    for (const [directory, { checks }] of sets) {
      for (const check of checks.values()) {
        const key = [check.name, ...factsOf(check).map(({ factName, limit }) => `${factName} ${limit.words}`)].join(
          ' ',
        );
        expect(check.text, `${directory}: ${check.name}`).toEqual(asked.get(key) ?? check.text);
        asked.set(key, check.text);
      }
    }
  });

  const layerOf = (pack: string) =>
    filesOf(`policies/packs/${pack}`).filter(({ path }) => path.startsWith('layers/ksz/'));
  const under = packs.filter(pack => layerOf(pack).length > 0);

  it('have the minimal norms of the KSZ as they are, where they are on its network', () => {
    expect(under).toEqual(['fod-sz', 'hvz', 'hziv', 'ksz', 'ocmw', 'rsz', 'rszppo']);
    for (const pack of under) expect(layerOf(pack)).toEqual(layerOf('ksz'));
  });

  it('would add to the RIZIV pack what its README says, and nothing else', () => {
    const own = filesOf('policies/packs/riziv');
    const differences = differenceOf(compiled(own), compiled([...own, ...layerOf('ksz')]), Date.now());
    expect(differences.length).toBeGreaterThan(0);
    for (const { before, after, witness } of differences) {
      const cause = Object.keys(witness.facts).filter(name => /^(os\.support-left|updates\.)/.test(name));
      expect(cause, `${before} becomes ${after}`).not.toEqual([]);
    }
  });
});

describe('the public holidays of Belgium', () => {
  const [calendar] = [...(sets.find(([directory]) => directory.endsWith('ocmw'))?.[1].calendars.values() ?? [])];

  it.each([2026, 2027, 2028])('are the ten of the law in %d, reckoned from Easter', year => {
    const easter = easterOf(year);
    const after = (days: number) => new Date(easter + days * 86_400_000).toISOString().slice(0, 10);
    const fixed = ['01-01', '05-01', '07-21', '08-15', '11-01', '11-11', '12-25'].map(day => `${year}-${day}`);
    expect(calendar?.closedOn.filter(day => day.startsWith(String(year)))).toEqual(
      [...fixed, after(1), after(39), after(50)].sort(),
    );
  });
});

/** The anonymous Gregorian computus, as in Meeus, Astronomical Algorithms, chapter 8. */
function easterOf(year: number): number {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const g = Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return Date.UTC(year, Math.floor(n / 31) - 1, (n % 31) + 1);
}
