// Certificates of people and machines with live sessions are looked at again while the sessions last: every so often the
// responder is asked, and the lists are consulted; whoever is found revoked is named together with the sessions.

import { isRefused, type Reason, type Refused } from '../contract/reason.ts';
import type { Proven } from '../identity/identify.ts';
import { type KnownRevocation, knownRevocation, type VerifiedIdentity } from '../identity/verified-identity.ts';
import type { ProvenPerson } from '../pdp/request.ts';
import type { AdmissionStore, Clock, Log, Random } from '../ports.ts';

/** Live sessions that rest on a certificate which no longer holds. */
export interface RevokedSessions {
  readonly tenant: string;
  readonly reason: Reason;
  readonly profile: string;
  /** SHA-256 (hex) of the machine key, or the pseudonym of the person. */
  readonly device?: string;
  readonly person?: string;
  readonly sessions: readonly string[];
}

export interface RevocationWatchOptions {
  readonly store: Pick<AdmissionStore, 'sessions'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Asks about a chain, where it is time. */
  readonly freshen: (chain: readonly Uint8Array[], tenant: string, now: number) => Promise<void>;
  /** Judges the same chain anew by what is known now. */
  readonly judge: (chain: readonly Uint8Array[], tenant: string, now: number) => VerifiedIdentity | Refused;
  readonly revoked: (found: RevokedSessions) => void;
  readonly tickMs?: number;
  /** The bounds between which each certificate's next look is drawn. */
  readonly everyMs?: { readonly least: number; readonly most: number };
  readonly maxSubjects?: number;
}

export interface RevocationWatch {
  /** Remembers the chain of somebody who may have sessions. */
  readonly remember: (chain: readonly Uint8Array[], tenant: string, proven: Proven) => void;
  /** What is known now of the certificates by which somebody was seen: the worst; nothing of who was not. */
  readonly known: (tenant: string, who: Pick<ProvenPerson, 'profile' | 'pseudonym'>) => KnownRevocation | undefined;
  /** One round, now; or the end of the one that is under way. */
  readonly round: () => Promise<void>;
  /** More is known: a round by that, after the one that may be under way. */
  readonly learned: () => void;
  readonly close: () => Promise<void>;
}

interface Subject {
  readonly tenant: string;
  readonly chain: readonly Uint8Array[];
  readonly profile: string;
  readonly kind: 'device' | 'person';
  /** SHA-256 (hex) of the machine key, or the pseudonym of the person. */
  readonly name: string;
  nextAt: number;
  /** Sessions already named, so that each is named once. */
  readonly named: Set<string>;
}

const minute = 60_000;
const sessionsAtOnce = 5_000;

export function startRevocationWatch(options: RevocationWatchOptions): RevocationWatch {
  const { tickMs = 5 * minute, everyMs = { least: 15 * minute, most: 60 * minute }, maxSubjects = 20_000 } = options;
  const { store, clock, random, log } = options;
  const subjects = new Map<string, Subject>();
  let running: Promise<void> | undefined;
  let closed = false;

  const drawn = (): number => {
    const chance = Buffer.from(random.bytes(4)).readUInt32BE() / 2 ** 32;
    return clock.now() + everyMs.least + Math.round(chance * (everyMs.most - everyMs.least));
  };

  async function look(): Promise<void> {
    const tenants = new Set([...subjects.values()].map(subject => subject.tenant));
    for (const tenant of tenants) {
      const states = ['decided', 'started'] as const;
      const found = await Promise.all(states.map(state => store.sessions({ tenant, state, limit: sessionsAtOnce })));
      if (found.some(some => some.length === sessionsAtOnce))
        log.warn('revocation-watch-truncated', { sessionsAtOnce });
      const live = new Map<string, string[]>();
      for (const { id, device, person } of found.flat()) {
        for (const who of [device, person]) if (who !== undefined) live.set(who, [...(live.get(who) ?? []), id]);
      }
      const concerned = [...subjects.values()].filter(each => each.tenant === tenant && live.has(each.name));
      await Promise.all(concerned.map(subject => lookAt(subject, live.get(subject.name) ?? [])));
    }
  }

  async function lookAt(subject: Subject, sessions: readonly string[]): Promise<void> {
    const { tenant, chain, profile, kind, name, named } = subject;
    if (clock.now() >= subject.nextAt) {
      subject.nextAt = drawn();
      await options.freshen(chain, tenant, clock.now());
    }
    const judged = options.judge(chain, tenant, clock.now());
    const reason = isRefused(judged) ? judged.refused : undefined;
    // A responder that is down says nothing about anyone: only what is known against a certificate reaches its sessions.
    if (reason !== 'certificate-revoked' && reason !== 'certificate-on-hold') {
      named.clear();
      return;
    }
    const unnamed = sessions.filter(id => !named.has(id));
    if (unnamed.length === 0) return;
    for (const id of unnamed) named.add(id);
    options.revoked({ tenant, reason, profile, [kind]: name, sessions: unnamed });
  }

  const round = async (): Promise<void> => {
    // The store may be gone by then.
    if (closed) return;
    running ??= look()
      // The store is down: the next round looks again.
      .catch((error: unknown) => log.warn('revocation-watch-failed', { error }))
      .finally(() => (running = undefined));
    await running;
  };
  const timer = setInterval(() => void round(), tickMs);

  return {
    remember: (chain, tenant, proven) => {
      if (proven.profile.revocation === undefined) return;
      const key = `${tenant} ${proven.identity.fingerprint}`;
      const known = subjects.get(key) ?? subject(chain, tenant, proven, drawn());
      // The longest unseen goes first.
      subjects.delete(key);
      subjects.set(key, known);
      if (subjects.size <= maxSubjects) return;
      for (const oldest of subjects.keys()) {
        subjects.delete(oldest);
        return;
      }
    },
    known: (tenant, { profile, pseudonym }) => {
      const theirs = [...subjects.values()].filter(
        each => each.tenant === tenant && each.profile === profile && each.name === pseudonym,
      );
      const known = theirs.map(({ chain }): KnownRevocation => {
        const judged = options.judge(chain, tenant, clock.now());
        // Whoever is revoked by now is ended by the watch; until then the certificate is known for nothing good.
        return isRefused(judged) ? { state: 'unavailable' } : knownRevocation(judged);
      });
      const open = known.filter(({ state }) => state === 'unavailable' || state === 'last-good');
      return open.toSorted((a, b) => (a.goodAt ?? 0) - (b.goodAt ?? 0))[0] ?? known[0];
    },
    round,
    learned: () => void (running ?? Promise.resolve()).then(() => round()),
    close: async () => {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** Octets of our own: what comes from a socket may be a small part of a large buffer. */
function subject(chain: readonly Uint8Array[], tenant: string, { identity }: Proven, nextAt: number): Subject {
  const { profile, kind, keyHash, pseudonym = '' } = identity;
  const machine = kind === 'machine-certificate';
  const who = { kind: machine ? 'device' : 'person', name: machine ? keyHash : pseudonym } as const;
  return { tenant, chain: chain.map(der => Uint8Array.from(der)), profile, ...who, nextAt, named: new Set() };
}
