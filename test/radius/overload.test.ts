import { describe, expect, it } from 'vitest';
import { overload } from '../../gateway/radius/overload.ts';

/** Drops something every so many milliseconds. */
function dropping(watch: ReturnType<typeof overload>, from: number, to: number, everyMs: number): void {
  for (let now = from; now <= to; now += everyMs) watch.shed(now);
}

describe('overload', () => {
  it('is not one burst, however large', () => {
    const watch = overload();
    for (let each = 0; each < 10_000; each++) watch.shed(1_000);
    expect(watch.isOverloaded(1_000)).toBe(false);
  });
  it('is dropping for five seconds on end', () => {
    const watch = overload();
    dropping(watch, 0, 4_900, 100);
    expect(watch.isOverloaded(4_900)).toBe(false);
    dropping(watch, 5_000, 5_000, 100);
    expect(watch.isOverloaded(5_000)).toBe(true);
  });
  it('is not dropping now and then', () => {
    const watch = overload();
    dropping(watch, 0, 600_000, 2_100);
    expect(watch.isOverloaded(600_000)).toBe(false);
  });
  it('lasts until nothing was dropped for ten seconds, and does not come back at the first drop', () => {
    const watch = overload();
    dropping(watch, 0, 6_000, 100);
    expect(watch.isOverloaded(15_900)).toBe(true);
    expect(watch.isOverloaded(16_000)).toBe(false);
    watch.shed(16_100);
    expect(watch.isOverloaded(16_100)).toBe(false);
  });
});
