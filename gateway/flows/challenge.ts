// Flow: a nonce for the agent, and its way back.
// 1. only a session key that still has to be certified may ask without a proven machine
// 2. issue: 32 random bytes for one purpose and one connection key, two minutes, once
// 3. presented: what a later request brings back must be such a nonce
// 4. burnt: a request that fails after its nonce was accepted still uses it up

import type { Challenge, ChallengePurpose, ChallengeRequest } from '../contract/challenge.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { AgentRequest, Nonce } from '../ports.ts';
import { refusalDraft } from './agent-decision.ts';
import type { AgentPorts } from './agent-ports.ts';
import { connectionDevice } from './connection-device.ts';

const nonceBytes = 32;
const nonceLifeMs = 120_000;
const noncePattern = /^[A-Za-z0-9_-]{43}$/;

export function challenge(ports: AgentPorts) {
  return async (request: AgentRequest<ChallengeRequest>): Promise<Challenge | Refused> => {
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    const stranger = isRefused(device);
    if (stranger && !mayCertify(request)) return device;
    return issue(ports, request, stranger, now);
  };
}

/** 1. */
function mayCertify(request: AgentRequest<ChallengeRequest>): boolean {
  return request.connection.selfSigned && request.body.purpose === 'session-key';
}

/** 2. */
async function issue(
  ports: AgentPorts,
  { tenant, connection, body }: AgentRequest<ChallengeRequest>,
  stranger: boolean,
  now: number,
): Promise<Challenge> {
  const nonce: Nonce = {
    tenant,
    value: Buffer.from(ports.random.bytes(nonceBytes)).toString('base64url'),
    purpose: body.purpose,
    key: connection.key,
    issuedAt: now,
    expiresAt: now + nonceLifeMs,
  };
  await ports.store.putNonce(nonce);
  const applications = ports.applications();
  return {
    purpose: nonce.purpose,
    nonce: nonce.value,
    audience: ports.audience,
    expiresAt: nonce.expiresAt,
    serverTime: now,
    // What the policy looks at is for the institution's machines, not for whoever makes a key.
    collect: stranger ? [] : [...ports.collect()],
    ...(stranger || applications.length === 0 ? {} : { applications: [...applications] }),
    policyHash: ports.policyHash(),
  };
}

/** 3. A nonce for something or someone else is as unknown as one never issued. */
export async function presentedNonce(
  ports: AgentPorts,
  { tenant, connection }: AgentRequest<unknown>,
  purpose: ChallengePurpose,
  value: string,
  now: number,
): Promise<Nonce | Refused> {
  if (!noncePattern.test(value)) return refused('nonce-unknown', 'not of our making');
  const nonce = await ports.store.nonce(tenant, value);
  if (nonce === undefined) return refused('nonce-unknown');
  if (nonce.key !== connection.key) return refused('nonce-unknown', 'issued to another key');
  if (nonce.purpose !== purpose) return refused('nonce-unknown', `issued for ${nonce.purpose}`);
  if (nonce.expiresAt <= now) return refused('nonce-expired');
  return nonce;
}

/**
 * 4. Answers with the refusal; the nonce is gone, unless it was used meanwhile. A refusal of a known machine goes on
 * record for the security office; strangers cannot fill the archive.
 */
export async function burnt(
  ports: AgentPorts,
  { tenant, traceId }: AgentRequest<unknown>,
  nonce: Nonce,
  why: Refused,
  now: number,
  device?: string,
): Promise<Refused> {
  const recorded = device === undefined ? {} : { decision: refusalDraft(ports, { tenant, traceId, why, device }, now) };
  await ports.store.commit({ tenant, at: now, consumeNonce: nonce.value, ...recorded });
  return why;
}
