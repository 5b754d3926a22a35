// What operators watch now, in memory and for a time: whom they asked for, and the events that concern them. Who a machine is shows
// late in a login, so the events of a conversation are kept from its first packet on while anybody watches, and told from there.

import type { Wanted } from '../contract/acts.ts';
import { type TraceEvent, type TracePage, traceLimits } from '../contract/trace.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Session } from '../pdp/session.ts';

/** What has become known of whom a conversation is about. */
export interface Known {
  readonly userName?: string | undefined;
  readonly person?: string | undefined;
  readonly device?: string | undefined;
  readonly deviceName?: string | undefined;
  /** What names its session: our id, and that of the concentrator after its name and a blank. */
  readonly sessions?: readonly string[];
}

/** The events of one conversation, or of one request outside of any. */
export interface Thread {
  put(event: Omit<TraceEvent, 'nas' | 'thread'>): void;
  know(known: Known): void;
  /** The next round brings this State. */
  continueAs(state: string, now: number): void;
}

export interface Tracing {
  /** Looked at for every request; all else costs something only when it is true. */
  readonly active: boolean;
  /** `id` is not to be guessed. Too many at once: `undefined`. `sessions`: those known so far. */
  begin(trace: NewTrace): { readonly until: number } | undefined;
  /** What came after `after`; nobody reads a trace of somebody else. */
  readonly read: (tenant: string, operator: string, id: string, after: number, now: number) => TracePage | undefined;
  thread(nas: Pick<Nas, 'tenant' | 'name'>, state?: string): Thread;
  /** Ends what is over, or watched by nobody any more. */
  sweep(now: number): void;
}

interface NewTrace {
  readonly id: string;
  readonly tenant: string;
  readonly operator: string;
  readonly wanted: Wanted;
  readonly forMs: number;
  readonly now: number;
  readonly sessions: readonly Session[];
}

interface Trace extends NewTrace {
  readonly until: number;
  readAt: number;
  /** The last ones; `told` counts all that ever were. */
  readonly events: TraceEvent[];
  told: number;
  /** Sessions that are known to be of whom is wanted, by either id: oldest first. */
  readonly mine: Set<string>;
}

const bounds = { traces: 4, events: 2_000, threads: 1_000, eventsOfThread: 256, sessions: 2_000 } as const;
/** A conversation that was not led on by then is over. */
const threadIdleMs = 120_000;

export function openTracing(): Tracing {
  const traces = new Map<string, Trace>();
  /** By concentrator and State; what was heard last stands last. */
  const threads = new Map<string, { readonly thread: OpenThread; readonly heardAt: number }>();
  let count = 0;

  function end(id: string): void {
    traces.delete(id);
    if (traces.size === 0) threads.clear();
  }

  function keep(thread: OpenThread, state: string, now: number): void {
    for (const [place, { heardAt }] of threads) {
      if (heardAt + threadIdleMs > now && threads.size < bounds.threads) break;
      threads.delete(place);
    }
    threads.set(placeOf(thread.nas, state), { thread, heardAt: now });
  }

  return {
    get active() {
      return traces.size > 0;
    },
    begin(asked) {
      this.sweep(asked.now);
      if (traces.size >= bounds.traces) return undefined;
      const until = asked.now + Math.min(asked.forMs, traceLimits.mostMs);
      const trace: Trace = { ...asked, until, readAt: asked.now, events: [], told: 0, mine: new Set() };
      for (const session of asked.sessions) notice(trace, knownOf(session));
      traces.set(asked.id, trace);
      return { until };
    },
    read(tenant, operator, id, after, now) {
      const trace = traces.get(id);
      if (trace === undefined || trace.tenant !== tenant || trace.operator !== operator) return undefined;
      trace.readAt = now;
      const gone = trace.told - trace.events.length;
      const events = trace.events.slice(Math.max(0, after - gone));
      return { events, next: trace.told, missed: Math.max(0, gone - after), ended: now >= trace.until };
    },
    thread(nas, state) {
      const found = state === undefined ? undefined : threads.get(placeOf(nas, state))?.thread;
      return found ?? new OpenThread(nas, `t${++count}`, traces, keep);
    },
    sweep(now) {
      for (const { id, until, readAt } of traces.values()) {
        if (now >= until + traceLimits.unreadMs || now >= readAt + traceLimits.unreadMs) end(id);
      }
    },
  };
}

function placeOf({ tenant, name }: Pick<Nas, 'tenant' | 'name'>, state: string): string {
  return `${tenant}/${name}/${state}`;
}

class OpenThread implements Thread {
  readonly nas: Pick<Nas, 'tenant' | 'name'>;
  readonly name: string;
  readonly traces: ReadonlyMap<string, Trace>;
  readonly events: TraceEvent[] = [];
  /** The traces that it is told to. */
  readonly toldTo = new Set<Trace>();
  readonly keep: (thread: OpenThread, state: string, now: number) => void;

  constructor(nas: OpenThread['nas'], name: string, traces: OpenThread['traces'], keep: OpenThread['keep']) {
    this.nas = nas;
    this.name = name;
    this.traces = traces;
    this.keep = keep;
    this.match(trace => trace.wanted.by === 'nas' && trace.wanted.value === nas.name);
  }

  put(event: Omit<TraceEvent, 'nas' | 'thread'>): void {
    const told: TraceEvent = { nas: this.nas.name, thread: this.name, ...event };
    if (this.events.length < bounds.eventsOfThread) this.events.push(told);
    for (const trace of this.toldTo) tell(trace, told);
  }

  know(known: Known): void {
    this.match(trace => notice(trace, known));
  }

  continueAs(state: string, now: number): void {
    this.keep(this, state, now);
  }

  private match(concerns: (trace: Trace) => boolean): void {
    for (const trace of this.traces.values()) {
      if (trace.tenant !== this.nas.tenant || this.toldTo.has(trace) || !concerns(trace)) continue;
      this.toldTo.add(trace);
      for (const event of this.events) tell(trace, event);
    }
  }
}

function tell(trace: Trace, event: TraceEvent): void {
  // What was asked for, and recorded, is this time and no more: read it may be a little later.
  if (event.at >= trace.until) return;
  trace.events.push(event);
  trace.told++;
  if (trace.events.length > bounds.events) trace.events.shift();
}

export function accountingName(nas: string, acctSessionId: string): string {
  return `${nas} ${acctSessionId}`;
}

export function knownOf(session: Session): Known {
  const { userName, person, device, deviceName, id, nas, acctSessionId } = session;
  const sessions = acctSessionId === undefined ? [id] : [id, accountingName(nas, acctSessionId)];
  return { userName, person, device, deviceName, sessions };
}

/** Whether it concerns whom a trace wants; what names the session is remembered, for its accounting may say nothing else. */
function notice({ wanted, mine }: Trace, known: Known): boolean {
  const { sessions = [] } = known;
  if (!concerns(wanted, known) && !sessions.some(id => mine.has(id))) return false;
  for (const id of sessions) mine.add(id);
  for (const id of mine) {
    if (mine.size <= bounds.sessions) break;
    mine.delete(id);
  }
  return true;
}

function concerns({ by, value }: Wanted, { userName, person, device, deviceName }: Known): boolean {
  const is = (said: string | undefined): boolean => said?.toLowerCase() === value.toLowerCase();
  if (by === 'user') return is(userName) || is(person);
  return by === 'device' && (is(device) || is(deviceName));
}
