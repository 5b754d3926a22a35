// Every entry of the corpus comes to the end that it names.

import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { verifyReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { readCredentials } from '../../gateway/radius/credentials.ts';
import { changeRequests, changeSecret } from './change-answer-fuzz.ts';
import { playLogin } from './conversation-play.ts';
import { type CorpusEntry, fromHex, octetsOf, readCorpus } from './corpus.ts';
import { type Layer, layers } from './eap-mutations.ts';
import { wayNames } from './fuzz-peer.ts';

const titled = (name: Parameters<typeof readCorpus>[0]) => readCorpus(name).map(entry => [entry.title, entry] as const);

/** What the entry puts in the place of what a good peer would say, and how much of that was reached. */
function replaying(entry: CorpusEntry): {
  change: (layer: Layer, octets: Uint8Array) => Uint8Array;
  unsaid: Set<string>;
} {
  const counts = new Map<Layer, number>(layers.map(layer => [layer, 0]));
  const says = new Map(
    entry.values('say').map(line => {
      const [layer = '', nth = '', hex = ''] = line.split(' ');
      return [`${layer} ${nth}`, fromHex(hex)] as const;
    }),
  );
  const unsaid = new Set(says.keys());
  return {
    unsaid,
    change: (layer, octets) => {
      const nth = (counts.get(layer) ?? 0) + 1;
      counts.set(layer, nth);
      unsaid.delete(`${layer} ${nth}`);
      return says.get(`${layer} ${nth}`) ?? octets;
    },
  };
}

describe('logins by EAP', () => {
  it.each(titled('conversations'))('%s', async (_title, entry) => {
    const [word, character] = entry.value('way').split(' ');
    const way = wayNames.find(known => known === word);
    if (way === undefined) throw new Error(`no way "${word ?? ''}"`);
    const { change, unsaid } = replaying(entry);
    const { ends } = await playLogin({ way, honest: character === 'honest', change });
    expect(ends).toBe(entry.value('ends'));
    expect([...unsaid]).toEqual([]);
  });
  it('every way is in it, honest and lying, with nothing changed', () => {
    const plain = readCorpus('conversations').filter(entry => entry.values('say').length === 0);
    const expected = wayNames.flatMap(way => [`${way} honest`, `${way} lying`]);
    expect(plain.map(entry => entry.value('way')).sort()).toEqual([...expected].sort());
  });
});

describe('datagrams', () => {
  it.each(titled('datagrams'))('%s', (_title, entry) => {
    const packet = decode(octetsOf(entry));
    const verdict = isRefused(packet) ? packet : verified(packet);
    expect(isRefused(verdict) ? verdict.refused : 'accepted').toBe(entry.value('ends'));
  });
  function verified(packet: Packet) {
    const signed = verifyRequest(packet, changeSecret, { requireMessageAuthenticator: true });
    return signed === true ? readCredentials(packet, changeSecret) : signed;
  }
});

describe('answers to changes', () => {
  it.each(titled('change-answers'))('%s', (_title, entry) => {
    const answer = decode(octetsOf(entry));
    const verdict = isRefused(answer) ? answer : verifyReply(answer, changeRequests.coa, changeSecret, 'none');
    expect(isRefused(verdict) ? verdict.refused : 'accepted').toBe(entry.value('ends'));
  });
});
