// `sluis policy rollout`: what decides, what is judged beside it, and where the two differ. `sluis policy rollback`: the version that
// decided before decides again.

import type { Rollout } from '../contract/rollout.ts';
import { act, reasonOf } from './act-client.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  readJson,
  type Surroundings,
} from './read-client.ts';
import { plain, table, time } from './read-view.ts';
import { percent } from './share.ts';

const usage = `sluis policy rollout ${connectionUsage}
       sluis policy rollback --reason TEXT ${connectionUsage}`;

const options = { ...connectionOptions, reason: { type: 'string' } } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, ...more] = positionals;
    if ((command !== 'rollout' && command !== 'rollback') || more.length > 0) {
      throw new CommandStopped(2, `Usage: ${usage}`);
    }
    if (command === 'rollback') {
      const reason = reasonOf(values.reason, usage);
      const { from, to } = await act(await connect(values, around, usage), 'policy-rollback', { reason });
      write(`${to.slice(0, 12)} decides again, and ${from.slice(0, 12)} no longer.\n`);
      return 0;
    }
    const rollout = await readJson(await connect(values, around, usage), '/v1/policy-rollout');
    if (typeof rollout !== 'object' || rollout === null) {
      throw new CommandStopped(2, 'The gateway tells nothing of versions: is it of this version?');
    }
    // The gateway gives what `contract/rollout.ts` says.
    const state = rollout as Rollout;
    write(values.json === true ? `${JSON.stringify(state, null, 2)}\n` : inWords(state));
    return state.problems.length > 0 ? 1 : 0;
  });
}

function inWords({ running, since, previous, beside, back, problems }: Rollout): string {
  const lines = [
    `decides: ${running} since ${time(since)}`,
    ...(previous === undefined ? [] : [`before:  ${previous}`]),
    ...(back === undefined
      ? []
      : [
          `back:    from ${back.from.slice(0, 12)} to ${back.to.slice(0, 12)}, ${time(back.at)}, by ${back.by}: ${back.reason}`,
        ]),
    ...(beside === undefined ? ['nothing is judged beside it'] : []),
    ...problems.map(each => `draft:   ${each}`),
  ];
  return `${lines.map(plain).join('\n')}\n${beside === undefined ? '' : besideInWords(beside)}`;
}

const roles = {
  shadow: 'looked at',
  canary: 'decides for',
  enforce: 'decided before; the new version is held against its forecast',
} as const;

function besideInWords({ hash, stage, since, canary, watch, ...tally }: NonNullable<Rollout['beside']>): string {
  const { subjects, stricter, pairs, examples } = tally;
  const until = watch && `, until ${time(watch.until)}: at most ${percent(watch.allowedShare)} stricter`;
  const head = [
    `beside:  ${hash} since ${time(since)}: ${roles[stage]}${canary === undefined ? '' : ` ${canary}`}${until ?? ''}`,
    `asked about ${subjects} people and machines, the newer one is stricter with ${stricter}`,
  ];
  const counted = pairs.map(({ older, newer, answers }) => [older, newer, String(answers)]);
  const differing = examples.map(each => [
    time(each.at),
    each.older,
    each.newer,
    each.concentrator ?? '-',
    each.caseCode,
    each.because.join(', '),
  ]);
  return [
    `${head.map(plain).join('\n')}\n`,
    ...(counted.length === 0 ? [] : [`\n${table(['OLDER', 'NEWER', 'DECISIONS'], counted)}`]),
    ...(differing.length === 0
      ? []
      : [`\n${table(['AT', 'OLDER', 'NEWER', 'CONCENTRATOR', 'CASE', 'BECAUSE'], differing)}`]),
  ].join('');
}
