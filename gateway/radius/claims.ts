// What the NAS says about a request, as typed claims without national numbers. Claims help to find and to show a session;
// they never prove anything. RFC 2865 section 5.

import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import { address, first, integer } from './attributes.ts';
import type { NameOfKind } from './dictionary.ts';
import type { PacketContent } from './packet.ts';
import { nationalNumberMark, redactNationalNumber } from './redaction.ts';
import { valueName } from './value-names.ts';
import { readValue } from './values.ts';

export interface Claims {
  readonly userName?: string;
  readonly callingStationId?: string;
  /** The address in Calling-Station-Id, where it holds one: strongSwan writes `192.0.2.7[4500]`. */
  readonly callingAddress?: string;
  readonly calledStationId?: string;
  readonly nasIdentifier?: string;
  readonly nasIpAddress?: string;
  readonly nasPort?: number;
  readonly nasPortId?: string;
  /** In words (`Virtual`), or the number. */
  readonly nasPortType?: string;
  readonly serviceType?: string;
  readonly acctSessionId?: string;
  readonly acctMultiSessionId?: string;
  readonly framedIpAddress?: string;
  readonly framedMtu?: number;
  readonly connectInfo?: string;
}

type TextName = NameOfKind<'text' | 'tagged-text'>;

export function readClaims({ attributes }: Pick<PacketContent, 'attributes'>): Claims {
  const text = (name: NameOfKind<'text'>) => {
    const bytes = first(attributes, name);
    return bytes === undefined ? undefined : claimText(name, bytes);
  };
  const words = (name: 'NAS-Port-Type' | 'Service-Type') => {
    const value = integer(attributes, name);
    return value === undefined ? undefined : (valueName(name, value) ?? String(value));
  };
  const callingStationId = text('Calling-Station-Id');
  return present({
    userName: text('User-Name'),
    callingStationId,
    callingAddress: stationAddress(callingStationId),
    calledStationId: text('Called-Station-Id'),
    nasIdentifier: text('NAS-Identifier'),
    nasIpAddress: address(attributes, 'NAS-IP-Address') ?? address(attributes, 'NAS-IPv6-Address'),
    nasPort: integer(attributes, 'NAS-Port'),
    nasPortId: text('NAS-Port-Id'),
    nasPortType: words('NAS-Port-Type'),
    serviceType: words('Service-Type'),
    acctSessionId: text('Acct-Session-Id'),
    acctMultiSessionId: text('Acct-Multi-Session-Id'),
    framedIpAddress: address(attributes, 'Framed-IP-Address') ?? address(attributes, 'Framed-IPv6-Address'),
    framedMtu: integer(attributes, 'Framed-MTU'),
    connectInfo: text('Connect-Info'),
  });
}

/** Session ids are made by the NAS and are keys: a false find in one would make two sessions the same. */
const keys: ReadonlySet<TextName> = new Set(['Acct-Session-Id', 'Acct-Multi-Session-Id']);

/** What cannot be printed, or would change the direction or the line of what is printed around it. */
const unprintable = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/**
 * Text for keeping and showing. Octets that are no clean text become a digest: strongSwan sends a certificate's subject as
 * DER in User-Name, and there the national number stands in clear.
 */
export function claimText(name: TextName, bytes: Uint8Array): string {
  const text = readValue('text', bytes);
  if (text !== undefined && !unprintable.test(text)) return keys.has(name) ? text : redactNationalNumber(text);
  return `${name === 'User-Name' ? 'dn' : 'octets'}:${hash('sha256', bytes, 'hex').slice(0, 16)}`;
}

/** Whether a text of `claimText` is what the NAS said, and neither a digest nor freed of a national number. */
export function keptAsSaid(text: string): boolean {
  return !/^(?:dn|octets):[0-9a-f]{16}$/.test(text) && !text.includes(nationalNumberMark);
}

/** The address in a Calling-Station-Id, where it holds one. */
export function stationAddress(station: string | undefined): string | undefined {
  const bare = station?.replace(/\[\d{1,5}\]$/, '');
  return bare !== undefined && isIP(bare) !== 0 ? bare : undefined;
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(all: T): Present<T> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Present<T>;
}
