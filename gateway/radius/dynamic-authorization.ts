// The Dynamic Authorization Client's packets: CoA- and Disconnect-Requests, and what their answers say. RFC 5176 sections 2.3,
// 3, 3.5 and 3.6. Authorize-Only is not asked for, so State and Service-Type have no row.

import type { AfterRefusal, ChangeKind } from '../contract/change.ts';
import { type Attributes, attribute, integer } from './attributes.ts';
import { signRequest } from './authenticator.ts';
import { packetCodes } from './code.ts';
import { type AttributeName, definition } from './dictionary.ts';
import { afterRefusal, errorCauseWord } from './error-cause.ts';
import type { PacketContent } from './packet.ts';

/** How many of it one packet may carry, as RFC 5176 section 3.6 writes it. */
type Count = '0-1' | '0+';
type CountTable = ReadonlyMap<number, Count>;

/** [RFC5176-3] What names the NAS: right, and not enough. */
const nasIdentification = table({ 'NAS-IP-Address': '0-1', 'NAS-Identifier': '0-1', 'NAS-IPv6-Address': '0-1' });

/**
 * [RFC5176-3] What names the session. Section 3.6 has no Framed-IP-Address in Disconnect-Requests, but section 3 and the third
 * example have, and some concentrators find no session without it.
 */
const sessionIdentification = table({
  'User-Name': '0-1',
  'NAS-Port': '0-1',
  'Framed-IP-Address': '0-1',
  'Vendor-Specific': '0+',
  'Called-Station-Id': '0-1',
  'Calling-Station-Id': '0-1',
  'Acct-Session-Id': '0-1',
  'Acct-Multi-Session-Id': '0-1',
  'NAS-Port-Id': '0-1',
  'Chargeable-User-Identity': '0-1',
  'Framed-Interface-Id': '0-1',
  'Framed-IPv6-Prefix': '0+',
});

const identificationTable: CountTable = new Map([...nasIdentification, ...sessionIdentification]);

/** [RFC5176-3.6] What stands beside the identification. A CoA-Request carries the new values, a Disconnect-Request nearly nothing. */
const changesTable: Readonly<Record<ChangeKind, CountTable>> = {
  disconnect: table({ 'Reply-Message': '0+', Class: '0+', 'Vendor-Specific': '0+', 'Acct-Terminate-Cause': '0-1' }),
  coa: table({
    'Framed-Protocol': '0-1',
    'Framed-IP-Netmask': '0-1',
    'Framed-Routing': '0-1',
    'Filter-Id': '0+',
    'Framed-MTU': '0-1',
    'Framed-Compression': '0+',
    'Login-IP-Host': '0+',
    'Login-Service': '0-1',
    'Reply-Message': '0+',
    'Framed-Route': '0+',
    Class: '0+',
    'Vendor-Specific': '0+',
    'Session-Timeout': '0-1',
    'Idle-Timeout': '0-1',
    'Termination-Action': '0-1',
    'Egress-VLANID': '0+',
    'Egress-VLAN-Name': '0+',
    'Port-Limit': '0-1',
    'Tunnel-Type': '0+',
    'Tunnel-Medium-Type': '0+',
    'Tunnel-Client-Endpoint': '0+',
    'Tunnel-Server-Endpoint': '0+',
    'Tunnel-Password': '0+',
    'Tunnel-Private-Group-ID': '0+',
    'Tunnel-Assignment-ID': '0+',
    'Tunnel-Preference': '0+',
    'Acct-Interim-Interval': '0-1',
    'Framed-Pool': '0-1',
    'NAS-Filter-Rule': '0-1',
    'Framed-IPv6-Route': '0+',
    'Framed-IPv6-Pool': '0-1',
    'Delegated-IPv6-Prefix': '0+',
  }),
};

const requestCode = { coa: packetCodes['CoA-Request'], disconnect: packetCodes['Disconnect-Request'] } as const;

export interface ChangeRequest {
  readonly kind: ChangeKind;
  /** [RFC5176-2.3] Another one for every request; the same, with the same octets, for a copy. */
  readonly identifier: number;
  readonly secret: Uint8Array;
  /** Now, in milliseconds since 1970: a NAS believes a request for minutes only. */
  readonly at: number;
  /** Of the NAS and of the session; every one must match there. */
  readonly identification: Attributes;
  /** What the session may do from now on; nearly always empty for a Disconnect-Request. */
  readonly changes: Attributes;
}

/** Signed octets. */
export function changeRequest({ secret, ...asked }: ChangeRequest): Uint8Array {
  return signRequest(changeContent(asked), secret);
}

/** Throws on what RFC 5176 does not allow in that packet, and on a request that names no session. */
export function changeContent(asked: Omit<ChangeRequest, 'secret'>): PacketContent {
  const { kind, identifier, at, identification, changes } = asked;
  demand(identification, identificationTable, `identification of a ${kind} request`);
  demand(changes, changesTable[kind], `changes of a ${kind} request`);
  // A NAS may take a request that names no session for one that means all.
  if (!namesSession(identification)) throw new TypeError('names no session');
  if (kind === 'coa' && changes.length === 0) throw new TypeError('a coa request without changes');
  return {
    code: requestCode[kind],
    identifier,
    authenticator: new Uint8Array(16),
    // [RFC5176-6.3] Event-Timestamp: a recorded request is worth nothing later.
    attributes: [...identification, ...changes, attribute('Event-Timestamp', Math.floor(at / 1000))],
  };
}

/** Whether a NAS could find a session by these. */
export function namesSession(identification: Attributes): boolean {
  return identification.some(({ type }) => sessionIdentification.has(type));
}

export type ChangeAnswer =
  | { readonly answer: 'ack' }
  | { readonly answer: 'nak'; readonly errorCause?: number; readonly word: string; readonly then: AfterRefusal };

/**
 * What a verified answer says. [RFC5176-3.5] A NAK need not give a reason: `unexplained` is what this NAS means by a
 * Disconnect-NAK without. A change that is refused without a reason may still be forced by ending the session.
 */
export function readChangeAnswer(
  { code, attributes }: Pick<PacketContent, 'code' | 'attributes'>,
  unexplained: AfterRefusal = 'give-up',
): ChangeAnswer {
  if (code === packetCodes['CoA-ACK'] || code === packetCodes['Disconnect-ACK']) return { answer: 'ack' };
  const kind = refusedKind(code);
  const errorCause = integer(attributes, 'Error-Cause');
  if (errorCause === undefined) {
    return { answer: 'nak', word: 'no-reason', then: kind === 'coa' ? 'fall-back-to-disconnect' : unexplained };
  }
  return { answer: 'nak', errorCause, word: errorCauseWord(errorCause), then: afterRefusal(errorCause, kind) };
}

function refusedKind(code: number): ChangeKind {
  if (code === packetCodes['CoA-NAK']) return 'coa';
  if (code === packetCodes['Disconnect-NAK']) return 'disconnect';
  throw new TypeError(`code ${code} answers no change`);
}

function demand(attributes: Attributes, allowed: CountTable, what: string): void {
  const seen = new Set<number>();
  for (const { type } of attributes) {
    const count = allowed.get(type);
    if (count === undefined) throw new TypeError(`attribute ${type} has no place in the ${what}`);
    if (count === '0-1' && seen.has(type)) throw new TypeError(`attribute ${type} twice in the ${what}`);
    seen.add(type);
  }
}

function table(counts: Readonly<Partial<Record<AttributeName, Count>>>): CountTable {
  return new Map(Object.entries(counts).map(([name, count]) => [definition(name as AttributeName).number, count]));
}
