// Names of one decision: the record id (for machines) and the case code (for people, over a telephone).
// Random bytes are arguments.

/** No vowels, so no words; nothing that is mistaken for another letter of the list or for a digit (G, Q, S, Z). */
const letters = 'BCDFHJKLMNPRTVWX';
const typed = new RegExp(`^[${letters}]{6}$`);

/** Six letters from six random bytes: sixteen million codes. Of two cases with one code, the newest is meant. */
export function caseCode(bytes: Uint8Array): string {
  if (bytes.length < 6) throw new RangeError('a case code takes 6 random bytes');
  return Array.from(bytes.subarray(0, 6), byte => letters.charAt(byte & 15)).join('');
}

/** The case code that a person typed (`bcd-fhj`, `BCD FHJ`), or nothing when it is none. */
export function readCaseCode(text: string): string | undefined {
  const code = text.replaceAll(/[\s-]/g, '').toUpperCase();
  return typed.test(code) ? code : undefined;
}

/** Six letters of a machine key (SHA-256, hex), to be told over a telephone. Others may share it: it finds, and proves nothing. */
export function deviceCode(device: string): string {
  return caseCode(Buffer.from(device, 'hex'));
}

/** `D-` and 96 random bits in base64url: never mistaken for a case code, and it says nothing about its case. */
export function recordId(bytes: Uint8Array): string {
  if (bytes.length < 12) throw new RangeError('a record id takes 12 random bytes');
  return `D-${Buffer.from(bytes.subarray(0, 12)).toString('base64url')}`;
}

export function isRecordId(text: string): boolean {
  return /^D-[A-Za-z0-9_-]{16}$/.test(text);
}
