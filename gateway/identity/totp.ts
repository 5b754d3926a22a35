// One-time codes by the clock (RFC 6238 over RFC 4226), as authenticator apps make them: HMAC-SHA1, six digits, thirty
// seconds. Most apps ignore any other choice in the QR code without a word, so there is none.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Refused, refused } from '../contract/reason.ts';
import { base32 } from './base32.ts';

/** [RFC4226-4] As many as the hash has, which is what R6 recommends. */
export const totpSeedBytes = 20;
/** [RFC4226-4] R6 demands this much. */
const leastSeedBytes = 16;
const stepMs = 30_000;
const digits = 6;

export interface TotpAttempt {
  readonly seed: Uint8Array;
  /** As typed: apps show a space in the middle. */
  readonly code: string;
  readonly now: number;
  /** The step of the last code that was used; -1 before the first. */
  readonly lastStep: number;
}

/** The step that the code was made for; it is to be kept as `lastStep`. */
export function verifyTotp({
  seed,
  code,
  now,
  lastStep,
}: TotpAttempt): { readonly ok: true; readonly step: number } | Refused {
  const typed = code.replaceAll(/\s/g, '');
  if (!/^[0-9]{6}$/.test(typed)) return refused('second-factor-wrong', 'not six digits');
  const current = Math.floor(now / stepMs);
  // [RFC6238-5.2] One step either way, for clocks that are off and fingers that are slow.
  const fitting = [current - 1, current, current + 1].filter(
    step => step >= 0 && timingSafeEqual(Buffer.from(totpCode(seed, step)), Buffer.from(typed)),
  );
  if (fitting.length === 0) return refused('second-factor-wrong');
  // [RFC6238-5.2] One-time; the last step that fits, so that the same digits do not open the next one.
  const step = fitting.findLast(each => each > lastStep);
  return step === undefined ? refused('second-factor-replayed') : { ok: true, step };
}

/** [RFC4226-5.3] */
export function totpCode(seed: Uint8Array, step: number, length = digits): string {
  if (seed.length < leastSeedBytes) throw new RangeError(`a seed has at least ${leastSeedBytes} bytes`);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const value = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(value % 10 ** length).padStart(length, '0');
}

/** What the QR code holds. The issuer is told twice because apps differ in where they look. */
export function otpauthUri(account: {
  readonly issuer: string;
  readonly account: string;
  readonly seed: Uint8Array;
}): string {
  // A colon ends the issuer in the label, encoded or not.
  if (account.issuer.includes(':')) throw new RangeError('an issuer has no colon');
  const issuer = encodeURIComponent(account.issuer);
  const label = `${issuer}:${encodeURIComponent(account.account)}`;
  const period = stepMs / 1000;
  return `otpauth://totp/${label}?secret=${base32(account.seed)}&issuer=${issuer}&algorithm=SHA1&digits=${digits}&period=${period}`;
}
