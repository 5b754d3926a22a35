// The rules as they run: which policy since when and from where, kept for the next start, and what is wrong with the files now. A
// part of the composition root.

import { join } from 'node:path';
import type { Config } from './config.ts';
import type { RulesState, WaveState } from './contract/rules-state.ts';
import type { Problem } from './documents/yaml-tree.ts';
import { problemLines, type Rules } from './io/configuration.ts';
import { policyVersions } from './io/policy-versions.ts';
import { stateDirectory } from './io/store.ts';
import type { Clock, Log, Meter } from './ports.ts';

export interface RunningRules {
  /** These run from now on. */
  readonly took: (rules: Rules) => void;
  /** The files are broken: what ran goes on. */
  readonly refused: (problems: readonly Problem[]) => void;
  readonly state: (wave: WaveState) => RulesState;
}

const problemsShown = 100;

/** Where this gateway keeps the policies that it took over. */
export function policyVersionsOf(config: Config): ReturnType<typeof policyVersions> {
  return policyVersions(join(stateDirectory(config), 'policies'));
}

export function runningRules(
  config: Config,
  { clock, meter, log }: { readonly clock: Clock; readonly meter: Meter; readonly log: Log },
): RunningRules {
  const versions = policyVersionsOf(config);
  const directory = config.policiesDirectory;
  let now: Omit<RulesState, 'wave'> | undefined;
  const tellProblems = (problems: readonly Problem[]) => {
    meter.gauge('sluis_policy_reload_failed', problems.length > 0 ? 1 : 0);
    return problems.slice(0, problemsShown).map(({ file, line, message, remedy }) => ({ file, line, message, remedy }));
  };
  return {
    took: ({ policySet, calendarFromAbove = false, brokenFiles = [] }) => {
      const { hash } = policySet;
      const readAt = clock.now();
      if (now !== undefined) log.info('rules-replaced', { policy: hash });
      const since = now?.hash === hash ? now.since : readAt;
      const source = brokenFiles.length > 0 ? 'last-good' : 'directory';
      now = { hash, since, source, directory, problems: tellProblems(brokenFiles), readAt };
      if (source === 'last-good') {
        return log.error('policy-last-good', { policy: hash, problems: problemLines(brokenFiles) });
      }
      try {
        versions.keep({ policySet, calendarFromAbove });
      } catch (error) {
        // It runs all the same; a restart would need the files in the directory to be whole.
        log.error('policy-not-kept', { policy: hash, error });
      }
    },
    refused: problems => {
      if (now === undefined) throw new Error('nothing has run yet that could go on');
      now = { ...now, problems: tellProblems(problems), readAt: clock.now() };
      log.error('rules-refused', { problems: problemLines(problems) });
    },
    state: wave => {
      if (now === undefined) throw new Error('no rules have been taken over');
      return { ...now, wave };
    },
  };
}
