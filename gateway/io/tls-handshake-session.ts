// What one handshake has to do with TLS sessions (RFC 5246 section 7.3): the one that its peer asks for, and the one that it
// begins itself.

import type { TlsPeer } from '../eap/step.ts';
import type { TlsAnswers } from './tls-asked-server.ts';
import type { TlsSession, TlsSessions } from './tls-sessions.ts';

export class HandshakeSession {
  private readonly sessions: TlsSessions;
  /** Asked for by the peer, and known. TLS may still decide on a full handshake. */
  private known: TlsSession | undefined;
  private begun: Pick<TlsSession, 'id' | 'state'> | undefined;
  private looking: Promise<void> = Promise.resolve();

  readonly answers: NonNullable<TlsAnswers['sessions']> = {
    find: (id, answer) => {
      const take = (found: TlsSession | undefined): void => {
        this.known = found;
        answer(found?.state);
      };
      const found = this.sessions.find(id);
      if (found instanceof Promise) this.looking = found.then(take);
      else take(found);
    },
    begun: session => {
      this.begun = session;
    },
  };

  constructor(sessions: TlsSessions) {
    this.sessions = sessions;
  }

  /** The chain that the peer sent when the session that it asked for was begun. */
  get chain(): TlsSession['chain'] | undefined {
    return this.known?.chain;
  }

  /**
   * Resolves when TLS has been answered. Node asks by an immediate that is queued inside `push()`; ours is queued behind
   * that one: an order, not a delay.
   */
  async answered(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve));
    await this.looking;
  }

  /** Not in TLS 1.3, whose tickets leave before the peer is known. A resumed handshake begins none, so nothing is prolonged. */
  remember({ version, chain }: TlsPeer): void {
    if (version === 'TLSv1.2' && this.begun !== undefined) this.sessions.remember({ ...this.begun, chain });
  }

  /** Of a peer that was refused, or [RFC5246-7.2.2] of a handshake that failed: the next one is a full one. */
  forget(): void {
    if (this.known !== undefined) this.sessions.forget(this.known.id);
  }
}
