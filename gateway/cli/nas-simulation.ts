// What a concentrator would be sent: the reply to a login of a given outcome, and the requests that change or end a session.
// Made by the functions that make the real ones; the session is an example, and says so.

import type { Decision } from '../contract/decision.ts';
import type { Outcome } from '../contract/outcome.ts';
import { isRefused } from '../contract/reason.ts';
import { authorization, changedAuthorization } from '../pdp/authorization.ts';
import { plannedChange } from '../pdp/live-change.ts';
import { type Nas, secretOverTls } from '../pdp/nas.ts';
import type { Session } from '../pdp/session.ts';
import type { Attributes } from '../radius/attributes.ts';
import { authorizationAttributes } from '../radius/authorization-attributes.ts';
import { packetCodes } from '../radius/code.ts';
import { attributes as dictionary } from '../radius/dictionary.ts';
import { dump } from '../radius/dump.ts';
import { changeRequest, namesSession } from '../radius/dynamic-authorization.ts';
import { decode } from '../radius/packet.ts';
import { identification } from '../radius/session-identification.ts';

export interface Simulated {
  readonly outcome: Outcome;
  /** Absent for `deny`. */
  readonly segment?: string;
  readonly sessionTimeoutMs: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

const messageAuthenticator = dictionary['Message-Authenticator'].number;
const signature = '  Message-Authenticator, over the whole packet';

/** All that names a session anywhere; a profile takes of it what it knows. */
const exampleSession = {
  id: 'S-exampleexample00',
  userName: 'example-user',
  acctSessionId: 'example-session',
  callingStationId: '198.51.100.7',
  framedAddress: '10.0.0.7',
  nasIdentifier: 'example-nas',
  clientClaims: { 'nas-session': '0a0000010000700065f0c0de' },
} as const;

export function simulationLines(nas: Nas, asked: Simulated): readonly string[] {
  const decision = decisionOf(asked);
  const authorized = authorizationAttributes(authorization(decision, nas, exampleSession.id, asked.now));
  const changed = authorizationAttributes(changedAuthorization(decision, nas, exampleSession.id, asked.now));
  return [...replyLines(decision, authorized), '', ...changeLines(nas, decision, changed, asked.now)];
}

function decisionOf({ outcome, segment, sessionTimeoutMs, now }: Simulated): Decision {
  return {
    outcome,
    ...(segment === undefined ? {} : { segment }),
    reasons: outcome === 'grant' ? [] : ['requirement-failed'],
    results: [],
    validUntil: now + sessionTimeoutMs,
    validUntilBecause: 'day-limit',
    decidedAt: now,
    policyHash: '0'.repeat(64),
    factsHash: '0'.repeat(64),
  };
}

function replyLines({ outcome }: Decision, authorized: Attributes): readonly string[] {
  if (outcome === 'deny') {
    return [
      'Access-Reject',
      signature,
      '  Reply-Message: the reason in a sentence and the case code; not beside EAP [RFC3579-2.6.5]',
    ];
  }
  return [
    'Access-Accept',
    signature,
    ...attributeLines(packetCodes['Access-Accept'], authorized),
    '  After EAP also EAP-Message (Success) and the keys MS-MPPE-Recv-Key and MS-MPPE-Send-Key, other ones for every login',
  ];
}

function changeLines(nas: Nas, decision: Decision, authorized: Attributes, now: number): readonly string[] {
  const { dynamicAuthorization: server } = nas;
  const session: Session = {
    ...exampleSession,
    ...unusedFields,
    tenant: nas.tenant,
    nas: nas.name,
    nasGroup: nas.group,
    decision,
  };
  const { kind, then } = plannedChange(nas, session, 'operator', decision);
  if (server === undefined || then === 'impossible')
    return ['A live session cannot be changed: sluis nas show says why'];
  const named = identification(session, nas.profile.identifiedBy);
  if (!namesSession(named)) return ['A live session cannot be changed: nothing names it to this concentrator'];
  const overTls = server === 'over-tls';
  const where = overTls ? 'on its RADIUS/TLS connection' : `to ${server.address} port ${server.port}`;
  const request = (which: typeof kind): readonly string[] => {
    const bytes = changeRequest({
      kind: which,
      identifier: 0,
      secret: overTls ? secretOverTls : server.secret,
      at: now,
      identification: named,
      changes: which === 'coa' ? authorized : [],
    });
    const packet = decode(bytes);
    if (isRefused(packet)) throw new Error(`our own request is not understood: ${packet.refused}`);
    return attributeLines(packet.code, packet.attributes);
  };
  const end = [`Disconnect-Request ${where}`, ...request('disconnect')];
  if (kind !== 'coa')
    return [`A live session is ended, and logs in again where it may. ${end[0] ?? ''}`, ...end.slice(1)];
  return [`CoA-Request ${where}`, ...request('coa'), '', `Where it refuses that: ${end[0] ?? ''}`, ...end.slice(1)];
}

/** What neither reply nor request looks at. */
const unusedFields = {
  state: 'started',
  way: 'ticket',
  binding: 'none',
  decisionId: '',
  caseCode: '',
  traceId: '',
  decidedAt: 0,
  inputOctets: 0,
  outputOctets: 0,
  version: 0,
} as const;

/** Decoded, and the octets that travel: type, length, value. */
function attributeLines(code: number, attributes: Attributes): readonly string[] {
  return attributes.map(each => {
    // A keyed digest over a known packet is what a guesser of the secret needs.
    if (each.type === messageAuthenticator) return signature;
    const [, shown = ''] = dump({ code, identifier: 0, authenticator: new Uint8Array(16), attributes: [each] });
    const octets = Buffer.concat([Buffer.from([each.type, each.bytes.length + 2]), each.bytes]);
    return `  ${shown.padEnd(44)}  ${octets.toString('hex').replaceAll(/(..)(?!$)/g, '$1 ')}`;
  });
}
