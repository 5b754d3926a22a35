import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startStoreProbe } from '../../gateway/io/store-probe.ts';
import { Unavailable } from '../../gateway/ports.ts';

const began = Date.UTC(2026, 0, 1);
beforeEach(() => {
  vi.useFakeTimers({ now: began });
});
afterEach(() => {
  vi.useRealTimers();
});

it('says whether the store answers, and since when without a break', async () => {
  let down = false;
  const probe = startStoreProbe(
    {
      nonce: async () => {
        if (down) throw new Unavailable('made to fail');
        return undefined;
      },
    },
    'town',
  );
  expect([probe.unfit(), probe.answersSince()]).toEqual([[], began]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(probe.answersSince()).toBe(began);
  down = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([probe.unfit(), probe.answersSince()]).toEqual([['store-unavailable'], Number.POSITIVE_INFINITY]);
  down = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([probe.unfit(), probe.answersSince()]).toEqual([[], began + 72_000]);
  await probe.close();
});
