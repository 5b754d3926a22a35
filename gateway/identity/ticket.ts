// Tickets: the one-time user name and password with which the VPN client speaks for a proven laptop.
// Pure: random bytes, keys and the time are arguments. A secret is derived (HMAC-SHA256, RFC 2104) and never kept.

import { timingSafeEqual } from 'node:crypto';
import { type Refused, refused } from '../contract/reason.ts';
import type { Ticket } from '../ports.ts';
import { base32 } from './base32.ts';
import { keyedDigest, purposeKey } from './keyed-digest.ts';

/** 10 bytes are exactly the 16 base32 characters of a handle. */
export const handleBytes = 10;
/** 128 bits are 22 base64url characters: far out of reach of guessing within a ticket's life. */
const secretBytes = 16;

export const ticketLifeMs = 120_000;
/** A lost reply or a fail-over to the second concentrator asks again within this time. */
const replayMs = 60_000;

/** In lower case: concentrators fold the case of user names one way or the other. */
const handlePattern = /^t-[a-z2-7]{16}$/;

/** `t-` and 16 base32 characters. */
export function ticketHandle(bytes: Uint8Array): string {
  if (bytes.length !== handleBytes) throw new RangeError(`a ticket handle takes ${handleBytes} random bytes`);
  return `t-${base32(bytes).toLowerCase()}`;
}

/** Whether a RADIUS User-Name is the handle of a ticket. */
export function isTicketHandle(userName: string): boolean {
  return handlePattern.test(userName);
}

/** The key of all tickets, from the key of the installation. */
export function ticketKey(masterKey: Uint8Array): Uint8Array {
  return purposeKey(masterKey, 'sluis-ticket-key/1');
}

/** The password that goes with a handle. It opens nothing by itself: only a ticket in the store does. */
export function ticketSecret(key: Uint8Array, tenant: string, handle: string): string {
  return keyedDigest(key, ['sluis-ticket/1', tenant, handle]).subarray(0, secretBytes).toString('base64url');
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
export function redeemable(
  ticket: Ticket,
  key: Uint8Array,
  redemption: Redemption,
): 'fresh' | { readonly replay: string } | Refused {
  // The secret comes first: who does not have it learns nothing about the ticket.
  if (!secretFits(ticket, key, redemption.secret)) return refused('ticket-secret-wrong');
  // Where it is not meant for it is no ticket at all, used or not: whoever carried it there learns nothing either.
  if (ticket.nasGroups?.includes(redemption.nasGroup) === false) {
    return refused('ticket-unknown', `not made for NAS group ${redemption.nasGroup}`);
  }
  const { redeemed } = ticket;
  if (redeemed === undefined) return redemption.now < ticket.expiresAt ? 'fresh' : refused('ticket-expired');
  if (redemption.accountingStarted) return refused('ticket-used', 'accounting has started');
  if (redemption.now - redeemed.at >= replayMs) return refused('ticket-used', 'redeemed a minute ago or more');
  if (redeemed.nasGroup !== redemption.nasGroup) return refused('ticket-used', 'redeemed at another NAS group');
  if (redeemed.caller !== redemption.caller) return refused('ticket-used', 'redeemed by another caller');
  return { replay: redeemed.sessionId };
}

function secretFits({ tenant, handle }: Ticket, key: Uint8Array, secret: string): boolean {
  const expected = Buffer.from(ticketSecret(key, tenant, handle), 'utf8');
  const offered = Buffer.from(secret, 'utf8');
  // Every secret has the same length, so the length tells nothing.
  return expected.length === offered.length && timingSafeEqual(expected, offered);
}
