// Flow: a signed posture report becomes an attestation result, a decision, and the verdict that the agent reads.
//  1. the machine of this connection
//  2. protected header: readable, and signed by that machine's key (RFC 7515)
//  3. signature over the bytes as they came, before anything in them is parsed
//  4. made for this very connection (RFC 9266)
//  5. nonce, for this purpose and this key
//  6. the report itself: size, depth, shape; it names the same device and the same nonce
//  7. appraise: report → facts
//  8. decide, with the person proven on this machine, if there is one
//  9. commit: nonce used, facts and decision kept, or nothing; whatever failed after step 5 uses the nonce up too

import { createHash } from 'node:crypto';
import { type ReportHeader, reportSigningInput, type SignedReport } from '../contract/proof.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { AgentRequest, Nonce } from '../ports.ts';
import { attest } from '../verifier/appraisal.ts';
import type { AttestationResult } from '../verifier/facts.ts';
import { readReport } from '../verifier/report.ts';
import { decideForAgent, verdictOf } from './agent-decision.ts';
import type { AgentPorts } from './agent-ports.ts';
import { base64urlBytes } from './base64url.ts';
import { burnt, presentedNonce } from './challenge.ts';
import { type ConnectionDevice, connectionDevice } from './connection-device.ts';
import { readReportHeader } from './report-header.ts';

/** What the machine key has signed. */
interface SignedPayload {
  readonly header: ReportHeader;
  readonly payload: Uint8Array;
}

export function postureReport(ports: AgentPorts) {
  return async (request: AgentRequest<SignedReport>): Promise<Verdict | Refused> => {
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    if (isRefused(device)) return device;
    const signed = authenticate(ports, request, device);
    if (isRefused(signed)) return signed;
    const nonce = await presentedNonce(ports, request, 'report', signed.header.nonce, now);
    if (isRefused(nonce)) return nonce;
    const attestation = appraise(ports, request, signed, device, now);
    if (isRefused(attestation)) return burnt(ports, request, nonce, attestation, now, device.key);
    return accept(ports, request, { device, nonce, attestation }, now);
  };
}

/** 2 to 4. */
function authenticate(
  ports: AgentPorts,
  { connection, body }: AgentRequest<SignedReport>,
  device: ConnectionDevice,
): SignedPayload | Refused {
  const header = readReportHeader(body.protected);
  if (isRefused(header)) return header;
  if (header.kid !== device.key) return refused('report-device-mismatch', 'signed by the key of another machine');
  const payload = base64urlBytes(body.payload);
  const signature = base64urlBytes(body.signature);
  if (payload === undefined || signature === undefined) return refused('report-malformed', 'not base64url');
  const input = reportSigningInput(body.protected, body.payload);
  if (!ports.verifySignature(header.alg, device.spki, input, signature)) return refused('report-signature-wrong');
  if (header.exporter !== connection.exporter) return refused('channel-binding-wrong');
  return { header, payload };
}

/** 6 and 7. */
function appraise(
  ports: AgentPorts,
  { tenant }: AgentRequest<SignedReport>,
  { header, payload }: SignedPayload,
  device: ConnectionDevice,
  now: number,
): AttestationResult | Refused {
  const report = readReport(payload);
  if (isRefused(report)) return report;
  if (report.device.deviceId !== device.key) return refused('report-device-mismatch', 'about another machine');
  if (report.nonce !== header.nonce) return refused('nonce-unknown', 'header and report differ');
  return attest({
    report,
    tenant,
    device: device.key,
    deviceName: device.name,
    receivedAt: now,
    reportDigest: createHash('sha256').update(payload).digest('hex'),
    supportCalendar: ports.supportCalendar(),
    ...(ports.antivirusProducts === undefined ? {} : { antivirusProducts: ports.antivirusProducts() }),
  });
}

interface Accepted {
  readonly device: ConnectionDevice;
  readonly nonce: Nonce;
  readonly attestation: AttestationResult;
}

/** 8 and 9. */
async function accept(
  ports: AgentPorts,
  request: AgentRequest<SignedReport>,
  { device, nonce, attestation }: Accepted,
  now: number,
): Promise<Verdict | Refused> {
  const { tenant, traceId } = request;
  const decided = await decideForAgent(ports, request, device, attestation, now);
  const { draft, keep } = decided;
  const committed = await ports.store.commit({
    tenant,
    at: now,
    consumeNonce: nonce.value,
    attestation,
    keep,
    decision: draft,
  });
  if (!committed.committed) {
    // Nothing was written, so the nonce of an old report still has to go.
    return burnt(ports, request, nonce, refused(committed.conflict), now, device.key);
  }
  const { outcome, reasons, caseCode } = draft;
  ports.meter.count('sluis_reports_total', { outcome, tenant });
  ports.log.info('report accepted', { trace: traceId, tenant, device: device.key, outcome, reasons, case: caseCode });
  ports.reportChanged?.(tenant, device.key, 'report-changed');
  return verdictOf(ports, decided, now);
}
