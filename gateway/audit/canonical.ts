// Canonical JSON: one value, one text, so that a hash over it can be repeated years later by anybody.
// RFC 8785 section 3: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them.
// Stricter than JSON.stringify: what JSON would silently drop or change (undefined, NaN, dates, class instances) throws.

import { createHash } from 'node:crypto';

const maxDepth = 64;

export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > maxDepth) throw new TypeError(`canonical JSON is deeper than ${maxDepth}`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${Array.from(value, item => write(item, depth + 1)).join(',')}]`;
  if (isPlain(value)) {
    const fields = Object.keys(value).sort();
    return `{${fields.map(key => `${JSON.stringify(key)}:${write(value[key], depth + 1)}`).join(',')}}`;
  }
  throw new TypeError(`canonical JSON has no ${typeof value === 'object' ? 'class instances' : typeof value}`);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
