// Evidence (RFC 9334): the report, and its signature by the machine key as a flattened JWS (RFC 7515 section 7.2.2) whose
// header names the nonce and the TLS connection, so that it is worth nothing anywhere else.

import { createHash, randomUUID } from 'node:crypto';
import type { Challenge } from '../gateway/contract/challenge.ts';
import { type ReportHeader, reportSigningInput, type SignedReport } from '../gateway/contract/proof.ts';
import type { Report, ReportAction, ReportReason } from '../gateway/contract/report.ts';
import type { Collected } from './collect.ts';
import type { Laptop } from './laptop.ts';
import type { Signer } from './signer.ts';

export const agentVersion = '0.1.0';

export interface ReportParts {
  readonly laptop: Laptop;
  readonly collected: Collected;
  readonly challenge: Challenge;
  readonly clockOffsetMs: number;
  readonly sequence: number;
  readonly reason: ReportReason;
  /** SHA-256 of the machine key. */
  readonly machineKey: string;
  readonly startedAt: number;
  readonly actions: readonly ReportAction[];
}

export function buildReport(parts: ReportParts): Report {
  const { laptop, collected, challenge } = parts;
  return {
    schema: 'posture-report/1',
    reportId: randomUUID(),
    sequence: parts.sequence,
    reason: parts.reason,
    generatedAt: new Date(laptop.now()).toISOString(),
    nonce: challenge.nonce,
    policyVersion: challenge.policyHash.slice(0, 64),
    clockOffsetMs: Math.round(parts.clockOffsetMs),
    agent: {
      name: 'sluis-agent',
      version: agentVersion,
      platform: laptop.platform,
      arch: laptop.arch,
      elevated: laptop.elevated,
      startedAt: new Date(parts.startedAt).toISOString(),
    },
    device: { deviceId: parts.machineKey, hostname: laptop.hostname.slice(0, 255) },
    os: collected.os,
    checks: collected.checks.slice(0, 128),
    ...(parts.actions.length === 0 ? {} : { remediation: [...parts.actions].slice(0, 64) }),
  };
}

export interface Evidence {
  readonly signed: SignedReport;
  /** SHA-256 (hex) of the payload's octets; the identity proof names it. */
  readonly digest: string;
}

export async function signReport(report: Report, signer: Signer, exporter: string): Promise<Evidence> {
  const header: ReportHeader = {
    typ: 'posture-report+jws',
    alg: signer.algorithm,
    kid: signer.keyHash,
    nonce: report.nonce,
    exporter,
  };
  const octets = Buffer.from(JSON.stringify(report), 'utf8');
  const protectedHeader = Buffer.from(JSON.stringify(header), 'utf8').toString('base64url');
  const payload = octets.toString('base64url');
  const signature = await signer.sign(reportSigningInput(protectedHeader, payload));
  return {
    signed: { protected: protectedHeader, payload, signature: Buffer.from(signature).toString('base64url') },
    digest: createHash('sha256').update(octets).digest('hex'),
  };
}
