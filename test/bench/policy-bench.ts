// What it costs to judge a posture by a hundred requirements, beside CEL and Cedar with the same conditions; to load and analyse a large
// set; and whether loading stays linear in the size of the files, hostile ones too. `npm run bench -- --only policy`, or this file.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { parse } from '@marcbachmann/cel-js';
import { told } from '../../gateway/flows/decision-record.ts';
import { decide } from '../../gateway/pdp/decide.ts';
import { analyse } from '../../gateway/policy/analysis.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { compilePolicySet, type PolicySet } from '../../gateway/policy/policy-set.ts';
import { parseYaml } from '../../gateway/documents/yaml-tree.ts';
import { factsDigest } from '../../gateway/verifier/facts-digest.ts';
import { figure, summary } from './comparison.ts';
import { cedarPolicies, celExpressions, context, facts, now, policyFiles } from './policy-posture.ts';

const rounds = 15;

interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What must hold; the smallest sample counts, as that of a quiet moment. */
  readonly below?: number;
}

/** Measures, says what it found, and whether everything holds. */
export function policyBench(say: (text: string) => void): boolean {
  const figures = [...judging(), ...loading(), ...growing()];
  const widest = Math.max(...figures.map(({ what }) => what.length));
  for (const { what, value, unit, below } of figures) {
    const wanted = below === undefined ? '' : value < below ? `  below ${below}` : `  NOT below ${below}`;
    say(`${what.padEnd(widest)}  ${figure(value).padStart(7)} ${unit}${wanted}`);
  }
  return figures.every(({ value, below }) => below === undefined || value < below);
}

function compiled(policies: number): PolicySet {
  const result = compilePolicySet(policyFiles(policies));
  if ('problems' in result) throw new Error(JSON.stringify(result.problems[0]));
  return result.set;
}

function judging(): readonly Figure[] {
  const set = compiled(1);
  const subject = { groups: ['group-0'], deviceClass: 'managed-laptop' };
  const device = { key: 'ab'.repeat(32), name: 'lt-0042' };
  const report = {
    deviceName: device.name,
    reportId: 'r',
    sequence: 1,
    receivedAt: now,
    reportDigest: 'cd'.repeat(32),
  };
  const request = {
    tenant: 'main',
    way: 'ticket',
    binding: 'confirmed',
    device,
    person: { pseudonym: 'p', profile: 'be-eid', assurance: 'high' },
    attestation: { tenant: 'main', device: device.key, ...report, facts, factsDigest: factsDigest(facts) },
  } as const;
  const register = {
    devices: new Map([[device.key, { class: 'managed-laptop', state: 'active' as const }]]),
    groupsByPerson: new Map([['p', ['group-0']]]),
    groupsByProfile: new Map<string, readonly string[]>(),
  };
  const policy = { hash: set.hash, evaluate: evaluate.bind(undefined, set) };

  const expressions = celExpressions().map(each => parse(each));
  const prepared = preparsePolicySet('posture', { staticPolicies: cedarPolicies() });
  if (prepared.type !== 'success') throw new Error(JSON.stringify(prepared));
  const uid = (type: string) => ({ type, id: 'x' });

  // A new time for each, as in life: nothing may be remembered from the one before.
  let at = now;
  const sides = {
    ours: () => evaluate(set, subject, facts, (at += 1)).outcome === 'grant',
    recorded: () => told(decide(request, policy, register, (at += 1))).outcome === 'grant',
    cel: () => {
      const given = { ...context, now: (at += 1) };
      let met = true;
      for (const each of expressions) if (each(given) !== true) met = false;
      return met;
    },
    cedar: () => {
      const answer = statefulIsAuthorized({
        principal: uid('Device'),
        action: uid('Action'),
        resource: uid('Network'),
        context: { ...context, now: (at += 1) },
        preparsedPolicySetId: 'posture',
        entities: [],
      });
      return answer.type === 'success' && answer.response.decision === 'allow';
    },
  };
  for (const [side, judge] of Object.entries(sides))
    if (!judge()) throw new Error(`${side} does not admit the posture`);
  const cost = inTurn(sides, { ours: 20_000, recorded: 10_000, cel: 1_000, cedar: 300 });
  const best = (side: keyof typeof sides) => summary(cost[side]).minimum;
  return [
    { what: '100 requirements judged', value: best('ours'), unit: 'µs', below: 5 },
    { what: '  with the decision and its record', value: best('recorded'), unit: 'µs', below: 10 },
    { what: '  100 expressions of CEL', value: best('cel'), unit: 'µs' },
    { what: '  CEL over ours', value: best('cel') / best('ours'), unit: '×' },
    { what: '  100 policies of Cedar', value: best('cedar'), unit: 'µs' },
    { what: '  Cedar over ours', value: best('cedar') / best('ours'), unit: '×' },
    { what: 'kept of each judgement', value: keptBytes(sides.ours), unit: 'bytes', below: 1 },
    { what: 'kept of each decision', value: keptBytes(sides.recorded), unit: 'bytes', below: 1 },
  ];
}

/** CPU in microseconds for each call, one sample for each round; the sides in turn, after a round that does not count. */
function inTurn<K extends string>(sides: Readonly<Record<K, () => unknown>>, calls: Readonly<Record<K, number>>) {
  const samples = Object.fromEntries(Object.keys(sides).map(side => [side, []])) as unknown as Record<K, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const side of Object.keys(sides) as K[]) {
      const judge = sides[side];
      const before = process.cpuUsage();
      for (let call = 0; call < calls[side]; call++) judge();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) samples[side].push((user + system) / calls[side]);
    }
  }
  return samples;
}

/** Of the heap, after everything that nobody refers to is gone. */
function keptBytes(judge: () => unknown): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const calls = 200_000;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  for (let call = 0; call < calls; call++) judge();
  return Math.max(0, (heap() - before) / calls);
}

function loading(): readonly Figure[] {
  const files = policyFiles(50);
  const trees = new Map(files.map(({ path, text }) => [path, parseYaml(text, path)]));
  const ms = (work: () => unknown): number => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  };
  const samples = Array.from({ length: 5 }, () => ({
    load: ms(() => compilePolicySet(files)),
    compile: ms(() => compilePolicySet(files, (text, path) => trees.get(path) ?? parseYaml(text, path))),
  }));
  const set = compiled(50);
  const analysis = Array.from({ length: 3 }, () => ms(() => analyse(set, now)));
  const load = summary(samples.map(each => each.load)).median;
  return [
    { what: '50 policies × 100 checks: loaded', value: load, unit: 'ms' },
    {
      what: '  of which on the main thread at a reload',
      value: summary(samples.map(each => each.compile)).median,
      unit: 'ms',
    },
    {
      what: '  loaded and analysed',
      value: (load + summary(analysis).median) / 1000,
      unit: 's',
      below: 5,
    },
  ];
}

const halfBytes = 200_000;
const filled = (unit: string, bytes: number): string => unit.repeat(Math.ceil(bytes / unit.length)).slice(0, bytes);

/** Files of any size, by what is in them. */
const kinds: Readonly<Record<string, (bytes: number) => unknown>> = {
  'checks and policies': bytes => {
    const one = policyFiles(1).reduce((sum, { text }) => sum + text.length, 0);
    return compilePolicySet(policyFiles(Math.max(1, Math.round(bytes / one) * 4)));
  },
  'keys given twice': bytes => parseYaml(filled('k: v\n', bytes), 'x'),
  'different keys': bytes => parseYaml(Array.from({ length: bytes / 10 }, (_, at) => `k${at}: v\n`).join(''), 'x'),
  'a list on one line': bytes => parseYaml(`[${filled('a,', bytes)}a]`, 'x'),
  aliases: bytes => parseYaml(filled('- *a\n', bytes), 'x'),
  brackets: bytes => parseYaml(filled(']', bytes), 'x'),
  quotes: bytes => parseYaml(filled('"', bytes), 'x'),
  'nested lists': bytes => parseYaml(filled('[', bytes), 'x'),
  tabs: bytes => parseYaml(filled('\tx: y\n', bytes), 'x'),
  'unknown escapes': bytes => parseYaml(`"${filled('\\q', bytes)}"`, 'x'),
};

/** How much more twice the bytes cost; of several samples the smallest of each, as noise only adds. */
function growing(): readonly Figure[] {
  return Object.entries(kinds).map(([what, work]) => {
    const cost = (bytes: number): number => {
      const before = process.cpuUsage();
      work(bytes);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    cost(halfBytes);
    const samples = Array.from({ length: 5 }, () => [cost(halfBytes), cost(2 * halfBytes)] as const);
    const [half, whole] = [0, 1].map(index => summary(samples.map(each => each[index] ?? 0)).minimum);
    // Below a millisecond the clock of the kernel says nothing; it is then quick enough.
    const value = (whole ?? 0) < 2_000 ? 1 : (whole ?? 0) / Math.max(1, half ?? 0);
    return { what: `twice the bytes: ${what}`, value, unit: '×', below: 2.5 };
  });
}

if (import.meta.main) process.exitCode = policyBench(text => process.stdout.write(`${text}\n`)) ? 0 : 1;
