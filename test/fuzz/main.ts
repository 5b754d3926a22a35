// `node test/fuzz/main.ts [count] [seed]`: the long run. Ends with an error on the first packet that is mistreated.

import { fuzzRadius } from './radius-fuzz.ts';

const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number);
if (!(count > 0) || !Number.isInteger(seed)) throw new RangeError('usage: node test/fuzz/main.ts [count] [seed]');
const startedAt = performance.now();
const { decoded, accepted, refusals } = await fuzzRadius({ count, seed });
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
const reasons = Object.entries(refusals).map(([reason, times]) => `${reason} ${times}`);
process.stdout.write(
  `radius: ${count} mutated packets (seed ${seed}) in ${seconds} s: ${decoded} decoded, ${accepted} accepted, ` +
    `none mistreated; refused: ${reasons.join(', ')}\n`,
);
