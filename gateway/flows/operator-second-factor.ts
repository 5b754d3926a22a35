// An operator gives a person a second factor. Its secret and its recovery codes leave in the answer, and nowhere else.

import { refused } from '../contract/reason.ts';
import type { Act, ActPorts } from './operator-act.ts';
import { newSecondFactor, type SecondFactorPorts } from './second-factor.ts';

export type EnrolPorts = ActPorts & SecondFactorPorts;

export const secondFactorEnrol: Act<'second-factor-enrol', EnrolPorts> = {
  name: 'second-factor-enrol',
  about: ({ person }) => ({ person }),
  run: async (ports, { tenant, now, args: { person, account, replace = false } }) => {
    const before = await ports.store.kept(tenant, 'second-factor', person);
    // One that was given out and never used may be given out again: it stands in nobody's telephone.
    if (before?.value.state === 'active' && !replace) return refused('second-factor-active');
    const { keep, told } = await newSecondFactor(ports, { tenant, pseudonyms: [person], account, now });
    const what = before === undefined ? 'enrol a second factor' : `replace the ${before.value.state} second factor`;
    return { what, effect: { keep }, answer: told };
  },
};
