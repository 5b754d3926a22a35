// The `Log` port on pino: one JSON line per event. Secrets and national numbers should never get this far; the redaction
// paths are the second net, not the first.

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

/** What the line itself says; an event's field of that name would make the line ambiguous. */
const reserved = new Set(['time', 'level', 'gateway', 'event']);

export function openLog({ gateway, level = 'info', stream }: LogOptions): OpenLog {
  // Asynchronous: a reader that stalls must not stop the gateway.
  const standardOutput = stream === undefined ? pino.destination({ dest: 1, sync: false }) : undefined;
  const lines = pino(
    {
      level,
      base: { gateway },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      redact: { paths: maskedFields.flatMap(field => [field, `*.${field}`]), censor: '[masked]' },
    },
    stream ?? standardOutput ?? process.stdout,
  );
  return {
    info: (event, fields) => lines.info(readable(fields), event),
    warn: (event, fields) => lines.warn(readable(fields), event),
    error: (event, fields) => lines.error(readable(fields), event),
    flush: () => standardOutput?.flushSync(),
  };
}

function readable(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      reserved.has(name) ? `${name}_` : name,
      value instanceof Uint8Array ? `${value.length} octets` : value,
    ]),
  );
}
