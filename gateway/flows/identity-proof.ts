// Flow: a person proves on a proven machine who they are, by a signature of their identity certificate.
// 1. the machine of this connection; the proof names it, this connection, and the device's last report
// 2. nonce, for this purpose and this key
// 3. chain of the person: profile, path, dates, usage, policy, identifier, revocation
// 4. signature by the person's key over what the gateway itself knows, never over what the proof says
//    (a Web eID token names no machine, connection or report: only its nonce ties it to the key that asked for it)
// 5. commit: nonce used, person known for a working day; whatever failed after step 2 uses the nonce up too

import type { AnyIdentityProof, IdentityAccepted, WebEidProof } from '../contract/challenge.ts';
import { identityProofBytes, type SignatureAlgorithm, webEidBytes } from '../contract/proof.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { knownRevocation } from '../identity/verified-identity.ts';
import type { AgentRequest, PersonProof } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';
import { base64urlBytes } from './base64url.ts';
import { burnt, presentedNonce } from './challenge.ts';
import { type ConnectionDevice, connectionDevice } from './connection-device.ts';
import { readProof, readWebEidProof } from './proof-reading.ts';

const personAtMostMs = 10 * 3600_000;

export function identityProof(ports: AgentPorts) {
  return async (request: AgentRequest<AnyIdentityProof>): Promise<IdentityAccepted | Refused> => {
    const { tenant, traceId, body } = request;
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    if (isRefused(device)) return device;
    const reportDigest = (await ports.store.attestation(tenant, device.key))?.reportDigest ?? '';
    const misfit = surroundingsMisfit(request, device, reportDigest);
    if (misfit) return misfit;
    const nonce = await presentedNonce(ports, request, 'identity-proof', body.nonce, now);
    if (isRefused(nonce)) return nonce;
    const person = await prove(ports, request, device, reportDigest, now);
    if (isRefused(person)) return burnt(ports, request, nonce, person, now, device.key);
    const committed = await ports.store.commit({ tenant, at: now, consumeNonce: nonce.value, person });
    if (!committed.committed) return refused(committed.conflict);
    ports.log.info('person proven', { trace: traceId, tenant, device: device.key, person: person.pseudonym });
    // The login that follows finds the answer of the directory in memory.
    void ports.people?.person(tenant, person.pseudonym, 0, person.formerPseudonyms);
    ports.reportChanged?.(tenant, device.key, 'person-changed');
    return { pseudonym: person.pseudonym, profile: person.profile, validUntil: person.expiresAt, traceId };
  };
}

/** 1. */
function surroundingsMisfit(
  { connection, body }: AgentRequest<AnyIdentityProof>,
  device: ConnectionDevice,
  reportDigest: string,
): Refused | undefined {
  if (isWebEid(body)) return undefined;
  if (body.machineKey !== device.key) return refused('report-device-mismatch', 'the proof names another machine');
  if (body.exporter !== connection.exporter) return refused('channel-binding-wrong');
  if (body.reportDigest !== reportDigest)
    return refused('report-stale', 'the proof names another report than the last');
  return undefined;
}

/** 3 and 4. */
async function prove(
  ports: AgentPorts,
  request: AgentRequest<AnyIdentityProof>,
  device: ConnectionDevice,
  reportDigest: string,
  now: number,
): Promise<PersonProof | Refused> {
  const { tenant, body } = request;
  const webEid = isWebEid(body);
  const proof = webEid ? readWebEidProof(body) : readProof(body.chain, body.algorithm, body.signature);
  if (isRefused(proof)) return proof;
  // What is no answer is as if none had come: the proof itself may hold without it.
  const brought = webEid || body.ocsp === undefined ? undefined : base64urlBytes(body.ocsp);
  await ports.freshenRevocation?.(proof.chain, tenant, now, brought);
  const identity = ports.identify(proof.chain, tenant, now);
  if (isRefused(identity)) return identity;
  const { profile, kind, pseudonym, formerPseudonyms, name, assurance, notAfter } = identity;
  if (kind !== 'identity-certificate') return refused('certificate-purpose-wrong', 'not an identity certificate');
  if (pseudonym === undefined) return refused('identifier-missing');
  const data = signedBytes(ports, request, proof.algorithm, device, reportDigest);
  if (isRefused(data)) return data;
  if (!ports.verifySignature(proof.algorithm, proof.leaf.key.spki, data, proof.signature)) {
    return refused('proof-signature-wrong');
  }
  return {
    tenant,
    device: device.key,
    profile,
    pseudonym,
    ...(formerPseudonyms === undefined ? {} : { formerPseudonyms }),
    name,
    // A token that names no machine could have been made on another one.
    assurance: webEid && assurance === 'high' ? 'substantial' : assurance,
    certificateNotAfter: notAfter,
    revocation: knownRevocation(identity),
    provenAt: now,
    expiresAt: Math.min(now + personAtMostMs, notAfter),
  };
}

/** 4. What the person's key must have signed. */
function signedBytes(
  { audience, webEidOrigin }: AgentPorts,
  { connection: { exporter }, body }: AgentRequest<AnyIdentityProof>,
  algorithm: SignatureAlgorithm,
  device: ConnectionDevice,
  reportDigest: string,
): Uint8Array | Refused {
  const { nonce } = body;
  if (!isWebEid(body)) return identityProofBytes({ audience, nonce, machineKey: device.key, reportDigest, exporter });
  if (webEidOrigin === undefined) return refused('proof-malformed', 'Web eID is not served here');
  return webEidBytes({ algorithm, origin: webEidOrigin, nonce });
}

function isWebEid(body: AnyIdentityProof): body is WebEidProof {
  return 'unverifiedCertificate' in body;
}
