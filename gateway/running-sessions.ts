// Open sessions as they are kept true: causes, the clock, and new rules have them judged again. A part of the composition root.

import type { Config } from './config.ts';
import { dueWatch } from './flows/due-sessions.ts';
import { takeUpAsked } from './flows/left-asked.ts';
import { openRedecision, type Redecision } from './flows/redecision.ts';
import { type CausePorts, type Causes, redecisionCauses } from './flows/redecision-causes.ts';
import type { JudgementPorts } from './flows/redecision-judgement.ts';
import { type RulesWave, rulesWave } from './flows/rules-wave.ts';
import type { JudgedBy } from './flows/session-judged.ts';
import { silenceWatch } from './flows/silent-sessions.ts';
import { systemWait } from './io/system.ts';

export interface RunningSessions {
  readonly causes: Causes;
  readonly disconnect: Redecision['disconnect'];
  readonly wave: Pick<RulesWave, 'state' | 'goOn'>;
  /** `before`: the rules of before, as far as they are known. */
  readonly rulesChanged: (because: Parameters<RulesWave['begin']>[0], before: JudgedBy | undefined) => void;
  /**
   * From now on the clock acts; what an earlier life of this gateway had asked for is taken up, and so is what has changed
   * since. `before`: the rules that ran then, where they were others.
   */
  readonly start: (before?: JudgedBy) => void;
  readonly close: () => Promise<void>;
}

/** Short enough to end a session in the minute in which its time ends. */
const dueEveryMs = 5_000;
const silenceEveryMs = 15_000;

export function openSessions(
  { tenant, policyChanges }: Pick<Config, 'tenant' | 'policyChanges'>,
  given: Omit<JudgementPorts, 'heldTo'> & Omit<CausePorts, 'redecide' | 'wait'>,
): RunningSessions {
  const ports = { ...given, wait: systemWait };
  const wave = rulesWave({ ...ports, limits: policyChanges }, tenant);
  const live = openRedecision({ ...ports, heldTo: wave.heldTo });
  const { redecide } = live;
  const causes = redecisionCauses({ ...ports, redecide });
  const timers: NodeJS.Timeout[] = [];
  return {
    causes,
    disconnect: live.disconnect,
    wave,
    rulesChanged: (because, before) => void wave.begin(because, before, redecide),
    start: before => {
      if (before !== undefined) void wave.begin('policy-changed', before, redecide);
      void takeUpAsked({ ...ports, live }, tenant);
      const lookForDue = dueWatch({ ...ports, redecide }, tenant);
      const lookForSilence = silenceWatch({ ...ports, sessionMoved: causes.sessionMoved }, tenant);
      timers.push(setInterval(() => void lookForDue(), dueEveryMs));
      timers.push(setInterval(() => void lookForSilence(), silenceEveryMs));
      void lookForDue();
    },
    close: async () => {
      for (const timer of timers.splice(0)) clearInterval(timer);
      wave.close();
      await live.close();
    },
  };
}
