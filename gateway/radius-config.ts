// The `radius:` part of the configuration: the two UDP ports, and beside them RADIUS over TLS (RFC 6614, RFC 9765).

import { isIP } from 'node:net';
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
}

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

export function radiusShape(pem: (label: string) => Shape<string>) {
  return record({
    address: optional(address, '0.0.0.0'),
    'authentication-port': optional(port, 1812),
    'accounting-port': optional(port, 1813),
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
  ...ports
}: Read<ReturnType<typeof radiusShape>>): RadiusSettings {
  return {
    address: bound,
    authenticationPort: ports['authentication-port'],
    accountingPort: ports['accounting-port'],
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
