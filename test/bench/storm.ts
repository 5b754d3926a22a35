// Everybody comes back within a minute, at a gateway that can do less than that, through concentrators that retransmit as
// theirs do. The flows are the real ones with the real store; the clock is moved by hand, and how much the gateway can do in a
// second is set. What nobody serves in time is tried again by its person.

import { setImmediate as turn } from 'node:timers/promises';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type RadiusPorts, radiusRequest } from '../../gateway/flows/radius-request.ts';
import { type GateLimits, requestGate } from '../../gateway/flows/request-gate.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { verifyReply } from '../../gateway/radius/authenticator.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { makeRadiusWorld, radiusSecret, type RadiusWorld } from '../support/radius-world.ts';

/** What a person does to get in, one request after the other. */
export interface Visit {
  readonly request: () => Uint8Array;
  /** Whether another round is due. */
  readonly take: (reply: Packet) => boolean | Promise<boolean>;
  readonly close: () => void;
}

export interface StormOptions {
  readonly clients: number;
  /** When the client comes first, in milliseconds from the beginning. */
  readonly arrivesAt: (client: number) => number;
  /** Its concentrator, by address. */
  readonly nas: (client: number) => string;
  readonly visit: (world: RadiusWorld, client: number) => Visit | Promise<Visit>;
  /** Asked once it is let in. */
  readonly afterwards?: (client: number) => Uint8Array;
  /** Writes to the store in a second. */
  readonly capacity: number;
  readonly limits: GateLimits;
  readonly stepMs?: number;
  /** Tells every ten seconds. */
  readonly say?: (line: string) => void;
}

export interface StormResult {
  readonly served: number;
  readonly rejected: number;
  readonly accountingAnswered: number;
  /** Sessions that were begun in the store. */
  readonly sessions: number;
  readonly copiesSent: number;
  readonly attempts: number;
  /** Answers to requests that had been given up. */
  readonly late: number;
  /** By why. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly mostWaiting: number;
  readonly mostHeld: number;
  readonly heapGrowthMiB: number;
  readonly simulatedS: number;
}

const pauseMs = 5_000;
const giveUpS = 900;

export async function storm(options: StormOptions): Promise<StormResult> {
  const { clients, capacity, limits, stepMs = 50 } = options;
  const world = await makeRadiusWorld();
  const startedAt = world.now();
  const tally = { served: 0, rejected: 0, sessions: 0, copiesSent: 0, attempts: 0, late: 0 };
  const dropped: Record<string, number> = {};
  const most = { waiting: 0, held: 0, heap: 0 };
  const agenda = new Map<number, (() => void)[]>();
  const now = { held: 0, waiting: 0, atStore: 0, thinking: 0 };
  const atStore: (() => void)[] = [];
  const recorded = new Set<number>();
  let finished = 0;

  const count = (why: string): void => void (dropped[why] = (dropped[why] ?? 0) + 1);
  const meter: RadiusPorts['meter'] = {
    count: (name, labels) => {
      if (name === 'sluis_shed_total') count(labels?.['what'] ?? '');
      if (name === 'sluis_radius_repeated_total') count('answered again');
      if (labels?.['reason'] === 'duplicate-in-progress') count('duplicate');
    },
    observe: () => undefined,
    gauge: () => undefined,
  };
  const gated = requestGate({ ...world.ports, meter }, limits);
  const store = slowed(world.ports.store);
  const ports: RadiusPorts = {
    ...world.ports,
    store,
    gate: {
      turn: async request => {
        now.waiting++;
        try {
          return await gated.turn(request);
        } finally {
          now.waiting--;
        }
      },
    },
    meter,
  };
  const handlers = {
    authentication: radiusRequest(ports, 'authentication'),
    accounting: radiusRequest({ ...ports, recent: recentRequests() }, 'accounting'),
  };

  /** So many commits in a second of the clock that is moved by hand. */
  function slowed(real: RadiusPorts['store']): RadiusPorts['store'] {
    return {
      ...real,
      commit: async commit => {
        now.atStore++;
        await new Promise<void>(resolve => {
          atStore.push(() => {
            now.atStore--;
            resolve();
          });
        });
        const committed = await real.commit(commit);
        if (committed.committed && commit.session?.expectedVersion === 0) tally.sessions++;
        return committed;
      },
    };
  }

  function at(ms: number, what: () => void): void {
    const step = Math.max(1, Math.ceil((world.now() - startedAt + ms) / stepMs));
    const due = agenda.get(step) ?? [];
    due.push(what);
    agenda.set(step, due);
  }

  function think(what: () => Promise<void>): void {
    now.thinking++;
    void what().finally(() => now.thinking--);
  }

  async function come(client: number): Promise<void> {
    tally.attempts++;
    let visit: Visit;
    try {
      visit = await options.visit(world, client);
    } catch (error) {
      // This machine is busy with something else: the agent gets its ticket later.
      if (!(error instanceof Unavailable)) throw error;
      return comeAgain(client);
    }
    round(client, visit);
  }

  function comeAgain(client: number): void {
    at(pauseMs + (client % 100) * 100, () => think(() => come(client)));
  }

  function round(client: number, visit: Visit): void {
    ask(client, visit.request(), 'authentication', {
      answered: async reply => {
        if (await visit.take(reply)) return round(client, visit);
        visit.close();
        if (reply.code === 3) tally.rejected++;
        if (reply.code === 2) tally.served++;
        if (reply.code === 2 && options.afterwards) report(client, options.afterwards);
        else finished++;
      },
      givenUp: () => {
        visit.close();
        comeAgain(client);
      },
    });
  }

  function report(client: number, reportOf: (client: number) => Uint8Array): void {
    ask(client, reportOf(client), 'accounting', {
      answered: async () => {
        // Recorded is recorded, also when the concentrator had begun anew.
        if (recorded.has(client)) return;
        recorded.add(client);
        finished++;
      },
      givenUp: () => {
        if (!recorded.has(client)) report(client, reportOf);
      },
    });
  }

  /** As the concentrator of this client does it. */
  function ask(
    client: number,
    request: Uint8Array,
    port: 'authentication' | 'accounting',
    then: { readonly answered: (reply: Packet) => Promise<void>; readonly givenUp: () => void },
  ): void {
    const address = options.nas(client);
    const { retransmitsAfterMs, givesUpAfterMs } = (ports.nasOf(address) as Nas).profile;
    const from = { address, port: 1_024 + (client % 64_000), socket: port };
    let state: 'waits' | 'answered' | 'given-up' = 'waits';
    const send = (): void => {
      if (state !== 'waits') return;
      tally.copiesSent++;
      now.held++;
      void handlers[port](request, from)
        .finally(() => now.held--)
        .then(octets => {
          if (octets === undefined || state === 'answered') return;
          if (state === 'given-up' && port === 'authentication') {
            tally.late++;
            return;
          }
          state = 'answered';
          think(() => then.answered(verified(octets, request)));
        });
    };
    for (let ms = 0; ms < givesUpAfterMs; ms += retransmitsAfterMs) {
      if (ms === 0) send();
      else at(ms, send);
    }
    at(givesUpAfterMs, () => {
      if (state !== 'waits') return;
      state = 'given-up';
      then.givenUp();
    });
  }

  /** Until everything waits: for its turn, for the store, or for the clock. */
  async function settled(): Promise<void> {
    do await turn();
    while (now.thinking > 0 || now.held - now.waiting - now.atStore > 0);
  }

  for (let client = 0; client < clients; client++) at(options.arrivesAt(client), () => think(() => come(client)));
  const heap = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const heapBefore = heap();
  let tokens = 0;
  let step = 0;
  while (finished < clients && step * stepMs < giveUpS * 1000) {
    step++;
    world.advance(stepMs);
    for (const due of agenda.get(step) ?? []) due();
    agenda.delete(step);
    await settled();
    most.waiting = Math.max(most.waiting, now.waiting);
    most.held = Math.max(most.held, now.held);
    tokens = Math.min(tokens, 1) + (capacity * stepMs) / 1000;
    while (tokens >= 1 && atStore.length > 0) {
      for (const go of atStore.splice(0, Math.floor(tokens))) {
        go();
        tokens--;
      }
      await settled();
    }
    if ((step * stepMs) % 10_000 === 0) {
      most.heap = Math.max(most.heap, heap());
      options.say?.(`${(step * stepMs) / 1000} s: ${tally.served} served, ${now.waiting} wait, ${now.held} are held`);
    }
  }
  await world.close();
  return {
    ...tally,
    accountingAnswered: recorded.size,
    dropped,
    mostWaiting: most.waiting,
    mostHeld: most.held,
    heapGrowthMiB: Math.round((most.heap - heapBefore) / 1_048_576),
    simulatedS: (step * stepMs) / 1000,
  };
}

function verified(octets: Uint8Array, request: Uint8Array): Packet {
  const [reply, sent] = [decode(octets), decode(request)];
  if (isRefused(reply) || isRefused(sent)) throw new Error('an answer that is no packet');
  const verdict = verifyReply(reply, sent, radiusSecret);
  if (isRefused(verdict)) throw new Error(`an answer that is not signed: ${verdict.refused}`);
  return reply;
}
