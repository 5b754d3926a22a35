// Which requests that are believed are worked on now. Whoever has a copy here already, or asks too often, hears nothing; all others
// wait for their turn, and for no longer than their NAS does. Nothing but their signature has been computed so far.
//   1 copies   of what waits already
//   2 buckets  logins of one caller, of one NAS
//   3 queue    newest useful first, see `radius/request-queue.ts`
//   4 turn     so many at once; EAP conversations begin while fewer than so many are under way

import { type Refused, refused } from '../contract/reason.ts';
import type { Conversations } from '../eap/conversations.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Clock, Log, Meter } from '../ports.ts';
import { first } from '../radius/attributes.ts';
import { stationAddress } from '../radius/claims.ts';
import { packetCodes } from '../radius/code.ts';
import { overload } from '../radius/overload.ts';
import type { Packet } from '../radius/packet.ts';
import { type Lane, lanes, requestQueue, type Waiting } from '../radius/request-queue.ts';
import { type BucketRule, tokenBuckets } from '../radius/token-bucket.ts';
import type { Ongoing } from './eap-conversation.ts';
import type { PendingLogins } from './pending-logins.ts';

export interface GateLimits {
  /** Logins worked on at once; half as many reports of accounting beside them. */
  readonly inWork: number;
  /** Logins that wait, and as many reports of accounting. */
  readonly waiting: number;
  /** EAP conversations under way, without those of people who look for their card. */
  readonly conversations: number;
  readonly nasLogins: BucketRule;
  readonly callerLogins: BucketRule;
}

export interface GatePorts {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  readonly conversations: Pick<Conversations<Ongoing>, 'holds' | 'lively'>;
  readonly pending?: Pick<PendingLogins, 'holds'>;
}

export interface GateRequest {
  readonly nas: Nas;
  readonly packet: Packet;
  /** The same for each copy; see `requestName`. */
  readonly name: string;
}

export interface Turn {
  /** Lets the next one in. More than once is no harm. */
  end(): void;
}

export interface RequestGate {
  /** Comes when it is this request's turn, or with the reason why it never will be. */
  turn(request: GateRequest): Promise<Turn | Refused>;
  /** Why this gateway should not be asked now. */
  unfit(): readonly string[];
  /** Tells the gauges, and drops what nobody waits for any more. */
  tell(): void;
  /** No login waits from now on; what is in work goes on. */
  close(): void;
}

type WhyDropped = 'too-old' | 'queue-full' | 'accounting-queue-full' | 'duplicate' | 'caller-rate' | 'nas-rate';

interface Held extends Waiting, GateRequest {
  readonly answer: (turn: Turn | Refused) => void;
}

const tellEveryMs = 1_000;
const closing = refused('overloaded', 'this gateway ends');

export function requestGate(ports: GatePorts, limits: GateLimits): RequestGate {
  const { clock, meter, log, conversations } = ports;
  const queue = requestQueue<Held>({ atMost: limits.waiting });
  const names = new Set<string>();
  const inWork: Record<Lane, number> = { live: 0, login: 0, conversation: 0, accounting: 0 };
  const accountingInWork = Math.ceil(limits.inWork / 2);
  const nasLogins = tokenBuckets(limits.nasLogins);
  const callerLogins = tokenBuckets(limits.callerLogins);
  const tooMuch = overload();
  let wasOverloaded = false;
  let toldAt = -Infinity;
  let closed = false;

  /** 2. */
  function askedTooOften({ nas, packet }: GateRequest, now: number): WhyDropped | undefined {
    const station = Buffer.from(first(packet.attributes, 'Calling-Station-Id') ?? '').toString('latin1');
    // The port behind the address changes with every attempt. Who names no caller must not share one bucket with all others.
    const caller = stationAddress(station) ?? station;
    // What one concentrator says of its callers keeps nobody out at another.
    if (caller !== '' && !callerLogins.take(`${nas.tenant} ${nas.name} ${caller}`, now)) return 'caller-rate';
    return nasLogins.take(`${nas.tenant} ${nas.name}`, now) ? undefined : 'nas-rate';
  }

  function underWay(now: number): number {
    return conversations.lively(now) + inWork.live + inWork.conversation;
  }

  /** 4. */
  function mayStart(lane: Lane, now: number): boolean {
    if (lane === 'accounting') return inWork.accounting < accountingInWork;
    if (inWork.live + inWork.login + inWork.conversation >= limits.inWork) return false;
    return lane !== 'conversation' || underWay(now) < limits.conversations;
  }

  function pump(now: number): void {
    while (true) {
      const { start, tooOld } = queue.next(lane => mayStart(lane, now), now);
      for (const request of tooOld) leave(request, 'too-old', now);
      if (start === undefined) break;
      names.delete(start.name);
      inWork[start.lane]++;
      start.answer(turnOf(start.lane));
    }
    if (now - toldAt >= tellEveryMs) tell(now);
  }

  function turnOf(lane: Lane): Turn {
    let ended = false;
    return {
      end: () => {
        if (ended) return;
        ended = true;
        inWork[lane]--;
        pump(clock.now());
      },
    };
  }

  function leave(request: Held, why: 'too-old' | 'queue-full', now: number): void {
    names.delete(request.name);
    // Its NAS keeps it and sends it again; a person who is not served in time would be by another gateway.
    if (request.lane === 'accounting') return request.answer(dropped('accounting-queue-full'));
    tooMuch.shed(now);
    request.answer(dropped(why));
  }

  function dropped(why: WhyDropped): Refused {
    if (why === 'duplicate') return refused('duplicate-in-progress');
    meter.count('sluis_shed_total', { what: why });
    return refused('overloaded', why);
  }

  function isOverloaded(now: number): boolean {
    const is = tooMuch.isOverloaded(now);
    if (is !== wasOverloaded)
      log.warn(is ? 'overloaded' : 'overload-over', { waiting: lanes.map(lane => queue.waiting(lane)) });
    wasOverloaded = is;
    return is;
  }

  function tell(now: number): void {
    toldAt = now;
    for (const lane of lanes) {
      const oldestAt = queue.oldestAt(lane);
      meter.gauge('sluis_queue_waiting', queue.waiting(lane), { lane });
      meter.gauge('sluis_queue_oldest_seconds', oldestAt === undefined ? 0 : (now - oldestAt) / 1000, { lane });
      meter.gauge('sluis_queue_in_work', inWork[lane], { lane });
    }
    meter.gauge('sluis_handshakes_running', underWay(now));
    meter.gauge('sluis_overloaded', isOverloaded(now) ? 1 : 0);
  }

  return {
    turn(request) {
      const now = clock.now();
      // What is too old goes first: a copy of it is a request of its own then.
      pump(now);
      const lane = laneOf(request.packet, ports);
      const why = names.has(request.name)
        ? 'duplicate'
        : lane === 'login' || lane === 'conversation'
          ? askedTooOften(request, now)
          : undefined;
      if (why !== undefined) return Promise.resolve(dropped(why));
      if (closed && lane !== 'accounting') return Promise.resolve(closing);
      return new Promise(answer => {
        const usefulUntil = lane === 'accounting' ? Infinity : now + request.nas.profile.givesUpAfterMs;
        names.add(request.name);
        const instead = queue.add({ ...request, lane, arrivedAt: now, usefulUntil, answer });
        if (instead !== undefined) leave(instead, 'queue-full', now);
        pump(now);
      });
    },
    close: () => {
      closed = true;
      // It may be nobody's turn to end any more that would let them in, and whoever ends the gateway waits for them.
      for (const { name, answer } of queue.next(() => false, Infinity).tooOld) {
        names.delete(name);
        answer(closing);
      }
    },
    unfit: () => (isOverloaded(clock.now()) ? ['overloaded'] : []),
    tell: () => {
      const now = clock.now();
      pump(now);
      tell(now);
      meter.gauge('sluis_buckets_refusing', callerLogins.refusing(now), { bucket: 'caller' });
      meter.gauge('sluis_buckets_refusing', nasLogins.refusing(now), { bucket: 'nas' });
    },
  };
}

/** A State that leads nowhere is no reason to be let in first. */
function laneOf({ code, attributes }: Packet, { conversations, pending }: GatePorts): Lane {
  if (code === packetCodes['Accounting-Request']) return 'accounting';
  const state = first(attributes, 'State');
  if (state !== undefined) {
    const text = Buffer.from(state).toString('latin1');
    return conversations.holds(text) || pending?.holds(text) === true ? 'live' : 'login';
  }
  // [RFC3579-2.1] An empty one asks for the question that a conversation begins after.
  return (first(attributes, 'EAP-Message')?.length ?? 0) > 0 ? 'conversation' : 'login';
}
