// Recovery codes: ten one-time codes on paper for the day the telephone with the second factor is gone.
// Pure: random bytes and keys are arguments. Only a keyed hash is kept, which is nothing to guess against without the key.

import { timingSafeEqual } from 'node:crypto';
import { base32 } from './base32.ts';
import { keyedDigest, purposeKey } from './keyed-digest.ts';

const codeCount = 10;
/** 80 bits: out of reach of guessing even for who has the key, so a fast hash does. */
const codeBytes = 10;
export const recoveryCodesBytes = codeCount * codeBytes;

/** Without i, l, o and u: the first three are read as 1 and 0, and no code spells a word. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const codePattern = /^[0-9a-hjkmnp-tv-z]{16}$/;

/** For the eyes: four groups of four. */
export function recoveryCodes(random: Uint8Array): readonly string[] {
  if (random.length !== recoveryCodesBytes)
    throw new RangeError(`recovery codes take ${recoveryCodesBytes} random bytes`);
  return Array.from({ length: codeCount }, (_, index) => {
    const characters = base32(random.subarray(index * codeBytes, (index + 1) * codeBytes), alphabet);
    return characters.replaceAll(/.{4}(?=.)/g, '$&-');
  });
}

/** Whether what was typed where a code is asked for is a recovery code, and not one of the telephone. */
export function isRecoveryCode(typed: string): boolean {
  return codePattern.test(canonical(typed));
}

export function recoveryCodeKey(masterKey: Uint8Array): Uint8Array {
  return purposeKey(masterKey, 'sluis-recovery-code-key/1');
}

/** The same for every way of typing the code; another for every tenant and person. */
export function recoveryCodeHash(key: Uint8Array, tenant: string, person: string, code: string): string {
  return keyedDigest(key, ['sluis-recovery-code/1', tenant, person, canonical(code)]).toString('base64url');
}

/** The hashes that remain when this one is used; `undefined`: it is not among them, or was used before. */
export function useRecoveryCode(hashes: readonly string[], hash: string): readonly string[] | undefined {
  const offered = Buffer.from(hash);
  const remaining = hashes.filter(each => {
    const kept = Buffer.from(each);
    return kept.length !== offered.length || !timingSafeEqual(kept, offered);
  });
  return remaining.length === hashes.length ? undefined : remaining;
}

function canonical(typed: string): string {
  return typed
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .toLowerCase()
    .replaceAll(/[il]/g, '1')
    .replaceAll('o', '0');
}
