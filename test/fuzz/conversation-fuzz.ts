// Logins by EAP in which the peer says something wrong, once or again and again, on any layer. What it said is told in the
// words of the corpus, so that a finding becomes an entry of it.

import { type Layer, layers, mutateSaid } from './eap-mutations.ts';
import { playLogin } from './conversation-play.ts';
import { type WayName, wayNames } from './fuzz-peer.ts';
import { seededRandom } from './random.ts';

export interface ConversationFuzzResult {
  readonly count: number;
  /** Things that were said otherwise. */
  readonly changed: number;
  /** How often each end was come to. */
  readonly ends: Readonly<Record<string, number>>;
}

export async function fuzzConversations({
  count,
  seed,
}: {
  readonly count: number;
  readonly seed: number;
}): Promise<ConversationFuzzResult> {
  const random = seededRandom(seed);
  const ends = new Map<string, number>();
  let changed = 0;
  for (let login = 0; login < count; login++) {
    const way = random.pick(wayNames);
    const honest = random.below(2) === 0;
    const said = sayings();
    // Early or late; and afterwards as if nothing had happened, or once more now and then.
    const wrongFrom = random.below(30);
    const again = random.pick([0, 0, 3, 10]);
    const change = (layer: Layer, octets: Uint8Array): Uint8Array => {
      const wrong = said.count === wrongFrom || (said.count > wrongFrom && again > 0 && random.below(again) === 0);
      return said.say(layer, wrong ? mutateSaid(layer, octets, random) : octets, wrong);
    };
    try {
      const played = await playLogin({ way, honest, change, alert: () => random.below(2) === 0 });
      ends.set(played.ends, (ends.get(played.ends) ?? 0) + 1);
    } catch (error) {
      throw new Error(`login ${login} of seed ${seed}\n${entry(way, honest, said.lines)}`, { cause: error });
    }
    changed += said.lines.length;
  }
  return { count, changed, ends: Object.fromEntries([...ends].sort()) };
}

interface Sayings {
  /** Of things said on all layers. */
  count: number;
  readonly lines: string[];
  readonly say: (layer: Layer, octets: Uint8Array, wrong: boolean) => Uint8Array;
}

function sayings(): Sayings {
  const counts = new Map<Layer, number>(layers.map(layer => [layer, 0]));
  const kept: Sayings = {
    count: 0,
    lines: [],
    say: (layer, octets, wrong) => {
      kept.count++;
      const nth = (counts.get(layer) ?? 0) + 1;
      counts.set(layer, nth);
      if (wrong) kept.lines.push(`${layer} ${nth} ${Buffer.from(octets).toString('hex') || '-'}`);
      return octets;
    },
  };
  return kept;
}

function entry(way: WayName, honest: boolean, lines: readonly string[]): string {
  const says = lines.map(line => `  say   ${line}\n`).join('');
  return `found: what it is\n  way   ${way} ${honest ? 'honest' : 'lying'}\n${says}  ends  (as it should)\n`;
}
