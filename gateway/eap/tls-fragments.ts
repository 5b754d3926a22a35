// The data of an EAP-TLS packet and the cutting of long TLS messages into it (RFC 5216 section 2.1.5 and 3, RFC 9190):
// one octet flags, four octets message length when the L flag is set, TLS data. Only one side talks at a time.

import { type Refused, refused } from '../contract/reason.ts';

const lengthIncluded = 0x80;
const moreFragments = 0x40;
const startFlag = 0x20;

/** Flags and message length together with the EAP header: what a fragment costs besides its TLS data. */
export const fragmentOverheadOctets = 10;

export interface TlsFragment {
  /** Length of the whole TLS message, when the packet says it. Not of this fragment. */
  readonly messageLength?: number;
  readonly more: boolean;
  readonly data: Uint8Array;
}

/** The data of the EAP-TLS Start request. */
export const startData: Uint8Array = Uint8Array.of(startFlag);

/** The data of an acknowledgement: no flag, no TLS data. */
export const acknowledgementData: Uint8Array = Uint8Array.of(0);

/** Is this the server's opening request? Only the peer's side asks. */
export function isStart(data: Uint8Array): boolean {
  return ((data[0] ?? 0) & startFlag) !== 0;
}

/** Reads the type data of an EAP-TLS packet. Where L stands says nothing about a fragment's position. */
export function decodeFragment(data: Uint8Array): TlsFragment | Refused {
  const flags = data[0];
  if (flags === undefined) return refused('eap-fragment-malformed', 'no flags octet');
  // [RFC5216-3.1] Reserved bits, and S from the peer, are ignored on reception.
  const more = (flags & moreFragments) !== 0;
  if ((flags & lengthIncluded) === 0) return notEmptyWithMore({ more, data: data.slice(1) });
  if (data.length < 5) return refused('eap-fragment-malformed', 'the L flag without a message length');
  const messageLength = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(1);
  return notEmptyWithMore({ messageLength, more, data: data.slice(5) });
}

/** A fragment that carries nothing and promises more could go on for ever. */
function notEmptyWithMore(fragment: TlsFragment): TlsFragment | Refused {
  if (fragment.more && fragment.data.length === 0) {
    return refused('eap-fragment-malformed', 'an empty fragment that announces more');
  }
  return fragment;
}

/** Writes the type data of an EAP-TLS packet. */
export function encodeFragment(fragment: TlsFragment): Uint8Array {
  const withLength = fragment.messageLength !== undefined;
  const head = withLength ? 5 : 1;
  const octets = new Uint8Array(head + fragment.data.length);
  octets[0] = (withLength ? lengthIncluded : 0) | (fragment.more ? moreFragments : 0);
  if (fragment.messageLength !== undefined) new DataView(octets.buffer).setUint32(1, fragment.messageLength);
  octets.set(fragment.data, head);
  return octets;
}

/**
 * Cuts a TLS message into fragments of at most `fragmentBytes` TLS octets. The length stands on the first of several;
 * [RFC9190-2.4] an unfragmented message goes without.
 */
export function cutMessage(message: Uint8Array, fragmentBytes: number): readonly TlsFragment[] {
  if (!Number.isInteger(fragmentBytes) || fragmentBytes < 1) throw new RangeError(`fragment size ${fragmentBytes}`);
  if (message.length <= fragmentBytes) return [{ more: false, data: message }];
  const fragments: TlsFragment[] = [];
  for (let at = 0; at < message.length; at += fragmentBytes) {
    const fragment = { more: at + fragmentBytes < message.length, data: message.slice(at, at + fragmentBytes) };
    fragments.push(at === 0 ? { ...fragment, messageLength: message.length } : fragment);
  }
  return fragments;
}

/** A TLS message on its way in. */
export interface Collection {
  readonly messageLength?: number;
  readonly received: number;
  readonly parts: readonly Uint8Array[];
}

export const emptyCollection: Collection = { received: 0, parts: [] };

export type Collected =
  | { readonly complete: false; readonly collection: Collection }
  | { readonly complete: true; readonly message: Uint8Array };

/** Adds a fragment; every length the peer declares must be the same, within the limit, and kept. */
export function collect(collection: Collection, fragment: TlsFragment, maxMessageBytes: number): Collected | Refused {
  const declared = fragment.messageLength ?? collection.messageLength;
  const received = collection.received + fragment.data.length;
  if (declared !== undefined && declared > maxMessageBytes) {
    return refused('eap-message-too-large', `${declared} octets declared, ${maxMessageBytes} allowed`);
  }
  if (received > maxMessageBytes) {
    return refused('eap-message-too-large', `more than ${maxMessageBytes} octets`);
  }
  if (collection.messageLength !== undefined && declared !== collection.messageLength) {
    return refused('eap-fragment-malformed', `declared ${collection.messageLength} octets, then ${declared ?? 0}`);
  }
  if (declared !== undefined && received > declared) {
    return refused('eap-fragment-malformed', `${received} octets of ${declared} declared`);
  }
  const parts = [...collection.parts, fragment.data];
  if (fragment.more) {
    return {
      complete: false,
      collection: declared === undefined ? { received, parts } : { messageLength: declared, received, parts },
    };
  }
  if (declared !== undefined && received !== declared) {
    return refused('eap-fragment-malformed', `ended after ${received} octets of ${declared} declared`);
  }
  return { complete: true, message: joined(parts, received) };
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bounds of what a NAS may make us do by its Framed-MTU: no fewer TLS octets than this, and a reply must fit 4096 octets. */
const smallestFragment = 100;
const largestFragment = 3_500;

/**
 * How many TLS octets a fragment may carry: what is configured, or less where the NAS said how large an EAP packet its
 * link bears [RFC3579-2.4].
 */
export function fragmentBytesFor(configuredBytes: number, framedMtu?: number): number {
  const wanted =
    framedMtu === undefined ? configuredBytes : Math.min(configuredBytes, framedMtu - fragmentOverheadOctets);
  return Math.max(smallestFragment, Math.min(largestFragment, wanted));
}
