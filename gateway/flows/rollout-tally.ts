// Where two versions of the policies differ in what is decided: counted by outcome, with the last cases. A version that has just come
// to decide and is stricter than was forecast is taken back.

import type { BesideExample, BesideTally } from '../contract/rollout.ts';
import type { Decision } from '../contract/decision.ts';
import { isStricter, type Outcome, outcomes } from '../contract/outcome.ts';
import { becauseOf } from '../pdp/decide.ts';
import type { Session } from '../pdp/session.ts';
import { type Beside, isBeyondForecast } from '../policy/rollout.ts';
import type { Clock, Meter } from '../ports.ts';

export interface RolloutTally {
  /** One decision that was made, of a session. */
  readonly note: (
    session: Pick<Session, 'tenant' | 'id' | 'nasGroup' | 'caseCode' | 'device' | 'person'>,
    decision: Decision,
  ) => void;
  /** From now on this is what is beside the version that decides; counting begins anew when it is something else. */
  readonly about: (beside: Beside | undefined) => void;
  readonly state: () => BesideTally;
}

export interface TallyPorts {
  readonly clock: Clock;
  readonly meter: Meter;
  /** The version that has just come to decide is stricter than forecast. */
  readonly beyond: (seen: { readonly answers: number; readonly stricter: number }) => void;
}

const examplesKept = 50;
/** Of all subjects; whoever comes after so many is not counted, and the share has long settled. */
const subjectsAtMost = 100_000;

export function rolloutTally({ clock, meter, beyond }: TallyPorts): RolloutTally {
  let beside: Beside | undefined;
  let told = false;
  // A refused person tries again and again: each counts once.
  const subjects = new Set<string>();
  const stricter = new Set<string>();
  const pairs = new Map<string, number>();
  let examples: BesideExample[] = [];

  const forget = () => {
    told = false;
    subjects.clear();
    stricter.clear();
    pairs.clear();
    examples = [];
  };

  const look = () => {
    const { watch } = beside ?? {};
    if (watch === undefined || told || clock.now() >= watch.until) return;
    const seen = { answers: subjects.size, stricter: stricter.size };
    if (!isBeyondForecast(seen, watch.forecast, watch.margin)) return;
    told = true;
    beyond(seen);
  };

  return {
    note: (session, decision) => {
      const other = decision.beside;
      if (other === undefined || beside === undefined || other.stage !== beside.stage) return;
      // Sessions that are held to the rules of before say nothing about these.
      if (![other.policyHash, decision.policyHash].includes(beside.hash)) return;
      const [older, newer]: readonly [Outcome, Outcome] = other.isNewer
        ? [decision.outcome, other.outcome]
        : [other.outcome, decision.outcome];
      meter.count('sluis_policy_beside_total', { stage: other.stage, older, newer, tenant: session.tenant });
      const pair = `${older} ${newer}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      const subject = session.device ?? session.person ?? session.id;
      if (subjects.size < subjectsAtMost) subjects.add(subject);
      if (older === newer) return;
      if (isStricter(older, newer) && subjects.has(subject)) stricter.add(subject);
      const isOurs = isStricter(other.outcome, decision.outcome);
      const example = {
        at: decision.decidedAt,
        older,
        newer,
        because: [...(isOurs ? becauseOf(decision) : other.because)],
        concentrator: session.nasGroup,
        caseCode: session.caseCode,
      };
      examples = [example, ...examples].slice(0, examplesKept);
      look();
    },
    about: next => {
      if (next?.hash !== beside?.hash || next?.stage !== beside?.stage) forget();
      beside = next;
    },
    state: () => ({
      subjects: subjects.size,
      stricter: stricter.size,
      pairs: outcomes.flatMap(older =>
        outcomes.flatMap(newer => {
          const answers = pairs.get(`${older} ${newer}`);
          return answers === undefined ? [] : [{ older, newer, answers }];
        }),
      ),
      examples,
    }),
  };
}
