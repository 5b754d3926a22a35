// One live session judged again, and the change that follows from it, recorded and asked for. Everything is read anew: since
// the cause came, accounting or another gateway may have moved the session.

import type { ChangeCause } from '../contract/change.ts';
import type { Reason } from '../contract/reason.ts';
import {
  askedUntil,
  isEnding,
  isLive,
  isSameAccess,
  isUnsettled,
  plannedChange,
  withChange,
} from '../pdp/live-change.ts';
import type { Session } from '../pdp/session.ts';
import { isDue } from '../pdp/session-validity.ts';
import type { Random } from '../ports.ts';
import { askForChange, attempts, type LiveChangePorts, tell } from './live-change.ts';
import { teleworkToKeep } from './person-past.ts';
import type { RolloutTally } from './rollout-tally.ts';
import { isOnlySilence, type Judged, judged, type JudgingPorts } from './session-judged.ts';
import { changeRecord, closeUnstarted, decided, isOutdated, putOff, renew } from './session-renewal.ts';

export interface JudgementPorts extends LiveChangePorts, Omit<JudgingPorts, 'store'> {
  readonly random: Random;
  /** Another version of the policies may have been asked as well. */
  readonly judgedBeside?: RolloutTally['note'];
}

export interface Recheck {
  readonly because: ChangeCause;
  readonly refusedBecause?: Reason;
  /** How often the NAS has already put us off. */
  readonly tries: number;
}

/** To be looked at again, not before then. */
export interface Again {
  readonly at: number;
  readonly recheck: Recheck;
}

/** A report that flaps must not make the NAS flap: within this time one change, and the last state wins. */
const paceMs = 10_000;
const triesAtMost = 3;

export async function judgeAgain(
  ports: JudgementPorts,
  tenant: string,
  id: string,
  recheck: Recheck,
): Promise<Again | undefined> {
  const { because } = recheck;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const session = await ports.store.session(tenant, id);
    if (session === undefined || !isLive(session) || isEnding(session)) return undefined;
    if (because === 'validity-ended' && wasSeenTo(ports, session)) return undefined;
    const rules = ports.heldTo?.(session) ?? ports.tenant(tenant);
    const judgement = await judged(ports, session, rules, recheck.refusedBecause);
    const { question, decision } = judgement;
    const now = ports.clock.now();
    ports.judgedBeside?.(session, decision);
    const same = isSameAccess(session.decision, decision);
    if (same) {
      if (!isUnsettled(session, ports.nasNamed(tenant, session.nas), now)) {
        if (isOutdated(session, decision, now)) {
          if (!(await renew(ports, session, judgement, because))) continue;
          count(ports, because, 'renewed');
        } else {
          count(ports, because, 'same');
          if (because === 'validity-ended') await putOff(ports, session);
        }
        const { change } = session;
        return change?.state === 'asked' ? { at: askedUntil(change), recheck } : undefined;
      }
    } else if (isOnlySilence(rules, question, session.decision, decision, now)) {
      count(ports, because, 'directory-silent');
      if (because === 'validity-ended') await putOff(ports, session);
      return undefined;
    }
    if (session.state === 'decided' && decision.reasons.includes('session-limit-reached')) {
      if (!(await closeUnstarted(ports, session))) continue;
      count(ports, because, 'never-started');
      return undefined;
    }
    const paced = session.change && session.change.askedAt + paceMs;
    // An end is an end: there is nothing that it could alternate with.
    if (paced !== undefined && now < paced && (same || decision.outcome !== 'deny')) return { at: paced, recheck };
    const done = await change(ports, session, judgement, recheck);
    if (done !== 'raced') return done;
  }
  ports.log.error('redecision-raced', { tenant, session: id, because });
  return undefined;
}

/** By another gateway, or by a cause that came meanwhile. */
function wasSeenTo({ clock, nasNamed }: JudgementPorts, session: Session): boolean {
  const now = clock.now();
  return !isDue(session, now) && !isUnsettled(session, nasNamed(session.tenant, session.nas), now);
}

/** 3 to 5. */
async function change(
  ports: JudgementPorts,
  session: Session,
  { question, decision, teleworkKept }: Judged,
  recheck: Recheck,
): Promise<Again | undefined | 'raced'> {
  const { because } = recheck;
  const now = ports.clock.now();
  const nas = ports.nasNamed(session.tenant, session.nas);
  const { kind, then } = plannedChange(nas, session, because, decision);
  if (then === 'keep') {
    count(ports, because, 'kept');
    if (because === 'validity-ended') await putOff(ports, session, decision.validUntil);
    ports.log.info('live-change-kept', {
      trace: session.traceId,
      session: session.id,
      because,
      would: decision.outcome,
    });
    return undefined;
  }
  const again = isSameAccess(session.decision, decision) && !isOutdated(session, decision, now);
  const state = then === 'ask' ? 'asked' : 'impossible';
  const asked = withChange(
    again ? session : decided(ports, session, question, decision),
    { kind, because, state },
    now,
  );
  const committed = await ports.store.commit({
    tenant: session.tenant,
    at: now,
    session: { session: asked, expectedVersion: session.version },
    // Asked again for what was decided before: that has its record.
    ...(again ? {} : { decision: changeRecord(asked, because, now, 'change') }),
    keep: teleworkToKeep(ports.tenant(session.tenant).policy.past, asked, teleworkKept, now),
  });
  if (!committed.committed) return 'raced';
  count(ports, because, again ? 'asked-again' : 'changed');
  tell(ports, asked, session);
  if (nas === undefined || then === 'impossible') return undefined;
  const { again: later } = await askForChange(ports, nas, asked, session);
  // Setting up is over soon; being busy may never be.
  const tries = later === 'busy' ? recheck.tries + 1 : recheck.tries;
  if (later === undefined || tries >= triesAtMost) return undefined;
  return { at: ports.clock.now() + paceMs, recheck: { ...recheck, tries } };
}

function count({ meter }: JudgementPorts, because: ChangeCause, result: string): void {
  meter.count('sluis_redecisions_total', { because, result });
}
