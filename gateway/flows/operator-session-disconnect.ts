// An operator ends a session: recorded first, then the concentrator is asked (RFC 5176).

import type { SessionChange } from '../contract/change.ts';
import { type Refused, refused } from '../contract/reason.ts';
import type { Act, ActPorts } from './operator-act.ts';

export interface DisconnectPorts extends ActPorts {
  /** Absent where no concentrator can be asked. */
  readonly disconnect?: (
    tenant: string,
    sessionId: string,
    reason: 'operator',
  ) => Promise<Pick<SessionChange, 'state' | 'word'> | Refused>;
}

export const sessionDisconnect: Act<'session-disconnect', DisconnectPorts> = {
  name: 'session-disconnect',
  about: ({ session }) => ({ sessionId: session }),
  run: async ({ store, disconnect }, { tenant, args }) => {
    if (disconnect === undefined) return refused('act-not-configured', 'no concentrator takes dynamic authorization');
    const session = await store.session(tenant, args.session);
    if (session === undefined) return refused('session-unknown');
    if (session.state === 'stopped') return refused('session-ended');
    const { id, nas, device, person } = session;
    return {
      what: `ask ${nas} to end the session`,
      about: {
        sessionId: id,
        ...(device === undefined ? {} : { device }),
        ...(person === undefined ? {} : { person }),
      },
      afterwards: async () => disconnect(tenant, id, 'operator'),
    };
  },
};
