// Whether a request is believed, and under which secret: the one of its NAS or, while that is replaced, the former one. Only a
// signature can say which it was, so nothing unsigned is tried twice. RFC 2865 section 3, RFC 2866 section 3, RFC 3579 section 3.2.

import type { Refused } from '../contract/reason.ts';
import type { Nas } from '../pdp/nas.ts';
import { type Carrier, sharedSecret } from '../radius/carrier.ts';
import type { Packet } from '../radius/packet.ts';
import type { HeardRequest } from './nas-sightings.ts';

export interface Believed {
  /** With the secret that made the request; all that follows, and the reply, is under that one. */
  readonly nas: Nas;
  readonly carrier: Carrier;
  readonly packet: Packet;
  readonly secret: HeardRequest['secret'];
}

export function believe(nas: Nas, carrier: Carrier, packet: Packet): Believed | Refused {
  const verdict = carrier.verify(packet);
  if (verdict === true) return { nas, carrier, packet, secret: nas.path === 'tls' ? 'none' : 'new' };
  if (nas.formerSecret === undefined) return verdict;
  const before = { ...nas, secret: nas.formerSecret };
  const formerly = sharedSecret(before);
  return formerly.verify(packet) === true ? { nas: before, carrier: formerly, packet, secret: 'former' } : verdict;
}
