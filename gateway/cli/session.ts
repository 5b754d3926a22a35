// `sluis session list | show | disconnect`: the connections that a running gateway knows, and the end of one.

import type { AnswerOf } from '../contract/acts.ts';
import type { Session } from '../pdp/session.ts';
import { isNotSeen } from '../pdp/session-silence.ts';
import { act, reasonOf } from './act-client.ts';
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
import { block, explanation, plain, short, table, time } from './read-view.ts';

const usage = `sluis session list [--state decided|started|stopped] [--device KEY-HASH] [--limit N] ${connectionUsage}
       sluis session show ID ${connectionUsage}
       sluis session disconnect ID --reason TEXT ${connectionUsage}`;

const options = {
  ...connectionOptions,
  state: { type: 'string' },
  device: { type: 'string' },
  limit: { type: 'string' },
  reason: { type: 'string' },
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
    if (command === 'disconnect' && id !== undefined && more.length === 0) {
      const reason = reasonOf(values.reason, usage);
      const change = await act(await connect(values, around, usage), 'session-disconnect', { session: id, reason });
      write(values.json === true ? `${JSON.stringify(change, null, 2)}\n` : disconnected(change));
      return ['asked', 'acknowledged', 'seen'].includes(change.state) ? 0 : 1;
    }
    throw new CommandStopped(2, `Usage: ${usage}`);
  });
}

function disconnected(change: AnswerOf<'session-disconnect'>): string {
  return `The concentrator was asked to end the session: ${plain(wordOf(change))}\n`;
}

/** How far it came, with what the concentrator said about it. */
function wordOf({ state, word }: AnswerOf<'session-disconnect'>): string {
  return word === undefined ? state : `${state} (${word})`;
}

/** A concentrator that is silent about a session does not end it: that is no state, and is seen by the time alone. */
function stateOf(session: Session): string {
  return isNotSeen(session, Date.now()) ? `${session.state}, not-seen` : session.state;
}

function sessionTable(sessions: readonly Session[]): string {
  if (sessions.length === 0) return 'No sessions.\n';
  const head = ['DECIDED', 'STATE', 'OUTCOME', 'CHANGE', 'PERSON', 'DEVICE', 'NAS', 'USER NAME', 'CASE', 'ID'];
  return table(
    head,
    sessions.map(session => [
      time(session.decidedAt),
      stateOf(session),
      session.decision.outcome,
      session.change === undefined ? '-' : `${session.change.kind} ${session.change.state}`,
      short(session.person),
      nameOf(session),
      session.nas,
      session.userName,
      session.caseCode,
      session.id,
    ]),
  );
}

/** A machine that was admitted by its key alone has no name but that. */
function nameOf({ device, deviceName = device }: Session): string {
  return deviceName === undefined || deviceName === device ? short(device) : deviceName;
}

function sessionBlock(session: Session): string {
  const { decision, change } = session;
  const pairs = block([
    ['session', session.id],
    ['state', stateOf(session)],
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
    ['claimed', claimed(session)],
    ['decided', time(session.decidedAt)],
    ['started', time(session.startedAt)],
    ['last seen', time(session.lastSeenAt)],
    ['stopped', time(session.stoppedAt)],
    ['because', session.terminateCause],
    ['valid until', `${time(decision.validUntil)} (${decision.validUntilBecause})`],
    ['change', change && `${change.kind}, because ${change.because}`],
    ['asked', time(change?.askedAt)],
    ['answer', change && `${wordOf(change)}, ${time(change.stateAt)}`],
    ['octets', `${session.inputOctets} in, ${session.outputOctets} out`],
    ['trace', session.traceId],
  ]);
  return pairs + explanation(decision);
}

/** What the client says of itself; nothing was decided on it. */
function claimed({ clientClaims = {} }: Pick<Session, 'clientClaims'>): string | undefined {
  const said = Object.entries(clientClaims).map(([name, text]) => `${name} ${text}`);
  return said.length === 0 ? undefined : said.join(', ');
}
