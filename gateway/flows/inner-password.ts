// Who says a user name and a password, or an MSCHAPv2 response, inside EAP: the one place where that is looked up. A ticket's
// handle goes to the ticket; every other name to the login by password, where there is one.

import { isRefused, refused } from '../contract/reason.ts';
import type { Mschapv2Need, PasswordNeed } from '../eap/step.ts';
import { authenticatorResponse, type Mschapv2Keys, mschapv2MasterKeys, verifyMschapv2 } from '../identity/mschapv2.ts';
import { isTicketHandle, ticketSecret } from '../identity/ticket.ts';
import type { VerifiedIdentity } from '../identity/verified-identity.ts';
import type { Nas } from '../pdp/nas.ts';
import type { ClientClaims } from '../pdp/nas-profile.ts';
import type { Session } from '../pdp/session.ts';
import type { Admission, AdmissionPorts } from './admission.ts';
import { redeemTicket, type TicketRefused } from './ticket-redemption.ts';

/** What is known beside the password itself. */
export interface InnerLogin {
  readonly nas: Nas;
  /** What the NAS calls the session: the identity that was said outside. */
  readonly outside: Pick<Admission, 'userName' | 'saidUserName'>;
  readonly callingStationId: string;
  readonly acctSessionId?: string;
  readonly clientClaims?: ClientClaims;
  /** Proven outside by the certificate of the tunnel. */
  readonly machine?: VerifiedIdentity;
  readonly traceId: string;
  /** What was kept when the person was asked for more; absent: this is no answer to that. */
  readonly pending?: string;
}

export type InnerAnswer =
  /** Decided and recorded, with whatever outcome. */
  | { readonly session: Session; readonly mschapv2?: Mschapv2Answer }
  /** Only where the need says `canAsk`: a message to the person, whose answer comes as another password, with `pending`. */
  | { readonly ask: string; readonly pending: string }
  | TicketRefused;

/** What proves us to the peer, and the keys that both have now. */
interface Mschapv2Answer {
  readonly authenticatorResponse: string;
  readonly keys: Mschapv2Keys;
}

/** Login by a password that is not a ticket's: decides, and records what was decided. */
export type PasswordLogin = (
  ports: AdmissionPorts,
  login: InnerLogin & Pick<PasswordNeed, 'userName' | 'password' | 'canAsk'>,
) => Promise<InnerAnswer>;

export interface InnerPasswordPorts extends AdmissionPorts {
  /** Absent: tickets only. */
  readonly passwordLogin?: PasswordLogin;
}

export async function innerPassword(
  ports: InnerPasswordPorts,
  login: InnerLogin,
  need: PasswordNeed | Mschapv2Need,
): Promise<InnerAnswer> {
  const { userName } = need;
  if (need.need === 'mschapv2') return redeemByResponse(ports, login, need);
  if (isTicketHandle(userName)) return redeem(ports, login, userName, need.password);
  if (ports.passwordLogin === undefined) return refused('ticket-unknown', 'no ticket handle');
  return ports.passwordLogin(ports, { ...login, userName, password: need.password, canAsk: need.canAsk });
}

async function redeem(
  ports: AdmissionPorts,
  login: InnerLogin,
  handle: string,
  secret: string,
): Promise<{ readonly session: Session } | TicketRefused> {
  const { nas, callingStationId, acctSessionId, clientClaims, machine, outside } = login;
  const found = await redeemTicket(ports, {
    nas,
    handle,
    secret,
    callingStationId,
    outside,
    ...(acctSessionId === undefined ? {} : { acctSessionId }),
    ...(clientClaims === undefined ? {} : { clientClaims }),
    ...(machine === undefined ? {} : { machine: machine.keyHash }),
  });
  return isRefused(found) ? found : { session: found };
}

/** The response stands for the secret, which is compared first: who does not have it learns nothing about the ticket. */
export async function redeemByResponse(
  ports: AdmissionPorts,
  login: InnerLogin,
  need: Omit<Mschapv2Need, 'need'>,
): Promise<{ readonly session: Session; readonly mschapv2: Mschapv2Answer } | TicketRefused> {
  if (!isTicketHandle(need.userName)) {
    // Whoever compares it has to have the password: of a ticket it can be derived, and nobody else's is kept.
    return refused(
      'password-method-refused',
      'MSCHAPv2 proves a password only to who has it, and the directory keeps it',
    );
  }
  const password = ticketSecret(ports.ticketKey, login.nas.tenant, need.userName);
  const { userName, authenticatorChallenge, peerChallenge, ntResponse } = need;
  const exchange = { userName, authenticatorChallenge, peerChallenge, ntResponse, password };
  if (!verifyMschapv2(exchange)) return refused('ticket-secret-wrong', 'by its MSCHAPv2 response');
  const redeemed = await redeem(ports, login, userName, password);
  if (isRefused(redeemed)) return redeemed;
  return {
    ...redeemed,
    mschapv2: { authenticatorResponse: authenticatorResponse(exchange), keys: mschapv2MasterKeys(exchange) },
  };
}
