// Flow 1, from packet to answer: what an authenticated Access-Request leads to.
//   1 claims       what the NAS says, redacted; claims are never proof
//   2 credentials  exactly one: an EAP packet, a password, or an MSCHAPv2 response
//   3 prove        EAP conversation, ticket or password; each decides and records before it promises anything
//   4 authorize    the decision in the words this concentrator understands
// Everything before (source, authenticators, duplicates) and after (signing) is `radius-request.ts`.

import { type Reason, type Refused, isRefused, refused } from '../contract/reason.ts';
import { nasKeys } from '../eap/keys.ts';
import { mschapv2FailureMessage } from '../eap/mschapv2-packet.ts';
import { eapTypes, encodeEap } from '../eap/packet.ts';
import { isTicketHandle } from '../identity/ticket.ts';
import { authorization } from '../pdp/authorization.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Session } from '../pdp/session.ts';
import {
  type Attribute,
  type Attributes,
  attribute,
  eapAttributes,
  first,
  integer,
  text as textOf,
} from '../radius/attributes.ts';
import { authorizationAttributes } from '../radius/authorization-attributes.ts';
import { type Carrier, sharedSecret } from '../radius/carrier.ts';
import { type Claims, keptAsSaid, readClaims } from '../radius/claims.ts';
import { readClientClaims } from '../radius/client-claims.ts';
import type { Mschapv2Credentials } from '../radius/credentials.ts';
import { mschapError, mschapSuccess } from '../radius/mschap.ts';
import type { ReplyOutcome } from '../radius/outcome.ts';
import type { Packet } from '../radius/packet.ts';
import type { SessionKeys } from '../radius/session-keys.ts';
import { reasons, textsOf } from '../reasons.ts';
import { isHeldAgainstNobody, recordRefusal, tellHeldAgainstNobody } from './admission.ts';
import { type EapAnswer, type EapPorts, eapRound } from './eap-conversation.ts';
import { redeemByResponse } from './inner-password.ts';
import { type PasswordPorts, passwordLogin, secondFactorLogin } from './password-login.ts';
import { isPendingState } from './pending-logins.ts';
import { redeemTicket, type TicketRefused } from './ticket-redemption.ts';

/** What to send; `refused` says why it is not an accept. */
export interface Answer {
  readonly outcome: ReplyOutcome;
  readonly attributes: Attributes;
  readonly refused?: Refused;
}

export interface AccessPorts extends EapPorts {
  /** Absent: passwords of the directory are not served. */
  readonly passwords?: PasswordPorts;
  /** What the way in does to packets; absent: what the shared secret of the NAS makes of them. */
  readonly carrier?: Carrier;
}

export async function accessRequest(ports: AccessPorts, packet: Packet, nas: Nas): Promise<Answer> {
  const claims = readClaims(packet);
  const credentials = (ports.carrier ?? sharedSecret(nas)).credentials(packet);
  if (isRefused(credentials)) return reject(credentials);
  switch (credentials.kind) {
    case 'eap':
      return eap(ports, packet, nas, claims, credentials.packet);
    case 'password':
      return password(ports, packet, nas, claims, Buffer.from(credentials.password).toString('utf8'));
    case 'mschapv2':
      return mschapv2(ports, packet, nas, claims, credentials);
    case 'chap':
      return reject(refused('password-method-refused', 'CHAP is not served'));
  }
}

async function eap(ports: AccessPorts, packet: Packet, nas: Nas, claims: Claims, message: Uint8Array): Promise<Answer> {
  if (message.length === 0) return askIdentity(ports);
  const state = first(packet.attributes, 'State');
  const framedMtu = integer(packet.attributes, 'Framed-MTU');
  const answer = await eapRound(ports, {
    nas,
    eap: message,
    userName: claims.userName ?? '',
    ...saidName(packet, claims),
    ...connection(packet, nas, claims),
    ...(state === undefined ? {} : { state: Buffer.from(state).toString('latin1') }),
    ...(framedMtu === undefined ? {} : { framedMtu }),
  });
  return eapReply(ports, packet, nas, answer);
}

/** The octets of User-Name, where what is kept of them is something else. */
export function saidName({ attributes }: Packet, { userName }: Claims): { readonly saidUserName?: Uint8Array } {
  const said = first(attributes, 'User-Name');
  return said === undefined || userName === undefined || keptAsSaid(userName) ? {} : { saidUserName: said };
}

/** What the NAS says of the connection. */
function connection({ attributes }: Packet, { profile }: Nas, { callingStationId = '', acctSessionId }: Claims) {
  const clientClaims = readClientClaims(attributes, profile.clientClaims);
  return {
    callingStationId,
    ...(acctSessionId === undefined ? {} : { acctSessionId }),
    ...(clientClaims === undefined ? {} : { clientClaims }),
  };
}

/** [RFC3579-2.1] EAP-Start: the NAS leaves it to us to ask for the identity. No State: the conversation begins with the answer. */
function askIdentity(ports: EapPorts): Answer {
  const [identifier = 0] = ports.random.bytes(1);
  const request = encodeEap({ code: 'request', identifier, type: eapTypes.identity, data: new Uint8Array() });
  return { outcome: 'challenge', attributes: eapAttributes(request) };
}

function eapReply(ports: AccessPorts, packet: Packet, nas: Nas, answer: EapAnswer): Answer {
  switch (answer.answer) {
    case 'challenge':
      return {
        outcome: 'challenge',
        attributes: [attribute('State', Buffer.from(answer.state, 'latin1')), ...eapAttributes(answer.eap)],
      };
    case 'accept':
      return {
        outcome: 'accept',
        attributes: [
          ...authorize(ports, nas, answer.session),
          // EAP-GTC makes none.
          ...(answer.msk.length === 0 ? [] : keys(ports, packet, nas, nasKeys(answer.msk))),
          ...eapAttributes(answer.eap),
        ],
      };
    case 'reject': {
      // [RFC3579-2.6.5] No Reply-Message beside EAP: the case code reaches the person through the agent.
      const message = answer.eap === undefined ? [] : eapAttributes(answer.eap);
      return reject(answer.refused, message);
    }
  }
}

/** A ticket's handle has a form of its own; every other user name is one of the directory, where passwords are served. */
async function password(ports: AccessPorts, packet: Packet, nas: Nas, claims: Claims, secret: string): Promise<Answer> {
  const { passwords } = ports;
  const { userName = '' } = claims;
  if (passwords === undefined || isTicketHandle(userName)) return ticket(ports, packet, nas, claims, secret);
  const state = Buffer.from(first(packet.attributes, 'State') ?? '').toString('latin1');
  const request = {
    nas,
    userName,
    ...saidName(packet, claims),
    ...connection(packet, nas, claims),
    traceId: traceIdFrom(ports),
  };
  const login = isPendingState(state)
    ? await secondFactorLogin(ports, passwords, request, state, secret)
    : await passwordLogin(ports, passwords, request, secret);
  if (isRefused(login)) return notAdmitted(ports, nas, login, 'password', request.traceId);
  if (login.answer === 'session') return decided(ports, nas, login.session);
  return {
    outcome: 'challenge',
    attributes: [attribute('State', Buffer.from(login.state, 'latin1')), attribute('Reply-Message', login.message)],
  };
}

/** [RFC2548-2.3] Only a ticket's secret can be compared; what is refused is told to the client in the words of PPP, too. */
async function mschapv2(
  ports: AccessPorts,
  packet: Packet,
  nas: Nas,
  claims: Claims,
  { identifier, ...response }: Mschapv2Credentials,
): Promise<Answer> {
  const { userName = '' } = claims;
  const traceId = traceIdFrom(ports);
  const login = {
    nas,
    outside: { userName, ...saidName(packet, claims) },
    ...connection(packet, nas, claims),
    traceId,
  };
  const found = await redeemByResponse(ports, login, { userName, ...response });
  const stage = isTicketHandle(userName) ? 'ticket' : 'password';
  const answer = isRefused(found)
    ? await notAdmitted(ports, nas, found, stage, traceId)
    : decided(ports, nas, found.session);
  if (answer.outcome === 'accept' && !isRefused(found)) {
    const { authenticatorResponse, keys: made } = found.mschapv2;
    const proof = mschapSuccess(identifier, authenticatorResponse);
    return { ...answer, attributes: [...answer.attributes, ...proof, ...keys(ports, packet, nas, made)] };
  }
  if (answer.outcome !== 'reject') return answer;
  const why = isRefused(found) ? 'authentication-failed' : 'no-permission';
  const message = textOf(answer.attributes, 'Reply-Message') ?? '';
  const error = mschapError(identifier, mschapv2FailureMessage(why, ports.random.bytes(16), message));
  return { ...answer, attributes: [...answer.attributes, error] };
}

function keys(ports: AccessPorts, packet: Packet, nas: Nas, made: SessionKeys): Attributes {
  return (ports.carrier ?? sharedSecret(nas)).sessionKeys(made, ports.random.bytes(4), packet);
}

async function ticket(ports: EapPorts, packet: Packet, nas: Nas, claims: Claims, secret: string): Promise<Answer> {
  const handle = claims.userName ?? '';
  const traceId = traceIdFrom(ports);
  const found: Session | TicketRefused = isTicketHandle(handle)
    ? await redeemTicket(ports, {
        nas,
        handle,
        secret,
        ...connection(packet, nas, claims),
      })
    : refused('ticket-unknown', 'no ticket handle');
  return isRefused(found) ? notAdmitted(ports, nas, found, 'ticket', traceId) : decided(ports, nas, found);
}

/** Refused before any decision: recorded, and told to the peer in words that teach a guesser nothing. */
async function notAdmitted(
  ports: EapPorts,
  nas: Nas,
  why: TicketRefused,
  stage: 'ticket' | 'password',
  traceId: string,
): Promise<Answer> {
  if (isHeldAgainstNobody(why)) {
    tellHeldAgainstNobody(ports, nas, why, traceId, why);
    if (why.refused === 'try-again') return { outcome: 'try-again', attributes: [], refused: why };
    // Silence would make the NAS turn to the next gateway, and the loop with it.
    return reject(why, [attribute('Reply-Message', textsOf(why.refused).en)]);
  }
  if (reasons[why.refused].leadsTo === 'silence') return reject(why);
  const { caseCode } = await recordRefusal(ports, nas, why, stage, traceId, why);
  // Whoever guesses must not learn which handles exist.
  const said = why.refused === 'ticket-secret-wrong' ? 'ticket-unknown' : why.refused;
  return reject(why, [replyMessage(said, caseCode)]);
}

function decided(ports: EapPorts, nas: Nas, session: Session): Answer {
  const { decision, caseCode } = session;
  if (decision.outcome === 'deny') {
    const reason = decision.reasons[0] ?? 'requirement-failed';
    return reject(refused(reason), [replyMessage(reason, caseCode)]);
  }
  return { outcome: 'accept', attributes: authorize(ports, nas, session) };
}

function traceIdFrom(ports: EapPorts): string {
  return Buffer.from(ports.random.bytes(16)).toString('hex');
}

/** The segment and its limits, counted from now: a ticket's second answer must not run longer than its first. */
export function authorize(ports: Pick<EapPorts, 'clock'>, nas: Nas, session: Session): Attributes {
  return authorizationAttributes(authorization(session.decision, nas, session.id, ports.clock.now()));
}

/** For people on clients that show it: the sentence and the code that opens exactly this case. */
function replyMessage(reason: Reason, caseCode: string): Attribute {
  return attribute('Reply-Message', `${textsOf(reason).en} (${caseCode})`.slice(0, 253));
}

/** The closed list says what a word leads to: overload and faults of our own are met with silence, so that the NAS fails over. */
function reject(why: Refused, attributes: Attributes = []): Answer {
  const outcome = reasons[why.refused].leadsTo === 'silence' ? 'silent' : 'reject';
  return { outcome, attributes, refused: why };
}
