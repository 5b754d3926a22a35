// An operator, or the gateway itself, goes back to the version of the policies that decided before. Every gateway of the store goes
// back with it, and stays there until something is released that is newer.

import { refused } from '../contract/reason.ts';
import type { WayBack } from '../policy/rollout.ts';
import type { Act, ActPorts } from './operator-act.ts';

export interface PolicyRollbackPorts extends ActPorts {
  /** What going back now would be; absent: there is nothing to go back to. */
  readonly wayBack: (now: number) => WayBack | undefined;
  /** The store says so now. */
  readonly wentBack: () => Promise<void>;
}

export const policyRollback: Act<'policy-rollback', PolicyRollbackPorts> = {
  name: 'policy-rollback',
  run: async ({ store, wayBack, wentBack }, { tenant, operator, now, reason }) => {
    const back = wayBack(now);
    if (back === undefined) return refused('no-earlier-policy');
    const before = await store.kept(tenant, 'policy-back', 'policies');
    const version = (before?.version ?? 0) + 1;
    const value = { ...back, by: operator, reason };
    const { from, to } = back;
    return {
      what: `back from policy ${from.slice(0, 12)} to ${to.slice(0, 12)}`,
      effect: { keep: [{ kind: 'policy-back', key: 'policies', value, version }] },
      afterwards: async () => {
        await wentBack();
        return { from, to };
      },
    };
  },
};
