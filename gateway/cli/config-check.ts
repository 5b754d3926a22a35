// `sluis config check --config FILE`: every problem of the configuration, its profiles and its policies, with file, line
// and remedy. Exit code 0 when there is none, 2 when there is one.

import { parseArgs } from 'node:util';
import { loadConfig, loadRules, problemLines } from '../io/configuration.ts';

export async function run(args: readonly string[], write: (text: string) => void = toStdout): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } }, strict: true });
  if (values.config === undefined) {
    write('sluis config check: name the configuration with --config FILE\n');
    return 2;
  }
  const loaded = loadConfig(values.config);
  if ('problems' in loaded) return report(loaded.problems);
  const rules = loadRules(loaded.config);
  if ('problems' in rules) return report(rules.problems);
  const { nas } = loaded.config;
  write(`${values.config}: in order; ${nas.length} NAS, policy ${rules.rules.policySet.hash.slice(0, 12)}\n`);
  return 0;

  function report(problems: Parameters<typeof problemLines>[0]): number {
    write(`${problemLines(problems).join('\n')}\n`);
    return 2;
  }
}

function toStdout(text: string): void {
  process.stdout.write(text);
}
