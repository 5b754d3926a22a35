// The end of a session that nobody admitted, where its NAS is marked `unadmitted-sessions: close`. A gateway that has lost what
// it decided must not throw a whole institution out, so it is asked for only when
//   – the store has answered without a break since before the session began: what was decided then is known here
//   – few such sessions are told of by that NAS in the time in which each of its sessions reports once
//   – no admitted session would end with it
// Otherwise the record and the alarm are all that follows.

import { interimIntervalMs } from '../pdp/authorization.ts';
import { isLive, type LiveChangeAnswer } from '../pdp/live-change.ts';
import { findsByNameAlone } from '../pdp/nas.ts';
import type { AdmissionStore, Clock, DynamicAuthorization, Log, Meter } from '../ports.ts';
import { beganAt, join } from './accounting-join.ts';
import type { Unadmitted } from './unadmitted-session.ts';

export interface UnadmittedEndPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  readonly dynamicAuthorization: DynamicAuthorization;
  /** Since when the store has answered without a break, as far as this process knows. */
  readonly storeAnswersSince: () => number;
  /** Resolves after that time, or never once the process is ending. */
  readonly wait: (ms: number) => Promise<void>;
}

/** More unadmitted sessions at one NAS within an hour are a fault of ours, or one that people have to look at. */
const sessionsAtMost = 5;
const withinMs = 3_600_000;
const asksAtMost = 3;
const namesakesAtMost = 5_000;

type Result =
  | 'acknowledged'
  | 'gone'
  | 'refused'
  | 'unanswered'
  | 'impossible'
  | 'too-old'
  | 'too-many'
  | 'name-shared';

/** Lately told of by one NAS. */
interface Told {
  readonly since: number;
  asks: number;
  isWaiting: boolean;
}

/** What `unadmitted` of the accounting is to be; what it returns resolves when nothing more follows, and never rejects. */
export function endOfUnadmitted(ports: UnadmittedEndPorts): (session: Unadmitted) => Promise<void> {
  const { clock, meter, log } = ports;
  const lately = new Map<string, Map<string, Told>>();

  function toldOf({ nas, event }: Unadmitted): { readonly told: Told; readonly all: ReadonlyMap<string, Told> } {
    const key = `${nas.tenant} ${nas.name}`;
    const all = lately.get(key) ?? new Map<string, Told>();
    lately.set(key, all);
    const now = clock.now();
    for (const [id, { since, isWaiting }] of all) if (!isWaiting && since + withinMs <= now) all.delete(id);
    const told = all.get(event.acctSessionId) ?? { since: now, asks: 0, isWaiting: false };
    // One too many is enough to know.
    if (all.size <= sessionsAtMost) all.set(event.acctSessionId, told);
    return { told, all };
  }

  async function end(session: Unadmitted): Promise<Result | undefined> {
    const { told, all } = toldOf(session);
    if (told.isWaiting || told.asks >= asksAtMost) return undefined;
    if (all.size > sessionsAtMost) return 'too-many';
    if (beganAt(session.event) < ports.storeAnswersSince()) return 'too-old';
    told.isWaiting = true;
    try {
      // Had more been lost, the others would have been told of by then.
      await ports.wait(interimIntervalMs);
      if (all.size > sessionsAtMost) return 'too-many';
      if (beganAt(session.event) < ports.storeAnswersSince()) return 'too-old';
      if ((await join(ports.store, session)).joined === 'session') return undefined;
      if (await isNameShared(ports, session)) return 'name-shared';
      told.asks++;
      return resultOf(await ask(ports.dynamicAuthorization, session));
    } finally {
      told.isWaiting = false;
    }
  }

  return async session => {
    const { nas, event, userName } = session;
    if (nas.unadmittedSessions !== 'close') return;
    const about = { tenant: nas.tenant, nas: nas.name, acctSessionId: event.acctSessionId, userName };
    try {
      const result = await end(session);
      if (result === undefined) return;
      meter.count('sluis_unadmitted_ends_total', { nas: nas.name, result });
      if (result === 'acknowledged' || result === 'gone') log.info('unadmitted-session-ended', { ...about, result });
      else log.error('unadmitted-session-stays', { ...about, result });
    } catch (error) {
      // It is told of again by its next report.
      log.error('unadmitted-session-stays', { ...about, error });
    }
  };
}

/** A NAS that looks at the name alone would end the admitted sessions of that name as well. */
async function isNameShared({ store, clock }: UnadmittedEndPorts, { nas, userName }: Unadmitted): Promise<boolean> {
  if (!findsByNameAlone(nas)) return false;
  const { tenant, name } = nas;
  const open = await store.silentSessions({
    tenant,
    nas: name,
    lastSeenBefore: clock.now() + 1,
    limit: namesakesAtMost,
  });
  return open.length === namesakesAtMost || open.some(each => each.userName === userName && isLive(each));
}

/** By what the accounting itself said. */
function ask(das: DynamicAuthorization, { nas, event, userName, callingStationId, saidUserName }: Unadmitted) {
  const { acctSessionId, framedAddress, nasIdentifier, nasAddress } = event;
  return das.ask(nas, {
    kind: 'disconnect',
    session: {
      userName,
      callingStationId,
      acctSessionId,
      ...(framedAddress === undefined ? {} : { framedAddress }),
      ...(nasIdentifier === undefined ? {} : { nasIdentifier }),
      ...(nasAddress === undefined ? {} : { nasAddress }),
    },
    ...(saidUserName === undefined ? {} : { saidUserName }),
    attributes: [],
  });
}

function resultOf(answered: LiveChangeAnswer): Result {
  switch (answered.answer) {
    case 'ack':
      return 'acknowledged';
    case 'nak':
      return answered.then === 'session-gone' ? 'gone' : 'refused';
    case 'silent':
      return 'unanswered';
    case 'impossible':
      return 'impossible';
  }
}
