// A person who was proven over the connection of an agent, in the words of a question to the PDP.

import type { KnownRevocation } from '../identity/verified-identity.ts';
import type { ProvenPerson } from '../pdp/request.ts';
import type { PersonProof } from '../ports.ts';

export function provenPerson(proof: PersonProof): ProvenPerson {
  const { pseudonym, formerPseudonyms, profile, name, assurance, certificateNotAfter, revocation } = proof;
  return {
    pseudonym,
    ...(formerPseudonyms === undefined ? {} : { formerPseudonyms }),
    profile,
    name,
    assurance,
    certificateNotAfter,
    ...(revocation === undefined ? {} : { revocation }),
  };
}

/** What is known now of a certificate that proved somebody before; nothing of one that was forgotten. */
export type RevocationNow = (
  tenant: string,
  person: Pick<ProvenPerson, 'profile' | 'pseudonym'>,
) => KnownRevocation | undefined;

/** Where nobody could tell whether the certificate was revoked, somebody may by now; what was good is watched anyhow. */
export function withRevocationNow(
  tenant: string,
  person: ProvenPerson,
  known: RevocationNow | undefined,
): ProvenPerson {
  const state = person.revocation?.state;
  const revocation = state === 'last-good' || state === 'unavailable' ? known?.(tenant, person) : undefined;
  return revocation === undefined ? person : { ...person, revocation };
}

/** Whether this pseudonym, which may be one of an earlier key, is that of the person. */
export function isSame({ pseudonym, formerPseudonyms = [] }: PersonProof, known: string | undefined): boolean {
  return known !== undefined && (known === pseudonym || formerPseudonyms.includes(known));
}
