// Canonical JSON: one value, one text, so that a hash over it can be repeated years later by anybody.
// RFC 8785 section 3: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them.
// Stricter than JSON.stringify: what JSON would silently drop or change (undefined, NaN, dates, class instances) throws.

import { hash } from 'node:crypto';

const maxDepth = 64;

export function canonicalJson(value: unknown): string {
  const copy = { reordered: false };
  const ordered = inOrder(value, 0, copy);
  // A copy and JSON.stringify take half the time of joining texts, but not every key stays where it is put.
  return copy.reordered ? write(value) : JSON.stringify(ordered);
}

/** The value with all keys in order, or an error: nothing that JSON would drop or change comes through. */
function inOrder(value: unknown, depth: number, copy: { reordered: boolean }): unknown {
  if (depth > maxDepth) throw new TypeError(`canonical JSON is deeper than ${maxDepth}`);
  if (typeof value === 'string' || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${value}`);
    return value;
  }
  if (Array.isArray(value)) return Array.from(value, item => inOrder(item, depth + 1, copy));
  if (isPlain(value)) {
    const ordered: Record<string, unknown> = {};
    for (const key of Object.keys(value).sort()) {
      if (movesInObjects(key)) copy.reordered = true;
      ordered[key] = inOrder(value[key], depth + 1, copy);
    }
    return ordered;
  }
  throw new TypeError(`canonical JSON has no ${typeof value === 'object' ? 'class instances' : typeof value}`);
}

/** Objects list keys like `12` before all others, by number, and setting `__proto__` sets no key at all. */
function movesInObjects(key: string): boolean {
  const first = key.charCodeAt(0);
  return (first >= 0x30 && first <= 0x39) || key === '__proto__';
}

/** The text itself, for a value that `inOrder` let through. */
function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (!isPlain(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map(key => `${JSON.stringify(key)}:${write(value[key])}`).join(',')}}`;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}
