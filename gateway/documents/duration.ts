// Durations as people write them: `35 days`, `4 hours`, `1 hour 30 minutes`. Always milliseconds inside.

const unitMs: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
};

/** Milliseconds, or `undefined` when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  let total = 0;
  let rest = text.trim();
  if (rest === '') return undefined;
  while (rest !== '') {
    const match = /^(\d{1,7})\s+(second|minute|hour|day|week)s?(?:\s+|$)/.exec(rest);
    if (match?.[1] === undefined || match[2] === undefined) return undefined;
    total += Number(match[1]) * (unitMs[match[2]] ?? Number.NaN);
    rest = rest.slice(match[0].length);
  }
  return total;
}

/** The one or two largest units: `3 days 4 hours`, `45 seconds`. Negative durations read `-3 days`. */
export function formatDuration(ms: number): string {
  if (ms <= -1000) return `-${formatDuration(-ms)}`;
  const parts: string[] = [];
  let rest = Math.max(0, Math.floor(ms / 1000) * 1000);
  for (const unit of ['day', 'hour', 'minute', 'second']) {
    const size = unitMs[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0 || (unit === 'second' && parts.length === 0)) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
    rest -= count * size;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}
