// What the flows ask of the directory: one person, or nobody, which is not the same as having no directory.

import type { KnownPerson } from '../pdp/directory.ts';
import type { ProvenPerson } from '../pdp/request.ts';
import type { KnownPeople } from '../ports.ts';

/** Nobody proven means nobody to look up: nothing is known then, and no groups either. */
export async function knownOf(
  people: KnownPeople,
  tenant: string,
  person: Pick<ProvenPerson, 'pseudonym' | 'formerPseudonyms'> | undefined,
  withinMs: number,
): Promise<KnownPerson> {
  return person === undefined ? {} : people.person(tenant, person.pseudonym, withinMs, person.formerPseudonyms);
}
