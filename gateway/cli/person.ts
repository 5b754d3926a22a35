// `sluis person reveal PSEUDONYM --reason TEXT`: the name behind a pseudonym. The running gateway asks the directory, and
// records who wanted to know and why before it answers.

import type { AnswerOf } from '../contract/acts.ts';
import { act, reasonOf } from './act-client.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  type Surroundings,
} from './read-client.ts';
import { block } from './read-view.ts';

const usage = `sluis person reveal PSEUDONYM --reason TEXT ${connectionUsage}`;

const options = { ...connectionOptions, reason: { type: 'string' } } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, person, ...more] = positionals;
    if (command === 'reveal' && person !== undefined && more.length === 0) {
      const reason = reasonOf(values.reason, usage);
      const found = await act(await connect(values, around, usage), 'reveal', { person, reason });
      write(values.json === true ? `${JSON.stringify(found, null, 2)}\n` : revealed(found));
      return 0;
    }
    throw new CommandStopped(2, `Usage: ${usage}`);
  });
}

function revealed({ person, displayName, account }: AnswerOf<'reveal'>): string {
  return block([
    ['pseudonym', person],
    ['name', displayName ?? 'the directory shows none'],
    ['account', account],
  ]);
}
