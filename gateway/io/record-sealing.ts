// Seals small texts inside records of the store, under keys derived from those of the installation (HMAC-SHA256, RFC 2104):
// a copy of the store alone opens none of them.

import { purposeKey } from '../identity/keyed-digest.ts';
import type { Sealing } from '../ports.ts';
import { type MasterKey, masterKey, open, seal } from './sealed-secret.ts';

/** Seals under the first key, opens under any. */
export function recordSealing(newest: Uint8Array, ...older: readonly Uint8Array[]): Sealing {
  const keys = [newest, ...older].map(key => masterKey(purposeKey(key, 'sluis-record-key/1')));
  const [current] = keys as [MasterKey, ...MasterKey[]];
  return {
    seal: (text, purpose) => seal(Buffer.from(text, 'utf8'), purpose, current).trim(),
    open: (sealed, purpose) => {
      const opened = open(Buffer.from(sealed, 'utf8'), purpose, keys);
      return 'secret' in opened ? Buffer.from(opened.secret).toString('utf8') : undefined;
    },
  };
}
