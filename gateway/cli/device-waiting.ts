// `sluis device waiting | approve | refuse`: the machines that nobody listed. The running gateway has seen them with a good
// certificate, or they asked with a key of their own; an operator decides, and why is recorded.

import { readCaseCode } from '../audit/case-code.ts';
import type { EnrolmentView } from '../io/operator-api-schema.ts';
import { act, reasonOf } from './act-client.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  type ReadConnection,
  readList,
  type Surroundings,
} from './read-client.ts';
import { plain, short, table, time } from './read-view.ts';

const usage = `sluis device waiting [--state waiting|active|refused] [--limit N] ${connectionUsage}
       sluis device approve KEY-CODE-OR-NAME --class CLASS [--owner PSEUDONYM] --reason TEXT ${connectionUsage}
       sluis device refuse KEY-CODE-OR-NAME --reason TEXT ${connectionUsage}`;

const options = {
  ...connectionOptions,
  state: { type: 'string', default: 'waiting' },
  limit: { type: 'string', default: '50' },
  class: { type: 'string' },
  owner: { type: 'string' },
  reason: { type: 'string' },
} as const;

const key = /^[0-9a-f]{64}$/;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, which, ...more] = positionals;
    if (command === 'waiting' && which === undefined) {
      const { state, limit } = values;
      const found = await enrolments(await connect(values, around, usage), { state, limit });
      write(values.json === true ? `${JSON.stringify(found, null, 2)}\n` : listOf(found, state));
      return 0;
    }
    if (which === undefined || more.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    const approval = command === 'approve' ? values.class : undefined;
    if (approval === undefined && command !== 'refuse') throw new CommandStopped(2, `Usage: ${usage}`);
    const reason = reasonOf(values.reason, usage);
    const gateway = await connect(values, around, usage);
    const device = key.test(which) ? which : (await theOne(gateway, which)).device;
    const owner = values.owner === undefined ? {} : { owner: values.owner };
    const done =
      approval === undefined
        ? await act(gateway, 'device-refuse', { device, reason })
        : await act(gateway, 'device-approve', { device, class: approval, ...owner, reason });
    write(values.json === true ? `${JSON.stringify(done, null, 2)}\n` : `${plain(done.name)} is ${done.state} now\n`);
    return 0;
  });
}

function enrolments(gateway: ReadConnection, query: Readonly<Record<string, string>>) {
  const asked = new URLSearchParams(query).toString();
  return readList<EnrolmentView>(gateway, `/v1/device-enrolments?${asked}`, 'enrolments');
}

/** A machine chooses its own name, and may choose that of another: what is not clear is never decided. */
async function theOne(gateway: ReadConnection, which: string): Promise<EnrolmentView> {
  const [found, ...others] = await enrolments(gateway, { find: readCaseCode(which) ?? which });
  if (found === undefined) {
    throw new CommandStopped(1, `${plain(which)} was never seen here: \`sluis device waiting\` shows who waits`);
  }
  if (others.length === 0) return found;
  const keys = [found, ...others].map(each => `  ${each.device}  ${plain(each.name)}`);
  throw new CommandStopped(1, `${plain(which)} is more than one machine; name it by its key:\n${keys.join('\n')}`);
}

function listOf(found: readonly EnrolmentView[], state: string): string {
  if (found.length === 0) return `No machine is ${state}.\n`;
  const rows = found.map(each => [
    each.code,
    each.name,
    each.origin,
    each.class ?? '-',
    each.os ?? '-',
    time(each.firstSeenAt),
    time(each.lastSeenAt),
    short(each.device),
  ]);
  return table(['CODE', 'NAME', 'ORIGIN', 'CLASS', 'SYSTEM', 'FIRST SEEN', 'LAST SEEN', 'KEY'], rows);
}
