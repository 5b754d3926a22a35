// Flow: a proven machine gets a one-time user name and password for its VPN client.
// 1. the machine of this connection, and none other, is named in the request
// 2. the request was made for this very connection
// 3. the person proven on this machine, if there is one, goes along
// 4. issue; whatever the verdict: the decision is taken when the ticket is redeemed

import type { Ticket as TicketBody, TicketRequest } from '../contract/challenge.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { handleBytes, secretBytes, secretHash, ticketHandle, ticketLifeMs, ticketSecret } from '../identity/ticket.ts';
import type { AgentRequest, PersonProof } from '../ports.ts';
import type { AgentPorts } from './agent-ports.ts';
import { type ConnectionDevice, connectionDevice } from './connection-device.ts';

export function ticketIssue(ports: AgentPorts) {
  return async (request: AgentRequest<TicketRequest>): Promise<TicketBody | Refused> => {
    const { tenant, connection, body } = request;
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    if (isRefused(device)) return device;
    if (body.machineKey !== device.key) return refused('report-device-mismatch', 'another machine is named');
    if (body.exporter !== connection.exporter) return refused('channel-binding-wrong');
    const person = await ports.store.personProof(tenant, device.key, now);
    return issue(ports, request, device, person, now);
  };
}

/** 4. */
async function issue(
  ports: AgentPorts,
  { tenant, traceId }: AgentRequest<TicketRequest>,
  device: ConnectionDevice,
  person: PersonProof | undefined,
  now: number,
): Promise<TicketBody> {
  const handle = ticketHandle(ports.random.bytes(handleBytes));
  const secret = ticketSecret(ports.random.bytes(secretBytes));
  const expiresAt = now + ticketLifeMs;
  await ports.store.putTicket({
    tenant,
    handle,
    secretHash: secretHash(secret),
    device: device.key,
    deviceName: device.name,
    deviceCertificateNotAfter: device.certificateNotAfter,
    ...(person === undefined ? {} : { person: person.pseudonym }),
    binding: 'ticket',
    traceId,
    issuedAt: now,
    expiresAt,
  });
  ports.log.info('ticket issued', { trace: traceId, tenant, handle, device: device.key, person: person?.pseudonym });
  return { handle, secret, expiresAt, traceId };
}
