// An operator says who decides about a concentrator from now on: this gateway, or the authority that did so before. Sessions that are
// open go on, whoever admitted them.

import { refused } from '../contract/reason.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Act, ActPorts } from './operator-act.ts';
import type { Observing } from './observing.ts';

export interface NasModePorts extends ActPorts {
  readonly observing: Pick<Observing, 'modeOf' | 'setMode'>;
  readonly nasNamed: (tenant: string, name: string) => Nas | undefined;
}

export const nasMode: Act<'nas-mode', NasModePorts> = {
  name: 'nas-mode',
  run: async ({ observing, nasNamed }, { tenant, args }) => {
    const nas = nasNamed(tenant, args.nas);
    if (nas === undefined) return refused('nas-unknown');
    if (nas.authority === undefined) return refused('act-not-configured', 'it has no authority');
    const decides =
      args.mode === 'decide' ? 'this gateway decides' : `${nas.authority.address} decides, this gateway observes`;
    return {
      what: `for ${nas.name}: ${decides}`,
      afterwards: async () => {
        const before = observing.modeOf(nas);
        observing.setMode(nas, args.mode);
        return { nas: nas.name, before };
      },
    };
  },
};
