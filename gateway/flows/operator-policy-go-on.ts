// An operator lets a change of rules go on that would end more sessions than may end without one.

import type { WaveState } from '../contract/rules-state.ts';
import { refused } from '../contract/reason.ts';
import type { Act, ActPorts } from './operator-act.ts';

export interface PolicyGoOnPorts extends ActPorts {
  readonly wave: { readonly state: () => WaveState; readonly goOn: () => number | undefined };
  /** Content hash of the policy that runs. */
  readonly policyHash: () => string;
}

export const policyGoOn: Act<'policy-go-on', PolicyGoOnPorts> = {
  name: 'policy-go-on',
  run: async ({ wave, policyHash }, { args }) => {
    const { stage, because, ends = 0 } = wave.state();
    if (stage !== 'waiting') return refused('nothing-waits');
    // What was looked at is what is agreed to.
    if (args.policy !== policyHash()) return refused('version-conflict', 'another policy runs by now');
    return {
      what: `${because ?? 'new rules'}: ${ends} sessions may end, policy ${args.policy.slice(0, 12)}`,
      afterwards: async () => {
        const sessions = wave.goOn();
        return sessions === undefined ? refused('nothing-waits') : { sessions };
      },
    };
  },
};
