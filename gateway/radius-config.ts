// The `radius:` part of the configuration: the two UDP ports, and beside them RADIUS over TLS (RFC 6614, RFC 9765).

import { isIP } from 'node:net';
import { parseDuration } from './documents/duration.ts';
import {
  choice,
  integer,
  listOf,
  optional,
  parsed,
  problem,
  type Read,
  record,
  required,
  type Shape,
} from './documents/shape.ts';

export const radiusVersions = ['1.0', '1.1'] as const;
/** `1.0` is RADIUS as in RFC 6614, with MD5 and a secret that everybody knows; `1.1` has neither [RFC9765]. */
export type RadiusVersion = (typeof radiusVersions)[number];

export interface RadiusSettings {
  readonly address: string;
  readonly authenticationPort: number;
  readonly accountingPort: number;
  readonly tls?: RadiusTlsSettings;
  readonly limits: RadiusLimits;
}

/** What is worked on, what waits, and how often anybody may ask. */
export interface RadiusLimits {
  readonly inWork: number;
  readonly waiting: number;
  readonly conversationsPerTlsWorker: number;
  readonly nasLoginsPerSecond: number;
  readonly callerLoginsPerMinute: number;
  readonly personLoginsPerMinute: number;
  readonly rejectDelayMs: number;
}

/** A TLS worker makes about 260 full handshakes in a second (docs/reference/sizing.md): two seconds of work for each. */
export const defaultRadiusLimits: RadiusLimits = {
  inWork: 256,
  waiting: 8_192,
  conversationsPerTlsWorker: 512,
  nasLoginsPerSecond: 500,
  callerLoginsPerMinute: 600,
  personLoginsPerMinute: 20,
  rejectDelayMs: 1_000,
};

export interface RadiusTlsSettings {
  readonly address: string;
  readonly port: number;
  /** PEM, leaf first. */
  readonly certificate: string;
  readonly key: string;
  /** PEM: who may vouch for concentrators. */
  readonly clientCa: string;
  readonly versions: readonly RadiusVersion[];
}

const address = parsed(value => (isIP(value) === 0 ? undefined : value), 'an IP address');
const port = integer(0, 65_535);
const versions: Shape<readonly RadiusVersion[]> = (tree, reading) => {
  const read = listOf(choice(...radiusVersions))(tree, reading);
  if (read?.length !== 0) return read;
  return problem(reading, tree.line, 'versions names no version', 'name one, or leave the line out');
};

/** Longer than a concentrator waits, it would be no answer. */
const shortDelay = parsed(value => {
  const ms = parseDuration(value);
  return ms === undefined || ms > 5_000 ? undefined : ms;
}, 'a duration of at most 5 seconds');
const rate = integer(1, 1_000_000);

const usual = defaultRadiusLimits;
const limitsShape = record({
  'in-work': optional(integer(1, 10_000), usual.inWork),
  waiting: optional(integer(1, 100_000), usual.waiting),
  'conversations-per-tls-worker': optional(integer(1, 4_096), usual.conversationsPerTlsWorker),
  'nas-logins-per-second': optional(rate, usual.nasLoginsPerSecond),
  'caller-logins-per-minute': optional(rate, usual.callerLoginsPerMinute),
  'person-logins-per-minute': optional(rate, usual.personLoginsPerMinute),
  'reject-delay': optional(shortDelay, usual.rejectDelayMs),
});

export function radiusShape(pem: (label: string) => Shape<string>) {
  return record({
    address: optional(address, '0.0.0.0'),
    'authentication-port': optional(port, 1812),
    'accounting-port': optional(port, 1813),
    limits: optional(limitsShape),
    tls: optional(
      record({
        address: optional(address, '0.0.0.0'),
        port: optional(port, 2083),
        certificate: required(pem('certificate')),
        key: required(pem('private key')),
        'client-ca': required(pem('certificate')),
        versions: optional(versions, radiusVersions),
      }),
    ),
  });
}

export function radiusSettings({
  address: bound,
  tls,
  limits,
  ...ports
}: Read<ReturnType<typeof radiusShape>>): RadiusSettings {
  return {
    address: bound,
    authenticationPort: ports['authentication-port'],
    accountingPort: ports['accounting-port'],
    limits: limits === undefined ? usual : limitsOf(limits),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            address: tls.address,
            port: tls.port,
            certificate: tls.certificate,
            key: tls.key,
            clientCa: tls['client-ca'],
            versions: tls.versions,
          },
        }),
  };
}

function limitsOf(read: Read<typeof limitsShape>): RadiusLimits {
  return {
    inWork: read['in-work'],
    waiting: read.waiting,
    conversationsPerTlsWorker: read['conversations-per-tls-worker'],
    nasLoginsPerSecond: read['nas-logins-per-second'],
    callerLoginsPerMinute: read['caller-logins-per-minute'],
    personLoginsPerMinute: read['person-logins-per-minute'],
    rejectDelayMs: read['reject-delay'],
  };
}
