// A master key that only an HSM can open: one line `sluis-wrapped/1 KEYID HSMKEYID HASH BOX`. BOX is the key under RSA-OAEP (RFC 8017
// section 7.1) with an empty label, in base64url. KEYID is that of the master key, which so need not be opened to be named;
// HSMKEYID tells the key of the token.

import type { OaepHash } from '../pkcs11/layout.ts';
import { fromBase64url } from './sealed-secret.ts';

export interface WrappedKey {
  readonly id: string;
  readonly hsmKeyId: string;
  readonly hash: OaepHash;
  readonly box: Uint8Array;
}

/** Of any version: what a later one wrapped is no plain key either. */
export const wrappedFormat = 'sluis-wrapped/';
const line = /^sluis-wrapped\/1 ([0-9a-f]{8}) ([0-9a-f]{8}) oaep-(sha1|sha256) ([\w-]{342,1366})$/;

export function readWrappedLine(text: string): WrappedKey | undefined {
  const [, id, hsmKeyId, hash, boxText] = line.exec(text) ?? [];
  const box = fromBase64url(boxText);
  if (id === undefined || hsmKeyId === undefined || box === undefined) return undefined;
  return { id, hsmKeyId, hash: hash === 'sha1' ? 'sha1' : 'sha256', box };
}

export function wrappedLine({ id, hsmKeyId, hash, box }: WrappedKey): string {
  return `${wrappedFormat}1 ${id} ${hsmKeyId} oaep-${hash} ${Buffer.from(box).toString('base64url')}\n`;
}
