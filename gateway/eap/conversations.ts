// The table of live EAP conversations of one gateway, by the RADIUS State that the NAS must bring back. A State is used
// once; a repeated request is answered by the duplicate cache before it gets here.

import { type Refused, refused } from '../contract/reason.ts';
import { type Conversation, handshakesOf } from './conversation-state.ts';
import { expiryOf } from './limits.ts';

/** Random octets in a State: nobody guesses it. */
export const stateRandomBytes = 16;

export interface Binding {
  /** Name of the NAS; the State of one is worth nothing to another. */
  readonly nas: string;
}

interface Entry<C> {
  /** Absent once it was lost by a fault of ours. */
  readonly conversation?: C;
  readonly nas: string;
  readonly expiresAt: number;
}

export interface TableOptions {
  /** Printable name of this gateway, so that a round that went to the wrong one is told apart from an invented State. */
  readonly instance: string;
  readonly maxConversations: number;
}

const separator = '.';
/** A peer that says nothing for longer is a person looking for a card: it takes up memory, and no processor. */
const quietAfterMs = 5_000;

/** `C`: a conversation and whatever its keeper remembers along with it. */
export class Conversations<C extends Conversation = Conversation> {
  private readonly options: TableOptions;
  private readonly entries = new Map<string, Entry<C>>();
  /** Of those heard of lately, by State, when that was: longest ago first. */
  private readonly heard = new Map<string, number>();

  constructor(options: TableOptions) {
    // [RFC2865-5.24] State is opaque octets; some clients cut it at a NUL, so it is text here.
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(options.instance)) throw new RangeError(`gateway instance "${options.instance}"`);
    this.options = options;
  }

  get size(): number {
    return this.entries.size;
  }

  /** How many peers were answered lately, and may be back any moment. */
  lively(now: number): number {
    for (const [state, at] of this.heard) {
      if (now - at < quietAfterMs) break;
      this.heard.delete(state);
    }
    return this.heard.size;
  }

  /** Whether a State leads to a conversation. Asked before anything is believed, and says nothing about whose it is. */
  holds(state: string): boolean {
    return this.entries.get(state)?.conversation !== undefined;
  }

  /**
   * Keeps a conversation for its next round and returns the State to send. A full table refuses only those that have not
   * had a round yet: one that was admitted is not dropped in mid-handshake.
   */
  put(conversation: C, boundTo: Binding, randomBytes: Uint8Array, now: number): string | Refused {
    if (randomBytes.length < stateRandomBytes) throw new RangeError(`${randomBytes.length} random octets for a State`);
    if (conversation.rounds === 0 && this.entries.size >= this.options.maxConversations) {
      return refused('eap-too-many-conversations', `${this.options.maxConversations} are under way`);
    }
    const state = `${this.options.instance}${separator}${Buffer.from(randomBytes).toString('base64url')}`;
    if (this.entries.has(state)) throw new Error('a State was drawn twice');
    const expiresAt = expiryOf(conversation.startedAt, now, conversation.limits);
    this.entries.set(state, { conversation, nas: boundTo.nas, expiresAt });
    this.heard.set(state, now);
    return state;
  }

  /** Takes the conversation of a State out of the table. */
  take(state: string, nas: string, now: number): C | Refused {
    const entry = this.entries.get(state);
    if (entry === undefined) {
      const at = state.lastIndexOf(separator);
      const instance = at < 0 ? undefined : state.slice(0, at);
      if (instance === undefined || instance === this.options.instance || !/^[A-Za-z0-9_-]{1,32}$/.test(instance)) {
        return refused('eap-state-unknown');
      }
      return refused('eap-state-other-gateway', instance);
    }
    // Left in the table: another NAS must not be able to end the conversation.
    if (entry.nas !== nas) return refused('eap-state-other-nas', `belongs to ${entry.nas}`);
    // Left for the sweep, so that the engine hears of its end too.
    if (now > entry.expiresAt) return refused('eap-too-slow');
    if (entry.conversation === undefined) return refused('tls-engine-lost', 'given up for a fault of ours');
    this.entries.delete(state);
    this.heard.delete(state);
    return entry.conversation;
  }

  /**
   * Remembers that the conversation of a State that was taken cannot go on, for a fault of ours: copies of its request must
   * stay as silent as the first, or the fault would look like a refusal.
   */
  lose(state: string, { nas }: Binding, until: number): void {
    if (this.entries.size < this.options.maxConversations) this.entries.set(state, { nas, expiresAt: until });
  }

  /** Drops what has expired and returns the ids of their handshakes, so that these can be closed. */
  sweep(now: number): readonly string[] {
    const expired: string[] = [];
    for (const [state, { conversation, expiresAt }] of this.entries) {
      if (now <= expiresAt) continue;
      this.entries.delete(state);
      this.heard.delete(state);
      if (conversation !== undefined) expired.push(...handshakesOf(conversation.id));
    }
    return expired;
  }
}
