// PAP with a ticket: handle as user name, secret as password.
//   1 find     the ticket; an unknown handle and a wrong secret look the same to the peer
//   2 redeem   once; the same NAS group, handle and caller get the same answer again until accounting starts or 60 s pass
//   3 admit    decide and record, with the ticket's use in the same commit

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { redeemable } from '../identity/ticket.ts';
import type { Nas } from '../pdp/nas.ts';
import type { ClientClaims } from '../pdp/nas-profile.ts';
import type { Session } from '../pdp/session.ts';
import { type Admission, type AdmissionPorts, admit, notAdmittedBecause } from './admission.ts';

export interface TicketRequest {
  readonly nas: Nas;
  readonly handle: string;
  readonly secret: string;
  readonly callingStationId: string;
  readonly acctSessionId?: string;
  readonly clientClaims?: ClientClaims;
  /** What the NAS calls the session, where the handle was said inside a tunnel; absent: it is called by the handle. */
  readonly outside?: Pick<Admission, 'userName' | 'saidUserName'>;
  /** SHA-256 of the key of a machine that was proven beside the ticket: it must be the one that it was made for. */
  readonly machine?: string;
}

/** Whose ticket it was is for the record, never for the peer. */
export type TicketRefused = Refused & { readonly device?: string; readonly person?: string };

/** The session that the ticket opened, now or a moment ago; or the reason why it opens none. */
export async function redeemTicket(ports: AdmissionPorts, request: TicketRequest): Promise<Session | TicketRefused> {
  const first = await attempt(ports, request);
  // Another gateway redeemed it in this very moment: look once more, and give its answer.
  return first === 'raced' ? settle(await attempt(ports, request)) : first;
}

function settle(second: Session | TicketRefused | 'raced'): Session | TicketRefused {
  return second === 'raced' ? refused('try-again', 'the ticket is being redeemed elsewhere') : second;
}

async function attempt(ports: AdmissionPorts, request: TicketRequest): Promise<Session | TicketRefused | 'raced'> {
  const { nas, handle } = request;
  const ticket = await ports.store.ticket(nas.tenant, handle);
  if (ticket === undefined) return refused('ticket-unknown');
  const opened = ticket.redeemed && (await ports.store.session(nas.tenant, ticket.redeemed.sessionId));
  const verdict = redeemable(ticket, ports.ticketKey, {
    secret: request.secret,
    nasGroup: nas.group,
    caller: request.callingStationId,
    now: ports.clock.now(),
    accountingStarted: opened !== undefined && opened.state !== 'decided',
  });
  const { device, person } = ticket;
  const whose = { device, ...(person === undefined ? {} : { person }) };
  if (isRefused(verdict)) return { ...verdict, ...whose };
  if (request.machine !== undefined && request.machine !== device) {
    return { ...refused('credentials-conflicting', 'a ticket that was made for another machine'), ...whose };
  }
  if (verdict !== 'fresh') return opened ?? { ...refused('ticket-used', 'its session is gone'), ...whose };
  const admitted = await admit(ports, {
    nas,
    way: 'ticket',
    ...(request.outside ?? { userName: handle }),
    callingStationId: request.callingStationId,
    ...(request.acctSessionId === undefined ? {} : { acctSessionId: request.acctSessionId }),
    ...(request.clientClaims === undefined ? {} : { clientClaims: request.clientClaims }),
    device: { key: ticket.device, name: ticket.deviceName, certificateNotAfter: ticket.deviceCertificateNotAfter },
    madeFor: { pseudonym: ticket.person },
    binding: ticket.binding,
    traceId: ticket.traceId,
    ticketHandle: handle,
  });
  if ('session' in admitted) return admitted.session;
  if (admitted.conflict === 'ticket-used') return 'raced';
  return { ...notAdmittedBecause(admitted.conflict), ...whose };
}
