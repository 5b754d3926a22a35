// Asks the authority of an observed concentrator, once for each copy that the concentrator sends. What comes back has been verified;
// what did not verify is told.

import type { Authority } from '../pdp/nas.ts';
import type { Log } from '../ports.ts';
import type { Packet } from '../radius/packet.ts';
import { exchange } from './radius-client.ts';

export interface AuthorityOptions {
  readonly log: Log;
  /** By then every concentrator has given up. */
  readonly timeoutMs?: number;
  /** Requests under way at the same time; each has a socket of its own. What comes above that has no answer. */
  readonly atOnce?: number;
}

export function authorityClient({ log, timeoutMs = 15_000, atOnce = 1_024 }: AuthorityOptions) {
  let underWayNow = 0;
  return async (
    authority: Authority,
    kind: 'authentication' | 'accounting',
    request: Uint8Array,
    underWay: (again: () => void) => void,
  ): Promise<Packet | undefined> => {
    const { address, authenticationPort, accountingPort, secret, requireMessageAuthenticator } = authority;
    if (underWayNow >= atOnce) {
      log.warn('authority-silent', { authority: address, kind, copiesSent: 0 });
      return undefined;
    }
    underWayNow++;
    const exchanged = await exchange({
      address,
      port: kind === 'accounting' ? accountingPort : authenticationPort,
      secret,
      request,
      timeoutMs,
      retransmits: 0,
      underWay,
      messageAuthenticator: requireMessageAuthenticator ? 'present' : 'none',
    }).finally(() => underWayNow--);
    const [first] = exchanged.refusals;
    if (first !== undefined) {
      log.warn('authority-answer-ignored', { authority: address, count: exchanged.refusals.length, ...first });
    }
    if (exchanged.result === 'reply') return exchanged.reply;
    const { copiesSent, networkError } = exchanged;
    log.warn('authority-silent', { authority: address, kind, copiesSent, networkError });
    return undefined;
  };
}
