// What is sent for each outcome: the total table (port × request × outcome) → reply code or silence. Silence is a row like
// any other: it makes the NAS turn to another gateway, where a reject would be final. RFC 2865 section 2, RFC 2866
// section 2, RFC 5997 section 3.

import { packetCodes, packetName, type PacketName, type RequestName } from './code.ts';

export const replyOutcomes = [
  'accept',
  'reject',
  'challenge',
  /** Recorded (accounting) or alive (Status-Server). */
  'answered',
  /** On purpose: refused before anything was authenticated, or a duplicate. */
  'silent',
  /** A dependency is down: nothing is known against anyone, another gateway may know better. */
  'try-again',
  /** No row of anyone's table applied: closed. */
  'unknown',
] as const;
export type ReplyOutcome = (typeof replyOutcomes)[number];

/** [RFC5997-3] Which kind of port was asked decides how Status-Server is answered. `both` is RADIUS over TLS [RFC6614-2.1]. */
export type ServerPort = 'authentication' | 'accounting' | 'both';

export type ReplyRow = PacketName | 'silence';

const silence: Readonly<Record<ReplyOutcome, ReplyRow>> = {
  accept: 'silence',
  reject: 'silence',
  challenge: 'silence',
  answered: 'silence',
  silent: 'silence',
  'try-again': 'silence',
  unknown: 'silence',
};

const access: Readonly<Record<ReplyOutcome, ReplyRow>> = {
  accept: 'Access-Accept',
  reject: 'Access-Reject',
  challenge: 'Access-Challenge',
  answered: 'Access-Reject',
  silent: 'silence',
  'try-again': 'silence',
  unknown: 'Access-Reject',
};

/** The response means "recorded"; anything less is silence, so that the NAS keeps the record and sends it again. */
const accounting: Readonly<Record<ReplyOutcome, ReplyRow>> = { ...silence, answered: 'Accounting-Response' };

export const replyTable: Readonly<
  Record<ServerPort, Readonly<Record<RequestName, Readonly<Record<ReplyOutcome, ReplyRow>>>>>
> = {
  authentication: {
    'Access-Request': access,
    'Status-Server': { ...silence, answered: 'Access-Accept' },
    'Accounting-Request': silence,
    'Disconnect-Request': silence,
    'CoA-Request': silence,
  },
  accounting: {
    'Access-Request': silence,
    'Status-Server': { ...silence, answered: 'Accounting-Response' },
    'Accounting-Request': accounting,
    'Disconnect-Request': silence,
    'CoA-Request': silence,
  },
  both: {
    'Access-Request': access,
    'Status-Server': { ...silence, answered: 'Access-Accept' },
    'Accounting-Request': accounting,
    'Disconnect-Request': silence,
    'CoA-Request': silence,
  },
};

const rows = new Map<string, ReadonlyMap<string, ReplyRow>>(
  Object.entries(replyTable).flatMap(([port, requests]) =>
    Object.entries(requests).map(([request, row]) => [`${port} ${request}`, new Map(Object.entries(row))] as const),
  ),
);

/** The code to send, or silence. An outcome outside the table counts as `unknown`, a code outside it is never answered. */
export function replyCode(port: ServerPort, requestCode: number, outcome: ReplyOutcome): number | 'silence' {
  const row = rows.get(`${port} ${packetName(requestCode) ?? ''}`);
  const reply = row?.get(outcome) ?? row?.get('unknown') ?? 'silence';
  return reply === 'silence' ? 'silence' : packetCodes[reply];
}

/** Whether a port serves a request code at all; what it does not serve is refused as `code-not-served`. */
export function serves(port: ServerPort, requestCode: number): boolean {
  const row = rows.get(`${port} ${packetName(requestCode) ?? ''}`);
  return row !== undefined && [...row.values()].some(reply => reply !== 'silence');
}
