// How a new version of the policies comes to decide: from the files as they were read, and what was decided to go back from, the rules
// that run. A part of the composition root.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { ArgsOf } from './contract/acts.ts';
import type { ActRequest } from './contract/operator.ts';
import { isRefused } from './contract/reason.ts';
import type { Rollout } from './contract/rollout.ts';
import { operatorAct } from './flows/operator-act.ts';
import { policyRollback, type PolicyRollbackPorts } from './flows/operator-policy-rollback.ts';
import { type RolloutTally, rolloutTally } from './flows/rollout-tally.ts';
import { problemLines, type Rules } from './io/configuration.ts';
import type { PolicyVersion } from './io/policy-versions.ts';
import { readRolloutState, type RolloutState, writeRolloutState } from './io/rollout-state.ts';
import { stateDirectory } from './io/store.ts';
import type { PolicyBack } from './kept.ts';
import {
  type Beside,
  type Candidate,
  chosen,
  type Chosen,
  type Ran,
  shadowAtMostMs,
  shareOf,
} from './policy/rollout.ts';
import type { AdmissionStore, Clock, Log, Meter, Random } from './ports.ts';
import { policyVersionsOf } from './running-rules.ts';

export interface RunningRollout {
  /** What runs of these rules, now. */
  readonly chosenOf: (given: Rules) => Rules;
  /** Time has passed, or another gateway of the store has gone back. */
  readonly look: () => Promise<void>;
  readonly tally: Pick<RolloutTally, 'note'>;
  readonly state: () => Rollout;
  readonly acts: Pick<PolicyRollbackPorts, 'wayBack' | 'wentBack'>;
}

export interface RolloutParts {
  readonly config: Config;
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly log: Log;
  /** Other rules are to run than before. */
  readonly changed: (rules: Rules) => void;
}

const dayMs = 86_400_000;

/** Rejects when the store does not answer: it would not be known what somebody went back from. */
export async function openRollout(parts: RolloutParts): Promise<RunningRollout> {
  const { config, store, clock, meter, log } = parts;
  const path = join(stateDirectory(config), 'policy-rollout.json');
  const versions = policyVersionsOf(config);
  let state = readRolloutState(path);
  let back = await keptBack();
  let given: Rules | undefined;
  let now: Chosen | undefined;
  let oldTold: string | undefined;
  /** Why to go back, while the store did not take it. */
  let mustGoBack: string | undefined;
  const tally = rolloutTally({
    clock,
    meter,
    beyond: ({ answers, stricter }) =>
      void goBack(`stricter with ${stricter} of ${answers}, and that is more than was forecast`),
  });

  async function keptBack(): Promise<PolicyBack | undefined> {
    return (await store.kept(config.tenant, 'policy-back', 'policies'))?.value;
  }

  const candidates = ({ policySet, release, draft, brokenFiles }: Rules) => {
    const base: Candidate = { hash: policySet.hash, ...(release === undefined ? {} : { release }) };
    const beside: Candidate | undefined = draft && {
      hash: draft.policySet.hash,
      ...(draft.release === undefined ? {} : { release: draft.release }),
    };
    // What ran last stands in for files that are broken: nothing is released by that.
    return { ...(brokenFiles === undefined ? { base } : {}), ...(beside === undefined ? {} : { draft: beside }) };
  };

  const versionOf = (
    { policySet, calendarFromAbove = false, draft }: Rules,
    hash: string,
  ): PolicyVersion | undefined => {
    if (policySet.hash === hash) return { policySet, calendarFromAbove };
    return draft?.policySet.hash === hash ? draft : versions.version(hash);
  };

  const save = (next: RolloutState): void => {
    state = next;
    try {
      writeRolloutState(path, next);
    } catch (error) {
      // What runs is right all the same; after a restart the days are counted anew.
      log.error('rollout-state-not-kept', { error });
    }
  };

  const chosenOf = (rules: Rules): Rules => {
    given = rules;
    const at = clock.now();
    const known = { ...candidates(rules), ...(back === undefined ? {} : { back }) };
    const pick = () => chosen({ ...known, ...(state.ran === undefined ? {} : { ran: state.ran }) }, at);
    const { running = rules.policySet.hash } = pick() ?? {};
    const version = versionOf(rules, running);
    if (version === undefined) log.error('policy-version-missing', { policy: running, instead: rules.policySet.hash });
    const { policySet, calendarFromAbove } = version ?? { calendarFromAbove: false, ...rules };
    const { hash } = policySet;
    const ran = state.ran?.hash;
    if (ran !== hash) save({ ...state, ran: ranNow(rules, hash, at) });
    now = pick() ?? { running: hash };
    const beside = now.beside && besideOf(rules, now.beside);
    noteBeside(beside && now.beside, at);
    if (now.outdated !== undefined) log.error('policy-release-outdated', { policy: now.outdated, running: hash });
    const { ranBefore, ...rest } = rules;
    const before = ran === undefined ? ranBefore : ran === hash ? undefined : versionOf(rules, ran)?.policySet;
    return {
      ...rest,
      policySet,
      calendarFromAbove,
      ...(beside === undefined ? {} : { beside }),
      ...(before === undefined ? {} : { ranBefore: before }),
    };
  };

  const releaseOf = (rules: Rules, hash: string) =>
    [rules, rules.draft].find(each => each?.policySet.hash === hash)?.release;

  const ranNow = (rules: Rules, hash: string, since: number): Ran => {
    // Back is no step forward: from there, there is no further back.
    const previous = hash === back?.to ? undefined : state.ran?.hash;
    const signedAt = releaseOf(rules, hash)?.signedAt;
    return {
      hash,
      since,
      ...(previous === undefined ? {} : { previous }),
      ...(signedAt === undefined ? {} : { signedAt }),
    };
  };

  const besideOf = (rules: Rules, { hash, stage, canary }: Beside): Rules['beside'] => {
    const version = versionOf(rules, hash);
    if (version === undefined) return undefined;
    return { policySet: version.policySet, stage, ...(canary === undefined ? {} : { canary }) };
  };

  const noteBeside = (beside: Beside | undefined, at: number): void => {
    tally.about(beside);
    const known = state.beside;
    if (beside?.hash !== known?.hash || beside?.stage !== known?.stage) {
      const next = beside && { hash: beside.hash, stage: beside.stage, since: at };
      const { ran } = state;
      save({ ...(ran === undefined ? {} : { ran }), ...(next === undefined ? {} : { beside: next }) });
      log.info('policy-beside', { running: state.ran?.hash, ...(next ?? { stage: 'none' }) });
    }
    meter.gauge('sluis_policy_draft_refused', (given?.draftProblems ?? []).length > 0 ? 1 : 0);
    tellAge(beside, at);
  };

  const tellAge = (beside: Beside | undefined, at: number): void => {
    const isLooking = beside?.stage === 'shadow' && state.beside !== undefined;
    const ageMs = isLooking ? at - (state.beside?.since ?? at) : 0;
    meter.gauge('sluis_policy_shadow_days', Math.floor(ageMs / dayMs));
    if (ageMs <= shadowAtMostMs || oldTold === beside?.hash) return;
    oldTold = beside?.hash;
    log.error('policy-shadow-forgotten', { policy: beside?.hash, days: Math.floor(ageMs / dayMs) });
  };

  const look = async (): Promise<void> => {
    if (mustGoBack !== undefined) await goBack(mustGoBack);
    back = await keptBack();
    if (given === undefined) return;
    const next = chosen(
      {
        ...candidates(given),
        ...(back === undefined ? {} : { back }),
        ...(state.ran === undefined ? {} : { ran: state.ran }),
      },
      clock.now(),
    );
    if (JSON.stringify(next) !== JSON.stringify(now)) parts.changed(given);
    else tellAge(now?.beside, clock.now());
  };

  const acts: RunningRollout['acts'] = {
    wayBack: at => {
      const { ran } = state;
      if (given === undefined || ran?.previous === undefined) return undefined;
      if (versionOf(given, ran.previous) === undefined) return undefined;
      const signedAt = releaseOf(given, ran.hash)?.signedAt ?? ran.signedAt;
      return { from: ran.hash, to: ran.previous, at, ...(signedAt === undefined ? {} : { signedAt }) };
    },
    wentBack: look,
  };

  /** The same act as an operator's, recorded as the gateway's own. */
  const goBack = async (reason: string): Promise<void> => {
    const policy = state.ran?.hash;
    log.error('policy-taken-back', { policy, reason });
    meter.count('sluis_policy_taken_back_total', { tenant: config.tenant });
    const request: ActRequest<ArgsOf<'policy-rollback'>> = {
      tenant: config.tenant,
      operator: { name: config.name, rights: ['policy'] },
      traceId: randomUUID(),
      reason,
      args: {},
    };
    mustGoBack = undefined;
    try {
      const done = await operatorAct({ ...parts, ...acts }, policyRollback)(request);
      if (isRefused(done)) log.error('policy-not-taken-back', { policy, refused: done.refused });
    } catch (error) {
      // The store does not answer, and then nobody is admitted either: tried again with the next look.
      mustGoBack = reason;
      log.error('policy-not-taken-back', { policy, error });
    }
  };

  return {
    chosenOf,
    look: () =>
      // The store says what was gone back from: until it answers again, what runs goes on.
      look().catch((error: unknown) => log.warn('rollout-not-looked-at', { error })),
    tally,
    state: () => {
      const { ran, beside } = state;
      return {
        running: ran?.hash ?? '',
        since: ran?.since ?? 0,
        ...(ran?.previous === undefined ? {} : { previous: ran.previous }),
        ...(now?.beside === undefined || beside === undefined ? {} : { beside: shown(now.beside, beside.since) }),
        ...(back === undefined
          ? {}
          : { back: { from: back.from, to: back.to, at: back.at, by: back.by, reason: back.reason } }),
        problems: [...problemLines(given?.draftProblems ?? [])],
      };
    },
    acts,
  };

  function shown({ hash, stage, canary, watch }: Beside, since: number): NonNullable<Rollout['beside']> {
    const whom = canary && ('group' in canary ? `group ${canary.group}` : `${canary.percent} %`);
    const allowedShare = watch && shareOf(watch.forecast) + watch.margin;
    return {
      hash,
      stage,
      since,
      ...(whom === undefined ? {} : { canary: whom }),
      ...(watch === undefined || allowedShare === undefined ? {} : { watch: { until: watch.until, allowedShare } }),
      ...tally.state(),
    };
  }
}
