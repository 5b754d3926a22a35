// Flow: a proven machine gets a one-time user name and password for its VPN client.
// 1. the machine of this connection, and none other, is named in the request
// 2. the request was made for this very connection
// 3. the person proven on this machine and its last report go along, if there are any
// 4. issue; whatever the verdict: the decision is taken when the ticket is redeemed

import type { Ticket as TicketBody, TicketRequest } from '../contract/challenge.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { handleBytes, ticketHandle, ticketLifeMs, ticketSecret } from '../identity/ticket.ts';
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
    const [person, attestation] = await Promise.all([
      ports.store.personProof(tenant, device.key, now),
      ports.store.attestation(tenant, device.key),
    ]);
    return issue(ports, request, device, { person, reportDigest: attestation?.reportDigest }, now);
  };
}

/** 4. */
async function issue(
  ports: AgentPorts,
  { tenant, traceId }: AgentRequest<TicketRequest>,
  device: ConnectionDevice,
  { person, reportDigest }: { readonly person: PersonProof | undefined; readonly reportDigest: string | undefined },
  now: number,
): Promise<TicketBody> {
  const handle = ticketHandle(ports.random.bytes(handleBytes));
  const secret = ticketSecret(ports.ticketKey, tenant, handle);
  const expiresAt = now + ticketLifeMs;
  await ports.store.putTicket({
    tenant,
    handle,
    device: device.key,
    deviceName: device.name,
    deviceCertificateNotAfter: device.certificateNotAfter,
    ...(person === undefined ? {} : { person: person.pseudonym }),
    ...(reportDigest === undefined ? {} : { reportDigest }),
    ...(ports.ticketGroups === undefined ? {} : { nasGroups: ports.ticketGroups }),
    binding: 'ticket',
    traceId,
    issuedAt: now,
    expiresAt,
  });
  ports.log.info('ticket issued', {
    trace: traceId,
    tenant,
    handle,
    device: device.key,
    person: person?.pseudonym,
    reportDigest,
  });
  return { handle, secret, expiresAt, traceId };
}
