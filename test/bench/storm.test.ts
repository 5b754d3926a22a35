// Everybody is back within seconds, at a gateway that can do a fraction of it: each is let in, once, and nobody is refused.
// In full it is `npm run bench -- --storm 20000`.

import { expect, it } from 'vitest';
import { certificateStorm, stormLines, ticketStorm, usualLimits } from './storm-visits.ts';

it('600 agents with tickets within 5 seconds, where 40 writes a second are possible and 100 logins may wait', async () => {
  const limits = { ...usualLimits, waiting: 100, inWork: 32 };
  const result = await ticketStorm({ clients: 600, withinMs: 5_000, capacity: 40, stepMs: 100, limits });
  console.log(stormLines(result));
  expect(result).toMatchObject({ served: 600, rejected: 0, sessions: 600, accountingAnswered: 600 });
  // It was a storm.
  expect(result.dropped['queue-full']).toBeGreaterThan(100);
  expect(result.dropped['duplicate']).toBeGreaterThan(100);
  expect(result.attempts).toBeGreaterThan(600);
  // What is held: two queues, and what is in work of either kind.
  expect(result.mostHeld).toBeLessThanOrEqual(2 * limits.waiting + limits.inWork * 1.5);
  // Hardly slower than the store could be: 1,200 writes.
  expect(result.simulatedS).toBeLessThan(50);
}, 60_000);

it('60 laptops by EAP-TLS within a second, four handshakes at a time', async () => {
  const limits = { ...usualLimits, conversations: 4, waiting: 20, inWork: 8 };
  const result = await certificateStorm({ clients: 60, withinMs: 1_000, capacity: 6, limits });
  console.log(stormLines(result));
  expect(result).toMatchObject({ served: 60, rejected: 0, sessions: 60 });
  expect(result.dropped['queue-full']).toBeGreaterThan(10);
  expect(result.mostHeld).toBeLessThanOrEqual(limits.waiting + limits.inWork);
}, 60_000);
