// A session that is open follows what is known now.
//   1 concerned  the live sessions of a device, of a person, or by id; each in its turn
//   2 judge      the question of the admission once more, with what is known now
//   3 compare    same outcome and segment: nothing is written
//   4 record     decision and change in one commit, before the NAS hears of it
//   5 ask        the NAS, see `live-change.ts`
// Whoever brings a cause is not kept waiting: nothing here throws, and what fails is tried again or told in the log.

import type { ChangeCause, SessionChange } from '../contract/change.ts';
import { type Reason, type Refused, refused } from '../contract/reason.ts';
import { isEnding, isLive, plannedChange, withChange } from '../pdp/live-change.ts';
import type { Session } from '../pdp/session.ts';
import { type SessionQuery, Unavailable } from '../ports.ts';
import { type Again, judgeAgain, type JudgementPorts, type Recheck } from './redecision-judgement.ts';
import { askForChange, attempts, tell } from './live-change.ts';
import { SessionOrder } from './session-order.ts';

export interface RedecisionPorts extends JudgementPorts {
  /** Resolves after that time, or never once the process is ending. */
  readonly wait: (ms: number) => Promise<void>;
}

export interface Concern {
  readonly tenant: string;
  readonly because: ChangeCause;
  readonly device?: string;
  readonly person?: string;
  readonly sessionIds?: readonly string[];
  /** What the session rested on holds no more: it ends, and no policy is asked. */
  readonly refusedBecause?: Reason;
}

export interface Redecision {
  /** Never rejects; resolves when every session concerned follows, or cannot. */
  readonly redecide: (concern: Concern) => Promise<void>;
  /**
   * Ends one session without a new decision. Nothing keeps its person and machine from logging in again: to keep them out,
   * the register or the directory has to say so.
   */
  readonly disconnect: (
    tenant: string,
    sessionId: string,
    because: 'operator',
  ) => Promise<Pick<SessionChange, 'state' | 'word'> | Refused>;
  readonly close: () => Promise<void>;
}

const atOnce = 64;
const sessionsAtOnce = 5_000;
const retryMs = 10_000;

/** What is still to be looked at for one session; a cause that comes meanwhile wakes whoever sleeps over it. */
interface Follower {
  wanted: Recheck | undefined;
  wake: () => void;
  done: Promise<void>;
}

export function openRedecision(ports: RedecisionPorts): Redecision {
  const { store, clock, log } = ports;
  const order = new SessionOrder(atOnce);
  const followers = new Map<string, Follower>();
  let closed = false;

  const redecide = async (concern: Concern): Promise<void> => {
    while (!closed) {
      try {
        const sessions = await concerned(ports, concern);
        await Promise.all(sessions.map(session => follow(session, concern)));
        return;
      } catch (error) {
        if (!(error instanceof Unavailable)) return log.error('redecision-failed', { ...concern, error });
        log.warn('redecision-waits', { ...concern, error });
        await ports.wait(retryMs);
      }
    }
  };

  function follow(session: Session, { because, refusedBecause }: Concern): Promise<void> {
    const key = keyOf(session);
    const recheck = { because, tries: 0, ...(refusedBecause === undefined ? {} : { refusedBecause }) };
    const known = followers.get(key);
    if (known !== undefined) {
      known.wanted = known.wanted === undefined ? recheck : both(known.wanted, recheck);
      known.wake();
      return known.done;
    }
    const follower: Follower = { wanted: recheck, wake: () => undefined, done: Promise.resolve() };
    followers.set(key, follower);
    follower.done = followUp(session, key, follower);
    return follower.done;
  }

  async function followUp(session: Session, key: string, follower: Follower): Promise<void> {
    try {
      while (follower.wanted !== undefined && !closed) {
        const again = await order.turn(key, nasKeyOf(session), async () => {
          const { wanted } = follower;
          follower.wanted = undefined;
          return wanted && looked(session, wanted);
        });
        if (again !== undefined) await sleepOver(follower, again);
      }
    } finally {
      // In the same step as the last look at what is wanted: nothing can be wanted in between.
      followers.delete(key);
    }
  }

  async function sleepOver(follower: Follower, { at, recheck }: Again): Promise<void> {
    // What came meanwhile is looked at at once.
    const sleeps = follower.wanted === undefined;
    follower.wanted = follower.wanted === undefined ? recheck : both(recheck, follower.wanted);
    if (!sleeps) return;
    const woken = new Promise<void>(resolve => (follower.wake = resolve));
    await Promise.race([ports.wait(Math.max(0, at - clock.now())), woken]);
  }

  async function looked({ tenant, id }: Session, recheck: Recheck): Promise<Again | undefined> {
    try {
      return await judgeAgain(ports, tenant, id, recheck);
    } catch (error) {
      const about = { tenant, session: id, because: recheck.because, error };
      if (!(error instanceof Unavailable)) {
        log.error('redecision-failed', about);
        return undefined;
      }
      log.warn('redecision-waits', about);
      return { at: clock.now() + retryMs, recheck };
    }
  }

  async function endOne(tenant: string, id: string, because: 'operator'): ReturnType<Redecision['disconnect']> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const session = await store.session(tenant, id);
      if (session === undefined) return refused('session-unknown');
      if (!isLive(session) || isEnding(session)) return refused('session-ended');
      const now = clock.now();
      const nas = ports.nasNamed(tenant, session.nas);
      const possible =
        nas !== undefined && plannedChange(nas, session, because, session.decision).then !== 'impossible';
      const state = possible ? 'asked' : 'impossible';
      const asked = withChange(session, { kind: 'disconnect', because, state }, now);
      const write = { session: asked, expectedVersion: session.version };
      if (!(await store.commit({ tenant, at: now, session: write })).committed) continue;
      tell(ports, asked, session);
      return possible ? (await askForChange(ports, nas, asked, session)).change : asked.change;
    }
    return refused('version-conflict');
  }

  return {
    redecide,
    disconnect: async (tenant, id, because) => {
      const session = await store.session(tenant, id);
      if (session === undefined) return refused('session-unknown');
      return order.turn(keyOf(session), nasKeyOf(session), () => endOne(tenant, id, because));
    },
    close: async () => {
      closed = true;
      for (const { wake } of followers.values()) wake();
      await order.idle();
    },
  };
}

function keyOf({ tenant, id }: Session): string {
  return `${tenant} ${id}`;
}

function nasKeyOf({ tenant, nas }: Session): string {
  return `${tenant} ${nas}`;
}

/** Facts are read when it comes to it, so the later cause is as good as both; but what ends a session is not forgotten. */
function both(earlier: Recheck, later: Recheck): Recheck {
  return earlier.refusedBecause === undefined ? later : earlier;
}

/** 1. */
async function concerned(
  { store, log }: Pick<RedecisionPorts, 'store' | 'log'>,
  { tenant, device, person, sessionIds }: Concern,
): Promise<readonly Session[]> {
  if (sessionIds !== undefined) {
    const found = await Promise.all(sessionIds.map(id => store.session(tenant, id)));
    return found.filter(session => session !== undefined);
  }
  if (device === undefined && person === undefined) throw new Error('a cause that concerns nobody in particular');
  const whose = { ...(device === undefined ? {} : { device }), ...(person === undefined ? {} : { person }) };
  const live = (state: SessionQuery['state'] & string) =>
    store.sessions({ tenant, ...whose, state, limit: sessionsAtOnce });
  const found = await Promise.all([live('decided'), live('started')]);
  if (found.some(some => some.length === sessionsAtOnce)) log.warn('redecision-truncated', { sessionsAtOnce });
  return found.flat();
}
