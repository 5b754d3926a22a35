// `npm run fuzz -- [--seconds N | --count N] [--seed S]`: the long run of every fuzzer, after one another. Ends with an error
// on the first input that is mistreated; a fault that is found becomes an entry of `corpus/`.

import { parseArgs } from 'node:util';
import { makeRadiusWorld } from '../support/radius-world.ts';
import { fuzzChangeAnswers } from './change-answer-fuzz.ts';
import { fuzzConversations } from './conversation-fuzz.ts';
import { fuzzGateway } from './gateway-fuzz.ts';
import { fuzzLogins } from './login-fuzz.ts';
import { fuzzRadius } from './radius-fuzz.ts';
import { fuzzTeap } from './teap-fuzz.ts';
import { startWatchdog } from './watchdog.ts';

type Counts = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

interface Target {
  readonly name: string;
  /** Of the time, and of the inputs: what is slow is thrown less at. */
  readonly share: number;
  readonly inputs: number;
  /** Inputs of one portion: a second or so. */
  readonly portion: number;
  readonly run: (run: { readonly count: number; readonly seed: number }) => Promise<Counts>;
}

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, count: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const seed = positive(values.seed, 'seed');
const seconds = values.seconds === undefined ? undefined : positive(values.seconds, 'seconds');
const count = positive(values.count ?? '100000', 'count');
/** Of memory that is still in use after a portion, over what was after the first. */
const mostGrowthBytes = 192 * 1_048_576;

const world = await makeRadiusWorld();
const targets: readonly Target[] = [
  {
    name: 'RADIUS packets',
    share: 0.15,
    inputs: 1,
    portion: 5_000,
    run: async run => ({ ...(await fuzzRadius(run)) }),
  },
  {
    name: 'answers to changes',
    share: 0.05,
    inputs: 1,
    portion: 20_000,
    run: async run => ({ ...(await fuzzChangeAnswers(run)) }),
  },
  {
    name: 'inside TEAP',
    share: 0.05,
    inputs: 0.5,
    portion: 2_000,
    run: async run => ({ ...fuzzTeap(run) }),
  },
  {
    name: 'EAP conversations',
    share: 0.35,
    inputs: 0.5,
    portion: 2_000,
    run: async run => ({ ...(await fuzzConversations(run)) }),
  },
  {
    name: 'RADIUS to a gateway',
    share: 0.15,
    inputs: 0.2,
    portion: 500,
    run: async run => ({ ...(await fuzzGateway(world, run)) }),
  },
  {
    name: 'EAP logins to a gateway',
    share: 0.25,
    inputs: 0.01,
    portion: 50,
    run: async run => ({ ...(await fuzzLogins(world, run)) }),
  },
];
const dog = startWatchdog();
try {
  for (const target of targets) await runTarget(target);
} finally {
  await dog.stop();
  await world.close();
}

async function runTarget({ name, share, inputs, portion, run }: Target): Promise<void> {
  const startedAt = performance.now();
  const wanted = Math.ceil(count * inputs);
  const untilMs = seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1000 * share;
  const total: Record<string, number | Record<string, number>> = {};
  let elapsedMs = 0;
  let heapBytes: number | undefined;
  for (let done = 0, nth = 0; seconds === undefined ? done < wanted : elapsedMs < untilMs; done += portion, nth++) {
    const size = seconds === undefined ? Math.min(portion, wanted - done) : portion;
    dog.begin(`${name}, ${size} inputs of seed ${seed + nth}`);
    add(total, await run({ count: size, seed: seed + nth }));
    world.counted.length = 0;
    elapsedMs = performance.now() - startedAt;
    const { heapUsed } = process.memoryUsage();
    heapBytes ??= heapUsed;
    if (heapUsed - heapBytes > mostGrowthBytes) throw new Error(`${name}: ${heapUsed} octets of memory are in use`);
  }
  const { count: inputsMade, ...rest } = total;
  const made = Number(inputsMade);
  const perSecond = (made / elapsedMs) * 1000;
  process.stdout.write(
    `${name}: ${made} in ${(elapsedMs / 1000).toFixed(1)} s (${perSecond.toFixed(0)} a second), from seed ${seed}, ` +
      `none mistreated; ${told(rest)}\n`,
  );
}

function add(total: Record<string, number | Record<string, number>>, more: Counts): void {
  for (const [key, value] of Object.entries(more)) {
    const before = total[key] ?? (typeof value === 'number' ? 0 : {});
    if (typeof value === 'number') total[key] = Number(before) + value;
    else if (typeof before === 'object') {
      for (const [word, times] of Object.entries(value)) before[word] = (before[word] ?? 0) + times;
      total[key] = before;
    }
  }
}

function told(counts: Counts): string {
  return Object.entries(counts)
    .map(([key, value]) =>
      typeof value === 'number'
        ? `${key} ${value}`
        : `${key}: ${Object.entries(value)
            .map(([word, times]) => `${word} ${times}`)
            .join(', ')}`,
    )
    .join('; ');
}

function positive(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    process.stderr.write(`--${what} ${text} is no whole number above 0\n`);
    process.exit(2);
  }
  return value;
}
