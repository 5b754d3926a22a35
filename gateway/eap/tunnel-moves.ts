// The moves that all tunnel methods share: to say something inside, and to go on inside.

import type { Conversation, Inside, Then, Tunnel, Turn } from './conversation-state.ts';

export function say(conversation: Conversation, data: Uint8Array, then: Then): Turn {
  return {
    conversation: { ...conversation, phase: { at: 'seal', then } },
    need: { need: 'seal', handshake: conversation.id, data },
  };
}

export function within(conversation: Conversation, inside: Inside): Conversation {
  return { ...conversation, tunnel: { ...tunnelOf(conversation), inside }, phase: { at: 'inside' } };
}

export function tunnelOf({ id, tunnel }: Conversation): Tunnel {
  if (tunnel === undefined) throw new Error(`conversation ${id} has no tunnel`);
  return tunnel;
}
