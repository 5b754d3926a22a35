// `sluis trace --nas | --user | --device`: what comes from one concentrator, person or machine from now on, and what becomes of it,
// as it happens. The trace ends when its time is over, or some seconds after this command.

import { setTimeout as wait } from 'node:timers/promises';
import type { Wanted } from '../contract/acts.ts';
import { type TraceEvent, traceLimits, type TracePage } from '../contract/trace.ts';
import { act, reasonOf } from './act-client.ts';
import { durationMs } from './duration.ts';
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
import { plain } from './read-view.ts';

const usage = `sluis trace --nas NAME | --user NAME-OR-PSEUDONYM | --device NAME-OR-KEY [--for 10m] --reason TEXT ${connectionUsage}`;

const options = {
  ...connectionOptions,
  nas: { type: 'string' },
  user: { type: 'string' },
  device: { type: 'string' },
  for: { type: 'string' },
  reason: { type: 'string' },
} as const;

const lookEveryMs = 500;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  const writeError = around.writeError ?? (text => process.stderr.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    if (positionals.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    const wanted = wantedOf(values);
    const forMs = durationMs(values.for ?? '10m');
    if (forMs === undefined || forMs < traceLimits.leastMs || forMs > traceLimits.mostMs) {
      throw new CommandStopped(2, '--for is a duration from 1s to 1h, such as 10m');
    }
    const reason = reasonOf(values.reason, usage);
    const gateway = await connect(values, around, usage);
    const { trace, until } = await act(gateway, 'trace', { ...wanted, forMs, reason });
    writeError(`Tracing ${wanted.by} ${plain(wanted.value)} until ${new Date(until).toISOString()}; Ctrl-C ends it.\n`);
    for (let after = 0; ; ) {
      const page = (await readJson(gateway, `/v1/traces/${trace}?after=${after}`)) as TracePage | undefined;
      if (page === undefined) throw new CommandStopped(1, 'The gateway knows the trace no more: it was restarted.');
      if (page.missed > 0) writeError(`${page.missed} events came too fast and are lost.\n`);
      for (const event of page.events) {
        write(values.json === true ? `${JSON.stringify(event)}\n` : eventLines(event));
      }
      if (page.ended) return 0;
      after = page.next;
      await wait(lookEveryMs);
    }
  });
}

function wantedOf(values: { readonly [By in Wanted['by']]?: string | undefined }): Wanted {
  const given = (['nas', 'user', 'device'] as const).flatMap(by => {
    const value = values[by];
    return value === undefined ? [] : [{ by, value }];
  });
  const [wanted, another] = given;
  if (wanted === undefined || another !== undefined) throw new CommandStopped(2, `Trace whom?\nUsage: ${usage}`);
  return wanted;
}

const arrows: Readonly<Record<TraceEvent['way'], string>> = { in: '-->', out: '<--', thought: '  *' };
/** Under the text of the first line. */
const indent = ' '.repeat(10);

/** Time and conversation first, so that the lines of one can be found among those of many. */
function eventLines({ at, nas, thread, way, text, lines, reason, caseCode, session }: TraceEvent): string {
  const marks = [
    reason,
    caseCode === undefined ? undefined : `case ${caseCode}`,
    session === undefined ? undefined : `session ${session}`,
  ].filter(each => each !== undefined);
  const head = `${new Date(at).toISOString().slice(11, 23)} ${nas} ${thread} ${arrows[way]} ${text}`;
  const all = [marks.length === 0 ? head : `${head} (${marks.join(', ')})`, ...lines.map(line => `${indent}${line}`)];
  return `${all.map(plain).join('\n')}\n`;
}
