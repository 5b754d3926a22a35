// `sluis policy status`: which policy a running gateway decides by, since when and from where, what is wrong with its files now, and
// how far new rules have reached open sessions. `sluis policy go-on`: what waits of that for an operator goes on.

import type { RulesState, WaveState } from '../contract/rules-state.ts';
import { act, reasonOf } from './act-client.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  type ReadConnection,
  readArguments,
  readJson,
  type Surroundings,
} from './read-client.ts';
import { plain, time } from './read-view.ts';

const usage = `sluis policy status ${connectionUsage}
       sluis policy go-on --reason TEXT ${connectionUsage}`;

const options = { ...connectionOptions, reason: { type: 'string' } } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, ...more] = positionals;
    if ((command !== 'status' && command !== 'go-on') || more.length > 0) {
      throw new CommandStopped(2, `Usage: ${usage}`);
    }
    const reason = command === 'go-on' ? reasonOf(values.reason, usage) : '';
    const connection = await connect(values, around, usage);
    const state = await stateOf(connection);
    if (command === 'go-on') {
      const { sessions } = await act(connection, 'policy-go-on', { policy: state.hash, reason });
      write(`${sessions} sessions follow the new rules now.\n`);
      return 0;
    }
    write(values.json === true ? `${JSON.stringify(state, null, 2)}\n` : stateInWords(state));
    // For scripts: something is to be done.
    return state.problems.length > 0 || state.source === 'last-good' || state.wave.stage === 'waiting' ? 1 : 0;
  });
}

async function stateOf(connection: ReadConnection): Promise<RulesState> {
  const body = await readJson(connection, '/v1/policy');
  if (typeof body === 'object' && body !== null && 'hash' in body && 'wave' in body) return body as RulesState;
  throw new CommandStopped(2, `${connection.url} gave no state of its policy: is its gateway of this version?`);
}

function stateInWords(state: RulesState): string {
  const { hash, since, source, directory, problems, readAt, wave } = state;
  const from = source === 'directory' ? directory : `what ran last: the files in ${directory} were broken at the start`;
  const files =
    problems.length === 0
      ? [`files read ${time(readAt)}, nothing wrong`]
      : [
          `files read ${time(readAt)}, broken; nothing of them runs`,
          ...problems.map(each => `  ${each.file}:${each.line}: ${each.message} – ${each.remedy}`),
        ];
  const lines = [`policy     ${hash}`, `runs since ${time(since)}`, `from       ${from}`, ...files, waveInWords(wave)];
  return `${lines.map(plain).join('\n')}\n`;
}

function waveInWords({ stage, because = '', since = 0, judged = 0, ends = 0, moves = 0 }: WaveState): string {
  const told = `${because} at ${time(since)}: ${judged} open sessions judged, ${ends} end or log in anew, ${moves} change otherwise`;
  switch (stage) {
    case 'none':
      return 'open sessions: no rules have changed since this gateway started';
    case 'waiting':
      return `open sessions wait: ${told}\n  sluis policy go-on --reason TEXT lets these end; to take it back, put the files of before there and reload`;
    default:
      return `open sessions, ${stage}: ${told}`;
  }
}
