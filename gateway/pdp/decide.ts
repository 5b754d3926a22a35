// The Policy Decision Point: one question in, one explained decision out. Pure; the policy language does the judging,
// this file only says which facts the gateway itself vouches for.

import { hash } from 'node:crypto';
import type { Decision } from '../contract/decision.ts';
import type { DirectoryRule } from '../policy/degraded.ts';
import type { Evaluation, Subject } from '../policy/evaluation.ts';
import type { WatchedPast } from '../policy/watched-past.ts';
import type { Fact, Facts, FactValue } from '../verifier/facts.ts';
import { tellsSegment } from './authorization.ts';
import { earlier, noDirectoryRule, type Standing, standing, withoutGroups } from './directory.ts';
import { type DeviceEntry, deviceEntry, groupsOf, isSelfEnrolled, type Register } from './register.ts';
import type { AdmissionRequest, ProvenPerson } from './request.ts';

/** The running policy: its content hash, and the evaluation of one subject on its facts. */
export interface RunningPolicy {
  readonly hash: string;
  readonly evaluate: (subject: Subject, facts: Facts, now: number) => Evaluation;
  /** It gives grace, which is reckoned from the first failure. */
  readonly givesGrace?: true;
  /** What it looks at of a person's earlier days; absent: nothing. */
  readonly past?: WatchedPast;
  /** What follows while the directory is silent. */
  readonly directory?: DirectoryRule;
}

/** Where people and machines go that are not granted. */
const segmentOf = { update: 'update', quarantine: 'quarantine', deny: undefined } as const;

/** Decides. `now` in milliseconds since 1970 UTC. Never throws for anything a peer sent. */
export function decide(request: AdmissionRequest, policy: RunningPolicy, register: Register, now: number): Decision {
  const entry = request.device && deviceEntry(register, request.device.key, request.device.name);
  const rule = policy.directory ?? noDirectoryRule;
  const person = request.directory && standing(request.directory, rule, now);
  const facts = { ...request.attestation?.facts, ...gatewayFacts(request, register, entry, person, now) };
  const judged = policy.evaluate(subjectOf(request, entry, register, person), facts, now);
  const heeded = heedDirectory(judged, person, rule, entry?.state === 'active', now);
  const evaluation = heedConcentrator(heeded, request);
  const segment = evaluation.outcome === 'grant' ? evaluation.segment : segmentOf[evaluation.outcome];
  return {
    outcome: evaluation.outcome,
    ...(evaluation.policy === undefined ? {} : { policy: evaluation.policy }),
    ...(segment === undefined ? {} : { segment }),
    reasons: evaluation.reasons,
    results: evaluation.results,
    passed: evaluation.passed ?? [],
    ...(evaluation.smallestChange === undefined ? {} : { smallestChange: evaluation.smallestChange }),
    validUntil: evaluation.validUntil,
    validUntilBecause: evaluation.validUntilBecause,
    ...(evaluation.failing === undefined ? {} : { failing: evaluation.failing }),
    ...(evaluation.breakGlass === undefined ? {} : { breakGlass: evaluation.breakGlass }),
    decidedAt: now,
    policyHash: policy.hash,
    factsHash: factsHash(facts),
  };
}

/** Where nothing tells the concentrator of a segment, its session would have the whole network. */
function heedConcentrator(judged: Evaluation, { nas }: AdmissionRequest): Evaluation {
  if (nas === undefined || judged.outcome === 'grant') return judged;
  const segment = segmentOf[judged.outcome];
  if (segment === undefined || tellsSegment(nas, segment)) return judged;
  return { ...judged, outcome: 'deny', reasons: ['segment-untold', ...judged.reasons] };
}

/** A policy knows groups or none; what follows from not knowing them is said here. */
function heedDirectory(
  judged: Evaluation,
  person: Standing | undefined,
  rule: DirectoryRule,
  deviceInService: boolean,
  now: number,
): Evaluation {
  if (person === undefined || person.groups === 'nobody') return judged;
  if (person.groups === 'unknown') return withoutGroups(judged, rule, deviceInService, now);
  return { ...judged, ...earlier(judged, 'until' in person ? person.until : undefined) };
}

function subjectOf(
  request: AdmissionRequest,
  entry: DeviceEntry | undefined,
  register: Register,
  person: Standing | undefined,
): Subject {
  return {
    groups: groupsFor(request, register, person),
    deviceClass: entry?.class ?? (request.device ? 'unregistered' : 'none'),
    ...(request.nas ? { concentrator: request.nas.group } : {}),
    ...(request.origin?.country === undefined ? {} : { country: request.origin.country }),
    ...(request.device ? { device: [request.device.name, request.device.key] } : {}),
    ...(request.person ? { person: [request.person.pseudonym, ...(request.person.formerPseudonyms ?? [])] } : {}),
    ...(request.failingSince === undefined ? {} : { failingSince: request.failingSince }),
  };
}

function groupsFor({ person }: AdmissionRequest, register: Register, known: Standing | undefined): readonly string[] {
  if (known !== undefined) return typeof known.groups === 'string' ? [] : known.groups;
  if (person === undefined) return [];
  return groupsOf(register, [person.pseudonym, ...(person.formerPseudonyms ?? [])], person.profile);
}

/** What the gateway knows by itself; it always overrides what a report says under the same name. */
function gatewayFacts(
  request: AdmissionRequest,
  register: Register,
  entry: DeviceEntry | undefined,
  standingNow: Standing | undefined,
  now: number,
): Facts {
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
  if (standingNow !== undefined) facts['person.account'] = standingNow.fact;
  const fraction = standingNow !== undefined && 'employment' in standingNow ? standingNow.employment : undefined;
  say('person.employment', fraction, standingNow?.fact.source ?? 'no directory configured');
  sayTelework(facts, request, now);
  say('person.second-factor', person && hasSecondFactor(person), `way in: ${request.way}`);
  say('person.password', person && passwordWord(person), `way in: ${request.way}`);
  return facts;
}

/** Nobody asks for it where it is not there. */
function sayTelework(facts: Record<string, Fact>, { telework }: AdmissionRequest, now: number): void {
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

/** SHA-256 (hex) over the facts in name order: the same facts give the same hash on every gateway. */
export function factsHash(facts: Facts): string {
  const ordered = Object.keys(facts)
    .sort()
    .map(name => [name, facts[name]]);
  return hash('sha256', JSON.stringify(ordered), 'hex');
}
