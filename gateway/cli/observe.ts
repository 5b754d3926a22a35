// `sluis observe report`: for each concentrator that has an authority, how often it and this gateway answered alike since the gateway
// started, and the last logins in which they did not.

import type { Observation, ObservedAnswer, ObservedNas } from '../contract/observation.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  readList,
  type Surroundings,
} from './read-client.ts';
import { table, time } from './read-view.ts';

const usage = `sluis observe report [--nas NAME] ${connectionUsage}`;

const options = { ...connectionOptions, nas: { type: 'string' } } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    if (positionals.length > 1 || positionals[0] !== 'report') throw new CommandStopped(2, `Usage: ${usage}`);
    const all = await readList<ObservedNas>(await connect(values, around, usage), '/v1/observations', 'nas');
    const wanted = all.filter(each => values.nas === undefined || each.nas === values.nas);
    if (values.nas !== undefined && wanted.length === 0) {
      throw new CommandStopped(
        1,
        `There is no NAS "${values.nas}" with an authority: \`sluis nas list\` shows them all`,
      );
    }
    write(values.json === true ? `${JSON.stringify(wanted, null, 2)}\n` : reportOf(wanted));
    return 0;
  });
}

function reportOf(all: readonly ObservedNas[]): string {
  if (all.length === 0) return 'No NAS has an authority: there is nothing to compare with.\n';
  const head = [
    'NAS',
    'AUTHORITY',
    'DECIDES',
    'SINCE',
    'SAME',
    'OTHER OUTCOME',
    'OTHER ATTRIBUTES',
    'NOT JUDGED',
    'SILENT',
  ];
  const rows = all.map(each => [
    each.nas,
    each.authority,
    each.mode === 'observe' ? 'authority' : 'this gateway',
    time(each.since),
    ...[each.same, each.outcomeDiffers, each.attributesDiffer, each.notJudged, each.authoritySilent].map(String),
  ]);
  return table(head, rows) + all.map(examplesOf).join('');
}

function examplesOf({ nas, examples }: ObservedNas): string {
  if (examples.length === 0) return '';
  const rows = examples.map(each => [
    time(each.at),
    each.userName,
    wordsOf(each.theirs),
    each.ours === undefined ? '-' : `${wordsOf(each.ours)}${each.asClaimed === true ? ' (as claimed)' : ''}`,
    each.caseCode ?? '-',
    whyOf(each),
  ]);
  return `\n${nas}, newest first\n${table(['AT', 'USER NAME', 'AUTHORITY', 'HERE', 'CASE', 'BECAUSE'], rows)}`;
}

function wordsOf({ answer, attributes }: ObservedAnswer): string {
  return attributes.length === 0 ? answer : `${answer}: ${attributes.join(', ')}`;
}

function whyOf({ because, comparison }: Observation): string {
  return because.length === 0 ? comparison : because.join(', ');
}
