// What is remembered of people, with a clock moved by hand and a directory that answers when the test lets it.

import { describe, expect, it } from 'vitest';
import { knownPeople } from '../../gateway/io/directory-cache.ts';
import type { DirectoryAnswer } from '../../gateway/pdp/directory.ts';
import { Unavailable } from '../../gateway/ports.ts';

const minute = 60_000;
const staff: DirectoryAnswer = { found: true, groups: ['staff'], disabled: false };

function world(options: { readonly peopleAtMost?: number } = {}) {
  const state = { now: 1_800_000_000_000, asked: [] as string[], counted: [] as string[] };
  let answer: () => Promise<DirectoryAnswer> = async () => staff;
  const nothing = () => undefined;
  const people = knownPeople({
    directory: {
      person: (tenant, pseudonym) => {
        state.asked.push(`${tenant}/${pseudonym}`);
        return answer();
      },
    },
    clock: { now: () => state.now },
    cacheMs: 5 * minute,
    meter: {
      count: (name, labels) => state.counted.push(`${name} ${labels?.['result'] ?? ''}`),
      observe: nothing,
      gauge: nothing,
    },
    log: { info: nothing, warn: nothing, error: nothing },
    ...options,
  });
  return {
    state,
    people,
    answers: (next: () => Promise<DirectoryAnswer>) => {
      answer = next;
    },
  };
}
const down = () => Promise.reject(new Unavailable('down'));

describe('knownPeople', () => {
  it('asks once, and again when the answer is no longer fresh', async () => {
    const { state, people } = world();
    const first = await people.person('town', 'p', 100);
    expect(first).toEqual({ last: { answer: staff, observedAt: state.now } });
    state.now += 3 * minute;
    expect(await people.person('town', 'p', 100)).toEqual(first);
    expect(state.asked).toHaveLength(1);
    state.now += 2 * minute;
    expect(await people.person('town', 'p', 100)).toEqual({ last: { answer: staff, observedAt: state.now } });
    expect(state.asked).toHaveLength(2);
  });

  it('asks for the pseudonyms under earlier keys when the one of today is not there, and remembers the answer', async () => {
    const { state, people, answers } = world();
    const held = new Set(['k1-p']);
    answers(async () => (held.has(state.asked.at(-1)?.slice(5) ?? '') ? staff : { found: false }));
    const former = ['k2-p', 'k1-p', 'k0-p'];
    expect((await people.person('town', 'k3-p', 100, former)).last?.answer).toEqual(staff);
    expect(state.asked).toEqual(['town/k3-p', 'town/k2-p', 'town/k1-p']);
    expect((await people.person('town', 'k3-p', 100, former)).last?.answer).toEqual(staff);
    expect(state.asked).toHaveLength(3);
    held.add('k3-p');
    state.now += 5 * minute;
    await people.person('town', 'k3-p', 100, former);
    expect(state.asked.slice(3)).toEqual(['town/k3-p']);
    // Somebody of whom only today's pseudonym is known is not looked for under another's.
    expect((await people.person('town', 'k2-q', 100)).last?.answer).toEqual({ found: false });
  });

  it('takes no silence for an absence, whichever pseudonym it was asked for', async () => {
    const { state, people, answers } = world();
    answers(async () => (state.asked.at(-1) === 'town/k1-p' ? down() : { found: false }));
    expect(await people.person('town', 'k2-p', 100, ['k1-p'])).toEqual({ unanswered: 'error' });
  });

  it('keeps tenants apart', async () => {
    const { state, people } = world();
    await people.person('town', 'p', 100);
    await people.person('village', 'p', 100);
    expect(state.asked).toEqual(['town/p', 'village/p']);
  });

  it('forgets within half a minute that somebody was not there', async () => {
    const { state, people, answers } = world();
    answers(async () => ({ found: false }));
    expect(await people.person('town', 'p', 100)).toMatchObject({ last: { answer: { found: false } } });
    answers(async () => staff);
    state.now += 30_000;
    expect(await people.person('town', 'p', 100)).toMatchObject({ last: { answer: staff } });
  });

  it('gives the last answer, marked, while the directory is silent', async () => {
    const { state, people, answers } = world();
    await people.person('town', 'p', 100);
    const observedAt = state.now;
    answers(down);
    state.now += 23 * 60 * minute;
    expect(await people.person('town', 'p', 100)).toEqual({ last: { answer: staff, observedAt }, unanswered: 'error' });
    expect(await people.person('town', 'stranger', 100)).toEqual({ unanswered: 'error' });
  });

  it('leaves a directory that just failed alone for a few seconds', async () => {
    const { state, people, answers } = world();
    answers(down);
    for (let time = 0; time < 10; time++) await people.person('town', 'p', 100);
    expect(state.asked).toHaveLength(1);
    answers(async () => staff);
    state.now += 5_000;
    expect(await people.person('town', 'p', 100)).toMatchObject({ last: { answer: staff } });
  });

  it('waits no longer than it was told, and uses the answer that comes later', async () => {
    const { people, state, answers } = world();
    let release = (): void => undefined;
    answers(() => new Promise(resolve => (release = () => resolve(staff))));
    const startedAt = performance.now();
    expect(await people.person('town', 'p', 50)).toEqual({ unanswered: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(await people.person('town', 'p', 0)).toEqual({ unanswered: 'timeout' });
    release();
    await expect.poll(() => people.person('town', 'p', 0)).toMatchObject({ last: { answer: staff } });
    expect(state.asked).toHaveLength(1);
  });

  it('asks once for a hundred who want to know at the same time', async () => {
    const { people, state } = world();
    const all = await Promise.all(Array.from({ length: 100 }, () => people.person('town', 'p', 1_000)));
    expect(new Set(all.map(each => JSON.stringify(each))).size).toBe(1);
    expect(state.asked).toHaveLength(1);
  });

  it('does not believe an answer from the future when the clock was set back', async () => {
    const { people, state, answers } = world();
    await people.person('town', 'p', 100);
    state.now -= 60 * minute;
    answers(down);
    expect(await people.person('town', 'p', 100)).toMatchObject({ unanswered: 'error' });
  });

  it('never rejects, and counts a fault of ours as one', async () => {
    const { people, state, answers } = world();
    answers(() => {
      throw new TypeError('a fault');
    });
    expect(await people.person('town', 'p', 100)).toEqual({ unanswered: 'error' });
    expect(state.counted).toEqual(['sluis_directory_total fault']);
  });

  it('does not let the answers of one morning expire together', async () => {
    const { people, state } = world();
    const names = Array.from({ length: 64 }, (_, index) => `p-${index}`);
    await Promise.all(names.map(each => people.person('town', each, 100)));
    state.now += 4.5 * minute;
    await Promise.all(names.map(each => people.person('town', each, 100)));
    expect(state.asked.length).toBeGreaterThan(64 + 8);
    expect(state.asked.length).toBeLessThan(128 - 8);
  });

  it('forgets whoever was asked about longest ago beyond its size', async () => {
    const { people, state } = world({ peopleAtMost: 2 });
    for (const each of ['a', 'b', 'a', 'c', 'a', 'b']) await people.person('town', each, 100);
    expect(state.asked).toEqual(['town/a', 'town/b', 'town/c', 'town/b']);
  });
});
