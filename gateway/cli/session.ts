// `sluis session list | show`: the connections that a running gateway knows.

import type { Session } from '../pdp/session.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  readJson,
  readList,
  type Surroundings,
} from './read-client.ts';
import { block, explanation, short, table, time } from './read-view.ts';

const usage = `sluis session list [--state decided|started|stopped] [--device KEY-HASH] [--limit N] ${connectionUsage}
       sluis session show ID ${connectionUsage}`;

const options = {
  ...connectionOptions,
  state: { type: 'string' },
  device: { type: 'string' },
  limit: { type: 'string' },
} as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, id, ...more] = positionals;
    if (command === 'list' && id === undefined) {
      const query = new URLSearchParams();
      for (const name of ['state', 'device', 'limit'] as const) {
        const value = values[name];
        if (value !== undefined) query.set(name, value);
      }
      const gateway = await connect(values, around, usage);
      const sessions = await readList<Session>(gateway, `/v1/sessions?${query.toString()}`, 'sessions');
      write(values.json === true ? `${JSON.stringify(sessions, null, 2)}\n` : sessionTable(sessions));
      return 0;
    }
    if (command === 'show' && id !== undefined && more.length === 0) {
      const found = await readJson(await connect(values, around, usage), `/v1/sessions/${encodeURIComponent(id)}`);
      if (found === undefined)
        throw new CommandStopped(1, `There is no session ${id}: \`sluis session list\` shows the ids`);
      write(values.json === true ? `${JSON.stringify(found, null, 2)}\n` : sessionBlock(found as Session));
      return 0;
    }
    throw new CommandStopped(2, `Usage: ${usage}`);
  });
}

function sessionTable(sessions: readonly Session[]): string {
  if (sessions.length === 0) return 'No sessions.\n';
  const head = ['DECIDED', 'STATE', 'OUTCOME', 'PERSON', 'DEVICE', 'NAS', 'USER NAME', 'CASE', 'ID'];
  return table(
    head,
    sessions.map(session => [
      time(session.decidedAt),
      session.state,
      session.decision.outcome,
      short(session.person),
      session.deviceName ?? short(session.device),
      session.nas,
      session.userName,
      session.caseCode,
      session.id,
    ]),
  );
}

function sessionBlock(session: Session): string {
  const { decision } = session;
  const pairs = block([
    ['session', session.id],
    ['state', session.state],
    ['outcome', decision.outcome],
    ['reasons', decision.reasons.join(', ')],
    ['policy', decision.policy],
    ['segment', decision.segment],
    ['case code', session.caseCode],
    ['decision', session.decisionId],
    ['person', session.person],
    ['device', session.deviceName],
    ['device key', session.device],
    ['binding', session.binding],
    ['way in', session.way],
    ['NAS', `${session.nas} (group ${session.nasGroup})`],
    ['user name', session.userName],
    ['caller', session.callingStationId],
    ['address', session.framedAddress],
    ['accounting id', session.acctSessionId],
    ['decided', time(session.decidedAt)],
    ['started', time(session.startedAt)],
    ['last seen', time(session.lastSeenAt)],
    ['stopped', time(session.stoppedAt)],
    ['because', session.terminateCause],
    ['valid until', `${time(decision.validUntil)} (${decision.validUntilBecause})`],
    ['octets', `${session.inputOctets} in, ${session.outputOctets} out`],
    ['trace', session.traceId],
  ]);
  return pairs + explanation(decision);
}
