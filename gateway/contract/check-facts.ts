// What each check type of a report may carry as facts. Types not listed here are site types: their name must contain
// a dot (`site.badge-reader`) and they pass through without a schema, size-limited by the envelope.

import { type Static, type TLiteral, type TSchema, type TUnion, Type } from 'typebox';
import { watchLimits } from './applications.ts';

const closed = { additionalProperties: false } as const;
const orNull = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const flag = Type.Boolean();
const count = Type.Integer({ minimum: 0 });
const amount = Type.Number({ minimum: 0 });
const text = Type.String({ maxLength: 512 });
const instant = Type.String({ maxLength: 40, pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$' });
const words = <const T extends readonly string[]>(...all: T) =>
  // Told as a tuple of literals: the static type of a union made by `map` would be `never`.
  Type.Union(all.map(word => Type.Literal(word))) as unknown as TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }>;

const appWords = Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' }), { maxItems: watchLimits.words });

export const checkFactsSchemas = {
  antimalware: Type.Object(
    {
      product: text,
      vendor: orNull(text),
      installed: flag,
      enabled: orNull(flag),
      realTimeProtection: orNull(flag),
      serviceRunning: orNull(flag),
      productVersion: orNull(text),
      engineVersion: orNull(text),
      signatureVersion: orNull(text),
      signatureUpdatedAt: orNull(instant),
    },
    closed,
  ),
  firewall: Type.Object(
    {
      provider: words('windows', 'alf', 'pf', 'ufw', 'firewalld', 'nftables', 'iptables', 'third-party', 'none'),
      profile: orNull(words('domain', 'private', 'public', 'all')),
      enabled: orNull(flag),
      /** It really filters: an input hook that drops by default, not just a service that runs. */
      effective: orNull(flag),
      defaultInbound: orNull(words('allow', 'block')),
    },
    closed,
  ),
  'os-updates': Type.Object(
    {
      scanSource: words('wua', 'softwareupdate', 'apt', 'dnf', 'server-table', 'osquery'),
      /** When the list of available updates was last refreshed. */
      scannedAt: orNull(instant),
      pendingTotal: orNull(count),
      pendingSecurity: orNull(count),
      lastInstalledAt: orNull(instant),
      autoInstall: orNull(words('off', 'notify', 'download', 'install')),
    },
    closed,
  ),
  reboot: Type.Object({ pending: orNull(flag), lastBootAt: orNull(instant), uptimeHours: orNull(amount) }, closed),
  'disk-encryption': Type.Object(
    {
      mount: text,
      isSystem: orNull(flag),
      removable: orNull(flag),
      provider: words('bitlocker', 'filevault', 'luks', 'zfs', 'third-party', 'none'),
      encrypted: orNull(flag),
      protectionOn: orNull(flag),
    },
    closed,
  ),
  accounts: Type.Object({ currentUserIsAdmin: orNull(flag), adminCount: orNull(count) }, closed),
  'removable-storage': Type.Object(
    {
      policy: orNull(words('blocked', 'read-only', 'encrypted-only', 'allowed')),
      mechanisms: orNull(Type.Array(text)),
    },
    closed,
  ),
  'vpn-client': Type.Object({ product: text, version: orNull(text), splitTunnel: orNull(flag) }, closed),
  network: Type.Object({ proxy: orNull(text), proxyForced: orNull(flag) }, closed),
  'smart-card': Type.Object(
    {
      readerPresent: orNull(flag),
      cardPresent: orNull(flag),
      /** Whether the card that proved the person is there. Which card it is stays on the laptop. */
      card: orNull(words('proven-card', 'other-card', 'none')),
    },
    closed,
  ),
  applications: Type.Object(
    {
      /** Words of the applications that were asked for; the lists below have no others. */
      lookedFor: appWords,
      /** Installed, or running without that. */
      installed: orNull(appWords),
      running: orNull(appWords),
    },
    closed,
  ),
} as const satisfies Record<string, TSchema>;

export type CheckType = keyof typeof checkFactsSchemas;
export type CheckFacts<T extends CheckType> = Static<(typeof checkFactsSchemas)[T]>;
export const checkTypes = Object.keys(checkFactsSchemas) as readonly CheckType[];
