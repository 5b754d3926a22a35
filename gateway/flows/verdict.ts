// Flow: the agent asks where its device stands, without a new report.
// 1. the machine of this connection
// 2. its last attestation result, if any came
// 3. decide anew: time has passed, and policy, register or person may have changed
// 4. record, so that the case code opens this very answer; then answer

import { isRefused, type Refused } from '../contract/reason.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { AgentRequest } from '../ports.ts';
import { decideForAgent, verdictOf } from './agent-decision.ts';
import type { AgentPorts } from './agent-ports.ts';
import { connectionDevice } from './connection-device.ts';

export function verdict(ports: AgentPorts) {
  return async (request: AgentRequest<undefined>): Promise<Verdict | Refused> => {
    const { tenant } = request;
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    if (isRefused(device)) return device;
    const attestation = await ports.store.attestation(tenant, device.key);
    const decided = await decideForAgent(ports, request, device, attestation, now);
    await ports.store.commit({ tenant, at: now, decision: decided.draft });
    return verdictOf(ports, decided, now);
  };
}
