// `sluis config check --config FILE`: every problem of the configuration, its profiles and its policies, with file, line
// and remedy; and what is in order and perhaps not meant. Exit code 0 when there is no problem, 2 when there is one.

import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { loadConfig, loadRules, problemLines } from '../io/configuration.ts';
import type { Nas } from '../pdp/nas.ts';

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
  for (const { name } of withoutPasswords(loaded.config, Date.now())) {
    write(
      `warning: passwords from ${name} will be refused: the path to it is plain; ` +
        'say `path: ipsec` where it is, use RADIUS over TLS, or name a day in passwords-over-plain-until\n',
    );
  }
  write(`${values.config}: in order; ${nas.length} NAS, policy ${rules.rules.policySet.hash.slice(0, 12)}\n`);
  return 0;

  function report(problems: Parameters<typeof problemLines>[0]): number {
    write(`${problemLines(problems).join('\n')}\n`);
    return 2;
  }
}

function withoutPasswords({ directory, nas }: Config, now: number): readonly Nas[] {
  if (directory?.passwords !== true) return [];
  return nas.filter(({ path, passwordsOverPlainUntil: until = 0 }) => path === 'plain' && until <= now);
}

function toStdout(text: string): void {
  process.stdout.write(text);
}
