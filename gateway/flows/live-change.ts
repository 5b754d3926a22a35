// A change of a session that has been recorded, and what becomes of it:
//   1 ask       the NAS, by CoA- or Disconnect-Request (RFC 5176)
//   2 settle    its answer, with compare-and-set: accounting may have shown the effect before the answer came
//   3 fall back a NAS that takes no such CoA-Request is asked to end the session instead, once
// What did not come about is told as an error: a session that should not be goes on, and somebody has to look.

import type { ChangeState, SessionChange } from '../contract/change.ts';
import { changedAuthorization } from '../pdp/authorization.ts';
import { isMilder, isSettingUp, type LiveChangeAnswer, mustStay, withAnswer, withChange } from '../pdp/live-change.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Session } from '../pdp/session.ts';
import type { AdmissionStore, Clock, DynamicAuthorization, Log, Meter, Sealing } from '../ports.ts';
import { saidUserName } from './sealed-user-name.ts';

export interface LiveChangePorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  readonly nasNamed: (tenant: string, name: string) => Nas | undefined;
  readonly dynamicAuthorization: DynamicAuthorization;
  /** Absent: a name that was closed at admission stays closed. */
  readonly sealing?: Sealing;
}

export type AskedSession = Session & { readonly change: SessionChange };

export interface Answered {
  readonly change: SessionChange;
  /** The NAS cannot now, or does not know the session yet: it may be asked again later. */
  readonly again?: 'busy' | 'setting-up';
}

/** Several gateways and the accounting may move one session at once; each loss reads the winner's version and tries again. */
export const attempts = 5;

/** `before` is the session as it was decided before the change. */
export async function askForChange(
  ports: LiveChangePorts,
  nas: Nas,
  asked: AskedSession,
  before: Session,
): Promise<Answered> {
  const { kind, because } = asked.change;
  const attributes = kind === 'coa' ? changedAuthorization(asked.decision, nas, asked.id, ports.clock.now()) : [];
  const said = saidUserName(ports.sealing, asked);
  const request = { kind, session: asked, attributes, ...(said === undefined ? {} : { saidUserName: said }) };
  const answer = await ports.dynamicAuthorization.ask(nas, request);
  const then = answer.answer === 'nak' ? answer.then : undefined;
  const notFound = then === 'session-gone' || answer.answer === 'impossible';
  const settingUp = notFound && isSettingUp(asked, ports.clock.now());
  const gone = then === 'session-gone' && !settingUp;
  const settled = await settle(ports, asked, before, { ...stateOf(answer), gone });
  const mayFallBack = kind === 'coa' && then === 'fall-back-to-disconnect' && settled.change?.state === 'refused';
  if (mayFallBack && !mustStay(before, because, asked.decision)) {
    const instead = withChange(settled, { kind: 'disconnect', because, state: 'asked' }, ports.clock.now());
    if (await write(ports, settled, instead)) {
      tell(ports, instead, before);
      return askForChange(ports, nas, instead, before);
    }
  }
  const change = settled.change ?? asked.change;
  if (settingUp) return { change, again: 'setting-up' };
  return then === 'retry-later' ? { change, again: 'busy' } : { change };
}

function stateOf(answer: LiveChangeAnswer): { readonly state: ChangeState; readonly word?: string } {
  switch (answer.answer) {
    case 'ack':
      return { state: 'acknowledged' };
    case 'nak':
      return { state: 'refused', word: answer.word };
    case 'silent':
      return { state: 'unanswered' };
    case 'impossible':
      return { state: 'impossible' };
  }
}

/** The session after its answer; as it is when the answer comes too late to say anything. */
async function settle(
  ports: LiveChangePorts,
  asked: AskedSession,
  before: Session,
  answer: { readonly state: ChangeState; readonly word?: string; readonly gone: boolean },
): Promise<Session> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const session = await ports.store.session(asked.tenant, asked.id);
    if (session === undefined) return asked;
    const { change } = session;
    if (change?.askedAt !== asked.change.askedAt || change.state === 'seen') return session;
    const gone = answer.gone && session.state !== 'stopped';
    const settled = withAnswer(session, { ...answer, gone }, ports.clock.now());
    if (await write(ports, session, settled)) {
      tell(ports, settled, before);
      return settled;
    }
  }
  ports.log.error('live-change-not-kept', { session: asked.id, ...answer });
  return asked;
}

async function write(ports: LiveChangePorts, before: Session, after: Session): Promise<boolean> {
  const session = { session: after, expectedVersion: before.version };
  return (await ports.store.commit({ tenant: after.tenant, at: ports.clock.now(), session })).committed;
}

/** In these states the session may be doing what it should not, and nothing of it will change by waiting. */
const alarming: readonly ChangeState[] = ['refused', 'unanswered', 'impossible'];

/** `before`: as it was decided before the change. */
export function tell({ meter, log }: Pick<LiveChangePorts, 'meter' | 'log'>, after: Session, before: Session): void {
  const { change } = after;
  if (change === undefined) return;
  const { kind, because, state, word } = change;
  meter.count('sluis_live_changes_total', { kind, because, state });
  const { tenant, id, nas, traceId, caseCode, decision } = after;
  const about = { trace: traceId, tenant, nas, session: id, case: caseCode, outcome: decision.outcome };
  const harmless = after.state === 'stopped' || isMilder(before.decision, decision);
  if (!alarming.includes(state)) log.info('live-change', { ...about, kind, because, state });
  else if (harmless) log.warn('live-change', { ...about, kind, because, state, word });
  else log.error('live-change', { ...about, kind, because, state, word });
  if (state === 'impossible' && !harmless) meter.count('sluis_live_change_impossible_total', { because, nas });
}
