// A packet in lines that a person reads, with everything masked that must not be in a log: passwords, keys, the inside of
// EAP, national numbers.

import { type Attribute, vendorParts } from './attributes.ts';
import { claimText } from './claims.ts';
import { packetName } from './code.ts';
import { type AttributeName, definition, nameOf, type NameOfKind, vendorNames } from './dictionary.ts';
import { type PacketContent, encodedLength } from './packet.ts';
import { redactNationalNumber } from './redaction.ts';
import { valueName } from './value-names.ts';
import { asBuffer, readValue, type ValueKind } from './values.ts';

/** First the packet, then one line per attribute. */
export function dump(packet: PacketContent): readonly string[] {
  const name = packetName(packet.code) ?? `code ${packet.code}`;
  const head = `${name}, identifier ${packet.identifier}, ${encodedLength(packet.attributes)} octets`;
  return [head, ...packet.attributes.flatMap((found, index) => attributeLines(found, packet.attributes[index - 1]))];
}

function attributeLines({ type, bytes }: Attribute, before: Attribute | undefined): readonly string[] {
  const name = nameOf(type);
  if (name === 'EAP-Message') return [`EAP-Message = ${before?.type === type ? 'continued' : eapHeader(bytes)}`];
  if (name === 'Vendor-Specific') return vendorLines(bytes);
  return [name === undefined ? `attribute ${type} = ${hex(bytes)}` : `${name} = ${shown(name, bytes)}`];
}

function vendorLines(value: Uint8Array): readonly string[] {
  const parts = vendorParts(value);
  if (parts.length === 0) return [`Vendor-Specific = ${hex(value)}`];
  return parts.map(({ vendor, type, bytes }) => {
    const name = nameOf(type, vendor);
    if (name !== undefined) return `${name} = ${shown(name, bytes)}`;
    return `${vendorNames.get(vendor) ?? `vendor ${vendor}`} ${type} = ${hex(bytes)}`;
  });
}

/** Enough to see which request follows which answer. */
const shownOfState = 8;

function shown(name: AttributeName, bytes: Uint8Array): string {
  const { kind, sensitive } = definition(name);
  if (sensitive === true) return `(hidden, ${bytes.length} octets)`;
  // Whoever has the whole of it could go on with somebody's conversation.
  if (name === 'State' && bytes.length > shownOfState) {
    return `${hex(bytes.subarray(0, shownOfState))}… (${bytes.length} octets)`;
  }
  if (!isText(name)) return shownValue(name, kind, bytes);
  const tagged = kind === 'tagged-text' && (bytes[0] ?? 0xff) <= 0x1f;
  return JSON.stringify(claimText(name, tagged ? bytes.subarray(1) : bytes));
}

function shownValue(name: AttributeName, kind: ValueKind, bytes: Uint8Array): string {
  const value = readValue(kind, bytes);
  // Wrong inside [RFC6929-2.8]: shown as it is.
  if (value === undefined || typeof value === 'object') return hex(bytes);
  if (typeof value === 'string') return value;
  if (kind === 'time') return new Date(Number(value) * 1000).toISOString();
  const word = valueName(name, Number(value));
  return word === undefined ? String(value) : `${word} (${value})`;
}

function isText(name: AttributeName): name is NameOfKind<'text' | 'tagged-text'> {
  const { kind } = definition(name);
  return kind === 'text' || kind === 'tagged-text';
}

/** Octets as text where they are nothing else (Class and State mostly are), redacted; else in hex. */
function hex(bytes: Uint8Array): string {
  const text = asBuffer(bytes).toString('latin1');
  const redacted = redactNationalNumber(text);
  const readable = /^[\x20-\x7e]{2,}$/.test(text);
  return readable || redacted !== text ? JSON.stringify(redacted) : `0x${asBuffer(bytes).toString('hex')}`;
}

const eapCodes = ['', 'Request', 'Response', 'Success', 'Failure'];

/** Code, identifier, type and length (RFC 3748 section 4); never what follows. */
function eapHeader(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'Start';
  if (bytes.length < 4) return `(${bytes.length} octets)`;
  const [code = 0, identifier = 0, high = 0, low = 0, type] = bytes;
  const what = type === undefined || code > 2 ? '' : `, type ${type}`;
  return `${eapCodes[code] ?? `code ${code}`}, identifier ${identifier}${what}, ${(high << 8) | low} octets`;
}
