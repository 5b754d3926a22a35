// Throws mutated messages at what TEAP says inside its tunnel: the reader of TLVs, and the conversation around it. The reader
// never throws; and whoever does not know the keys of the inner method never gets in, however far the judge lets it come.

import { isRefused } from '../../gateway/contract/reason.ts';
import { beginConversation, judged, received, tlsAnswered } from '../../gateway/eap/conversation.ts';
import type { Turn } from '../../gateway/eap/conversation-state.ts';
import { defaultEapLimits } from '../../gateway/eap/limits.ts';
import { decodeEap } from '../../gateway/eap/packet.ts';
import { readTeapPacket } from '../../gateway/eap/teap-packet.ts';
import { decodeTlvs, encodeTlvs, readTeap } from '../../gateway/eap/teap-tlv.ts';
import { reasons } from '../../gateway/reasons.ts';
import { extend, flipBit, mutated, type Mutation, setOctet, truncate } from './octet-mutations.ts';
import { type Random, seededRandom } from './random.ts';

export interface TeapFuzzResult {
  readonly count: number;
  /** Messages that were read as something. */
  readonly read: number;
  /** How often a conversation came so far as to ask for a binding. */
  readonly bound: number;
  readonly ends: Readonly<Record<string, number>>;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const tlv = (type: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.of(0x80 | (type >> 8), type & 255, value.length >> 8, value.length & 255), value]);
const eap = (type: number, data: Buffer): Buffer => Buffer.concat([Buffer.of(2, 0, 0, 5 + data.length, type), data]);

/** What a good peer says with EAP-MSCHAPv2 inside, one after another; of its binding all but the MACs. */
const honest = (identifier: number): readonly Buffer[] => {
  const payload = (type: number, data: Buffer): Buffer => {
    const packet = eap(type, data);
    packet[1] = identifier;
    return tlv(9, packet);
  };
  const value = Buffer.concat([Buffer.alloc(49), Buffer.from('jan')]);
  const response = Buffer.concat([Buffer.of(2, identifier, 0, 5 + value.length, 49), value]);
  return [
    Buffer.concat([tlv(2, hex('0001')), payload(1, Buffer.from('jan'))]),
    payload(3, hex('1a')),
    payload(26, response),
    payload(26, hex('03')),
    Buffer.concat([tlv(10, hex('0001')), tlv(12, Buffer.concat([hex('00010131'), Buffer.alloc(72, 1)]))]),
    tlv(3, hex('0001')),
  ];
};
const others = [
  tlv(3, hex('0002')),
  Buffer.concat([tlv(3, hex('0002')), tlv(5, hex('000007d1'))]),
  tlv(4, hex('000000000002')),
  tlv(8, hex('0102')),
  tlv(19, Buffer.from('host/laptop')),
  tlv(99, hex('ab')),
  hex(''),
];

const tlvHeader: Mutation = (octets, random) => {
  const at = random.pick([0, 0, 6, 10]);
  if (at + 4 > octets.length) return octets;
  const [type, length] = [
    random.pick([1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 19, 0x3fff]),
    random.pick([0, 1, 2, 5, 76, 0xffff]),
  ];
  if (random.below(2) === 0) octets.writeUInt16BE((random.below(2) << 15) | type, at);
  else octets.writeUInt16BE(length, at + 2);
  return octets;
};
const twice: Mutation = octets => Buffer.concat([octets, octets]);
const beside: Mutation = (octets, random) => Buffer.concat([random.pick([...others, ...honest(0)]), octets]);
const mutations = [flipBit, setOctet, truncate, extend, tlvHeader, tlvHeader, twice, beside];

export function fuzzTeap({ count, seed }: { readonly count: number; readonly seed: number }): TeapFuzzResult {
  const random = seededRandom(seed);
  const ends = new Map<string, number>();
  let [read, bound] = [0, 0];
  for (let nth = 0; nth < count; nth++) {
    const said: Buffer[] = [];
    try {
      const played = play(random, said);
      read += said.filter(mustBeReadOrRefused).length;
      bound += played.bound ? 1 : 0;
      ends.set(played.ends, (ends.get(played.ends) ?? 0) + 1);
    } catch (error) {
      const lines = said.map(octets => octets.toString('hex')).join('\n');
      throw new Error(`conversation ${nth} of seed ${seed}\n${lines}`, { cause: error });
    }
  }
  return { count, read, bound, ends: Object.fromEntries([...ends].sort()) };
}

function mustBeReadOrRefused(octets: Buffer): boolean {
  const tlvs = decodeTlvs(octets);
  if (!isRefused(tlvs) && encodeTlvs(tlvs).length !== octets.length) throw new Error('reads what is not there');
  readTeapPacket(octets);
  return !isRefused(readTeap(octets));
}

/** One conversation: some messages are what a good peer would say, the others are not. */
function play(random: Random, said: Buffer[]): { readonly ends: string; readonly bound: boolean } {
  let turn: Turn = beginConversation(
    'f',
    { code: 'response', identifier: 1, type: 1, data: Buffer.from('anonymous') },
    {
      limits: { ...defaultEapLimits, maxRounds: 40 },
      methods: ['teap'],
      challenge: random.bytes(16),
      teap: { authorityId: 'gw', bindingKeys: 'both', identities: [{ type: 'user', optional: random.below(2) === 0 }] },
    },
    0,
  );
  let bound = false;
  for (let step = 0, next = 0, stands = false; step < 300; step++) {
    const { conversation, need } = turn;
    bound ||= conversation.tunnel?.inside.at === 'bind';
    switch (need.need) {
      case 'send': {
        const packet = decodeEap(need.packet);
        if (!('type' in packet) || ((packet.data[0] ?? 0) & 7) !== 1) throw new Error('no request of TEAP');
        // What is inside comes with the next need; the engine opens it.
        const acknowledges = conversation.phase.at === 'send' && conversation.phase.then.to !== 'collect';
        const data = Uint8Array.of(1, ...(acknowledges && random.below(8) > 0 ? [] : [23]));
        turn = received(conversation, { code: 'response', identifier: packet.identifier, type: 55, data }, 0);
        break;
      }
      case 'tls': {
        if (!stands) {
          stands = true;
          const peer = {
            chain: [],
            version: 'TLSv1.2',
            cipher: 'X-SHA256',
            resumed: false,
            keyMaterial: Buffer.alloc(128, 7),
          } as const;
          turn = tlsAnswered(
            conversation,
            { step: 'tunnel', peer, challenge: Buffer.alloc(17), bytes: Buffer.of(20), data: Buffer.alloc(0) },
            0,
          );
          break;
        }
        const inner = conversation.tunnel?.inside.at === 'eap' ? conversation.tunnel.inside.conversation.identifier : 0;
        const good = honest(inner)[next] ?? Buffer.alloc(0);
        const lies = random.below(6) === 0;
        const octets = lies
          ? Buffer.from(mutated(random.below(3) === 0 ? random.pick(others) : good, mutations, random, 2))
          : good;
        if (!lies) next++;
        said.push(octets);
        turn = tlsAnswered(conversation, { step: 'inside', data: octets }, 0);
        break;
      }
      case 'seal':
        turn = tlsAnswered(conversation, { step: 'flight', bytes: Buffer.of(23) }, 0);
        break;
      case 'mschapv2':
        turn = judged(
          conversation,
          { accept: true, mschapv2: { authenticatorResponse: 'S=', msk: random.bytes(64) } },
          0,
        );
        break;
      case 'fail':
        if (!(need.reason in reasons)) throw new Error(`refused for ${need.reason}, which is on no list`);
        return { ends: need.reason, bound };
      default:
        throw new Error(`came to ${need.need}, which nobody here has the keys for`);
    }
  }
  throw new Error('no end');
}
