// What an agent signs, made by node:crypto: reports, identity proofs, session keys. Every field can be made to lie.

import { sign } from 'node:crypto';
import type { IdentityProof, SessionKey } from '../../gateway/contract/challenge.ts';
import {
  identityProofBytes,
  reportSigningInput,
  sessionKeyBytes,
  type SignedReport,
} from '../../gateway/contract/proof.ts';
import type { Report, ReportCheck } from '../../gateway/contract/report.ts';
import type { Holder } from './agent-pki.ts';

/** The gateway that proofs are made out to. */
export const audience = 'gateway.town.example';

export function signed(holder: Holder, data: Uint8Array, hash = 'sha256'): string {
  return sign(hash, data, { key: holder.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

export interface ReportFields {
  readonly nonce: string;
  readonly exporter: string;
  readonly sequence?: number;
  readonly checks?: readonly ReportCheck[];
  /** Only lies need these. */
  readonly deviceId?: string;
  readonly payloadNonce?: string;
  readonly kid?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload?: string;
}

export function diskCheck(at: number, encrypted: boolean | null): ReportCheck {
  return {
    type: 'disk-encryption',
    instance: '/',
    state: 'ok',
    collectedAt: new Date(at).toISOString(),
    facts: { mount: '/', isSystem: true, removable: false, provider: 'luks', encrypted, protectionOn: encrypted },
  };
}

/** A report of the holder's device, signed by the holder. */
export function signedReport(holder: Holder, at: number, fields: ReportFields): SignedReport {
  const report: Report = {
    schema: 'posture-report/1',
    reportId: '01890a5d-ac96-774b-bcce-b302099a8057',
    sequence: fields.sequence ?? 1,
    reason: 'preconnect',
    generatedAt: new Date(at).toISOString(),
    nonce: fields.payloadNonce ?? fields.nonce,
    agent: { name: 'sluis-agent', version: '0.1.0', platform: 'linux', arch: 'x64', elevated: true },
    device: { deviceId: fields.deviceId ?? holder.key, hostname: 'lt-0001' },
    os: { family: 'debian', version: '12.5' },
    checks: [...(fields.checks ?? [diskCheck(at, true)])],
  };
  const header = {
    typ: 'posture-report+jws',
    alg: 'ES256',
    kid: fields.kid ?? holder.key,
    nonce: fields.nonce,
    exporter: fields.exporter,
    ...fields.header,
  };
  const protectedHeader = base64url(JSON.stringify(header));
  const payload = base64url(fields.payload ?? JSON.stringify(report));
  return {
    protected: protectedHeader,
    payload,
    signature: signed(holder, reportSigningInput(protectedHeader, payload)),
  };
}

export function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

export interface ProofFields {
  readonly nonce: string;
  readonly exporter: string;
  readonly machineKey: string;
  readonly reportDigest?: string;
  readonly audience?: string;
}

/** What the person's card signs; P-384. */
export function signedProof(person: Holder, fields: ProofFields): IdentityProof {
  const { nonce, exporter, machineKey, reportDigest = '' } = fields;
  const data = identityProofBytes({ audience: fields.audience ?? audience, nonce, machineKey, reportDigest, exporter });
  return {
    format: 'sluis-identity-proof/1',
    nonce,
    chain: person.chain.map(certificate => Buffer.from(certificate).toString('base64url')),
    machineKey,
    reportDigest,
    exporter,
    algorithm: 'ES384',
    signature: signed(person, data, 'sha384'),
  };
}

/** What the machine key signs for a session key. */
export function signedSessionKey(
  machine: Holder,
  fields: {
    readonly nonce: string;
    readonly sessionKey: string;
    readonly notAfter: number;
    readonly audience?: string;
  },
): SessionKey {
  const { nonce, sessionKey, notAfter } = fields;
  const data = sessionKeyBytes({ audience: fields.audience ?? audience, nonce, sessionKey, notAfter });
  return {
    nonce,
    machineChain: machine.chain.map(certificate => Buffer.from(certificate).toString('base64url')),
    sessionKey,
    notAfter,
    algorithm: 'ES256',
    signature: signed(machine, data),
  };
}
