import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { AgentFailure } from '../../posture-client/failure.ts';
import { backOff, spread, startResident } from '../../posture-client/resident.ts';

describe('times', () => {
  it('an interval is spread a fifth either way', () => {
    expect([0, 0.5, 1].map(random => spread(1000, random))).toEqual([800, 1000, 1200]);
  });

  it('failures wait longer and longer, up to a quarter of an hour', () => {
    expect([0, 1, 2, 3].map(failures => backOff(failures, 1))).toEqual([5000, 10_000, 20_000, 40_000]);
    expect(backOff(0, 0)).toBe(2500);
    expect(backOff(1000, 1)).toBe(900_000);
  });
});

describe('the resident agent', () => {
  it('reports at the interval, and at once when asked', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const run = async (why: string) => {
      seen.push(why);
      return seen.length === 1 ? 0.05 : 3600;
    };
    const resident = startResident({ run, onFailure: vi.fn(), signal: stop.signal, random: () => 0.5 });
    await expect.poll(() => seen).toEqual(['first', 'periodic']);
    resident.wake();
    await expect.poll(() => seen).toEqual(['first', 'periodic', 'asked']);
    stop.abort();
    await resident.done;
  });

  it('a wake during a run is not lost', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const resident = startResident({
      run: async why => {
        seen.push(why);
        await delay(50);
        return 3600;
      },
      ...{ onFailure: vi.fn(), signal: stop.signal, random: () => 0.5 },
    });
    resident.wake();
    await expect.poll(() => seen).toEqual(['first', 'asked']);
    stop.abort();
    await resident.done;
  });

  it('knows a change of the laptop from a report that was asked for, which goes before', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const run = async (why: string) => {
      seen.push(why);
      await delay(20);
      return 3600;
    };
    const resident = startResident({ run, onFailure: vi.fn(), signal: stop.signal, random: () => 0.5 });
    resident.wake('changed');
    await expect.poll(() => seen).toEqual(['first', 'changed']);
    resident.wake();
    resident.wake('changed');
    await expect.poll(() => seen).toEqual(['first', 'changed', 'asked']);
    await delay(50);
    expect(seen).toHaveLength(3);
    stop.abort();
    await resident.done;
  });

  it('goes on after a gateway that cannot be reached', async () => {
    const stop = new AbortController();
    const onFailure = vi.fn();
    let runs = 0;
    const run = async () => {
      if (++runs === 1) throw new AgentFailure('unreachable', 'no route');
      return 3600;
    };
    const resident = startResident({ run, onFailure, signal: stop.signal, random: () => 0 });
    await expect.poll(() => onFailure.mock.calls.length).toBe(1);
    resident.wake();
    await expect.poll(() => runs).toBe(2);
    stop.abort();
    await resident.done;
  });

  it.each([new AgentFailure('setup', 'no key'), new TypeError('our own mistake')])('ends on %s', async error => {
    const resident = startResident({
      run: () => Promise.reject(error),
      ...{ onFailure: vi.fn(), signal: new AbortController().signal, random: () => 0 },
    });
    await expect(resident.done).rejects.toBe(error);
  });
});
