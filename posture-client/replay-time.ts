// Time in recordings is relative, so that a recorded laptop stays as healthy or as stale as it was meant to be:
// `{{now-3d:iso}}` becomes the instant three days before the replay. Durations are sums of d, h, m and s (`{{now-1d12h:ctime}}`);
// formats are iso, ms, seconds, ctime (as ClamAV prints it, in UTC), clamav (the same), dpkg (local, no zone) and apt (local, two spaces).

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;
const placeholder = /\{\{(now[^:}]*)(?::([a-z]+))?\}\}/g;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Replaces every placeholder; one that is not understood throws, because the recording is ours. */
export function replayTimes(text: string, now: number, timeZone: string): string {
  return text.replace(placeholder, (_all, when: string, format: string | undefined) =>
    formatted(replayInstant(when, now), format ?? 'iso', timeZone),
  );
}

/** `now`, `now-3d`, `now+2h30m` in milliseconds since 1970 UTC. */
export function replayInstant(when: string, now: number): number {
  const match = /^now(?:([+-])((?:\d+[dhms])+))?$/.exec(when);
  if (match === null) throw new TypeError(`"${when}" is not a time such as now-3d`);
  let distance = 0;
  for (const [, amount, unit] of (match[2] ?? '').matchAll(/(\d+)([dhms])/g)) {
    distance += Number(amount) * units[unit as keyof typeof units];
  }
  return now + (match[1] === '-' ? -distance : distance);
}

function formatted(ms: number, format: string, timeZone: string): string {
  const date = new Date(ms);
  const two = (value: number, pad = '0'): string => String(value).padStart(2, pad);
  switch (format) {
    case 'iso':
      return date.toISOString();
    case 'ms':
      return String(Math.round(ms));
    case 'seconds':
      return String(Math.floor(ms / 1000));
    case 'ctime':
    case 'clamav': {
      const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(value => two(value)).join(':');
      const day = two(date.getUTCDate(), ' ');
      const name = `${weekdays[date.getUTCDay()] ?? ''} ${months[date.getUTCMonth()] ?? ''}`;
      return `${name} ${day} ${clock} ${date.getUTCFullYear()}`;
    }
    case 'dpkg':
    case 'apt': {
      const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(ms / 1000) * 1000).toZonedDateTimeISO(timeZone);
      const [day = '', time = ''] = local.toPlainDateTime().toString({ smallestUnit: 'second' }).split('T');
      return `${day}${format === 'apt' ? '  ' : ' '}${time}`;
    }
    default:
      throw new TypeError(`"${format}" is not a time format of recordings`);
  }
}
