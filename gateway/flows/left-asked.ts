// Changes that stayed `asked`: the gateway that asked for them ended before the answer came. When a gateway starts it takes up
// each of them once; another one that is still waiting for its answer is given the time to hear it.

import type { SessionChange } from '../contract/change.ts';
import { askedUntil } from '../pdp/live-change.ts';
import type { Session } from '../pdp/session.ts';
import { type AdmissionStore, type Clock, type Log, Unavailable } from '../ports.ts';
import type { Redecision } from './redecision.ts';

export interface LeftAskedPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly live: Pick<Redecision, 'redecide' | 'disconnect'>;
  /** Resolves after that time, or never once the process is ending. */
  readonly wait: (ms: number) => Promise<void>;
}

type Asked = Session & { readonly change: SessionChange };

/** Of each state, the newest. */
const lookedAt = 5_000;
const retryMs = 10_000;

/** Never rejects; resolves when all have been taken up. */
export async function takeUpAsked(ports: LeftAskedPorts, tenant: string): Promise<void> {
  for (;;) {
    try {
      const left = await leftAsked(ports.store, tenant);
      if (left.length > 0) ports.log.info('changes-taken-up', { tenant, sessions: left.length });
      await Promise.all(left.map(session => takeUp(ports, session)));
      return;
    } catch (error) {
      if (!(error instanceof Unavailable)) return ports.log.error('changes-not-taken-up', { tenant, error });
      ports.log.warn('changes-not-taken-up', { tenant, error });
      await ports.wait(retryMs);
    }
  }
}

async function leftAsked(store: AdmissionStore, tenant: string): Promise<readonly Asked[]> {
  const live = await Promise.all(
    (['decided', 'started'] as const).map(state => store.sessions({ tenant, state, limit: lookedAt })),
  );
  return live.flat().filter((session): session is Asked => session.change?.state === 'asked');
}

async function takeUp({ store, clock, live, wait }: LeftAskedPorts, session: Asked): Promise<void> {
  const { tenant, id, change } = session;
  if (change.because !== 'operator') return live.redecide({ tenant, because: change.because, sessionIds: [id] });
  // No decision is behind what an operator asked for: it is asked for as it was.
  await wait(Math.max(0, askedUntil(change) - clock.now()));
  const now = await store.session(tenant, id);
  const isLeft = now?.change?.state === 'asked' && now.change.askedAt === change.askedAt;
  if (isLeft) await live.disconnect(tenant, id, 'operator');
}
