// What is worked on next and what is dropped first, against a plain list that is searched from end to end.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lane, lanes, requestQueue, type Waiting } from '../../gateway/radius/request-queue.ts';

interface Request extends Waiting {
  readonly id: number;
}
const all: (lane: Lane) => boolean = () => true;
const only =
  (...allowed: Lane[]) =>
  (lane: Lane) =>
    allowed.includes(lane);
const request = (id: number, lane: Lane, arrivedAt = id, usefulUntil = Infinity): Request => ({
  id,
  lane,
  arrivedAt,
  usefulUntil,
});
const filled = (requests: readonly Request[], atMost = 100) => {
  const queue = requestQueue<Request>({ atMost });
  const dropped = requests.flatMap(each => queue.add(each) ?? []);
  return { queue, dropped };
};
const order = (requests: readonly Request[], mayStart = all, now = 0) => {
  const { queue } = filled(requests);
  const started: number[] = [];
  for (let next = queue.next(mayStart, now); next.start; next = queue.next(mayStart, now)) started.push(next.start.id);
  return started;
};

describe('next', () => {
  it('is a conversation under way, before everything that came later [RFC5080-2.2.2]', () => {
    expect(order([request(1, 'live'), request(2, 'login'), request(3, 'conversation')])[0]).toBe(1);
  });
  it('is the newest of those that begin, however they begin', () => {
    expect(
      order([request(1, 'login'), request(2, 'conversation'), request(3, 'login'), request(4, 'conversation')]),
    ).toEqual([4, 3, 2, 1]);
  });
  it('leaves conversations where they are while no more handshakes may run, and takes the others', () => {
    const { queue } = filled([request(1, 'login'), request(2, 'conversation')]);
    expect(queue.next(only('live', 'login'), 0).start?.id).toBe(1);
    expect(queue.next(only('live', 'login'), 0).start).toBeUndefined();
    expect(queue.waiting('conversation')).toBe(1);
    expect(queue.next(all, 0).start?.id).toBe(2);
  });
  it('is a report of accounting where logins may not start, and a login where accounting may not', () => {
    const both = [request(1, 'accounting'), request(2, 'login')];
    expect(order(both, only('accounting'))).toEqual([1]);
    expect(order(both, only('login'))).toEqual([2]);
  });
  it('is nothing that its NAS has given up, wherever it stands', () => {
    const { queue } = filled([
      request(1, 'login', 1, 11),
      request(2, 'login', 2, 100),
      request(3, 'login', 3, 8),
      request(4, 'live', 4, 9),
    ]);
    const { start, tooOld } = queue.next(all, 11);
    expect(start?.id).toBe(2);
    expect(tooOld.map(({ id }) => id).sort()).toEqual([1, 3, 4]);
  });
  it('takes accounting however old it is', () => {
    expect(order([request(1, 'accounting')], all, 1e12)).toEqual([1]);
  });
});

describe('a full queue', () => {
  it('drops the login that has waited longest, before any conversation under way', () => {
    const { dropped, queue } = filled(
      [request(1, 'live'), request(2, 'conversation'), request(3, 'login'), request(4, 'login')],
      3,
    );
    expect(dropped.map(({ id }) => id)).toEqual([2]);
    expect(queue.waiting('live')).toBe(1);
  });
  it('of nothing but conversations under way turns a new login away, and for another of these the oldest', () => {
    const live = [request(1, 'live'), request(2, 'live')];
    expect(filled([...live, request(3, 'login')], 2).dropped.map(({ id }) => id)).toEqual([3]);
    expect(filled([...live, request(3, 'live')], 2).dropped.map(({ id }) => id)).toEqual([1]);
  });
  it('of logins loses no accounting, and the other way round', () => {
    const logins = Array.from({ length: 20 }, (_, id) => request(id, 'login'));
    const reports = Array.from({ length: 10 }, (_, id) => request(100 + id, 'accounting'));
    const { dropped, queue } = filled([...reports, ...logins], 10);
    expect(dropped.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(queue.waiting('accounting')).toBe(10);
  });
  it('of accounting turns away what comes: its NAS still has it', () => {
    const { dropped } = filled([request(1, 'accounting'), request(2, 'accounting')], 1);
    expect(dropped.map(({ id }) => id)).toEqual([2]);
  });
});

it('agrees with a list that is searched from end to end', () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('add' as const),
      lane: fc.constantFrom(...lanes),
      patience: fc.integer({ min: 1, max: 40 }),
    }),
    fc.record({ do: fc.constant('next' as const), may: fc.subarray([...lanes]) }),
  );
  const begins = (each: Request) => each.lane === 'login' || each.lane === 'conversation';
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (steps, atMost) => {
      const queue = requestQueue<Request>({ atMost });
      let list: Request[] = [];
      const without = (gone: Request | undefined) => (list = list.filter(each => each !== gone));
      steps.forEach((each, now) => {
        if (each.do === 'add') {
          const added = request(now, each.lane, now, each.lane === 'accounting' ? Infinity : now + each.patience);
          list.push(added);
          const logins = list.filter(({ lane }) => lane !== 'accounting');
          const reports = list.filter(({ lane }) => lane === 'accounting');
          const tooMany = added.lane === 'accounting' ? reports.length > atMost : logins.length > atMost;
          const wanted = added.lane === 'accounting' ? added : (logins.find(begins) ?? logins[0]);
          const dropped = queue.add(added);
          expect(dropped).toBe(tooMany ? wanted : undefined);
          without(dropped);
          return;
        }
        const { start, tooOld } = queue.next(lane => each.may.includes(lane), now);
        for (const old of tooOld) {
          expect(old.usefulUntil).toBeLessThanOrEqual(now);
          without(old);
        }
        const may = list.filter(({ lane }) => each.may.includes(lane));
        const newest = (of: (request: Request) => boolean) => may.findLast(of);
        const wanted =
          newest(({ lane }) => lane === 'live') ?? newest(({ lane }) => lane === 'accounting') ?? newest(begins);
        expect(start).toBe(wanted);
        if (start !== undefined) expect(start.usefulUntil).toBeGreaterThan(now);
        without(start);
      });
      for (const lane of lanes) {
        const waiting = list.filter(each => each.lane === lane);
        expect(queue.waiting(lane)).toBe(waiting.length);
        expect(queue.oldestAt(lane)).toBe(waiting[0]?.arrivedAt);
      }
    }),
  );
});

it('holds on to nothing that was taken', () => {
  const { queue } = filled([]);
  for (let id = 0; id < 10_000; id++) {
    queue.add(request(id, 'login', id, id + 10));
    queue.next(only(), id);
  }
  expect(queue.waiting('login')).toBeLessThanOrEqual(10);
});
