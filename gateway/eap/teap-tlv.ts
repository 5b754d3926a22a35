// The TLVs inside a TEAP tunnel, and beside TLS in its first two packets (RFC 9930 section 4.2): a flag for mandatory, a type of
// 14 bits, a length, a value. What one message of the peer says, with the rules of section 4.3 kept.

import { type Refused, isRefused, refused } from '../contract/reason.ts';

/** Those that are read or written here. */
export const teapTlvs = {
  'Authority-ID': 1,
  'Identity-Type': 2,
  Result: 3,
  NAK: 4,
  Error: 5,
  'Request-Action': 8,
  'EAP-Payload': 9,
  'Intermediate-Result': 10,
  PAC: 11,
  'Crypto-Binding': 12,
  'Identity-Hint': 19,
} as const;
type TlvName = keyof typeof teapTlvs;

const headerOctets = 4;
const mandatoryFlag = 0x8000;
const typeBits = 0x3fff;
const vendorSpecific = 7;

export interface Tlv {
  readonly type: number;
  /** Who does not know it says so. */
  readonly mandatory: boolean;
  readonly value: Uint8Array;
}

const identityTypes = { user: 1, machine: 2 } as const;
/** Whose credential is meant. */
export type IdentityType = keyof typeof identityTypes;

const outcomes = { success: 1, failure: 2 } as const;
export type TeapOutcome = keyof typeof outcomes;

/** Errors that are told to the peer [RFC9930-4.2.6]; from 2000 on they end the conversation by themselves. */
export const teapErrors = {
  'inner-method-failed': 1001,
  'authorization-failed': 1004,
  'infrastructure-unavailable': 1009,
  'certificate-not-supplied': 1019,
  'certificate-rejected': 1020,
  'inner-method-not-supported': 1032,
  'tunnel-compromised': 2001,
  'unexpected-tlvs': 2002,
} as const;
export type TeapError = keyof typeof teapErrors;

/** What the peer says in one message; what it may leave out is optional. */
export interface TeapSaid {
  readonly cryptoBinding?: Uint8Array;
  readonly intermediateResult?: TeapOutcome;
  readonly result?: TeapOutcome;
  /** What is to follow where its wish is not granted. */
  readonly requestAction?: TeapOutcome;
  /** `other`: a type that nobody has defined, which says that the peer has no such identity. */
  readonly identityType?: IdentityType | 'other';
  /** An EAP packet, and whatever stands behind it. */
  readonly eapPayload?: Uint8Array;
  readonly errors: readonly number[];
  /** It does not know a TLV of ours. */
  readonly nak: boolean;
}

/** A mandatory TLV that we do not know: it is to be told, and nothing else of its message counts. */
export interface UnknownTlv {
  readonly unknown: { readonly type: number; readonly vendor: number };
}

/** Reads a sequence of TLVs; each length is held against what is there. */
export function decodeTlvs(octets: Uint8Array): readonly Tlv[] | Refused {
  const tlvs: Tlv[] = [];
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  for (let at = 0; at < octets.length; ) {
    const left = octets.length - at - headerOctets;
    if (left < 0) return refused('eap-malformed', `${left + headerOctets} octets are no TLV`);
    const head = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (length > left) return refused('eap-malformed', `a TLV of ${length} octets, ${left} are there`);
    const value = octets.slice(at + headerOctets, at + headerOctets + length);
    tlvs.push({ type: head & typeBits, mandatory: (head & mandatoryFlag) !== 0, value });
    at += headerOctets + length;
  }
  return tlvs;
}

export function encodeTlvs(tlvs: readonly Tlv[]): Uint8Array {
  const parts = tlvs.map(({ type, mandatory, value }) => {
    const octets = new Uint8Array(headerOctets + value.length);
    const view = new DataView(octets.buffer);
    view.setUint16(0, (mandatory ? mandatoryFlag : 0) | type);
    view.setUint16(2, value.length);
    octets.set(value, headerOctets);
    return octets;
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** What one message inside the tunnel says. */
export function readTeap(data: Uint8Array): TeapSaid | UnknownTlv | Refused {
  const tlvs = decodeTlvs(data);
  if (isRefused(tlvs)) return tlvs;
  const found = new Map<TlvName, Uint8Array>();
  const errors: number[] = [];
  for (const { type, mandatory, value } of tlvs) {
    const name = nameOf(type);
    if (name === 'Error') errors.push(value.length === 4 ? uint32(value) : 0);
    else if (name === 'Identity-Hint') continue;
    else if (name === 'PAC' || name === 'Authority-ID') return refused('eap-unexpected', `a TLV ${name}`);
    else if (name === undefined) {
      // [RFC9930-4.3] Nothing of a message counts in which a mandatory TLV is not known.
      const vendor = type === vendorSpecific && value.length >= 4 ? uint32(value) : 0;
      if (!mandatory) continue;
      // [RFC9930-4.2.5] A Result is never answered by a NAK.
      const isLast = tlvs.some(other => other.type === teapTlvs.Result);
      return isLast ? refused('eap-unexpected', `mandatory TLV ${type} is not known`) : { unknown: { type, vendor } };
    } else if (found.has(name) && name !== 'NAK' && name !== 'Request-Action') {
      // [RFC9930-4.3] Several EAP-Payloads end the conversation; of the others the first would be a guess.
      return refused('eap-unexpected', `${name} twice`);
    } else found.set(name, value);
  }
  return told(found, errors);
}

function told(found: ReadonlyMap<TlvName, Uint8Array>, errors: readonly number[]): TeapSaid | Refused {
  const [result, intermediate] = [outcomeIn(found.get('Result')), outcomeIn(found.get('Intermediate-Result'))];
  const requested = found.get('Request-Action');
  const [binding, payload, type] = [found.get('Crypto-Binding'), found.get('EAP-Payload'), found.get('Identity-Type')];
  if (result === 'malformed' || intermediate === 'malformed')
    return refused('eap-malformed', 'neither success nor failure');
  if (type !== undefined && type.length !== 2)
    return refused('eap-malformed', `an Identity-Type of ${type.length} octets`);
  if (requested !== undefined && requested.length < 2)
    return refused('eap-malformed', 'a Request-Action without an action');
  return {
    errors,
    nak: found.has('NAK'),
    ...(binding === undefined ? {} : { cryptoBinding: binding }),
    ...(intermediate === undefined ? {} : { intermediateResult: intermediate }),
    ...(result === undefined ? {} : { result }),
    // [RFC9930-4.2.9] A status that is not understood is a failure.
    ...(requested === undefined ? {} : { requestAction: requested[0] === outcomes.success ? 'success' : 'failure' }),
    ...(type === undefined ? {} : { identityType: identityTypeIn(type) }),
    ...(payload === undefined ? {} : { eapPayload: payload }),
  };
}

/** [RFC9930-4.2.2] The one TLV beside TLS in our first packet. */
export function authorityId(name: string): Tlv {
  return { type: teapTlvs['Authority-ID'], mandatory: false, value: new Uint8Array(Buffer.from(name, 'utf8')) };
}

export function identityType(type: IdentityType): Tlv {
  return mandatoryTlv('Identity-Type', Uint8Array.of(0, identityTypes[type]));
}

export function eapPayload(packet: Uint8Array): Tlv {
  return mandatoryTlv('EAP-Payload', packet);
}

export function cryptoBinding(value: Uint8Array): Tlv {
  return mandatoryTlv('Crypto-Binding', value);
}

export function intermediateResult(outcome: TeapOutcome): Tlv {
  return mandatoryTlv('Intermediate-Result', Uint8Array.of(0, outcomes[outcome]));
}

export function result(outcome: TeapOutcome): Tlv {
  return mandatoryTlv('Result', Uint8Array.of(0, outcomes[outcome]));
}

export function error(why: TeapError): Tlv {
  return mandatoryTlv('Error', Uint8Array.of(0, 0, teapErrors[why] >> 8, teapErrors[why] & 0xff));
}

export function nak({ type, vendor }: UnknownTlv['unknown']): Tlv {
  const value = new Uint8Array(6);
  new DataView(value.buffer).setUint32(0, vendor);
  new DataView(value.buffer).setUint16(4, type);
  return mandatoryTlv('NAK', value);
}

function mandatoryTlv(name: TlvName, value: Uint8Array): Tlv {
  return { type: teapTlvs[name], mandatory: true, value };
}

function nameOf(type: number): TlvName | undefined {
  for (const [name, value] of Object.entries(teapTlvs)) if (value === type) return name as TlvName;
  return undefined;
}

function outcomeIn(value: Uint8Array | undefined): TeapOutcome | 'malformed' | undefined {
  if (value === undefined) return undefined;
  // An Intermediate-Result may have TLVs behind its status.
  const status = value.length < 2 ? 0 : ((value[0] ?? 0) << 8) | (value[1] ?? 0);
  if (status === outcomes.success) return 'success';
  return status === outcomes.failure ? 'failure' : 'malformed';
}

function identityTypeIn([high = 0, low = 0]: Uint8Array): IdentityType | 'other' {
  const type = (high << 8) | low;
  if (type === identityTypes.user) return 'user';
  return type === identityTypes.machine ? 'machine' : 'other';
}

function uint32(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(0);
}
