// Flow 1, from packet to answer: what an authenticated Access-Request leads to.
//   1 claims       what the NAS says, redacted; claims are never proof
//   2 credentials  exactly one: an EAP packet or a password
//   3 prove        EAP-TLS conversation, or ticket; both decide and record before they promise anything
//   4 authorize    the decision in the words this concentrator understands
// Everything before (source, authenticators, duplicates) and after (signing) is `radius-request.ts`.

import { type Reason, type Refused, isRefused, refused } from '../contract/reason.ts';
import { eapTypes, encodeEap } from '../eap/packet.ts';
import { isTicketHandle } from '../identity/ticket.ts';
import { authorization } from '../pdp/authorization.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Session } from '../pdp/session.ts';
import { type Attribute, type Attributes, attribute, eapAttributes, first, integer } from '../radius/attributes.ts';
import { type Claims, readClaims } from '../radius/claims.ts';
import { readCredentials } from '../radius/credentials.ts';
import type { ReplyOutcome } from '../radius/outcome.ts';
import type { Packet } from '../radius/packet.ts';
import { sessionKeyAttributes } from '../radius/session-keys.ts';
import { reasons, textsOf } from '../reasons.ts';
import { recordRefusal, tryAgain } from './admission.ts';
import { type EapAnswer, type EapPorts, eapRound } from './eap-conversation.ts';
import { redeemTicket, type TicketRefused } from './ticket-redemption.ts';

/** What to send; `refused` says why it is not an accept. */
export interface Answer {
  readonly outcome: ReplyOutcome;
  readonly attributes: Attributes;
  readonly refused?: Refused;
}

export async function accessRequest(ports: EapPorts, packet: Packet, nas: Nas): Promise<Answer> {
  const claims = readClaims(packet);
  const credentials = readCredentials(packet, nas.secret);
  if (isRefused(credentials)) return reject(credentials);
  switch (credentials.kind) {
    case 'eap':
      return eap(ports, packet, nas, claims, credentials.packet);
    case 'password':
      return ticket(ports, nas, claims, Buffer.from(credentials.password).toString('utf8'));
    case 'chap':
      return reject(refused('credentials-missing', 'CHAP is not served'));
  }
}

async function eap(ports: EapPorts, packet: Packet, nas: Nas, claims: Claims, message: Uint8Array): Promise<Answer> {
  if (message.length === 0) return askIdentity(ports);
  const state = first(packet.attributes, 'State');
  const framedMtu = integer(packet.attributes, 'Framed-MTU');
  const answer = await eapRound(ports, {
    nas,
    eap: message,
    userName: claims.userName ?? '',
    callingStationId: claims.callingStationId ?? '',
    ...(state === undefined ? {} : { state: Buffer.from(state).toString('latin1') }),
    ...(claims.acctSessionId === undefined ? {} : { acctSessionId: claims.acctSessionId }),
    ...(framedMtu === undefined ? {} : { framedMtu }),
  });
  return eapReply(ports, packet, nas, answer);
}

/** [RFC3579-2.1] EAP-Start: the NAS leaves it to us to ask for the identity. No State: the conversation begins with the answer. */
function askIdentity(ports: EapPorts): Answer {
  const [identifier = 0] = ports.random.bytes(1);
  const request = encodeEap({ code: 'request', identifier, type: eapTypes.identity, data: new Uint8Array() });
  return { outcome: 'challenge', attributes: eapAttributes(request) };
}

function eapReply(ports: EapPorts, packet: Packet, nas: Nas, answer: EapAnswer): Answer {
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
          ...sessionKeyAttributes(answer.msk, ports.random.bytes(4), packet.authenticator, nas.secret),
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

async function ticket(ports: EapPorts, nas: Nas, claims: Claims, secret: string): Promise<Answer> {
  const handle = claims.userName ?? '';
  const traceId = Buffer.from(ports.random.bytes(16)).toString('hex');
  const found: Session | TicketRefused = isTicketHandle(handle)
    ? await redeemTicket(ports, {
        nas,
        handle,
        secret,
        callingStationId: claims.callingStationId ?? '',
        ...(claims.acctSessionId === undefined ? {} : { acctSessionId: claims.acctSessionId }),
      })
    : refused('ticket-unknown', 'no ticket handle');
  if (isRefused(found)) {
    if (found.refused === 'try-again') {
      return { outcome: 'try-again', attributes: [], refused: tryAgain(ports, nas, found.detail ?? '', traceId) };
    }
    const { caseCode } = await recordRefusal(ports, nas, found, 'ticket', traceId, found);
    // Whoever guesses must not learn which handles exist.
    const said = found.refused === 'ticket-secret-wrong' ? 'ticket-unknown' : found.refused;
    return reject(found, [replyMessage(said, caseCode)]);
  }
  const { decision } = found;
  if (decision.outcome === 'deny') {
    const reason = decision.reasons[0] ?? 'requirement-failed';
    return reject(refused(reason), [replyMessage(reason, found.caseCode)]);
  }
  return { outcome: 'accept', attributes: authorize(ports, nas, found) };
}

/** The segment and its limits, counted from now: a ticket's second answer must not run longer than its first. */
function authorize(ports: EapPorts, nas: Nas, session: Session): Attributes {
  return authorization(session.decision, nas, session.id, ports.clock.now()).map(({ name, value }): Attribute => {
    switch (name) {
      case 'Filter-Id':
        return attribute(name, value);
      case 'Class':
        return attribute(name, Buffer.from(value, 'utf8'));
      case 'Tunnel-Type':
      case 'Session-Timeout':
      case 'Acct-Interim-Interval':
        return attribute(name, value);
    }
  });
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
