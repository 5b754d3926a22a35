// `node test/fuzz/main.ts [count] [seed]`: the long run, against the codec and against a whole gateway. Ends with an error
// on the first packet that is mistreated.

import { makeRadiusWorld } from '../support/radius-world.ts';
import { fuzzGateway } from './gateway-fuzz.ts';
import { type FuzzResult, fuzzRadius } from './radius-fuzz.ts';

const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number);
if (!(count > 0) || !Number.isInteger(seed)) throw new RangeError('usage: node test/fuzz/main.ts [count] [seed]');

await tell('codec', () => fuzzRadius({ count, seed }));
const world = await makeRadiusWorld();
try {
  await tell('gateway', () => fuzzGateway(world, { count, seed }));
} finally {
  await world.close();
}

async function tell(what: string, run: () => Promise<FuzzResult>): Promise<void> {
  const startedAt = performance.now();
  const { decoded, accepted, answered, refusals } = await run();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const reasons = Object.entries(refusals).map(([reason, times]) => `${reason} ${times}`);
  process.stdout.write(
    `${what}: ${count} mutated packets (seed ${seed}) in ${seconds} s: ${decoded} decoded, ${accepted} accepted, ` +
      `${answered} answered, none mistreated; refused: ${reasons.join(', ')}\n`,
  );
}
