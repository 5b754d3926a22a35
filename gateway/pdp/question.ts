// What is asked of a policy about one login: who it is, and the facts, with those that the gateway itself vouches for. The same
// for every version of the policies; only what the directory says is heard as each of them will have it.

import type { Subject } from '../policy/evaluation.ts';
import type { Fact, FactValue } from '../verifier/facts.ts';
import { tellsSegment } from './authorization.ts';
import type { KnownPerson, Standing } from './directory.ts';
import { type DeviceEntry, deviceEntry, groupsOf, isSelfEnrolled, type Register } from './register.ts';
import type { AdmissionRequest, ProvenPerson } from './request.ts';

export interface Question {
  readonly subject: Subject;
  readonly facts: Readonly<Record<string, Fact>>;
  /** Of what the report says; absent: not known yet. */
  readonly reportDigest?: string;
  /** Absent when no directory is configured. */
  readonly directory?: KnownPerson;
  /** Its machine is known and in service. */
  readonly inService: boolean;
  /** When the session was admitted; absent: it is not yet. */
  readonly admittedAt?: number;
  /** Whether anything tells the concentrator of this segment; without one there is nothing to tell. */
  readonly tells: (segment: string) => boolean;
}

export function questionOf(request: AdmissionRequest, register: Register, now: number): Question {
  const { device, nas, directory, admittedAt, attestation } = request;
  const entry = device && deviceEntry(register, device.key, device.name);
  return {
    subject: subjectOf(request, entry, register),
    facts: { ...attestation?.facts, ...gatewayFacts(request, register, entry, now) },
    ...(attestation?.factsDigest === undefined ? {} : { reportDigest: attestation.factsDigest }),
    ...(directory === undefined ? {} : { directory }),
    inService: entry?.state === 'active',
    ...(admittedAt === undefined ? {} : { admittedAt }),
    tells: segment => nas === undefined || tellsSegment(nas, segment),
  };
}

/** With what the directory says of the person. */
export function heard(question: Question, person: Standing | undefined, now: number): Question {
  if (person === undefined) return question;
  const { groups, fact } = person;
  const fraction = 'employment' in person ? person.employment : undefined;
  const at = { source: fact.source, observedAt: now };
  return {
    ...question,
    subject: { ...question.subject, groups: typeof groups === 'string' ? [] : groups },
    facts: {
      ...question.facts,
      'person.account': fact,
      'person.employment': fraction === undefined ? { unknown: 'missing', ...at } : { value: fraction, ...at },
    },
  };
}

function subjectOf(request: AdmissionRequest, entry: DeviceEntry | undefined, register: Register): Subject {
  return {
    groups: groupsFor(request, register),
    deviceClass: entry?.class ?? (request.device ? 'unregistered' : 'none'),
    ...(request.nas ? { concentrator: request.nas.group } : {}),
    ...(request.origin?.country === undefined ? {} : { country: request.origin.country }),
    ...(request.device ? { device: [request.device.name, request.device.key] } : {}),
    ...(request.person ? { person: [request.person.pseudonym, ...(request.person.formerPseudonyms ?? [])] } : {}),
    ...(request.failingSince === undefined ? {} : { failingSince: request.failingSince }),
  };
}

/** With a directory they are what it says, as far as the policy believes it. */
function groupsFor({ person, directory }: AdmissionRequest, register: Register): readonly string[] {
  if (person === undefined || directory !== undefined) return [];
  return groupsOf(register, [person.pseudonym, ...(person.formerPseudonyms ?? [])], person.profile);
}

/** What the gateway knows by itself; it always overrides what a report says under the same name. */
function gatewayFacts(
  request: AdmissionRequest,
  register: Register,
  entry: DeviceEntry | undefined,
  now: number,
): Record<string, Fact> {
  const facts: Record<string, Fact> = {};
  const say = (name: string, value: FactValue | undefined, source: string) => {
    facts[name] =
      value === undefined ? { unknown: 'missing', source, observedAt: now } : { value, source, observedAt: now };
  };
  const { device, person } = request;
  say('time.now', now, 'clock of the gateway');
  const certified = device !== undefined && !isSelfEnrolled(register, device.key);
  say('machine.proven', certified, 'machine certificate');
  say('machine.certificate-left', device?.certificateNotAfter, 'machine certificate');
  say('device.binding', request.binding, `way in: ${request.way}`);
  say('device.state', device ? (entry?.state ?? 'unregistered') : undefined, 'device register');
  say('device.class', device ? (entry?.class ?? 'unregistered') : undefined, 'device register');
  say('device.live-elsewhere', device && (request.liveElsewhere ?? false), 'other sessions of this device');
  const place = request.origin === undefined ? 'no country file configured' : 'caller address';
  say('session.country', request.origin?.country, place);
  say('device.impossible-travel', cameTooFast(request), place);
  say('person.proven', person !== undefined, 'identity proof');
  say('person.assurance', person?.assurance, 'identity profile');
  say('person.issuer', person?.profile, 'identity profile');
  say('person.revocation', person?.revocation?.state, 'identity certificate');
  say('person.revocation-age', person?.revocation?.goodAt, 'identity certificate');
  say('person.certificate-left', person?.certificateNotAfter, 'identity certificate');
  // An institution without a directory withdraws access by its register and its certificates: the check must not lock
  // everybody out there.
  say('person.account', 'active', 'no directory configured');
  say('person.employment', undefined, 'no directory configured');
  sayPast(facts, request, now);
  say('person.second-factor', person && hasSecondFactor(person), `way in: ${request.way}`);
  say('person.password', person && passwordWord(person), `way in: ${request.way}`);
  return facts;
}

/** Nobody asks for what is not there. */
function sayPast(
  facts: Record<string, Fact>,
  { telework, accepted, otherSessions }: AdmissionRequest,
  now: number,
): void {
  if (accepted !== undefined) {
    facts['person.accepted'] = { value: accepted, source: 'accepted texts', observedAt: now };
  }
  if (otherSessions !== undefined) {
    const source = 'other sessions of this person';
    facts['person.other-sessions'] = { value: otherSessions, source, observedAt: now };
  }
  if (telework === undefined) return;
  const from = { source: 'earlier sessions of this person', observedAt: now };
  facts['telework.days-this-week'] = { ...telework.week, ...from };
  facts['telework.days-this-month'] = { ...telework.month, ...from };
}

/** Not known as long as it is not known where it came from. */
function cameTooFast({ device, origin }: AdmissionRequest): boolean | undefined {
  if (device === undefined || origin?.country === undefined) return undefined;
  return origin.tooFarFrom !== undefined;
}

/** A certificate on a card counts for two: to have the card, and to know its PIN. */
function hasSecondFactor({ password }: ProvenPerson): boolean {
  return password === undefined || password.secondFactor !== 'none';
}

function passwordWord({ password }: ProvenPerson): 'weak' | 'strong' | 'none' {
  if (password === undefined) return 'none';
  return password.strong ? 'strong' : 'weak';
}
