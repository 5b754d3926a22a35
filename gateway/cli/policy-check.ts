// `sluis policy check DIR`: everything wrong with a policy directory, first what cannot be read, then what the analyser finds, each
// as file:line with an example laptop. With `--config` also what its concentrators cannot do and the policies rely on; with
// `--against` what it changes.

import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Problem } from '../documents/yaml-tree.ts';
import { loadConfig } from '../io/configuration.ts';
import { readPolicyFiles } from '../io/policy-files.ts';
import { analyse } from '../policy/analysis.ts';
import { type Finding, witnessInWords } from '../policy/finding.ts';
import { compilePolicySet, type PolicySet } from '../policy/policy-set.ts';
import { differenceOf } from '../policy/set-difference.ts';
import { reliances } from './live-change-reliance.ts';

const usage = 'usage: sluis policy check DIR [--config FILE] [--against DIR] [--strict]\n';

export async function run(args: readonly string[]): Promise<number> {
  const asked = askedOf(args);
  if (asked === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const { directory, config, against, strict = false } = asked;
  const loaded = loadPolicySet(directory);
  const before = against === undefined ? undefined : loadPolicySet(against);
  const broken = [loaded, before].flatMap(each => (each !== undefined && 'problems' in each ? each.problems : []));
  if (broken.length > 0 || 'problems' in loaded) {
    process.stdout.write(problemLines(broken));
    return 1;
  }
  const now = Date.now();
  const unserved = config === undefined ? [] : unservedAt(config, loaded.set.policies);
  const findings = analyse(loaded.set, now);
  const { checks, policies, tests, hash } = loaded.set;
  const counts = [count(checks.size, 'check'), count(policies.length, 'policy'), count(tests.length, 'test')];
  process.stdout.write(
    [
      ...unserved.map(each => problemLine(withPath(directory, each))),
      ...findings.map(each => findingLines(directory, each)),
      ...(before !== undefined && 'set' in before ? differenceLines(before.set, loaded.set, now) : []),
      `${counts.join(', ')}, hash ${hash}\n`,
    ].join(''),
  );
  const grave = findings.filter(({ severity }) => severity === 'error' || (strict && severity === 'warning'));
  return unserved.length + grave.length > 0 ? 1 : 0;
}

interface Asked {
  readonly directory: string;
  readonly config?: string;
  /** The version that is running. */
  readonly against?: string;
  /** Warnings count like errors. */
  readonly strict?: boolean;
}

function askedOf(args: readonly string[]): Asked | undefined {
  try {
    const options = { config: { type: 'string' }, against: { type: 'string' }, strict: { type: 'boolean' } } as const;
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [directory, ...more] = positionals;
    return directory === undefined || more.length > 0 ? undefined : { directory, ...values };
  } catch {
    // parseArgs throws on an option it does not know: the usage line says what it takes.
    return undefined;
  }
}

function findingLines(directory: string, { file, line, severity, sentence, remedy, witness }: Finding): string {
  const said = `${join(directory, file)}:${line}: ${severity}: ${sentence}; ${remedy}\n`;
  return witness === undefined ? said : `${said}    for example: ${witnessInWords(witness)}\n`;
}

function differenceLines(running: PolicySet, draft: PolicySet, now: number): readonly string[] {
  const differences = differenceOf(running, draft, now);
  if (differences.length === 0) return ['no laptop and no person is treated otherwise than before\n'];
  return differences.map(
    ({ before, after, witness }) =>
      `changes: ${before} becomes ${after}\n    for example: ${witnessInWords(witness)}\n`,
  );
}

/** What the concentrators of a configuration cannot do, and these policies rely on. */
function unservedAt(config: string, policies: PolicySet['policies']): readonly Problem[] {
  const loaded = loadConfig(config);
  if ('problems' in loaded) return loaded.problems;
  return reliances(policies, loaded.config.nas, Date.now()).map(({ policy: { file, line }, message, remedy }) => {
    return { file, line, message: `error: ${message}`, remedy };
  });
}

function withPath(directory: string, each: Problem): Problem {
  return { ...each, file: resolve(directory, each.file) === each.file ? each.file : join(directory, each.file) };
}

/** The one positional argument, or `undefined` when the command line is not understood. */
export function directoryOf(args: readonly string[]): string | undefined {
  try {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
    return positionals.length === 1 ? positionals[0] : undefined;
  } catch {
    // parseArgs throws on an option it does not know: the usage line says what it takes.
    return undefined;
  }
}

/** Reads and compiles; problems name files as the shell finds them. */
export function loadPolicySet(directory: string): { set: PolicySet } | { problems: readonly Problem[] } {
  const read = readPolicyFiles(directory);
  if ('problems' in read) return read;
  const compiled = compilePolicySet(read.files);
  if ('set' in compiled) return compiled;
  return { problems: compiled.problems.map(each => withPath(directory, each)) };
}

export function problemLines(problems: readonly Problem[]): string {
  return `${problems.map(problemLine).join('')}${count(problems.length, 'problem')}\n`;
}

function problemLine({ file, line, message, remedy }: Problem): string {
  return `${file}:${line}: ${message}; ${remedy}\n`;
}

function count(number: number, word: string): string {
  const plural = word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`;
  return `${number} ${number === 1 ? word : plural}`;
}
