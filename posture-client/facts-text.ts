// What this laptop would report, for the person whose laptop it is: every fact, its source, and why one is missing.

import type { Collected } from './collect.ts';
import type { Laptop } from './laptop.ts';

export function factsText(laptop: Laptop, collected: Collected): string {
  const { os, checks } = collected;
  const lines = [
    `${laptop.hostname}: ${os.name ?? os.family} (${os.family} ${os.version}, ${os.kernel ?? os.build ?? '?'})`,
  ];
  for (const check of checks) {
    const name = check.instance === undefined ? check.type : `${check.type} [${check.instance ?? ''}]`;
    const source = check.source?.name ?? '-';
    lines.push('', `${name}: ${check.state}, ${source}, ${check.durationMs ?? 0} ms`);
    for (const [fact, value] of Object.entries(check.facts)) {
      lines.push(`  ${fact}: ${wordsOf(value)}`);
    }
    for (const { key, value } of check.evidence ?? []) lines.push(`  (${key}: ${String(value)})`);
    if (check.error) lines.push(`  ${check.error.code}${check.error.message ? `: ${check.error.message}` : ''}`);
  }
  return lines.join('\n');
}

function wordsOf(value: unknown): string {
  if (value === null) return 'unknown';
  if (Array.isArray(value)) return value.map(wordsOf).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
