// The ports: everything the flows need from the world, as interfaces. Adapters live in `io`; one contract suite per port
// runs against every adapter (`test/contracts`). A port that cannot answer rejects with `Unavailable`.

import type { DecisionDraft, DecisionRecord } from './audit/record.ts';
import type { Binding } from './contract/decision.ts';
import type { ChallengePurpose } from './contract/challenge.ts';
import type { TlsMethod, TlsSettlement, TlsStep } from './eap/step.ts';
import type { DeviceEnrolment, Kept, KeptKind } from './kept.ts';
import type { DirectoryAnswer, KnownPerson } from './pdp/directory.ts';
import type { KnownRevocation } from './identity/verified-identity.ts';
import type { LiveChange, LiveChangeAnswer } from './pdp/live-change.ts';
import type { Nas } from './pdp/nas.ts';
import type { Session } from './pdp/session.ts';
import type { SnapshotStore } from './pdp/snapshot.ts';
import type { DueQuery } from './pdp/session-validity.ts';
import type { AttestationResult } from './verifier/facts.ts';

/** A dependency is down or too slow. Flows turn it into silence or `try-again`, never into a refusal. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

export interface Random {
  bytes(count: number): Uint8Array;
}

/** One TLS server handshake per conversation id. */
export interface TlsEngine {
  /**
   * Feeds one complete inbound message; the first call of an id starts its handshake, for EAP-TLS unless said otherwise,
   * and by the TLS profile of that name, else as everybody's.
   */
  step(conversation: string, bytes: Uint8Array, method?: TlsMethod, profile?: string): Promise<TlsStep>;
  /** Says something inside a tunnel; the `flight` has it sealed. Only after a `tunnel` step. */
  seal(conversation: string, data: Uint8Array): Promise<TlsStep>;
  /** Releases the held last flight, or replaces it by an alert; closes a tunnel. Only after a `judge` or `tunnel` step. */
  settle(conversation: string, settlement: TlsSettlement): Promise<TlsStep>;
  /** Forgets the handshake; unknown ids are ignored. */
  close(conversation: string): void;
}

export interface Nonce {
  readonly tenant: string;
  readonly value: string;
  readonly purpose: ChallengePurpose;
  /** SHA-256 of the key of the connection that asked. */
  readonly key: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** A person proven over the agent's connection. */
export interface PersonProof {
  readonly tenant: string;
  readonly device: string;
  readonly profile: string;
  readonly pseudonym: string;
  /** Under earlier keys. */
  readonly formerPseudonyms?: readonly string[];
  readonly name: string;
  readonly assurance: 'low' | 'substantial' | 'high';
  readonly certificateNotAfter: number;
  /** As it was known then. */
  readonly revocation?: KnownRevocation;
  readonly provenAt: number;
  readonly expiresAt: number;
}

/** A session key certified by a machine key, or a machine key seen directly. */
export interface DeviceKey {
  readonly tenant: string;
  /** SHA-256 of the key that does TLS. */
  readonly key: string;
  /** SHA-256 of the machine key. */
  readonly device: string;
  readonly deviceName: string;
  readonly certificateNotAfter: number;
  readonly profile: string;
  readonly expiresAt: number;
  /** The machine key's SubjectPublicKeyInfo, DER in base64: what verifies a report sent over a session key. */
  readonly spki?: string;
}

export interface Ticket {
  readonly tenant: string;
  readonly handle: string;
  readonly device: string;
  readonly deviceName: string;
  /** End of the machine certificate that proved the device. */
  readonly deviceCertificateNotAfter: number;
  readonly person?: string;
  /** `reportDigest` of the device's attestation when the ticket was issued; absent when there was none. */
  readonly reportDigest?: string;
  /** The NAS groups that it opens; absent: every one. */
  readonly nasGroups?: readonly string[];
  readonly binding: Binding;
  /** Trace id of the agent's request; the admission it leads to carries the same. */
  readonly traceId: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Set by the commit that redeems it. */
  readonly redeemed?: {
    readonly at: number;
    readonly nasGroup: string;
    readonly caller: string;
    readonly sessionId: string;
  };
}

/** The only write on admission: all of it happens, or none. */
export interface Commit {
  readonly tenant: string;
  readonly at: number;
  /** Must exist unused, else the commit conflicts. */
  readonly consumeNonce?: string;
  readonly redeemTicket?: { readonly handle: string; readonly redeemed: NonNullable<Ticket['redeemed']> };
  /** Refused as `report-sequence-old` unless its sequence is above the device's last. */
  readonly attestation?: AttestationResult;
  readonly person?: PersonProof;
  readonly deviceKey?: DeviceKey;
  /** Written when `expectedVersion` is the stored version (0 for a new session). */
  readonly session?: { readonly session: Session; readonly expectedVersion: number };
  /** Each written when the stored version is one less than its own. */
  readonly keep?: readonly Kept[];
  readonly decision?: DecisionDraft;
}

export type Committed =
  | { readonly committed: true }
  | {
      readonly committed: false;
      readonly conflict:
        | 'nonce-unknown'
        | 'nonce-used'
        | 'nonce-expired'
        | 'ticket-unknown'
        | 'ticket-used'
        | 'report-sequence-old'
        | 'version-conflict';
    };

export interface SessionQuery {
  readonly tenant: string;
  readonly state?: Session['state'];
  readonly device?: string;
  readonly person?: string;
  /** The address inside the tunnel, as accounting told it. */
  readonly framedAddress?: string;
  readonly limit: number;
}

/** Sessions that have started and not ended, and of which nothing was heard since: longest silent first. */
export interface SilenceQuery {
  readonly tenant: string;
  readonly nas?: string;
  readonly lastSeenBefore: number;
  readonly limit: number;
}

export interface DecisionQuery {
  readonly tenant: string;
  /** `refused`: admissions and refusals with any outcome but grant and try-again; what a report showed is not one. */
  readonly only?: 'refused';
  readonly limit: number;
}

/** What the NAS says to find its session again, most reliable first. */
export interface SessionKey {
  readonly tenant: string;
  readonly nas: string;
  readonly id?: string;
  readonly acctSessionId?: string;
  readonly userName?: string;
  readonly callingStationId?: string;
}

export interface AdmissionStore extends SnapshotStore {
  commit(commit: Commit): Promise<Committed>;
  putNonce(nonce: Nonce): Promise<void>;
  nonce(tenant: string, value: string): Promise<Nonce | undefined>;
  putTicket(ticket: Ticket): Promise<void>;
  ticket(tenant: string, handle: string): Promise<Ticket | undefined>;
  attestation(tenant: string, device: string): Promise<AttestationResult | undefined>;
  personProof(tenant: string, device: string, now: number): Promise<PersonProof | undefined>;
  deviceKey(tenant: string, key: string, now: number): Promise<DeviceKey | undefined>;
  session(tenant: string, id: string): Promise<Session | undefined>;
  kept<K extends KeptKind>(tenant: string, kind: K, key: string): Promise<Kept<K> | undefined>;
  /** Of one kind, last written first. */
  keptAll<K extends KeptKind>(tenant: string, kind: K, limit: number): Promise<readonly Kept<K>[]>;
  /** By our id; else of those admitted by NAS and Acct-Session-Id; else the newest not yet started of that user name and caller. */
  findSession(key: SessionKey): Promise<Session | undefined>;
  sessions(query: SessionQuery): Promise<readonly Session[]>;
  silentSessions(query: SilenceQuery): Promise<readonly Session[]>;
  dueSessions(query: DueQuery): Promise<readonly Session[]>;
  decisions(query: DecisionQuery): Promise<readonly DecisionRecord[]>;
  /** By record id or by case code. */
  decision(tenant: string, idOrCaseCode: string): Promise<DecisionRecord | undefined>;
  /** Checks the whole chain of every writer: the first broken link, or how many links hold. */
  verifyChain(): Promise<{ readonly records: number; readonly broken?: string }>;
  /** Forgets what expired; returns how many entries went. */
  sweep(now: number): Promise<number>;
  close(): Promise<void>;
}

/** The directory of people. An answer is one of this moment, from a connection that is known to be authenticated. */
export interface Directory {
  /** By the pseudonym that stands in the directory; rejects with `Unavailable` rather than with fewer groups. */
  person(tenant: string, pseudonym: string): Promise<DirectoryAnswer>;
}

/** Whether a login name and a password belong together. */
export interface PasswordDirectory {
  /** Rejects with `Unavailable` when the directory cannot say. An empty password is wrong. */
  authenticate(tenant: string, login: string, password: string): Promise<PasswordAnswer>;
}

export type PasswordAnswer =
  /** With the pseudonyms in the entry, that of the newest key first; none: it is nobody here. */
  { readonly accepted: true; readonly pseudonyms: readonly string[] } | { readonly accepted: false };

/** In which country an address is, as far as a file says. */
export interface Countries {
  /** ISO 3166-1 alpha-2. */
  of(address: string): string | undefined;
}

/** Seals small texts for the store, so that a copy of the store opens nothing. `purpose` binds a text to its place. */
export interface Sealing {
  seal(text: string, purpose: string): string;
  /** `undefined`: not sealed by us for this purpose, or under a key that is gone. */
  open(sealed: string, purpose: string): string | undefined;
}

/** What is known of people: fresh answers from memory, the rest asked, and never waited for longer than said. */
export interface KnownPeople {
  /**
   * Never rejects. `withinMs` 0 answers from memory at once and asks in the background. Somebody who does not stand in the
   * directory under the pseudonym of today may still stand there under an earlier one.
   */
  person(tenant: string, pseudonym: string, withinMs: number, former?: readonly string[]): Promise<KnownPerson>;
}

/** The Dynamic Authorization Client of RFC 5176: asks a NAS to change or end a session. */
export interface DynamicAuthorization {
  /** Never rejects: resolves when the NAS has answered or the time is up. */
  ask(nas: Nas, request: LiveChange): Promise<LiveChangeAnswer>;
}

/** Counters and times; the names are the metrics' own (`docs/reference/metrics.md`). */
export interface Meter {
  count(name: string, labels?: Readonly<Record<string, string>>): void;
  observe(name: string, seconds: number, labels?: Readonly<Record<string, string>>): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
}

/** Structured log lines; secrets and national numbers never get this far. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** How many devices wait for an operator: as last read from the store, and counted since. */
export interface WaitingDevices {
  count(origin: DeviceEnrolment['origin']): number;
  add(origin: DeviceEnrolment['origin']): void;
}

/** What TLS proved about the connection that a request of the agent came over; read once per socket. */
export interface AgentConnection {
  /** SHA-256 (hex) of the client key's SubjectPublicKeyInfo; possession of that key is proven, nothing else is. */
  readonly key: string;
  /** That SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** DER, leaf first, as sent by the client. */
  readonly chain: readonly Uint8Array[];
  /** The leaf vouches for itself: a session key, good for nothing until a machine key has certified it. */
  readonly selfSigned: boolean;
  /** RFC 9266 `tls-exporter` value of this connection, base64url. */
  readonly exporter: string;
  /** Where its packets come from, as seen here; an IPv4 address as such. */
  readonly remoteAddress: string;
}

/** A request of the agent once its body has the right shape. */
export interface AgentRequest<Body> {
  readonly tenant: string;
  readonly connection: AgentConnection;
  readonly traceId: string;
  readonly body: Body;
}
