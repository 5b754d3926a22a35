// Distinguished names (RFC 5280 sections 4.1.2.4 and 7.1): attributes by object identifier, in any order, with their
// string types. Names are compared by a normalised key, never by a printed form.

import { DerFault, type DerElement, type DerReader, tags } from './der.ts';

const stringTypes = {
  0x0c: 'utf8',
  0x12: 'numeric',
  0x13: 'printable',
  0x14: 'teletex',
  0x16: 'ia5',
  0x1a: 'visible',
  0x1c: 'universal',
  0x1e: 'bmp',
} as const;
export type StringType = (typeof stringTypes)[keyof typeof stringTypes] | 'other';

export interface NameAttribute {
  readonly oid: string;
  readonly type: StringType;
  /** The text; for `other` the content in hex. */
  readonly text: string;
}

export interface Name {
  readonly attributes: readonly NameAttribute[];
  /** The same for names that RFC 5280 section 7.1 calls equal. */
  readonly key: string;
}

export function readName(reader: DerReader): Name {
  const sequence = reader.enter(tags.sequence);
  const attributes: NameAttribute[] = [];
  const key: string[][] = [];
  while (!sequence.atEnd) {
    const level = readLevel(sequence.enter(tags.set));
    attributes.push(...level);
    key.push(levelKey(level));
  }
  return { attributes, key: JSON.stringify(key) };
}

/** A name that is written as what it adds to another: nameRelativeToCRLIssuer [RFC5280-4.2.1.13]. */
export function readNameBelow(base: Name, relative: DerReader): Name {
  const level = readLevel(relative);
  const above = JSON.parse(base.key) as readonly string[][];
  return { attributes: [...base.attributes, ...level], key: JSON.stringify([...above, levelKey(level)]) };
}

function readLevel(relative: DerReader): readonly NameAttribute[] {
  const level: NameAttribute[] = [];
  while (!relative.atEnd) {
    const pair = relative.enter(tags.sequence);
    level.push({ oid: pair.oid(), ...readString(pair.element()) });
    pair.finish();
  }
  if (level.length === 0) throw new DerFault('empty set in a name');
  return level;
}

function levelKey(level: readonly NameAttribute[]): string[] {
  return level.map(({ oid, text }) => `${oid}=${normalised(text)}`).sort();
}

/** All values of one attribute, in the order of the certificate. */
export function valuesOf(name: Name, oid: string): readonly string[] {
  return name.attributes.filter(attribute => attribute.oid === oid).map(attribute => attribute.text);
}

const plainAscii = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/**
 * What is compared and searched, never what is shown: case, white space, forms of one letter and characters that nobody
 * sees do not distinguish names [RFC5280-7.1], as RFC 4518 section 2 prepares them.
 */
export function normalised(text: string): string {
  if (plainAscii.test(text)) return text.toLowerCase();
  const visible = text.normalize('NFKC').replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
  // Capitals first: a sharp s and its capitals SS are one.
  const folded = visible.toUpperCase().toLowerCase().normalize('NFKC');
  return folded.trim().replaceAll(/\s+/g, ' ');
}

export function readString({ tag, content }: DerElement): Pick<NameAttribute, 'type' | 'text'> {
  const type = Object.hasOwn(stringTypes, tag) ? stringTypes[tag as keyof typeof stringTypes] : 'other';
  const text = decode(type, content);
  // A NUL or a line break in a name has no honest use, and has fooled printers and comparers of names before.
  if (/\p{Cc}/u.test(text)) throw new DerFault('control character in a name');
  return { type, text };
}

function decode(type: StringType, content: Buffer): string {
  switch (type) {
    case 'utf8':
      return fatally('utf-8', content);
    case 'bmp':
      return fatally('utf-16be', content);
    case 'universal':
      return universal(content);
    case 'teletex':
      return content.toString('latin1');
    case 'other':
      return content.toString('hex');
    case 'numeric':
    case 'printable':
    case 'ia5':
    case 'visible':
      if (content.some(octet => octet >= 0x80)) throw new DerFault(`${type} string with an octet above 127`);
      return content.toString('latin1');
  }
}

function fatally(encoding: 'utf-8' | 'utf-16be', content: Buffer): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    // The only thing a fatal decoder throws is that the octets are not of its encoding.
    throw new DerFault(`not ${encoding}`);
  }
}

function universal(content: Buffer): string {
  if (content.length % 4 !== 0) throw new DerFault('universal string of wrong length');
  let text = '';
  for (let at = 0; at < content.length; at += 4) {
    const point = content.readUInt32BE(at);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
      throw new DerFault('universal string with no character');
    text += String.fromCodePoint(point);
  }
  return text;
}
