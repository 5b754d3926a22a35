// Flow: a person who has just proven themselves with their identity certificate gives themselves a second factor.
// 1. the machine of this connection, and none other, is named in the request; it was made for this very connection
// 2. the person proven on this machine a few minutes ago: a laptop that was left open is not enough
// 3. in place of the one before, and recorded as the person's own act

import type { NewSecondFactor, SecondFactorRequest } from '../contract/challenge.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { AgentRequest, PersonProof } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';
import { connectionDevice } from './connection-device.ts';
import { actRecord } from './operator-act.ts';
import { newSecondFactor } from './second-factor.ts';

const provenWithinMs = 10 * 60_000;
const accountCharacters = 64;

export function secondFactorRenewal(ports: AgentPorts) {
  return async (request: AgentRequest<SecondFactorRequest>): Promise<NewSecondFactor | Refused> => {
    const { tenant, connection, body } = request;
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    if (isRefused(device)) return device;
    if (body.machineKey !== device.key) return refused('report-device-mismatch', 'another machine is named');
    if (body.exporter !== connection.exporter) return refused('channel-binding-wrong');
    const proof = await ports.store.personProof(tenant, device.key, now);
    if (proof === undefined || now - proof.provenAt > provenWithinMs) return refused('identity-proof-missing');
    return renew(ports, request, proof, now);
  };
}

/** 3. */
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
