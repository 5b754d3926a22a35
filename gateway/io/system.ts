// The real clock and the real random source: the only places where time and chance enter the gateway.

import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../ports.ts';

export const systemClock: Clock = { now: () => Date.now() };

export const systemRandom: Random = { bytes: count => new Uint8Array(randomBytes(count)) };
