// An operator asks whose pseudonym it is: the name that the directory shows for it, and never a national number. The record
// of having asked is written before the name leaves.

import { type Refused, refused } from '../contract/reason.ts';
import { accountOf, type DirectoryAnswer } from '../pdp/directory.ts';
import { type Directory, Unavailable } from '../ports.ts';
import { redactNationalNumber } from '../radius/redaction.ts';
import type { Act, ActPorts } from './operator-act.ts';

export interface RevealPorts extends ActPorts {
  /** Asked at this moment: what was remembered may be a name that was taken away. Absent when none is configured. */
  readonly directory?: Directory;
}

export const reveal: Act<'reveal', RevealPorts> = {
  name: 'reveal',
  about: ({ person }) => ({ person }),
  run: async ({ directory }, { tenant, args: { person }, now }) => {
    if (directory === undefined) return refused('act-not-configured', 'no directory');
    const answer = await asked(directory, tenant, person);
    if ('refused' in answer) return answer;
    if (!answer.found) return refused('person-unknown');
    const { displayName } = answer;
    return {
      what: displayName === undefined ? 'reveal: the directory shows no name' : 'reveal: the name in the directory',
      answer: {
        person,
        // Some directories show the number where a name should stand.
        ...(displayName === undefined ? {} : { displayName: redactNationalNumber(displayName) }),
        account: accountOf(answer, now),
      },
    };
  },
};

async function asked(directory: Directory, tenant: string, person: string): Promise<DirectoryAnswer | Refused> {
  try {
    return await directory.person(tenant, person);
  } catch (error) {
    // Silent is not the same as "nobody", and who asked is recorded either way.
    if (error instanceof Unavailable) return refused('directory-unavailable', error.message);
    throw error;
  }
}
