// The identity profile document, version 1: which keys it has and what may stand behind each.

import { parseDuration } from '../documents/duration.ts';
import {
  choice,
  flag,
  integer,
  listOf,
  located,
  mapOf,
  optional,
  parsed,
  type Read,
  record,
  required,
  text,
} from '../documents/shape.ts';
import { keyUsages } from './certificate-extensions.ts';
import { checksumNames } from './checksum.ts';
import { readPattern, sourceKinds } from './identifier.ts';
import { curves } from './public-key.ts';
import { revocationShape } from './revocation-document.ts';
import { hashNames } from './signed-bytes.ts';

export const oid = parsed(
  value => (/^[0-2](\.(0|[1-9]\d{0,18})){1,20}$/.test(value) ? value : undefined),
  'an object identifier such as 2.5.4.3',
);
const duration = parsed(parseDuration, 'a duration such as "2 minutes"');
const path = located(text(512));

export const profileShape = record({
  schema: required(choice('identity-profile/1')),
  id: required(
    parsed(value => (/^[a-z][a-z0-9-]{1,40}$/.test(value) ? value : undefined), 'a short name such as be-eid'),
  ),
  kind: required(choice('machine-certificate', 'identity-certificate')),
  environment: required(located(choice('production', 'test'))),
  assurance: required(choice('low', 'substantial', 'high')),
  trust: required(
    record({
      anchors: required(listOf(path)),
      intermediates: optional(listOf(path), []),
      acceptFromPeer: required(flag),
      issuer: optional(mapOf(listOf(text(256)))),
      maxDepth: required(integer(2, 6)),
      hashes: optional(listOf(choice(...hashNames)), ['sha256', 'sha384', 'sha512']),
      keys: optional(record({ rsaMin: required(integer(1024, 8192)), curves: required(listOf(choice(...curves))) })),
      clockSkew: optional(duration, 0),
      explicitPolicy: optional(flag, false),
    }),
  ),
  leaf: required(
    record({
      keyUsage: required(
        record({ all: required(listOf(choice(...keyUsages))), none: optional(listOf(choice(...keyUsages)), []) }),
      ),
      extendedKeyUsage: optional(
        record({ mode: required(choice('required', 'if-present')), anyOf: required(listOf(oid)) }),
      ),
      policies: optional(record({ anyOf: optional(listOf(oid), []), none: optional(listOf(oid), []) })),
      subject: optional(mapOf(listOf(text(256)))),
    }),
  ),
  identifier: required(
    record({
      sources: required(
        listOf(
          record({
            from: required(choice(...sourceKinds)),
            oid: optional(oid),
            pattern: required(
              parsed(readPattern, 'an anchored pattern with one group named id, such as ^(?<id>[0-9]{11})$'),
            ),
          }),
        ),
      ),
      canonical: optional(text(64)),
      checksum: optional(choice(...checksumNames)),
      minAge: optional(integer(1, 120)),
    }),
  ),
  display: optional(text(256)),
  revocation: required(revocationShape),
});
export type ProfileDocument = Read<typeof profileShape>;
