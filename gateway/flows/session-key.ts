// Flow: a machine key that cannot do TLS certifies the key of this connection, for at most eight hours.
// 1. the named session key is the one of this connection, made for it alone
// 2. its life is within bounds
// 3. nonce, for this purpose and this key
// 4. chain of the machine
// 5. signature by the machine key over audience, nonce, session key and end
// 6. commit: nonce used, session key known; whatever failed after step 3 uses the nonce up too

import type { SessionKey } from '../contract/challenge.ts';
import { sessionKeyBytes } from '../contract/proof.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { VerifiedIdentity } from '../identity/verified-identity.ts';
import type { AgentRequest, DeviceKey } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';
import { burnt, presentedNonce } from './challenge.ts';
import { readProof } from './proof-reading.ts';

const sessionKeyAtMostMs = 8 * 3600_000;

/** A session key that the gateway now knows. */
export interface SessionKeyAccepted {
  /** SHA-256 (hex) of the machine key. */
  readonly device: string;
  readonly validUntil: number;
  readonly traceId: string;
}

export function sessionKey(ports: AgentPorts) {
  return async (request: AgentRequest<SessionKey>): Promise<SessionKeyAccepted | Refused> => {
    const { tenant, traceId, body } = request;
    const now = ports.clock.now();
    const misfit = connectionMisfit(request) ?? lifeMisfit(body, now);
    if (misfit) return misfit;
    const nonce = await presentedNonce(ports, request, 'session-key', body.nonce, now);
    if (isRefused(nonce)) return nonce;
    const certified = await certify(ports, request, now);
    if (isRefused(certified)) return burnt(ports, request, nonce, certified, now);
    const committed = await ports.store.commit({ tenant, at: now, consumeNonce: nonce.value, deviceKey: certified });
    if (!committed.committed) return refused(committed.conflict);
    ports.log.info('session key certified', { trace: traceId, tenant, device: certified.device, key: certified.key });
    return { device: certified.device, validUntil: certified.expiresAt, traceId };
  };
}

/** 1. */
function connectionMisfit({ connection, body }: AgentRequest<SessionKey>): Refused | undefined {
  if (!connection.selfSigned) return refused('session-key-unproven', 'the connection has a certificate of its own');
  if (body.sessionKey !== connection.key) return refused('session-key-unproven', 'not the key of this connection');
  return undefined;
}

/** 2. */
function lifeMisfit({ notAfter }: SessionKey, now: number): Refused | undefined {
  if (!Number.isSafeInteger(notAfter)) return refused('proof-malformed', 'notAfter is no whole number');
  if (notAfter <= now) return refused('session-key-expired');
  if (notAfter > now + sessionKeyAtMostMs) return refused('session-key-unproven', 'longer than eight hours');
  return undefined;
}

/** 4 and 5. */
async function certify(
  ports: AgentPorts,
  { tenant, connection, body }: AgentRequest<SessionKey>,
  now: number,
): Promise<DeviceKey | Refused> {
  const proof = readProof(body.machineChain, body.algorithm, body.signature);
  if (isRefused(proof)) return proof;
  const { chain, leaf, algorithm, signature } = proof;
  await ports.freshenRevocation?.(chain, tenant, now);
  const machine = ports.identify(chain, tenant, now);
  if (isRefused(machine)) return machine;
  if (machine.kind !== 'machine-certificate') return refused('certificate-purpose-wrong', 'not a machine certificate');
  if (machine.keyHash === connection.key) return refused('session-key-unproven', 'a machine key certifies itself');
  const { nonce, notAfter } = body;
  const data = sessionKeyBytes({ audience: ports.audience, nonce, sessionKey: connection.key, notAfter });
  if (!ports.verifySignature(algorithm, leaf.key.spki, data, signature)) return refused('proof-signature-wrong');
  ports.machineSeen?.(tenant, { key: machine.keyHash, name: machine.name, certificateNotAfter: machine.notAfter });
  return deviceKey(tenant, body, machine, leaf.key.spki);
}

/** 6. A session key never outlives the machine's certificate. */
function deviceKey(tenant: string, body: SessionKey, machine: VerifiedIdentity, spki: Uint8Array): DeviceKey {
  return {
    tenant,
    key: body.sessionKey,
    device: machine.keyHash,
    deviceName: machine.name,
    certificateNotAfter: machine.notAfter,
    profile: machine.profile,
    expiresAt: Math.min(body.notAfter, machine.notAfter),
    spki: Buffer.from(spki).toString('base64'),
  };
}
