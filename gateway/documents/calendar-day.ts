// Days of the calendar as documents write them: a full-date of RFC 3339 section 5.6, in UTC.

/** When the day begins, in milliseconds since 1970 UTC; `undefined` for what is no day, such as 30 February. */
export function parseDay(text: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Read leniently, 30 February is a day in March.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? at : undefined;
}

/** The last millisecond of the day. */
export function parseLastOfDay(text: string): number | undefined {
  const at = parseDay(text);
  return at === undefined ? undefined : at + 86_400_000 - 1;
}
