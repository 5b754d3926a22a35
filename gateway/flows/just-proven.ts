// Who may do something in their own name over the agent's connection: the machine of this connection, and none other, is named in
// the request, which was made for this very connection; and the person was proven on it a few minutes ago, for a laptop that
// was left open is not enough.

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { AgentRequest, PersonProof } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';
import { connectionDevice } from './connection-device.ts';

const provenWithinMs = 10 * 60_000;

export async function justProven(
  ports: AgentPorts,
  request: AgentRequest<{ readonly machineKey: string; readonly exporter: string }>,
  now: number,
): Promise<PersonProof | Refused> {
  const { tenant, connection, body } = request;
  const device = await connectionDevice(ports, request, now);
  if (isRefused(device)) return device;
  if (body.machineKey !== device.key) return refused('report-device-mismatch', 'another machine is named');
  if (body.exporter !== connection.exporter) return refused('channel-binding-wrong');
  const proof = await ports.store.personProof(tenant, device.key, now);
  if (proof === undefined || now - proof.provenAt > provenWithinMs) return refused('identity-proof-missing');
  return proof;
}
