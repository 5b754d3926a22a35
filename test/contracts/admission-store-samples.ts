// Plausible entries for store tests, each with the fields that a test is about given by the test.

import type { DecisionDraft } from '../../gateway/audit/record.ts';
import type { Decision } from '../../gateway/contract/decision.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import type { DeviceKey, Nonce, PersonProof, Ticket } from '../../gateway/ports.ts';
import type { AttestationResult } from '../../gateway/verifier/facts.ts';

/** 2026-03-02 08:00 UTC. */
export const now = 1_772_438_400_000;
export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;
export const deviceHash = 'd1'.repeat(32);

export function decision(fields: Partial<Decision> = {}): Decision {
  return {
    outcome: 'grant',
    policy: 'office-laptops',
    segment: 'office',
    reasons: [],
    results: [],
    validUntil: now + 60 * minuteMs,
    validUntilBecause: 'report.age',
    decidedAt: now,
    policyHash: 'aa'.repeat(32),
    factsHash: 'bb'.repeat(32),
    ...fields,
  };
}

export function draft(id: string, fields: Partial<DecisionDraft> = {}): DecisionDraft {
  return {
    tenant: 'town',
    id,
    caseCode: 'BCDFHJ',
    kind: 'admission',
    at: now,
    outcome: 'grant',
    reasons: [],
    failures: [],
    factsHash: 'bb'.repeat(32),
    policyHash: 'aa'.repeat(32),
    traceId: 'trace-1',
    ...fields,
  };
}

export function nonce(value: string, fields: Partial<Nonce> = {}): Nonce {
  const key = 'cc'.repeat(32);
  return { tenant: 'town', value, purpose: 'report', key, issuedAt: now, expiresAt: now + minuteMs, ...fields };
}

export function ticket(handle: string, fields: Partial<Ticket> = {}): Ticket {
  return {
    tenant: 'town',
    handle,
    device: deviceHash,
    deviceName: 'LT-0042',
    deviceCertificateNotAfter: now + 100 * dayMs,
    binding: 'ticket',
    traceId: 'trace-1',
    issuedAt: now,
    expiresAt: now + 5 * minuteMs,
    ...fields,
  };
}

export function redeemed(sessionId: string): NonNullable<Ticket['redeemed']> {
  return { at: now, nasGroup: 'vpn', caller: '192.0.2.7', sessionId };
}

export function attestation(sequence: number, fields: Partial<AttestationResult> = {}): AttestationResult {
  return {
    tenant: 'town',
    device: deviceHash,
    deviceName: 'LT-0042',
    reportId: `report-${sequence}`,
    sequence,
    receivedAt: now,
    reportDigest: 'ff'.repeat(32),
    facts: { 'disk.encrypted': { value: true, source: 'report: bitlocker', observedAt: now } },
    ...fields,
  };
}

export function person(fields: Partial<PersonProof> = {}): PersonProof {
  return {
    tenant: 'town',
    device: deviceHash,
    profile: 'beid',
    pseudonym: 'p-7f3a',
    name: 'An Peeters',
    assurance: 'high',
    certificateNotAfter: now + 100 * dayMs,
    provenAt: now,
    expiresAt: now + 10 * minuteMs,
    ...fields,
  };
}

export function deviceKey(key: string, fields: Partial<DeviceKey> = {}): DeviceKey {
  return {
    tenant: 'town',
    key,
    device: deviceHash,
    deviceName: 'LT-0042',
    certificateNotAfter: now + 100 * dayMs,
    profile: 'machines',
    expiresAt: now + 60 * minuteMs,
    ...fields,
  };
}

export function session(id: string, fields: Partial<Session> = {}): Session {
  return {
    tenant: 'town',
    id,
    state: 'decided',
    way: 'ticket',
    nas: 'vpn-1',
    nasGroup: 'vpn',
    userName: 'an',
    callingStationId: '192.0.2.7',
    binding: 'ticket',
    decision: decision(),
    decisionId: `decision-${id}`,
    caseCode: 'BCDFHJ',
    traceId: 'trace-1',
    decidedAt: now,
    inputOctets: 0,
    outputOctets: 0,
    version: 1,
    ...fields,
  };
}
