// The Dynamic Authorization Client: asks a NAS to change or end a session, and waits for its word. RFC 5176 section 2, RFC 5080
// section 2.2.1. Over UDP each request has a socket of its own, so that no two under way ever share the 256 identifiers of one
// source port; over TLS it goes down the connection that the NAS opened (`radius-tls-asking.ts`).

import type { ChangeServer, Nas } from '../pdp/nas.ts';
import type { LiveChangeAnswer } from '../pdp/live-change.ts';
import type { Clock, DynamicAuthorization, Log, Random } from '../ports.ts';
import { authorizationAttributes } from '../radius/authorization-attributes.ts';
import { type ChangeRequest, changeRequest, namesSession, readChangeAnswer } from '../radius/dynamic-authorization.ts';
import { identification } from '../radius/session-identification.ts';
import { type Exchanged, exchange } from './radius-client.ts';
import type { ConnectedPeers } from './radius-tls-peers.ts';

export interface DynamicAuthorizationOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** Who is connected over TLS; absent: nobody ever is. */
  readonly peers?: ConnectedPeers;
  /** Over TLS: how long to wait for the answer, a new connection included. */
  readonly overTlsMs?: number;
  /** Sends from this address. */
  readonly localAddress?: string;
  /** How long to wait for the answer to the first copy; each next wait is about twice as long. */
  readonly timeoutMs?: number;
  /** Copies after the first. */
  readonly retransmits?: number;
  /** Requests under way to one NAS at the same time; the others wait. */
  readonly atOnce?: number;
  /** Whoever has waited longer when their turn comes is not sent any more: the NAS is silent, or far too slow. */
  readonly patienceMs?: number;
}

export interface DynamicAuthorizationClient extends DynamicAuthorization {
  /** Ends every wait now; what is asked later is not sent. */
  close(): void;
}

/** All but what differs between one copy and another. */
type Change = Pick<ChangeRequest, 'kind' | 'identification' | 'changes'>;

/** One NAS: a dead one must not hold up the requests to the others. */
interface Lane {
  underWay: number;
  readonly waiting: { readonly since: number; readonly admit: (admitted: boolean) => void }[];
}

/** More than the sessions of one concentrator. */
const waitingAtMost = 16_384;

export function openDynamicAuthorization(options: DynamicAuthorizationOptions): DynamicAuthorizationClient {
  const { log, clock, random, peers, localAddress, atOnce = 64, patienceMs = 30_000, overTlsMs = 30_000 } = options;
  // [RFC5080-2.2.1] Waits of 2, 4, 8 and 16 s: half a minute in all.
  const { timeoutMs = 2000, retransmits = 3 } = options;
  const lanes = new Map<string, Lane>();
  const closing = new AbortController();
  /** The last one used by each source port. */
  const identifiers = random.bytes(65_536);

  /** [RFC5176-2.3] Another one each time: strongSwan repeats its last answer to a port without looking beyond the identifier. */
  function nextIdentifier(port: number): number {
    const next = ((identifiers[port] ?? 0) + 1) & 0xff;
    identifiers[port] = next;
    return next;
  }

  function enter(key: string): Lane | Promise<Lane | undefined> | undefined {
    if (closing.signal.aborted) return undefined;
    const lane = lanes.get(key) ?? { underWay: 0, waiting: [] };
    lanes.set(key, lane);
    if (lane.underWay < atOnce) {
      lane.underWay++;
      return lane;
    }
    if (lane.waiting.length >= waitingAtMost) return undefined;
    return new Promise(resolve => {
      lane.waiting.push({ since: performance.now(), admit: admitted => resolve(admitted ? lane : undefined) });
    });
  }

  function leave(key: string, lane: Lane): void {
    for (let next = lane.waiting.shift(); next !== undefined; next = lane.waiting.shift()) {
      const inTime = !closing.signal.aborted && performance.now() - next.since <= patienceMs;
      next.admit(inTime);
      if (inTime) return;
    }
    lane.underWay--;
    if (lane.underWay === 0) lanes.delete(key);
  }

  async function overUdp(nas: Nas, server: ChangeServer, change: Change): Promise<LiveChangeAnswer> {
    const { formerSecret } = server;
    const secrets = [server.secret, ...(formerSecret === undefined ? [] : [formerSecret])];
    const answered = new AbortController();
    const signal = AbortSignal.any([closing.signal, answered.signal]);
    const all = secrets.map(async secret => {
      const exchanged = await exchange({
        ...server,
        secret,
        // Made when it is sent, not when it was asked for: it may have waited in the lane.
        request: localPort =>
          changeRequest({ ...change, secret, identifier: nextIdentifier(localPort), at: clock.now() }),
        timeoutMs,
        retransmits,
        // strongSwan's answers carry none. The request's authenticator is a keyed digest, so nobody who lacks the secret can
        // prepare a request whose refusal collides with a consent (CVE-2024-3596).
        messageAuthenticator: 'none',
        signal,
        ...(localAddress === undefined ? {} : { localAddress }),
      });
      if (exchanged.result === 'reply' && secret === formerSecret) {
        log.warn('former-secret-used', { nas: nas.name, for: 'changes' });
      }
      return exchanged;
    });
    const exchanged = await firstReply(all);
    answered.abort();
    const { copiesSent, refusals } = exchanged;
    const [first] = refusals;
    if (first !== undefined) log.warn('change-answer-ignored', { nas: nas.name, count: refusals.length, ...first });
    if (exchanged.result === 'reply') return readChangeAnswer(exchanged.reply, nas.profile.unexplainedNak);
    const { networkError } = exchanged;
    return { answer: 'silent', copiesSent, ...(networkError === undefined ? {} : { networkError }) };
  }

  /** Once on each connection: what was under way on one that ended is asked again on the next. */
  async function overTls(nas: Nas, change: Change): Promise<LiveChangeAnswer> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(overTlsMs)]);
    for (let copiesSent = 0; ; copiesSent++) {
      const connection = await peers?.connectionOf(nas.name, signal);
      if (connection === undefined) return { answer: 'silent', copiesSent, networkError: 'not-connected' };
      const asked = await connection.ask(
        (path, identifier) => path.encode({ ...change, identifier, at: clock.now() }),
        signal,
      );
      if (asked === 'silent') return { answer: 'silent', copiesSent: copiesSent + 1 };
      if (asked !== 'ended') return readChangeAnswer(asked, nas.profile.unexplainedNak);
    }
  }

  return {
    async ask(nas, { kind, session, saidUserName, attributes }) {
      const server = nas.dynamicAuthorization;
      const whom = saidUserName === undefined ? session : { ...session, saidUserName };
      const named = identification(whom, nas.profile.identifiedBy);
      if (server === undefined || !namesSession(named)) return { answer: 'impossible' };
      const key = server === 'over-tls' ? `tls ${nas.name}` : `${server.address} ${server.port}`;
      const lane = await enter(key);
      if (lane === undefined) return { answer: 'silent', copiesSent: 0 };
      const change = { kind, identification: named, changes: authorizationAttributes(attributes) };
      try {
        return await (server === 'over-tls' ? overTls(nas, change) : overUdp(nas, server, change));
      } finally {
        leave(key, lane);
      }
    },
    close() {
      closing.abort();
    },
  };
}

/** While a NAS has two secrets, it is asked under both: it drops what the other one signed, and only it can say which that is. */
function firstReply(all: readonly Promise<Exchanged>[]): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    for (const each of all) {
      each.then(exchanged => {
        if (exchanged.result === 'reply') resolve(exchanged);
      }, reject);
    }
    void Promise.all(all).then(([one]) => {
      if (one !== undefined) resolve(one);
    }, reject);
  });
}
