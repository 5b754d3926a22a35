// Which certificates a revocation list speaks for, and of which reasons (IssuingDistributionPoint, RFC 5280 section 5.2.5).
// Indirect lists and lists of attribute certificates are refused: their serial numbers are those of others.

import type { Certificate } from './certificate.ts';
import { readDistributionPointName } from './certificate-extensions.ts';
import { DerFault, type DerReader } from './der.ts';
import type { Name } from './name.ts';

export interface CrlScope {
  /** Whether it speaks for certificates that are no authority's. */
  readonly leaves: boolean;
  readonly authorities: boolean;
  /** When it is one of several parts: where certificates point to it. */
  readonly uris?: readonly string[];
  /** Keys of directory names that do so as well; only beside `uris`, which then may be empty. */
  readonly names?: readonly string[];
  /** One bit for each reason, as in `allReasons`; absent when it tells of all. */
  readonly reasons?: number;
  /** It tells of changes alone [RFC5280-5.2.4]. */
  readonly delta?: true;
}

export const wholeScope: CrlScope = { leaves: true, authorities: true };

/** keyCompromise to aACompromise, bits 1 to 8 of ReasonFlags, the first on the left [RFC5280-6.3.2]. */
export const allReasons = 0b0111_1111_1000_0000;

export function readScope(point: DerReader, issuer: Name): CrlScope {
  const part = point.nextTag === 0xa0 ? readDistributionPointName(point.enter(0xa0), issuer) : undefined;
  const only = new Set<number>();
  const flag = (tag: number) => {
    if (point.nextTag === tag && point.boolean(tag)) only.add(tag);
  };
  flag(0x81);
  flag(0x82);
  const reasons = point.nextTag === 0x83 ? readReasons(point) : undefined;
  flag(0x84);
  flag(0x85);
  point.finish();
  if (only.has(0x84)) throw new DerFault('indirect list');
  if (only.has(0x85)) throw new DerFault('list of attribute certificates');
  return {
    leaves: !only.has(0x82),
    authorities: !only.has(0x81),
    ...(part === undefined ? {} : { uris: part.uris }),
    ...(part === undefined || part.names.length === 0 ? {} : { names: part.names }),
    ...(reasons === undefined ? {} : { reasons }),
  };
}

/** Whether a list of this scope can clear the certificate. */
export function speaksFor(scope: CrlScope, { basicConstraints, crlUris, crlNames }: Certificate): boolean {
  // [RFC5280-5.2.4] It leaves out whoever was revoked before: it would clear them.
  if (scope.delta !== undefined) return false;
  // [RFC5280-6.3.3] (b)(2)(ii) and (iii): what the certificate is, wherever in the path it stands.
  if (!(basicConstraints?.ca === true ? scope.authorities : scope.leaves)) return false;
  if (scope.uris === undefined) return true;
  // [RFC5280-6.3.3] (b)(2)(i)
  return scope.uris.some(uri => crlUris.includes(uri)) || (scope.names ?? []).some(name => crlNames.includes(name));
}

/** Whether lists of these scopes together tell of every reason [RFC5280-6.3.3]: a list for some of them clears nobody alone. */
export function tellOfAllReasons(scopes: readonly CrlScope[]): boolean {
  return scopes.reduce((told, { reasons = allReasons }) => told | reasons, 0) === allReasons;
}

function readReasons(point: DerReader): number {
  const { bytes } = point.bitString(0x83);
  return (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) & allReasons;
}
