// One GeneralName of a certificate (RFC 5280 section 4.2.1.6): an alternative name, where lists and responders are, or what
// the certificates below may be called.

import { DerFault, type DerReader } from './der.ts';
import { readName, readString } from './name.ts';

export interface AlternativeName {
  readonly type: 'dns' | 'email' | 'uri' | 'ip' | 'other-name' | 'directory' | 'registered-id' | 'unread';
  /** Text; hex for addresses and values that are no string; the key of a directory name. */
  readonly value: string;
  /** Type of an `other-name`. */
  readonly oid?: string;
}

export function readGeneralName(list: DerReader): AlternativeName {
  switch (list.nextTag) {
    case 0x81:
      return { type: 'email', value: ascii(list.content(0x81)) };
    case 0x82:
      return { type: 'dns', value: ascii(list.content(0x82)) };
    case 0x86:
      return { type: 'uri', value: ascii(list.content(0x86)) };
    case 0x87:
      return { type: 'ip', value: list.content(0x87).toString('hex') };
    case 0x88:
      return { type: 'registered-id', value: list.oid(0x88) };
    case 0xa4:
      return { type: 'directory', value: readName(list.enter(0xa4)).key };
    case 0xa0: {
      const other = list.enter(0xa0);
      const oid = other.oid();
      const holder = other.enter(0xa0);
      other.finish();
      const { text } = readString(holder.element());
      holder.finish();
      return { type: 'other-name', oid, value: text };
    }
    default:
      return { type: 'unread', value: list.element().raw.toString('hex') };
  }
}

function ascii(content: Buffer): string {
  if (content.some(octet => octet < 0x20 || octet > 0x7e)) throw new DerFault('name with an unprintable octet');
  return content.toString('latin1');
}
