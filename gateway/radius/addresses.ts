// IPv4 and IPv6 addresses and prefixes as text and as octets. RFC 2865 section 5 (address), RFC 3162 section 2, RFC 5952.

import { isIP } from 'node:net';

/** Four or sixteen octets; `undefined` when the text is no address. */
export function addressToBytes(text: string): Uint8Array | undefined {
  const family = isIP(text);
  if (family === 4) return Uint8Array.from(text.split('.'), Number);
  // A zone (`fe80::1%eth0`) names an interface of this host; it has no place in 16 octets.
  if (family !== 6 || text.includes('%')) return undefined;
  const [head = '', tail] = withoutDottedEnd(text).split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const bytes = new Uint8Array(16);
  for (const [index, group] of before.entries()) writeGroup(bytes, index, group);
  for (const [index, group] of after.entries()) writeGroup(bytes, 8 - after.length + index, group);
  return bytes;
}

/** RFC 5952 form for 16 octets, dotted for 4; `undefined` for any other length. */
export function addressFromBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return undefined;
  const words = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  const gap = longestZeroRun(words);
  const hex = (part: readonly number[]) => part.map(word => word.toString(16)).join(':');
  if (gap.length < 2) return hex(words);
  return `${hex(words.slice(0, gap.start))}::${hex(words.slice(gap.start + gap.length))}`;
}

/** RFC 3162 section 2.3: reserved octet, prefix length, and as many octets of the prefix as it needs. */
export function prefixToBytes(text: string): Uint8Array | undefined {
  const [address = '', lengthText = ''] = text.split('/');
  const bytes = addressToBytes(address);
  const bits = /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : Number.NaN;
  if (bytes?.length !== 16 || !(bits <= 128)) return undefined;
  const used = bytes.subarray(0, Math.ceil(bits / 8));
  // [RFC3162-2.3] Bits outside the prefix are zero.
  const last = used.length - 1;
  if (bits % 8 !== 0) used[last] = (used[last] ?? 0) & (0xff << (8 - (bits % 8)));
  return Uint8Array.of(0, bits, ...used);
}

export function prefixFromBytes(bytes: Uint8Array): string | undefined {
  const bits = bytes[1];
  if (bits === undefined || bits > 128 || bytes.length > 18 || bytes.length < 2 + Math.ceil(bits / 8)) return undefined;
  const full = new Uint8Array(16);
  full.set(bytes.subarray(2));
  return `${addressFromBytes(full) ?? ''}/${bits}`;
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16));
}

function writeGroup(bytes: Uint8Array, index: number, group: number): void {
  bytes[2 * index] = group >> 8;
  bytes[2 * index + 1] = group & 0xff;
}

/** `::ffff:192.0.2.1` → `::ffff:c000:201`. */
function withoutDottedEnd(text: string): string {
  const at = text.lastIndexOf(':') + 1;
  if (!text.includes('.')) return text;
  const [a = 0, b = 0, c = 0, d = 0] = text.slice(at).split('.').map(Number);
  return `${text.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, word] of words.entries()) {
    if (word !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
