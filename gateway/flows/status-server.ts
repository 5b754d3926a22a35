// Status-Server (RFC 5997): the liveness signal. Answered from memory; an instance that is unfit as a whole stays silent,
// so that the concentrator fails over.

import { type Refused, refused } from '../contract/reason.ts';

export interface StatusPorts {
  /** Why this instance cannot serve right now; empty when it can. */
  readonly unfit: () => readonly string[];
}

export function statusServer(ports: StatusPorts): { readonly message: string } | Refused {
  const unfit = ports.unfit();
  return unfit.length > 0 ? refused('not-ready', unfit.join(', ')) : { message: 'Sluis serves' };
}
