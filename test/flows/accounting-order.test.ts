// Accounting that is late, doubled and out of order ends where it would have ended in order [RFC2866-2]. One concentrator, some
// sessions before its restart and some after it; each may have lost its Stop.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { type AccountingWorld, makeAccountingWorld } from '../support/accounting-world.ts';
import { openLiveStore } from '../support/live-world.ts';

let store: EmbeddedStore;
beforeAll(async () => {
  store = await openLiveStore();
});
afterAll(() => store.close());

const began = 1_800_000_000_000;
const restartAt = began + 5_000_000;
const wrap = 2 ** 32;

interface Told {
  readonly at: number;
  readonly say: (world: AccountingWorld) => Promise<unknown>;
}

/** What a concentrator tells of one session, in order: at least one report, and perhaps no Start or Stop. */
const story = (id: string, from: number) =>
  fc
    .record({
      start: fc.boolean(),
      stop: fc.boolean(),
      steps: fc.array(
        fc.record({ afterS: fc.integer({ min: 1, max: 300 }), octets: fc.integer({ min: 0, max: 3 * wrap }) }),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
    })
    .map(({ start, stop, steps }): readonly Told[] => {
      let [at, inputOctets] = [from, 0];
      const first: Told = { at, say: world => world.say('start', id, from) };
      const rest = steps.map(({ afterS, octets }, index): Told => {
        at += afterS * 1000;
        inputOctets += octets;
        const kind = stop && index === steps.length - 1 ? 'stop' : 'interim';
        const [then, more] = [at, { inputOctets, outputOctets: 2 * inputOctets, framedAddress: `10.8.0.${id.length}` }];
        return {
          at,
          say: world => world.say(kind, id, then, kind === 'stop' ? { ...more, terminateCause: 'user-request' } : more),
        };
      });
      return start ? [first, ...rest] : rest;
    });

const ids = ['a', 'bb', 'ccc', 'dddd'] as const;
const scene = fc
  .tuple(
    story('a', began),
    story('bb', began + 500_000),
    story('ccc', restartAt + 1000),
    story('dddd', restartAt + 2000),
    fc.subarray(['off', 'on'] as const),
  )
  .chain(([a, b, c, d, restarts]) => {
    const restart = restarts.map((kind): Told => ({ at: restartAt, say: world => world.restart(kind, restartAt) }));
    const inOrder = [...a, ...b, ...restart, ...c, ...d].toSorted((one, other) => one.at - other.at);
    const copies = fc.array(fc.constantFrom(...inOrder), { maxLength: 6 });
    return copies.chain(more => {
      const all = [...inOrder, ...more];
      return fc.record({
        inOrder: fc.constant(inOrder),
        shuffled: fc.shuffledSubarray(all, { minLength: all.length }),
      });
    });
  });

async function opened(): Promise<AccountingWorld> {
  const world = makeAccountingWorld(store);
  await Promise.all(ids.map(id => world.put(id)));
  return world;
}

async function ends(world: AccountingWorld) {
  const sessions = await Promise.all(ids.map(id => world.session(id)));
  return sessions.map(
    ({ state, startedAt, lastSeenAt, stoppedAt, terminateCause, inputOctets, outputOctets, framedAddress }) => ({
      state,
      startedAt,
      lastSeenAt,
      stoppedAt,
      terminateCause,
      inputOctets,
      outputOctets,
      framedAddress,
    }),
  );
}

it('in any order, with any copies, one after the other', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(scene, async ({ inOrder, shuffled }) => {
      const [orderly, world] = await Promise.all([opened(), opened()]);
      for (const each of inOrder) expect(await each.say(orderly)).toBe('recorded');
      let before = await ends(world);
      for (const each of shuffled) {
        expect(await each.say(world)).toBe('recorded');
        const after = await ends(world);
        for (const [index, { state, inputOctets = 0, outputOctets = 0 }] of before.entries()) {
          expect(after[index]?.inputOctets).toBeGreaterThanOrEqual(inputOctets);
          expect(after[index]?.outputOctets).toBeGreaterThanOrEqual(outputOctets);
          if (state === 'stopped') expect(after[index]?.state).toBe('stopped');
        }
        before = after;
      }
      expect(before).toEqual(await ends(orderly));
      // Whatever came, it was never taken for a session that nobody admitted.
      expect(world.logged.filter(({ level }) => level === 'error')).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

it('all at once, each repeated until it is answered', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(scene, async ({ inOrder, shuffled }) => {
      const [orderly, world] = await Promise.all([opened(), opened()]);
      for (const each of inOrder) await each.say(orderly);
      const untilAnswered = async (each: Told): Promise<void> => {
        while ((await each.say(world)) !== 'recorded');
      };
      await Promise.all(shuffled.map(untilAnswered));
      expect(await ends(world)).toEqual(await ends(orderly));
    }),
    { numRuns: 60 },
  );
});
