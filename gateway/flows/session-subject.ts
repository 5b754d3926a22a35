// Whose session it is: of what was proven, what the session keeps.

import type { ProvenDevice, ProvenPerson } from '../pdp/request.ts';
import type { Session } from '../pdp/session.ts';

export function deviceOf(device: ProvenDevice | undefined): Partial<Session> {
  if (device === undefined) return {};
  const { key, name, certificateNotAfter } = device;
  const until = certificateNotAfter === undefined ? {} : { deviceCertificateNotAfter: certificateNotAfter };
  return { device: key, deviceName: name, ...until };
}

/** Of the person, what a session keeps. */
export function personOf(person: ProvenPerson | undefined): Partial<Session> {
  if (person === undefined) return {};
  // A session outlives its person's connection: the name is left to the directory.
  const { pseudonym, formerPseudonyms, profile, assurance, certificateNotAfter, password } = person;
  const personProof = {
    profile,
    assurance,
    ...(formerPseudonyms === undefined ? {} : { formerPseudonyms }),
    ...(certificateNotAfter === undefined ? {} : { certificateNotAfter }),
    ...(password === undefined ? {} : { password }),
  };
  return { person: pseudonym, personProof };
}
