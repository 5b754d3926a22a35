// The table of conversations by State: printable, single use, bound to its NAS and its gateway, limited in number and time.

import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { beginConversation } from '../../gateway/eap/conversation.ts';
import type { Conversation } from '../../gateway/eap/conversation-state.ts';
import { Conversations } from '../../gateway/eap/conversations.ts';
import { defaultEapLimits } from '../../gateway/eap/limits.ts';

const now = 1_700_000_000_000;
const nas = { nas: 'vpn-1' };
let draws = 0;
const random = (): Uint8Array => Uint8Array.from({ length: 16 }, (_, at) => (at === 0 ? ++draws : 255 - at));

function conversation(id: string, rounds = 0): Conversation {
  const identity = { code: 'response', identifier: 1, type: 1, data: new Uint8Array() } as const;
  const beginning = { limits: defaultEapLimits, methods: ['eap-tls'], challenge: new Uint8Array(16) } as const;
  return { ...beginConversation(id, identity, beginning, now).conversation, rounds };
}

function table(maxConversations = 10, instance = 'gw-a'): Conversations {
  return new Conversations({ instance, maxConversations });
}

function put(into: Conversations, kept: Conversation, at = now): string {
  const state = into.put(kept, nas, random(), at);
  if (isRefused(state)) throw new Error(state.refused);
  return state;
}

describe('table of conversations', () => {
  it('gives a conversation back once', () => {
    const states = table();
    const kept = conversation('c1');
    const state = put(states, kept);
    expect(states.size).toBe(1);
    expect(states.take(state, 'vpn-1', now)).toEqual(kept);
    expect(states.size).toBe(0);
    expect(states.take(state, 'vpn-1', now)).toEqual({ refused: 'eap-state-unknown' });
  });

  it('makes a State of printable text that fits an attribute, with the random octets whole', () => {
    const octets = Uint8Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? 0 : 255));
    const state = table(1, 'g'.repeat(32)).put(conversation('c1'), nas, octets, now);
    if (isRefused(state)) throw new Error(state.refused);
    // Some clients cut State at a NUL.
    expect(state).toMatch(/^[\x21-\x7e]{38,253}$/);
    expect(Buffer.from(state.split('.')[1] ?? '', 'base64url')).toEqual(Buffer.from(octets));
  });

  it.each([
    ['an invented one', 'gw-a.AAAAAAAAAAAAAAAAAAAAAA', 'eap-state-unknown'],
    ['one of another gateway', 'gw-b.AAAAAAAAAAAAAAAAAAAAAA', 'eap-state-other-gateway'],
    ['one without a gateway', 'AAAAAAAAAAAAAAAAAAAAAA', 'eap-state-unknown'],
    ['an empty one', '', 'eap-state-unknown'],
    ['binary', '\x00\xff.\x01', 'eap-state-unknown'],
    ['a name that is no gateway', `${'x'.repeat(33)}.AAAA`, 'eap-state-unknown'],
  ])('tells a foreign State from a known one: %s', (_name, state, reason) => {
    const states = table();
    put(states, conversation('c1'));
    expect(states.take(state, 'vpn-1', now)).toMatchObject({ refused: reason });
    expect(states.size).toBe(1);
  });

  it('gives nothing to another NAS, and leaves the conversation to its own', () => {
    const states = table();
    const state = put(states, conversation('c1'));
    expect(states.take(state, 'vpn-2', now)).toMatchObject({ refused: 'eap-state-other-nas' });
    expect(states.take(state, 'vpn-1', now)).toMatchObject({ id: 'c1' });
  });

  it('refuses a new conversation when it is full, and never one that is under way', () => {
    const states = table(2);
    put(states, conversation('c1'));
    put(states, conversation('c2'));
    expect(states.put(conversation('c3'), nas, random(), now)).toMatchObject({ refused: 'eap-too-many-conversations' });
    expect(put(states, conversation('c0', 3))).toMatch(/^gw-a\./);
  });

  it('drops what waited too long and says whose handshakes are over', () => {
    const states = table();
    const old = put(states, conversation('old'));
    const young = put(states, conversation('young'), now + 1_000);
    const idle = defaultEapLimits.idleMs;
    expect(states.sweep(now + idle)).toEqual([]);
    // Left for the sweep, which is how the engine hears of it.
    expect(states.take(old, 'vpn-1', now + idle + 1)).toMatchObject({ refused: 'eap-too-slow' });
    expect(states.sweep(now + idle + 1)).toEqual(['old', 'old/inside']);
    expect(states.take(old, 'vpn-1', now + idle + 1)).toMatchObject({ refused: 'eap-state-unknown' });
    expect(states.take(young, 'vpn-1', now + idle + 1)).toMatchObject({ id: 'young' });
    expect(states.size).toBe(0);
  });

  it('ends a conversation that is kept alive for ever', () => {
    const states = table();
    const age = 4 * defaultEapLimits.idleMs;
    put(states, conversation('c1', 90), now + age - 1);
    expect(states.sweep(now + age)).toEqual([]);
    expect(states.sweep(now + age + 1)).toEqual(['c1', 'c1/inside']);
  });

  it('stays silent about a State that was lost by a fault of ours, as long as it might come again', () => {
    const states = table();
    const state = put(states, conversation('c1'));
    states.take(state, 'vpn-1', now);
    states.lose(state, nas, now + 1000);
    expect(states.take(state, 'vpn-1', now)).toMatchObject({ refused: 'tls-engine-lost' });
    expect(states.take(state, 'vpn-1', now + 1000)).toMatchObject({ refused: 'tls-engine-lost' });
    expect(states.take(state, 'vpn-2', now)).toMatchObject({ refused: 'eap-state-other-nas' });
    expect(states.sweep(now + 1001)).toEqual([]);
    expect(states.size).toBe(0);
    expect(states.take(state, 'vpn-1', now)).toEqual({ refused: 'eap-state-unknown' });
  });

  it('throws on misuse', () => {
    expect(() => table(1, 'a.b')).toThrow(RangeError);
    expect(() => table(1, '')).toThrow(RangeError);
    expect(() => table().put(conversation('c1'), nas, new Uint8Array(15), now)).toThrow(RangeError);
    const states = table();
    const same = random();
    states.put(conversation('c1'), nas, same, now);
    expect(() => states.put(conversation('c2'), nas, same, now)).toThrow('twice');
  });

  it('knows which States lead somewhere, without taking anything', () => {
    const states = table();
    const state = put(states, conversation('c1'));
    expect([states.holds(state), states.holds(state), states.holds('gw-a.unknown')]).toEqual([true, true, false]);
    states.take(state, 'vpn-1', now);
    states.lose(state, nas, now + 1_000);
    expect(states.holds(state)).toBe(false);
  });

  it('counts whose peer was heard of lately, and not who looks for a card', () => {
    const states = table();
    const [first] = ['c1', 'c2', 'c3'].map((id, index) => put(states, conversation(id), now + index * 1_000));
    expect(states.lively(now + 2_000)).toBe(3);
    states.take(first ?? '', 'vpn-1', now + 2_000);
    expect(states.lively(now + 2_000)).toBe(2);
    expect([states.lively(now + 6_000), states.lively(now + 7_000), states.size]).toEqual([1, 0, 2]);
  });
});
