// The TLS 1.2 sessions that may be resumed (RFC 5246 section 7.3), each with the chain that the peer sent when it was
// begun: what TLS keeps of a session is the leaf alone. In memory only, as a session holds its master secret.

/** Structured-clonable: it travels between the threads of one engine. */
export interface TlsSession {
  /** The session id in hex. */
  readonly id: string;
  /** As OpenSSL writes it. */
  readonly state: Uint8Array;
  /** DER, leaf first, as sent by the peer. */
  readonly chain: readonly Uint8Array[];
  /** Milliseconds since 1970; counted from the full handshake, whatever was resumed since. */
  readonly expiresAt: number;
}

export type SessionChange = { readonly remembered: TlsSession } | { readonly forgotten: string };

export interface ResumptionSettings {
  readonly lifetimeMs?: number;
  readonly maxSessions?: number;
  /** Other gateways are asked for what is not kept here. */
  readonly shared?: boolean;
}

export interface SessionSurroundings {
  readonly changed?: (change: SessionChange) => void;
  readonly elsewhere?: ((id: string) => Promise<TlsSession | undefined>) | undefined;
  readonly now?: () => number;
}

/** How long a machine is believed without using its key again. */
export const defaultSessionLifetimeMs = 3_600_000;
const defaultMaxSessions = 4_096;

export class TlsSessions {
  private readonly lifetimeMs: number;
  private readonly maxSessions: number;
  private readonly changed: (change: SessionChange) => void;
  private readonly elsewhere: SessionSurroundings['elsewhere'];
  private readonly now: () => number;
  /** Oldest first, and thereby the next to expire first. */
  private readonly kept = new Map<string, TlsSession>();

  /**
   * `changed` is told what happened here, not what was learnt from elsewhere. `elsewhere` looks for a session that is not
   * kept here; it never rejects.
   */
  constructor(
    settings: ResumptionSettings,
    { changed = () => undefined, elsewhere, now = Date.now }: SessionSurroundings = {},
  ) {
    this.lifetimeMs = settings.lifetimeMs ?? defaultSessionLifetimeMs;
    this.maxSessions = settings.maxSessions ?? defaultMaxSessions;
    this.changed = changed;
    this.elsewhere = elsewhere;
    this.now = now;
  }

  get size(): number {
    return this.kept.size;
  }

  /** At once where it is kept here; a promise only where others may keep it. */
  find(id: string): TlsSession | undefined | Promise<TlsSession | undefined> {
    const session = this.kept.get(id);
    if (session === undefined) return this.elsewhere?.(id);
    return this.now() >= session.expiresAt ? undefined : session;
  }

  remember(session: Omit<TlsSession, 'expiresAt'>): void {
    const remembered = { ...session, expiresAt: this.now() + this.lifetimeMs };
    this.keep(remembered);
    this.changed({ remembered });
  }

  forget(id: string): void {
    this.kept.delete(id);
    this.changed({ forgotten: id });
  }

  /** A change in another thread. */
  learn(change: SessionChange): void {
    if ('remembered' in change) this.keep(change.remembered);
    else this.kept.delete(change.forgotten);
  }

  private keep(session: TlsSession): void {
    this.kept.set(session.id, session);
    for (const [id, { expiresAt }] of this.kept) {
      if (this.kept.size <= this.maxSessions && this.now() < expiresAt) return;
      this.kept.delete(id);
    }
  }
}
