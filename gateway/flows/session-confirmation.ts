// Flow: a proven machine says, from inside the tunnel, that it is the one in it.
// 1. the machine of this connection, and none other, is named in the request, which was made for this very connection
// 2. the session: of the open ones with the address that this connection comes from, the newest; it must be of this machine
// 3. confirm its binding, with compare-and-set; whatever binds it more strongly stays
// 4. it is judged again
// The address inside the tunnel is a claim of the NAS. What makes it worth something is that nobody but whoever holds that
// session can speak from it: the addresses of the pool must lead to the gateway through the concentrator alone.

import type { SessionConfirmation, SessionConfirmed } from '../contract/challenge.ts';
import { stricter } from '../contract/outcome.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { isEnding, isLive } from '../pdp/live-change.ts';
import type { Session } from '../pdp/session.ts';
import type { AgentRequest } from '../ports.ts';
import { decideForAgent } from './agent-decision.ts';
import type { AgentPorts } from './agent-ports.ts';
import { type ConnectionDevice, connectionDevice } from './connection-device.ts';
import { attempts } from './live-change.ts';
import { openSessions } from './live-elsewhere.ts';

/** Sessions that ended without a word may still stand under an address that was given out again since. */
const sessionsAtOneAddress = 50;

export function sessionConfirmation(ports: AgentPorts) {
  return async (request: AgentRequest<SessionConfirmation>): Promise<SessionConfirmed | Refused> => {
    const { tenant, connection, body, traceId } = request;
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    if (isRefused(device)) return device;
    if (body.machineKey !== device.key) return refused('report-device-mismatch', 'another machine is named');
    if (body.exporter !== connection.exporter) return refused('channel-binding-wrong');
    const confirmed = await confirm(ports, request, device);
    if (isRefused(confirmed)) return confirmed;
    const result = confirmed === undefined ? 'elsewhere' : 'confirmed';
    ports.meter.count('sluis_session_confirmations_total', { result });
    ports.log.info('session confirmation', {
      trace: traceId,
      tenant,
      device: device.key,
      from: connection.remoteAddress,
      result,
      session: confirmed?.id,
    });
    if (confirmed === undefined) return notConfirmed(ports, request, device, now);
    await ports.bindingConfirmed?.(tenant, confirmed.id);
    const after = (await ports.store.session(tenant, confirmed.id)) ?? confirmed;
    return { confirmed: true, binding: after.binding, outcome: effectiveOutcome(after), traceId };
  };
}

/** 2 and 3. */
async function confirm(
  ports: AgentPorts,
  { tenant, connection }: AgentRequest<unknown>,
  device: ConnectionDevice,
): Promise<Session | Refused | undefined> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const session = await newestAt(ports, tenant, connection.remoteAddress);
    if (session?.device !== device.key || !isLive(session) || isEnding(session)) return undefined;
    if (session.binding === 'confirmed' || session.binding === 'one-conversation') return session;
    const bound: Session = { ...session, binding: 'confirmed', version: session.version + 1 };
    const write = { session: bound, expectedVersion: session.version };
    const committed = await ports.store.commit({ tenant, at: ports.clock.now(), session: write });
    if (committed.committed) return bound;
  }
  return refused('version-conflict');
}

async function newestAt({ store }: AgentPorts, tenant: string, framedAddress: string): Promise<Session | undefined> {
  if (framedAddress === '') return undefined;
  const there = await store.sessions({ tenant, state: 'started', framedAddress, limit: sessionsAtOneAddress });
  return there.toSorted((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0))[0];
}

/** Of other machines' sessions nothing is told, not even that there are any. */
async function notConfirmed(
  ports: AgentPorts,
  request: AgentRequest<unknown>,
  device: ConnectionDevice,
  now: number,
): Promise<SessionConfirmed> {
  const { tenant, traceId } = request;
  const [own] = await openSessions(ports.store, tenant, device.key, now);
  if (own !== undefined) {
    return { confirmed: false, binding: own.binding, outcome: effectiveOutcome(own), traceId };
  }
  const attestation = await ports.store.attestation(tenant, device.key);
  const { decision } = await decideForAgent(ports, request, device, attestation, now);
  return { confirmed: false, binding: 'none', outcome: decision.outcome, traceId };
}

/** More was decided than the NAS did: the session is where it was when it came in. */
function effectiveOutcome({ decision, change }: Session): SessionConfirmed['outcome'] {
  const undone = change !== undefined && ['refused', 'unanswered', 'impossible'].includes(change.state);
  return undone ? stricter(decision.outcome, 'quarantine') : decision.outcome;
}
