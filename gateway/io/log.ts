// The `Log` port on pino: one JSON line per event. Secrets and national numbers should never get this far; the masking
// of fields by name is the second net, not the first.

import pino from 'pino';
import type { Log } from '../ports.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  /** Name of this gateway, on every line. */
  readonly gateway: string;
  readonly level?: LogLevel;
  /** Standard output when absent. */
  readonly stream?: { write(line: string): void };
}

export interface OpenLog extends Log {
  /** Writes out what is still buffered; for the last moment of the process. */
  flush(): void;
}

/** Fields that are masked wherever they stand: at the top of an event, or one object down. */
export const maskedFields = [
  'authorization',
  'emsk',
  'keyMaterial',
  'msk',
  'nationalNumber',
  'password',
  'rrn',
  'bsn',
  'secret',
  'sharedSecret',
  'ticket',
  'ticketSecret',
  'token',
  'userPassword',
] as const;

const maskedNames: ReadonlySet<string> = new Set(maskedFields);

const writtenAtOnceBytes = 4_096;
/** However few there are; on an error at once. */
const writtenAfterMs = 50;

/** What the line itself says; an event's field of that name would make the line ambiguous. */
const reserved = new Set(['time', 'level', 'gateway', 'event']);

export function openLog({ gateway, level = 'info', stream }: LogOptions): OpenLog {
  // Asynchronous: a reader that stalls must not stop the gateway. Several lines at a time, as each write has its price.
  const standardOutput =
    stream === undefined
      ? pino.destination({ dest: 1, sync: false, minLength: writtenAtOnceBytes, periodicFlush: writtenAfterMs })
      : undefined;
  const lines = pino(
    {
      level,
      base: { gateway },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    stream ?? standardOutput ?? process.stdout,
  );
  return {
    info: (event, fields) => lines.info(readable(fields), event),
    warn: (event, fields) => lines.warn(readable(fields), event),
    error: (event, fields) => {
      lines.error(readable(fields), event);
      standardOutput?.flush();
    },
    flush: () => standardOutput?.flushSync(),
  };
}

function readable(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      reserved.has(name) ? `${name}_` : name,
      masked(name, readableValue(value)),
    ]),
  );
}

function readableValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return `${value.length} octets`;
  const whole = value instanceof Error ? pino.stdSerializers.err(value) : value;
  // Copied only to mask something: a value that writes itself (a date, a URL) still does.
  if (!Object.keys(whole).some(name => maskedNames.has(name))) return whole;
  return Object.fromEntries(Object.entries(whole).map(([name, each]) => [name, masked(name, each)]));
}

function masked(name: string, value: unknown): unknown {
  return maskedNames.has(name) && value !== undefined ? '[masked]' : value;
}
