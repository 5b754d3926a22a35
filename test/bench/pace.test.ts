import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { latencyOf, paced } from './pace.ts';

const items = Array.from({ length: 40 }, (_, index) => index);

describe('so many at once', () => {
  it('takes each once, and never more than that', async () => {
    let [now, most] = [0, 0];
    const seen: number[] = [];
    const took = await paced(items, { atOnce: 4 }, async item => {
      most = Math.max(most, ++now);
      seen.push(item);
      await pause(1);
      now--;
    });
    expect(seen.toSorted((a, b) => a - b)).toEqual(items);
    expect(most).toBe(4);
    expect(took).toHaveLength(40);
  });
});

describe('so many a second', () => {
  it('waits for no answer, and counts a late one from when it was due', async () => {
    const stallMs = 300;
    const stalled = pause(stallMs);
    const startedAt = performance.now();
    // As a server that answers nothing for a while, and then everything.
    const took = await paced(items, { perSecond: 400 }, () => stalled);
    const everyMs = 1_000 / 400;
    expect(performance.now() - startedAt).toBeLessThan(stallMs + items.length * everyMs + 200);
    // The first was due at once and waited for all of it; each next one was due a little later.
    const ordered = took.toSorted((a, b) => b - a);
    expect(ordered[0]).toBeGreaterThan(stallMs - 20);
    for (const [index, ms] of ordered.entries()) expect(ms).toBeGreaterThan(stallMs - 20 - index * everyMs);
  });

  it('fails with what failed', async () => {
    await expect(paced(items, { perSecond: 1_000 }, () => Promise.reject(new Error('refused')))).rejects.toThrow(
      'refused',
    );
  });
});

describe('latency', () => {
  it.each<[readonly number[], number, number]>([
    [[5], 5, 5],
    [[3, 1, 2], 2, 3],
    [Array.from({ length: 200 }, (_, index) => index), 100, 198],
    [[], 0, 0],
  ])('of %j', (took, median, p99) => {
    expect(latencyOf(took)).toEqual({ median, p99 });
  });
});
