// How sessions and decisions look on a terminal: aligned tables, and blocks of name and value.

import type { Decision } from '../contract/decision.ts';
import { passedChecks } from '../policy/explain.ts';

/** Text that came from outside (user names, host names) must not steer the terminal: its control characters are shown. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, char => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map(cells => cells.map(plain));
  const widths = head.map((_, column) => Math.max(...lines.map(cells => (cells[column] ?? '').length)));
  return lines
    .map(
      cells =>
        `${cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Name and value, one pair a line; pairs without a value are left out. */
export function block(pairs: readonly (readonly [string, string | undefined])[]): string {
  const present = pairs.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${plain(value)}\n`).join('');
}

export function time(at: number): string;
export function time(at: number | undefined): string | undefined;
export function time(at: number | undefined): string | undefined {
  return at === undefined
    ? undefined
    : new Date(at)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z');
}

/** Hashes name devices nobody has a name for; their beginning is enough to compare by eye. */
export function short(hash: string | undefined): string {
  return hash === undefined ? '-' : hash.length > 16 ? `${hash.slice(0, 12)}…` : hash;
}

/** What was required, what was seen, and what would have to change. */
export function explanation(decision: Decision): string {
  const open = decision.results.filter(({ result, excuse }) => result !== 'pass' || excuse !== undefined);
  const rows = open.map(({ check, result, value, limit, source }) => [check, result, value, limit, source]);
  const requirements = rows.length === 0 ? '' : `\n${table(['CHECK', 'RESULT', 'SEEN', 'REQUIRED', 'SOURCE'], rows)}`;
  const { smallestChange = [] } = decision;
  const met = passedChecks(decision);
  const passed = met.length === 0 ? '' : `\nMet: ${plain(met.join(', '))}\n`;
  return (
    requirements +
    passed +
    (smallestChange.length === 0 ? '' : `\nTo be granted: ${plain(smallestChange.join(', '))}\n`)
  );
}
