// Flow: a person who has just proven themselves with their identity certificate gives themselves a second factor.
// 1. the person proven on this machine a few minutes ago
// 2. in place of the one before, and recorded as the person's own act

import type { NewSecondFactor, SecondFactorRequest } from '../contract/challenge.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { AgentRequest, PersonProof } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';
import { justProven } from './just-proven.ts';
import { actRecord } from './operator-act.ts';
import { newSecondFactor } from './second-factor.ts';

const accountCharacters = 64;

export function secondFactorRenewal(ports: AgentPorts) {
  return async (request: AgentRequest<SecondFactorRequest>): Promise<NewSecondFactor | Refused> => {
    const now = ports.clock.now();
    const proof = await justProven(ports, request, now);
    if (isRefused(proof)) return proof;
    return renew(ports, request, proof, now);
  };
}

/** 2. */
async function renew(
  ports: AgentPorts,
  { tenant, traceId }: AgentRequest<SecondFactorRequest>,
  { device, pseudonym, formerPseudonyms = [], name }: PersonProof,
  now: number,
): Promise<NewSecondFactor | Refused> {
  const { keep, told } = await newSecondFactor(ports, {
    tenant,
    pseudonyms: [pseudonym, ...formerPseudonyms],
    // Some profiles keep no name.
    account: Array.from(name === '' ? pseudonym : name)
      .slice(0, accountCharacters)
      .join(''),
    now,
  });
  const who = { name: pseudonym, rights: [] };
  const asked = { tenant, traceId, operator: who, reason: 'self-service with identity certificate' };
  const decision = actRecord(ports, asked, now, 'give oneself a second factor', { device, person: pseudonym });
  const written = await ports.store.commit({ tenant, at: now, keep, decision });
  if (!written.committed) return refused('version-conflict', 'it was used or replaced in this moment');
  ports.log.info('second factor renewed', {
    trace: traceId,
    tenant,
    device,
    person: pseudonym,
    case: decision.caseCode,
  });
  return { ...told, traceId };
}
