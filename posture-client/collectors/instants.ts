// The dates that programs print, to RFC 3339 in UTC. Whatever is no date becomes null.

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const latest = Date.UTC(9999, 11, 31);

/** Milliseconds since 1970 UTC as RFC 3339, or null when out of reach. */
export function instant(ms: number | undefined): string | null {
  return ms !== undefined && ms >= 0 && ms <= latest ? new Date(ms).toISOString() : null;
}

/** `2026-11-22T03:11:00.1234567Z` or with an offset; a date without zone is refused, because it would be a guess. */
export function fromIso(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const zoned = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)? ?(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const ms = zoned
    ? Date.parse(
        text
          .replace(/^(\S{10}) /, '$1T')
          .replace(/(\.\d{3})\d+/, '$1')
          .replace(' ', ''),
      )
    : Number.NaN;
  return Number.isNaN(ms) ? null : instant(ms);
}

/** C's `ctime`, printed in UTC: `Sun Nov 22 08:25:11 2026`. */
export function fromCtime(text: string): string | null {
  const match = /^\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/.exec(text.trim());
  if (match === null) return null;
  const month = months.indexOf(match[1] ?? '');
  const [day, hour, minute, second, year] = match.slice(2).map(Number);
  if (month < 0 || year === undefined || day === undefined) return null;
  return instant(Date.UTC(year, month, day, hour, minute, second));
}

/** `2026-11-24 13:44:41` in the laptop's own time zone. */
export function fromLocal(text: string, timeZone: string): string | null {
  const match = /^(\d{4}-\d\d-\d\d)[ T]+(\d\d:\d\d:\d\d)$/.exec(text);
  if (match === null) return null;
  try {
    const local = Temporal.PlainDateTime.from(`${match[1] ?? ''}T${match[2] ?? ''}`);
    return instant(local.toZonedDateTime(timeZone).epochMilliseconds);
  } catch {
    // A thirteenth month, a zone this runtime does not know.
    return null;
  }
}
