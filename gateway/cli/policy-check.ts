// `sluis policy check DIR`: every problem of a policy directory as file:line, or a summary when there is none.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Problem } from '../documents/yaml-tree.ts';
import { readPolicyFiles } from '../io/policy-files.ts';
import { compilePolicySet, type PolicySet } from '../policy/policy-set.ts';

export async function run(args: readonly string[]): Promise<number> {
  const directory = directoryOf(args);
  if (directory === undefined) {
    process.stderr.write('usage: sluis policy check DIR\n');
    return 2;
  }
  const loaded = loadPolicySet(directory);
  if ('problems' in loaded) {
    process.stdout.write(problemLines(loaded.problems));
    return 1;
  }
  const { checks, policies, tests, hash } = loaded.set;
  const counts = [count(checks.size, 'check'), count(policies.length, 'policy'), count(tests.length, 'test')];
  process.stdout.write(`${counts.join(', ')}, hash ${hash}\n`);
  return 0;
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
  return { problems: compiled.problems.map(each => ({ ...each, file: join(directory, each.file) })) };
}

export function problemLines(problems: readonly Problem[]): string {
  const lines = problems.map(({ file, line, message, remedy }) => `${file}:${line}: ${message}; ${remedy}\n`);
  return `${lines.join('')}${count(problems.length, 'problem')}\n`;
}

function count(number: number, word: string): string {
  const plural = word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`;
  return `${number} ${number === 1 ? word : plural}`;
}
