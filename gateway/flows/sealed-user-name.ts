// The User-Name as a NAS said it, closed: kept for a NAS that finds no session without it, where what is kept in clear is a
// digest or was freed of a national number (`radius/claims.ts`). It is opened for one purpose, to be sent back in the
// request that changes or ends that session. docs/decisions says why this exception is made.

import type { Session } from '../pdp/session.ts';
import { type Nas, needsUserName } from '../pdp/nas.ts';
import type { Sealing } from '../ports.ts';

/** `said`: absent where the name that is kept is the one that was said. */
export function sealedUserName(
  sealing: Sealing | undefined,
  nas: Nas,
  sessionId: string,
  said: Uint8Array | undefined,
): Pick<Session, 'sealedUserName'> {
  if (sealing === undefined || said === undefined) return {};
  if (nas.dynamicAuthorization === undefined || !needsUserName(nas)) return {};
  const text = Buffer.from(said).toString('base64url');
  return { sealedUserName: sealing.seal(text, boundTo({ tenant: nas.tenant, id: sessionId })) };
}

/** Nothing when there is none, or when its key is gone. */
export function saidUserName(
  sealing: Sealing | undefined,
  session: Pick<Session, 'tenant' | 'id' | 'sealedUserName'>,
): Uint8Array | undefined {
  if (session.sealedUserName === undefined) return undefined;
  const text = sealing?.open(session.sealedUserName, boundTo(session));
  return text === undefined ? undefined : Buffer.from(text, 'base64url');
}

/** The name of one session opens for no other. */
function boundTo({ tenant, id }: Pick<Session, 'tenant' | 'id'>): string {
  return `user-name/${tenant}/${id}`;
}
