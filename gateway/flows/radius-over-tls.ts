// Who comes by a certificate, and the handler of its connection: the flow of `radius-request.ts` for that one concentrator,
// whatever its requests say of themselves. RFC 6614 section 2.3, RFC 9765.

import type { Refused } from '../contract/reason.ts';
import { type Nas, nasByCertificate } from '../pdp/nas.ts';
import { recentRequests } from '../radius/duplicates.ts';
import { inClear } from '../radius/in-clear.ts';
import { boundedDelay } from './reject-delay.ts';
import { type RadiusHandler, type RadiusPorts, radiusRequest } from './radius-request.ts';

/** What TLS proved and settled. */
interface Peer {
  /** DNS names of its certificate. */
  readonly names: readonly string[];
  /** SHA-256 of its certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly version: '1.0' | '1.1';
}

/** Half of what may be in work on one connection: with all of it held back, the connection would stand still. */
const delayedAtMost = 128;

export function radiusOverTls(ports: RadiusPorts, all: readonly Nas[]) {
  const nasOf = nasByCertificate(all);
  /** `disbelieved` is to end the connection. Nobody of ours: `undefined`. */
  return (
    { names, fingerprint, version }: Peer,
    disbelieved: (why: Refused) => void,
  ): { readonly nas: string; readonly handler: RadiusHandler } | undefined => {
    const nas = nasOf(names, fingerprint);
    if (nas === undefined) return undefined;
    // Identifiers and Tokens belong to one connection.
    const recent = recentRequests({ capacity: 2_048 });
    const rejects = boundedDelay(ports.rejects, delayedAtMost, () => undefined);
    const carrier = version === '1.1' ? { carrier: inClear } : {};
    const handler = radiusRequest({ ...ports, nasOf: () => nas, recent, rejects, disbelieved, ...carrier }, 'both');
    return { nas: nas.name, handler };
  };
}
