// What a device would get if it connected now: one question to the PDP, its record, and the verdict that the agent reads.

import { caseCode, recordId } from '../audit/case-code.ts';
import type { DecisionDraft } from '../audit/record.ts';
import type { Decision } from '../contract/decision.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Refused } from '../contract/reason.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { AgentRequest } from '../ports.ts';
import type { AttestationResult } from '../verifier/facts.ts';
import type { AgentPorts } from './agent-ports.ts';
import type { ConnectionDevice } from './connection-device.ts';
import { told } from './decision-record.ts';
import { failingSince, failuresToKeep, type KeptFailures } from './failing-since.ts';
import { passedChecks } from '../policy/explain.ts';
import { originOf } from './device-place.ts';
import { isElsewhere, openSessions } from './live-elsewhere.ts';
import { knownOf } from './directory-question.ts';
import { personPast } from './person-past.ts';
import { provenPerson, withRevocationNow } from './proven-person.ts';

/** An agent can wait a little longer than a concentrator. */
const directoryWithinMs = 2_000;

export interface AgentDecision {
  readonly decision: Decision;
  readonly draft: DecisionDraft;
  /** To be written with a report. */
  readonly keep: readonly KeptFailures[];
}

export async function decideForAgent(
  ports: AgentPorts,
  { tenant, traceId, connection }: AgentRequest<unknown>,
  device: ConnectionDevice,
  attestation: AttestationResult | undefined,
  now: number,
): Promise<AgentDecision> {
  const { countries } = ports;
  const [proof, open, keptPlace, failures] = await Promise.all([
    ports.store.personProof(tenant, device.key, now),
    openSessions(ports.store, tenant, device.key, now),
    countries && ports.store.kept(tenant, 'device-place', device.key),
    ports.givesGrace() ? failingSince(ports.store, tenant, device.key) : undefined,
  ]);
  const known = { kept: keptPlace, elsewhere: open.slice(1) };
  // From inside the tunnel, what the NAS says of the session; else the address itself.
  const peer = open[0]?.callingStationId ?? connection.remoteAddress;
  const [directory, past] = await Promise.all([
    ports.people && knownOf(ports.people, tenant, proof, directoryWithinMs),
    personPast(ports.store, { tenant, past: ports.past(), person: proof, device }, now),
  ]);
  const { key, name, certificateNotAfter } = device;
  const question = {
    tenant,
    way: 'report' as const,
    // Of a session to come: the agent that asks will confirm it once it is open.
    binding: open[0]?.binding ?? 'confirmed',
    ...(open.some(each => isElsewhere(each, open[0])) ? { liveElsewhere: true } : {}),
    ...(countries ? { origin: originOf(countries, peer, known, now) } : {}),
    device: { key, name, certificateNotAfter },
    ...(proof === undefined ? {} : { person: withRevocationNow(tenant, provenPerson(proof), ports.revocationNow) }),
    ...(attestation === undefined ? {} : { attestation }),
    ...(failures === undefined ? {} : { failingSince: failures.since }),
    ...(directory === undefined ? {} : { directory }),
    ...past?.known,
  };
  const decision = ports.decide(question, now);
  const draft: DecisionDraft = {
    ...names(ports),
    tenant,
    kind: 'report',
    at: now,
    ...told(decision),
    traceId,
    device: key,
    ...(proof === undefined ? {} : { person: proof.pseudonym }),
  };
  return { decision, draft, keep: failures === undefined ? [] : failuresToKeep(device.key, decision, failures.kept) };
}

/** A request that was refused before any decision, for the security office. */
export function refusalDraft(
  ports: AgentPorts,
  { tenant, traceId, why, device }: RefusedRequest,
  now: number,
): DecisionDraft {
  return {
    ...names(ports),
    tenant,
    kind: 'refusal',
    at: now,
    outcome: 'deny',
    reasons: [why.refused],
    failures: [],
    // No facts were looked at.
    factsHash: '0'.repeat(64),
    policyHash: ports.policyHash(),
    traceId,
    device,
    ...(why.detail === undefined ? {} : { detail: why.detail }),
  };
}

interface RefusedRequest {
  readonly tenant: string;
  readonly traceId: string;
  readonly why: Refused;
  readonly device: string;
}

function names(ports: AgentPorts): { readonly id: string; readonly caseCode: string } {
  return { id: recordId(ports.random.bytes(12)), caseCode: caseCode(ports.random.bytes(6)) };
}

interface Recorded {
  readonly decision: Decision;
  readonly draft: Pick<DecisionDraft, 'id' | 'caseCode' | 'traceId'>;
}

/** When to report again, by outcome: soon while something is being repaired, seldom when all is well. */
const reportEveryS: Readonly<Record<Outcome, number>> = { grant: 3600, update: 60, quarantine: 120, deny: 600 };
const reportAtLeastEveryS = 30;

/** A decision, as it is told to an agent. */
export function verdictOf(
  ports: Pick<AgentPorts, 'texts' | 'random'>,
  { decision, draft }: Recorded,
  now: number,
): Verdict {
  return {
    decisionId: draft.id,
    caseCode: draft.caseCode,
    outcome: decision.outcome,
    ...(decision.policy === undefined ? {} : { policy: decision.policy }),
    ...(decision.segment === undefined ? {} : { segment: decision.segment }),
    reasons: decision.reasons.map(word => ({ word, text: ports.texts(word) })),
    results: decision.results.map(
      ({ check, result, outcome, fact, value, limit, source, ageMs, text, excuse, help }) => ({
        check,
        result,
        outcome,
        fact,
        value,
        limit,
        source,
        ...(ageMs === undefined ? {} : { ageMs }),
        text,
        ...(excuse === undefined ? {} : { excuse }),
        ...(help === undefined ? {} : { help }),
      }),
    ),
    passed: [...passedChecks(decision)],
    actions: actionsOf(decision),
    ...(decision.smallestChange === undefined ? {} : { smallestChange: [...decision.smallestChange] }),
    validUntil: decision.validUntil,
    validUntilBecause: decision.validUntilBecause,
    serverTime: now,
    nextReportInSeconds: nextReportS(ports, decision, now),
    policyHash: decision.policyHash,
    traceId: draft.traceId,
  };
}

/** The remedies of what did not pass, each once, in the order found. */
function actionsOf({ results }: Decision): string[] {
  return [...new Set(results.flatMap(({ result, help }) => (result === 'pass' || help === undefined ? [] : [help])))];
}

/** Well before the verdict lapses, and spread by a fifth, so that a fleet that was cut off together does not stay in step. */
function nextReportS(ports: Pick<AgentPorts, 'random'>, { outcome, validUntil }: Decision, now: number): number {
  const halfLeftS = (validUntil - now) / 2000;
  const dueS = Math.max(reportAtLeastEveryS, Math.min(reportEveryS[outcome], halfLeftS));
  const [chance = 0] = ports.random.bytes(1);
  return Math.round(dueS * (1 - chance / 255 / 5));
}
