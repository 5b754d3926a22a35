// What is asked of the PDP about a VPN session, when it is admitted and whenever it is judged again: who and what came in,
// the device's last attestation result, the person proven from it, what the directory says of them, and where they come from.

import type { RunningPolicy } from '../pdp/decide.ts';
import type { Nas } from '../pdp/nas.ts';
import type { AdmissionRequest, ProvenDevice, ProvenPerson } from '../pdp/request.ts';
import type { WayIn } from '../pdp/session.ts';
import type { AdmissionStore, Countries, KnownPeople } from '../ports.ts';
import { type KeptPlace, originOf } from './device-place.ts';
import { failingSince } from './failing-since.ts';
import { sessionsElsewhere } from './live-elsewhere.ts';
import { knownOf } from './directory-question.ts';
import { type KeptDays, personPast } from './person-past.ts';
import { isSame, provenPerson, type RevocationNow, withRevocationNow } from './proven-person.ts';

export interface QuestionPorts {
  readonly store: Pick<AdmissionStore, 'attestation' | 'personProof' | 'sessions' | 'kept'>;
  /** Absent when no directory is configured. */
  readonly people?: KnownPeople;
  readonly revocationNow?: RevocationNow;
  /** Absent when no country file is configured. */
  readonly countries?: Countries;
}

export interface Asked {
  readonly question: AdmissionRequest;
  /** What the question was answered from, of where the device was before. */
  readonly keptPlace?: KeptPlace;
  /** The same, of the days on which the person had a session. */
  readonly teleworkKept?: KeptDays;
}

export interface Came {
  readonly tenant: string;
  readonly way: WayIn;
  readonly nas?: Nas;
  readonly device?: ProvenDevice;
  /** Proven in the login itself; else the person proven over the device's agent connection counts. */
  readonly person?: ProvenPerson;
  /** The one person who may stand in from the agent connection, or nobody; absent: whoever it is. */
  readonly madeFor?: { readonly pseudonym: string | undefined };
  readonly binding: AdmissionRequest['binding'];
  /** What the NAS says of where the peer is. */
  readonly callingStationId: string;
  /** The session itself, once it is one. */
  readonly sessionId?: string;
  /** The policy reckons grace from what its reports told. */
  readonly givesGrace?: true;
  /** What it looks at of the person's earlier days. */
  readonly past?: RunningPolicy['past'];
}

/** What the policy needs to know of earlier days, and no more than that is read. */
export function memoryOf({ givesGrace, past }: Pick<RunningPolicy, 'givesGrace' | 'past'>): Partial<Came> {
  return { ...(givesGrace === undefined ? {} : { givesGrace }), ...(past === undefined ? {} : { past }) };
}

/** `directoryWithinMs`: how long whoever waits for the answer can spare. */
export async function sessionQuestion(
  ports: QuestionPorts,
  came: Came,
  directoryWithinMs: number,
  now: number,
): Promise<Asked> {
  const { tenant, way, nas, device, madeFor, binding, givesGrace } = came;
  const { countries } = ports;
  const [attestation, proof, elsewhere = [], keptPlace, failures] = device
    ? await Promise.all([
        ports.store.attestation(tenant, device.key),
        came.person ? undefined : ports.store.personProof(tenant, device.key, now),
        sessionsElsewhere(ports.store, { ...came, device: device.key }, now),
        countries && ports.store.kept(tenant, 'device-place', device.key),
        givesGrace && failingSince(ports.store, tenant, device.key),
      ])
    : [];
  const mayStandIn = proof && (madeFor === undefined || isSame(proof, madeFor.pseudonym));
  const proven = came.person ?? (mayStandIn ? provenPerson(proof) : undefined);
  const person = proven && withRevocationNow(tenant, proven, ports.revocationNow);
  const [directory, past] = await Promise.all([
    ports.people && knownOf(ports.people, tenant, person, directoryWithinMs),
    personPast(ports.store, { ...came, person }, now),
  ]);
  const question: AdmissionRequest = {
    tenant,
    way,
    binding,
    ...(nas ? { nas } : {}),
    ...(device ? { device } : {}),
    ...(person ? { person } : {}),
    ...(attestation ? { attestation } : {}),
    ...(directory ? { directory } : {}),
    ...(failures ? { failingSince: failures.since } : {}),
    ...past?.known,
    ...(elsewhere.length === 0 ? {} : { liveElsewhere: true }),
    ...(countries ? { origin: originOf(countries, came.callingStationId, { kept: keptPlace, elsewhere }, now) } : {}),
  };
  return {
    question,
    ...(keptPlace ? { keptPlace } : {}),
    ...(past?.teleworkKept ? { teleworkKept: past.teleworkKept } : {}),
  };
}
