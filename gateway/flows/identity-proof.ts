// Flow: a person proves on a proven machine who they are, by a signature of their identity certificate.
// 1. the machine of this connection; the proof names it, this connection, and the device's last report
// 2. nonce, for this purpose and this key
// 3. chain of the person: profile, path, dates, usage, policy, identifier, revocation
// 4. signature by the person's key over what the gateway itself knows, never over what the proof says
// 5. commit: nonce used, person known for a working day; whatever failed after step 2 uses the nonce up too

import type { IdentityAccepted, IdentityProof } from '../contract/challenge.ts';
import { identityProofBytes } from '../contract/proof.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { AgentRequest, PersonProof } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';
import { burnt, presentedNonce } from './challenge.ts';
import { type ConnectionDevice, connectionDevice } from './connection-device.ts';
import { readProof } from './proof-reading.ts';

const personAtMostMs = 10 * 3600_000;

export function identityProof(ports: AgentPorts) {
  return async (request: AgentRequest<IdentityProof>): Promise<IdentityAccepted | Refused> => {
    const { tenant, traceId, body } = request;
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    if (isRefused(device)) return device;
    const reportDigest = (await ports.store.attestation(tenant, device.key))?.reportDigest ?? '';
    const misfit = surroundingsMisfit(request, device, reportDigest);
    if (misfit) return misfit;
    const nonce = await presentedNonce(ports, request, 'identity-proof', body.nonce, now);
    if (isRefused(nonce)) return nonce;
    const person = prove(ports, request, device, reportDigest, now);
    if (isRefused(person)) return burnt(ports, request, nonce, person, now, device.key);
    const committed = await ports.store.commit({ tenant, at: now, consumeNonce: nonce.value, person });
    if (!committed.committed) return refused(committed.conflict);
    ports.log.info('person proven', { trace: traceId, tenant, device: device.key, person: person.pseudonym });
    ports.reportChanged?.(tenant, device.key);
    return { pseudonym: person.pseudonym, profile: person.profile, validUntil: person.expiresAt, traceId };
  };
}

/** 1. */
function surroundingsMisfit(
  { connection, body }: AgentRequest<IdentityProof>,
  device: ConnectionDevice,
  reportDigest: string,
): Refused | undefined {
  if (body.machineKey !== device.key) return refused('report-device-mismatch', 'the proof names another machine');
  if (body.exporter !== connection.exporter) return refused('channel-binding-wrong');
  if (body.reportDigest !== reportDigest)
    return refused('report-stale', 'the proof names another report than the last');
  return undefined;
}

/** 3 and 4. */
function prove(
  ports: AgentPorts,
  { tenant, connection, body }: AgentRequest<IdentityProof>,
  device: ConnectionDevice,
  reportDigest: string,
  now: number,
): PersonProof | Refused {
  const proof = readProof(body.chain, body.algorithm, body.signature);
  if (isRefused(proof)) return proof;
  const identity = ports.identify(proof.chain, tenant, now);
  if (isRefused(identity)) return identity;
  const { profile, kind, pseudonym, name, assurance, notAfter } = identity;
  if (kind !== 'identity-certificate') return refused('certificate-purpose-wrong', 'not an identity certificate');
  if (pseudonym === undefined) return refused('identifier-missing');
  const data = identityProofBytes({
    audience: ports.audience,
    nonce: body.nonce,
    machineKey: device.key,
    reportDigest,
    exporter: connection.exporter,
  });
  if (!ports.verifySignature(proof.algorithm, proof.leaf.key.spki, data, proof.signature)) {
    return refused('proof-signature-wrong');
  }
  return {
    tenant,
    device: device.key,
    profile,
    pseudonym,
    name,
    assurance,
    certificateNotAfter: notAfter,
    provenAt: now,
    expiresAt: Math.min(now + personAtMostMs, notAfter),
  };
}
