// Tickets: the one-time user name and password with which the VPN client speaks for a proven laptop.
// Pure: random bytes and the time are arguments. Only the SHA-256 of a secret is ever kept.

import { createHash, timingSafeEqual } from 'node:crypto';
import { type Refused, refused } from '../contract/reason.ts';
import type { Ticket } from '../ports.ts';

/** 10 bytes are exactly the 16 base32 characters of a handle. */
export const handleBytes = 10;
/** 24 bytes are 32 base64url characters: far out of reach of guessing within a ticket's life. */
export const secretBytes = 24;

export const ticketLifeMs = 5 * 60_000;
/** A lost reply or a fail-over to the second concentrator asks again within this time. */
const replayMs = 60_000;

/** RFC 4648 section 6, in lower case: concentrators fold the case of user names one way or the other. */
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';
const handlePattern = /^t-[a-z2-7]{16}$/;

/** `t-` and 16 base32 characters. */
export function ticketHandle(bytes: Uint8Array): string {
  if (bytes.length !== handleBytes) throw new RangeError(`a ticket handle takes ${handleBytes} random bytes`);
  let bits = 0;
  let held = 0;
  let characters = '';
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      characters += base32.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return `t-${characters}`;
}

/** Whether a RADIUS User-Name is the handle of a ticket. */
export function isTicketHandle(userName: string): boolean {
  return handlePattern.test(userName);
}

export function ticketSecret(bytes: Uint8Array): string {
  if (bytes.length !== secretBytes) throw new RangeError(`a ticket secret takes ${secretBytes} random bytes`);
  return Buffer.from(bytes).toString('base64url');
}

/** SHA-256 (hex) of the secret as the VPN client sends it. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** What the concentrator says when someone uses a ticket. */
export interface Redemption {
  readonly secret: string;
  readonly nasGroup: string;
  /** Calling-Station-Id. */
  readonly caller: string;
  readonly now: number;
  /** The session that the ticket opened has been started by accounting. */
  readonly accountingStarted: boolean;
}

/** Fresh; or the session that it opened a moment ago, for the same answer again; or why it opens nothing. */
export function redeemable(ticket: Ticket, redemption: Redemption): 'fresh' | { readonly replay: string } | Refused {
  // The secret comes first: who does not have it learns nothing about the ticket.
  if (!secretFits(ticket, redemption.secret)) return refused('ticket-secret-wrong');
  const { redeemed } = ticket;
  if (redeemed === undefined) return redemption.now < ticket.expiresAt ? 'fresh' : refused('ticket-expired');
  if (redemption.accountingStarted) return refused('ticket-used', 'accounting has started');
  if (redemption.now - redeemed.at >= replayMs) return refused('ticket-used', 'redeemed a minute ago or more');
  if (redeemed.nasGroup !== redemption.nasGroup) return refused('ticket-used', 'redeemed at another NAS group');
  if (redeemed.caller !== redemption.caller) return refused('ticket-used', 'redeemed by another caller');
  return { replay: redeemed.sessionId };
}

function secretFits(ticket: Ticket, secret: string): boolean {
  const expected = Buffer.from(ticket.secretHash, 'hex');
  const offered = Buffer.from(secretHash(secret), 'hex');
  return expected.length === offered.length && timingSafeEqual(expected, offered);
}
