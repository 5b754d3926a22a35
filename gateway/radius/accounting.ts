// What an Accounting-Request says. RFC 2866 sections 4.1 and 5, RFC 2869 sections 5.1 to 5.3.

import { type Refused, refused } from '../contract/reason.ts';
import type { AccountingEvent } from '../pdp/session.ts';
import { type Attributes, address, all, first, integer } from './attributes.ts';
import { claimText } from './claims.ts';
import type { PacketContent } from './packet.ts';
import { terminateCauses, valueName } from './value-names.ts';

/** About the NAS as a whole: `on` and `off` end all its sessions. `other` (tunnels, links) is recorded and no more. */
export interface NasEvent {
  readonly kind: 'on' | 'off' | 'other';
  readonly at: number;
}

const kinds = new Map<string | undefined, AccountingEvent['kind'] | NasEvent['kind']>([
  ['Start', 'start'],
  ['Interim-Update', 'interim'],
  ['Stop', 'stop'],
  ['Accounting-On', 'on'],
  ['Accounting-Off', 'off'],
]);

/** A record that was kept back longer than this, or a clock that is off by more, is not believed. */
const oldestMs = 24 * 3_600_000;
const futureMs = 5 * 60_000;

/**
 * [RFC2866-4.1] also demands a NAS-IP-Address or NAS-Identifier. A packet without is read all the same: its source names the
 * NAS here, and a record that is never acknowledged makes some concentrators close the connection.
 */
export function readAccounting(
  { attributes }: Pick<PacketContent, 'attributes'>,
  now: number,
): AccountingEvent | NasEvent | Refused {
  const status = integer(attributes, 'Acct-Status-Type');
  if (status === undefined) return refused('accounting-malformed', 'no Acct-Status-Type');
  const at = eventTime(attributes, now);
  const kind = kinds.get(valueName('Acct-Status-Type', status)) ?? 'other';
  if (kind === 'on' || kind === 'off' || kind === 'other') return { kind, at };
  const acctSessionId = first(attributes, 'Acct-Session-Id');
  if (acctSessionId === undefined || acctSessionId.length === 0) {
    return refused('accounting-malformed', 'no Acct-Session-Id');
  }
  const framedAddress = address(attributes, 'Framed-IP-Address') ?? address(attributes, 'Framed-IPv6-Address');
  const nasAddress = address(attributes, 'NAS-IP-Address') ?? address(attributes, 'NAS-IPv6-Address');
  const nasIdentifier = nasName(attributes);
  const segments = segmentsOf(attributes);
  const inputOctets = octets(attributes, 'Acct-Input-Octets', 'Acct-Input-Gigawords');
  const outputOctets = octets(attributes, 'Acct-Output-Octets', 'Acct-Output-Gigawords');
  const sessionS = integer(attributes, 'Acct-Session-Time');
  const cause = integer(attributes, 'Acct-Terminate-Cause');
  return {
    kind,
    acctSessionId: claimText('Acct-Session-Id', acctSessionId),
    at,
    ...(framedAddress === undefined ? {} : { framedAddress }),
    ...(nasAddress === undefined ? {} : { nasAddress }),
    ...(nasIdentifier === undefined ? {} : { nasIdentifier }),
    ...(segments.length === 0 ? {} : { segments }),
    ...(inputOctets === undefined ? {} : { inputOctets }),
    ...(outputOctets === undefined ? {} : { outputOctets }),
    ...(sessionS === undefined ? {} : { sessionMs: sessionS * 1000 }),
    ...(kind === 'stop' && cause !== undefined
      ? { terminateCause: terminateCauses.get(cause) ?? `cause-${cause}` }
      : {}),
  };
}

/** Our id of the session, where the NAS sends Class back; others may have added a Class of theirs. */
export function sessionClass({ attributes }: Pick<PacketContent, 'attributes'>): string | undefined {
  return all(attributes, 'Class')
    .map(octets => Buffer.from(octets).toString('latin1'))
    .find(text => /^S-[\w-]{1,64}$/.test(text));
}

/** Kept to be sent back, so as it was sent or not at all. */
function nasName(attributes: Attributes): string | undefined {
  const sent = first(attributes, 'NAS-Identifier');
  if (sent === undefined) return undefined;
  const name = claimText('NAS-Identifier', sent);
  return Buffer.from(name).equals(sent) ? name : undefined;
}

/** What a NAS repeats of its authorization: the segment, by the name that it was told. */
function segmentsOf(attributes: Attributes): readonly string[] {
  const named = (name: 'Filter-Id' | 'Class') => all(attributes, name).map(octets => Buffer.from(octets).toString());
  const units = named('Class').flatMap(each => (each.startsWith('OU=') ? [each.slice(3).replace(/;$/, '')] : []));
  return [...named('Filter-Id'), ...units];
}

/** [RFC2869-5.3] Event-Timestamp, else [RFC2866-5.2] now less Acct-Delay-Time; else now, when neither can be true. */
function eventTime(attributes: Attributes, now: number): number {
  const stamp = integer(attributes, 'Event-Timestamp');
  const delay = integer(attributes, 'Acct-Delay-Time') ?? 0;
  const believable = (at: number) => at >= now - oldestMs && at <= now + futureMs;
  if (stamp !== undefined && believable(stamp * 1000)) return Math.min(stamp * 1000, now);
  const delayed = now - delay * 1000;
  return believable(delayed) ? delayed : now;
}

/**
 * The clock of the NAS less ours. [RFC2869-5.3] Event-Timestamp is when it happened, and [RFC2866-5.2] Acct-Delay-Time how long
 * the NAS has been trying to say so. Whatever delayed the packet without being told makes the clock look slow.
 */
export function clockSkewMs({ attributes }: Pick<PacketContent, 'attributes'>, now: number): number | undefined {
  const stamp = integer(attributes, 'Event-Timestamp');
  if (stamp === undefined) return undefined;
  return (stamp + (integer(attributes, 'Acct-Delay-Time') ?? 0)) * 1000 - now;
}

/** [RFC2869-5.1] The 32-bit counter and how often it went around. */
function octets(
  attributes: Attributes,
  low: 'Acct-Input-Octets' | 'Acct-Output-Octets',
  high: 'Acct-Input-Gigawords' | 'Acct-Output-Gigawords',
): number | undefined {
  const count = integer(attributes, low);
  const rounds = integer(attributes, high);
  if (count === undefined && rounds === undefined) return undefined;
  return Math.min((rounds ?? 0) * 2 ** 32 + (count ?? 0), Number.MAX_SAFE_INTEGER);
}
