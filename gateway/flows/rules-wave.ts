// New rules - a policy, a device register - reach the sessions that are open.
//   1 judge   every open session by the new rules, at a bounded rate; nothing is written and nobody is asked
//   2 count   whom they would end or put elsewhere by a new login: more than may go at once wait for an operator, all of them
//   3 act     each of the others is judged again like by any other cause, and follows
// Until then sessions that were there before are judged by the rules of before, whatever else happens to them: a mistake in a
// policy must not come in by the next report of every laptop.

import type { ChangeCause } from '../contract/change.ts';
import type { WaveState } from '../contract/rules-state.ts';
import { outcomes } from '../contract/outcome.ts';
import { isSameAccess, plannedChange } from '../pdp/live-change.ts';
import type { Session } from '../pdp/session.ts';
import { type AdmissionStore, type Log, type Meter, type Random, Unavailable } from '../ports.ts';
import { duePages } from './due-sessions.ts';
import type { Redecision } from './redecision.ts';
import { isOnlySilence, judged, type JudgedBy, type JudgingPorts } from './session-judged.ts';
import { isOutdated } from './session-renewal.ts';

export interface WaveLimits {
  /** Sessions judged, and handed on to be changed. */
  readonly perSecond: number;
  /** Sessions that may end or be put elsewhere without an operator: this part of all, and as many in any case. */
  readonly endShare: number;
  readonly endCount: number;
}

export interface WavePorts extends Omit<JudgingPorts, 'heldTo' | 'store'> {
  readonly store: AdmissionStore;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly limits: WaveLimits;
  /** Resolves after that time, or never once the process is ending. */
  readonly wait: (ms: number) => Promise<void>;
}

type WaveCause = Extract<ChangeCause, 'policy-changed' | 'device-register-changed'>;

export interface RulesWave {
  /** The rules have been replaced. `before`: as far as they are known. Whatever a wave before this one held back, this one looks at. */
  readonly begin: (because: WaveCause, before: JudgedBy | undefined, redecide: Redecision['redecide']) => Promise<void>;
  readonly heldTo: (session: Session) => JudgedBy | undefined;
  readonly state: () => WaveState;
  /** What waits for an operator goes on; how many sessions these are, or nothing when none wait. */
  readonly goOn: () => number | undefined;
  readonly close: () => void;
}

interface Wave {
  readonly because: WaveCause;
  readonly before: JudgedBy | undefined;
  readonly since: number;
  readonly redecide: Redecision['redecide'];
  stage: Exclude<WaveState['stage'], 'none'>;
  judged: number;
  /** Ids of those that it would end or put elsewhere. */
  readonly ends: Set<string>;
  /** And of those that go on otherwise. */
  readonly moves: Set<string>;
}

const chunk = 50;
const retryMs = 10_000;

export function rulesWave(ports: WavePorts, tenant: string): RulesWave {
  const { clock, log, meter, limits } = ports;
  let current: Wave | undefined;

  const isOver = (wave: Wave) => wave !== current;
  /** Two gateways that were told in the same moment do not keep in step. */
  function pace(since: number): Promise<void> {
    const share = 0.5 + (ports.random.bytes(1)[0] ?? 0) / 255;
    return ports.wait(Math.max(0, (share * 1_000 * chunk) / limits.perSecond - (clock.now() - since)));
  }

  async function judgeAll(wave: Wave): Promise<void> {
    for await (const page of duePages(ports.store, { tenant, until: Number.MAX_SAFE_INTEGER })) {
      for (const some of inChunks(page)) {
        if (isOver(wave)) return;
        const since = clock.now();
        await Promise.all(some.map(session => look(wave, session)));
        await pace(since);
      }
    }
  }

  async function look(wave: Wave, session: Session): Promise<void> {
    wave.judged++;
    const now = clock.now();
    const rules = ports.tenant(tenant);
    const { question, decision } = await judged(ports, session, rules);
    if (isSameAccess(session.decision, decision)) {
      if (isOutdated(session, decision, now)) wave.moves.add(session.id);
      return;
    }
    if (isOnlySilence(rules, question, session.decision, decision, now)) return;
    const { kind, then } = plannedChange(ports.nasNamed(tenant, session.nas), session, wave.because, decision);
    if (then === 'keep') return;
    const isHarsher = outcomes.indexOf(decision.outcome) > outcomes.indexOf(session.decision.outcome);
    (isHarsher || kind === 'disconnect' ? wave.ends : wave.moves).add(session.id);
  }

  async function act(wave: Wave, ids: ReadonlySet<string>): Promise<void> {
    for (const sessionIds of inChunks([...ids])) {
      // A later wave has looked at them anew.
      if (isOver(wave)) return;
      // Each concentrator is asked at its own pace: nobody waits for its answers here.
      void wave.redecide({ tenant, because: wave.because, sessionIds });
      await pace(clock.now());
    }
  }

  async function run(wave: Wave): Promise<void> {
    await judgeAll(wave);
    if (isOver(wave)) return;
    const mayEnd = Math.max(limits.endCount, Math.floor(limits.endShare * wave.judged));
    const waits = wave.ends.size > mayEnd;
    const about = { tenant, because: wave.because, judged: wave.judged, ends: wave.ends.size, moves: wave.moves.size };
    wave.stage = waits ? 'waiting' : 'acting';
    if (waits) log.error('rules-wave-waits', { ...about, mayEnd });
    else log.info('rules-wave', about);
    tell();
    await act(wave, wave.moves);
    if (!waits) await finish(wave);
  }

  async function finish(wave: Wave): Promise<void> {
    await act(wave, wave.ends);
    if (isOver(wave)) return;
    wave.stage = 'over';
    tell();
  }

  function tell(): void {
    meter.gauge('sluis_rules_wave_waiting', current?.stage === 'waiting' ? current.ends.size : 0);
  }

  return {
    begin: async (because, before, redecide) => {
      // Sessions that a wave before this one still holds back go by the rules of before that one.
      const held = current !== undefined && current.stage !== 'over' && current.stage !== 'acting';
      const wave: Wave = {
        because,
        before: held ? current?.before : before,
        since: clock.now(),
        redecide,
        stage: 'judging',
        judged: 0,
        ends: new Set(),
        moves: new Set(),
      };
      current = wave;
      tell();
      for (;;) {
        try {
          return await run(wave);
        } catch (error) {
          if (!(error instanceof Unavailable)) {
            // Nobody would ever let it go on: sessions follow the new rules with their next cause.
            wave.stage = 'over';
            return log.error('rules-wave-failed', { tenant, because, error });
          }
          log.warn('rules-wave-not-seen-through', { tenant, because, error });
          await ports.wait(retryMs);
          if (isOver(wave)) return;
          wave.judged = 0;
          wave.ends.clear();
          wave.moves.clear();
        }
      }
    },
    heldTo: session => {
      if (current === undefined || session.decidedAt > current.since) return undefined;
      const { stage, ends, before, because, since } = current;
      // Another gateway may have been told to go on.
      const hasFollowed = session.change?.because === because && session.change.askedAt >= since;
      const isHeld = stage === 'judging' || (stage === 'waiting' && ends.has(session.id));
      return isHeld && !hasFollowed ? before : undefined;
    },
    state: () => {
      if (current === undefined) return { stage: 'none' };
      const { stage, because, since, judged: seen, ends, moves } = current;
      return { stage, because, since, judged: seen, ends: ends.size, moves: moves.size };
    },
    goOn: () => {
      const wave = current;
      if (wave?.stage !== 'waiting') return undefined;
      wave.stage = 'acting';
      tell();
      void finish(wave);
      return wave.ends.size;
    },
    close: () => {
      current = undefined;
    },
  };
}

function inChunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = [];
  for (let start = 0; start < all.length; start += chunk) chunks.push(all.slice(start, start + chunk));
  return chunks;
}
