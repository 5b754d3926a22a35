// Accounting in this process: a real store, sessions put there as they were decided, and a clock that is moved by hand.

import { randomBytes } from 'node:crypto';
import {
  type AccountingPorts,
  type AccountingRequest,
  accountingRequest,
} from '../../gateway/flows/accounting-request.ts';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import type { AccountingEvent, Session } from '../../gateway/pdp/session.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { session as sample } from '../contracts/admission-store-samples.ts';
import { nasProfile } from './nas-profiles.ts';

export interface AccountingWorld {
  readonly ports: AccountingPorts & { readonly wait: (ms: number) => Promise<void> };
  readonly nas: Nas;
  readonly now: () => number;
  /** Wakes whoever waited for that moment. */
  readonly advance: (ms: number) => Promise<void>;
  readonly fault: { storeDown: boolean };
  /** Every count so far, as `name label label`; gauges as `name label = value`. */
  readonly counted: string[];
  readonly logged: { readonly level: string; readonly event: string; readonly fields: object }[];
  readonly put: (id: string, fields?: Partial<Session>) => Promise<Session>;
  readonly session: (id: string) => Promise<Session>;
  /** By default of the session of that Class, and under an Acct-Session-Id made of it. */
  readonly say: (
    kind: AccountingEvent['kind'],
    id: string,
    at?: number,
    more?: Partial<AccountingEvent> &
      Partial<Omit<AccountingRequest, 'event' | 'sessionId'>> & { readonly sessionId?: string | undefined },
  ) => ReturnType<typeof accountingRequest>;
  readonly restart: (kind: 'on' | 'off', at: number) => ReturnType<typeof accountingRequest>;
}

/** Its tenant is its own, so that worlds may share a store. */
export function makeAccountingWorld(embedded: EmbeddedStore, fields: Partial<Nas> = {}): AccountingWorld {
  const tenant = `t-${randomBytes(8).toString('hex')}`;
  const secret = Buffer.from('secret of requests');
  const nas: Nas = {
    name: 'vpn-1',
    tenant,
    group: 'vpn',
    address: '192.0.2.1',
    secret,
    requireMessageAuthenticator: true,
    path: 'plain',
    profile: nasProfile('generic'),
    dynamicAuthorization: { address: '192.0.2.1', port: 3799, secret },
    ...fields,
  };
  let now = 1_800_000_000_000;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const fault = { storeDown: false };
  const counted: string[] = [];
  const logged: AccountingWorld['logged'] = [];
  const unlessDown = <R>(answer: () => Promise<R>): Promise<R> =>
    fault.storeDown ? Promise.reject(new Unavailable('made to fail')) : answer();
  const log =
    (level: string) =>
    (event: string, about: object = {}) =>
      void logged.push({ level, event, fields: about });
  const ports: AccountingWorld['ports'] = {
    store: {
      ...embedded,
      commit: commit => unlessDown(() => embedded.commit(commit)),
      session: (of, id) => unlessDown(() => embedded.session(of, id)),
      sessions: query => unlessDown(() => embedded.sessions(query)),
      silentSessions: query => unlessDown(() => embedded.silentSessions(query)),
    },
    clock: { now: () => now },
    random: { bytes: count => new Uint8Array(randomBytes(count)) },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    meter: {
      count: (name, labels = {}) => void counted.push([name, ...Object.values(labels)].join(' ')),
      observe: () => undefined,
      gauge: (name, value, labels = {}) =>
        void counted.push(`${[name, ...Object.values(labels)].join(' ')} = ${value}`),
    },
    tenant: () => ({ policy: { hash: 'aa'.repeat(32) } }),
    wait: ms => new Promise(wake => sleepers.push({ at: now + ms, wake })),
  };
  return {
    ports,
    nas,
    now: () => now,
    advance: async ms => {
      now += ms;
      const due = sleepers.filter(({ at }) => at <= now);
      sleepers = sleepers.filter(({ at }) => at > now);
      for (const { wake } of due) wake();
      // Whoever was woken has gone to the store by then.
      await new Promise(resolve => setTimeout(resolve, 30));
    },
    fault,
    counted,
    logged,
    put: async (id, more = {}) => {
      const session = sample(id, {
        tenant,
        nas: nas.name,
        nasGroup: nas.group,
        decidedAt: now,
        decisionId: `d-${id}`,
        ...more,
      });
      const done = await embedded.commit({ tenant, at: now, session: { session, expectedVersion: 0 } });
      if (!done.committed) throw new Error(done.conflict);
      return session;
    },
    session: async id => {
      const found = await embedded.session(tenant, id);
      if (found === undefined) throw new Error(`no session ${id}`);
      return found;
    },
    say: (kind, id, at = now, more = {}) => {
      const {
        nas: from = nas,
        userName = 'an',
        callingStationId = '192.0.2.7',
        saidUserName,
        sessionId,
        ...event
      } = {
        sessionId: id,
        ...more,
      };
      return accountingRequest(ports, {
        nas: from,
        userName,
        callingStationId,
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(saidUserName === undefined ? {} : { saidUserName }),
        event: { kind, acctSessionId: `a-${id}`, at, ...event },
      });
    },
    restart: (kind, at) => accountingRequest(ports, { nas, userName: '', callingStationId: '', event: { kind, at } }),
  };
}
