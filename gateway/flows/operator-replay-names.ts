// An operator asks whom a replay concerned: the machines by name, the people by pseudonym and as the directory shows them. The
// record of having asked is written before anything leaves.

import { type Concerned, replayLimits } from '../contract/replay.ts';
import { refused } from '../contract/reason.ts';
import { Unavailable } from '../ports.ts';
import { redactNationalNumber } from '../radius/redaction.ts';
import type { Act } from './operator-act.ts';
import type { RevealPorts } from './operator-reveal.ts';

export interface ReplayNamesPorts extends RevealPorts {
  readonly concerned: (tenant: string, replay: string) => readonly Concerned[] | undefined;
}

/** A directory is asked for so many people one after the other. */
const peopleAtMost = 200;

export const replayNames: Act<'replay-names', ReplayNamesPorts> = {
  name: 'replay-names',
  run: async ({ concerned, directory }, { tenant, args }) => {
    const found = concerned(tenant, args.replay);
    if (found === undefined) return refused('replay-unknown');
    return {
      what: `replay: whom it concerns, ${found.length} of at most ${replayLimits.concerned}`,
      afterwards: async () => {
        const people = [...new Set(found.flatMap(({ person }) => person ?? []))].slice(0, peopleAtMost);
        const names = directory === undefined ? new Map<string, string>() : await namesOf(directory, tenant, people);
        return {
          concerned: found.map(each => {
            const displayName = names.get(each.person ?? '');
            return { ...each, ...(displayName === undefined ? {} : { displayName }) };
          }),
        };
      },
    };
  },
};

async function namesOf(
  directory: NonNullable<ReplayNamesPorts['directory']>,
  tenant: string,
  people: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  try {
    for (const person of people) {
      const answer = await directory.person(tenant, person);
      // Some directories show the number where a name should stand.
      if (answer.found && answer.displayName !== undefined) names.set(person, redactNationalNumber(answer.displayName));
    }
  } catch (error) {
    // A silent directory leaves the pseudonyms: the machines are told by name all the same.
    if (!(error instanceof Unavailable)) throw error;
  }
  return names;
}
