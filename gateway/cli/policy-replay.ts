// `sluis policy replay DIR --since 30d`: a running gateway judges the draft in DIR on what was recorded of its logins, and this shows
// whom the draft treats otherwise. With --deny-margin it is a gate: more people newly denied than that, and its exit code is 1.

import { setTimeout as wait } from 'node:timers/promises';
import {
  type Becoming,
  type Counted,
  type ReplayedChange,
  replayLimits,
  type ReplayReport,
  type ReplayState,
} from '../contract/replay.ts';
import { readPolicyFiles } from '../io/policy-files.ts';
import { problemLines } from '../io/configuration.ts';
import { act, reasonOf } from './act-client.ts';
import { durationMs } from './duration.ts';
import {
  ask,
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  readJson,
  type ReadConnection,
  type Surroundings,
} from './read-client.ts';
import { plain, table, time } from './read-view.ts';
import { percent, shareOf } from './share.ts';

const usage = `sluis policy replay DIR [--since 30d] [--deny-margin 2%] [--names --reason TEXT] ${connectionUsage}`;

const options = {
  ...connectionOptions,
  since: { type: 'string' },
  'deny-margin': { type: 'string' },
  names: { type: 'boolean' },
  reason: { type: 'string' },
} as const;

const pollMs = 300;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [directory, ...more] = positionals;
    const sinceMs = durationMs(values.since ?? '30d');
    if (directory === undefined || more.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    if (sinceMs === undefined || sinceMs > replayLimits.sinceMs) {
      throw new CommandStopped(2, `--since ${plain(values.since ?? '')} is no time such as 30d\nUsage: ${usage}`);
    }
    const margin = values['deny-margin'] === undefined ? undefined : shareOf(values['deny-margin']);
    if (values['deny-margin'] !== undefined && margin === undefined) {
      throw new CommandStopped(
        2,
        `--deny-margin ${plain(values['deny-margin'])} is no share such as 2%\nUsage: ${usage}`,
      );
    }
    const reason = values.names === true ? reasonOf(values.reason, usage) : undefined;
    const connection = await connect(values, around, usage);
    const id = await begin(connection, directory, sinceMs);
    const report = await resultOf(connection, id, around);
    write(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : reportOf(report));
    if (reason !== undefined) {
      const { concerned } = await act(connection, 'replay-names', { replay: id, reason });
      write(namesOf(concerned));
    }
    return verdict(report, margin, around);
  });
}

async function begin(connection: ReadConnection, directory: string, sinceMs: number): Promise<string> {
  const read = readPolicyFiles(directory);
  if ('problems' in read) throw new CommandStopped(2, problemLines(read.problems).map(plain).join('\n'));
  const answer = await ask(connection, '/v1/policy-replays', { files: read.files, sinceMs });
  if (answer.ok) return (answer.body as { readonly replay: string }).replay;
  const { refused, text } = answer.refusal;
  if (refused !== 'right-missing') throw new CommandStopped(2, `${refused}: ${text.en}`);
  throw new CommandStopped(1, 'The operator of this token has not the right "policy": name another with --token-file');
}

async function resultOf(connection: ReadConnection, id: string, around: Surroundings): Promise<ReplayReport> {
  const progress = around.writeError ?? (process.stderr.isTTY ? text => process.stderr.write(text) : undefined);
  for (let told = 0; ; ) {
    const state = (await readJson(connection, `/v1/policy-replays/${id}`)) as ReplayState | undefined;
    if (state?.state === 'done' && state.report !== undefined) return state.report;
    if (state?.state === 'refused') throw new CommandStopped(2, (state.problems ?? []).map(plain).join('\n'));
    if (state?.state !== 'running') throw new CommandStopped(2, 'The replay failed: the log of the gateway says why');
    if (state.logins > told) progress?.(`${state.logins} logins judged\n`);
    told = state.logins;
    await wait(pollMs);
  }
}

const headings: Readonly<Record<Becoming, string>> = {
  denied: 'NEWLY DENIED',
  quarantined: 'NEWLY IN QUARANTINE',
  'to-update': 'NEWLY TO UPDATE',
  granted: 'NEWLY GRANTED',
  moved: 'GRANTED, IN ANOTHER SEGMENT',
};

function reportOf(report: ReplayReport): string {
  if (report.logins === 0) {
    return 'Nothing was recorded in this time: there is nothing to judge the draft on.\n';
  }
  const { logins, people, devices, from, until, running, draft } = report;
  const head = [
    `${logins} logins of ${people} people on ${devices} devices, ${time(from)} to ${time(until)}`,
    `running ${running.slice(0, 12)}, draft ${draft.slice(0, 12)}`,
    ...(report.changes.length === 0 ? ['nobody is treated otherwise'] : []),
    ...(report.unrecorded.length === 0
      ? []
      : [`not recorded, so nothing is known of what they would do: ${report.unrecorded.join(', ')}`]),
  ];
  return `${head.join('\n')}\n${report.changes.map(changeOf).join('')}`;
}

function changeOf({ became, because, example, groups, concentrators, ...counts }: ReplayedChange): string {
  const why = because.map(({ name, logins }) => `${name} (${logins})`).join(', ');
  const rows = [
    ['all', ...countsOf(counts)],
    ...groups.map(each => [`group ${each.name}`, ...countsOf(each)]),
    ...concentrators.map(each => [`at ${each.name}`, ...countsOf(each)]),
  ];
  const lines = [...(why === '' ? [] : [`because: ${why}`]), `example: ${example}`];
  return `\n${table([headings[became], 'PEOPLE', 'DEVICES', 'LOGINS'], rows)}${lines.join('\n')}\n`;
}

function countsOf({ people, devices, logins }: Omit<Counted, 'name'>): readonly string[] {
  return [people, devices, logins].map(String);
}

function namesOf(concerned: readonly NamedConcerned[]): string {
  const rows = concerned.map(({ became, deviceName = '-', person = '-', displayName = '-', caseCode }) => [
    became,
    deviceName,
    person,
    displayName,
    caseCode,
  ]);
  return rows.length === 0
    ? ''
    : `\n${table(
        ['BECOMES', 'DEVICE', 'PERSON', 'NAME', 'CASE'],
        rows.map(row => row.map(plain)),
      )}`;
}

interface NamedConcerned {
  readonly became: string;
  readonly deviceName?: string;
  readonly person?: string;
  readonly displayName?: string;
  readonly caseCode: string;
}

/** A draft that nothing is known of is not let through either. */
function verdict(report: ReplayReport, margin: number | undefined, around: Surroundings): number {
  if (margin === undefined) return 0;
  const { subjects, deniedSubjects, unrecorded } = report;
  const share = subjects === 0 ? 1 : deniedSubjects / subjects;
  const say = around.writeError ?? (text => process.stderr.write(text));
  if (subjects > 0 && share <= margin) {
    if (unrecorded.length > 0) say('Facts that were not recorded may deny more than this.\n');
    return 0;
  }
  const found = subjects === 0 ? 'nothing was recorded' : `${percent(share)} would newly be denied`;
  say(`Refused: ${found}, and --deny-margin allows ${percent(margin)}.\n`);
  return 1;
}
