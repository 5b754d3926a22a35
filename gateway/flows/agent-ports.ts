// What the flows of the agent API need from the world, and from parts of the gateway that hold a running snapshot.

import type { WatchedApplication } from '../contract/applications.ts';
import type { SignatureAlgorithm } from '../contract/proof.ts';
import type { Decision } from '../contract/decision.ts';
import type { Texts } from '../contract/language.ts';
import type { Reason, Refused } from '../contract/reason.ts';
import type { VerifiedIdentity } from '../identity/verified-identity.ts';
import type { RunningPolicy } from '../pdp/decide.ts';
import type { AdmissionRequest } from '../pdp/request.ts';
import type { AcceptanceText } from '../policy/acceptance.ts';
import type { AntivirusProducts } from '../verifier/antivirus-products.ts';
import type { SupportCalendar } from '../verifier/support-calendar.ts';
import type {
  AdmissionStore,
  Clock,
  Countries,
  KnownPeople,
  Log,
  Meter,
  Random,
  Sealing,
  WaitingDevices,
} from '../ports.ts';
import type { SeenMachine } from './device-first-seen.ts';
import type { RevocationNow } from './proven-person.ts';

export interface AgentPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  /** Absent when no directory is configured. */
  readonly people?: KnownPeople;
  /** Absent when no country file is configured. */
  readonly countries?: Countries;
  /** Judges a chain (DER, leaf first) by the tenant's identity profiles, machines and persons alike. */
  readonly identify: (chain: readonly Uint8Array[], tenant: string, now: number) => VerifiedIdentity | Refused;
  /**
   * Asks about the revocation of a chain that otherwise holds, where its profile says so and it is time; resolves within
   * the profile's deadline whatever happens. What comes of it is in what `identify` says next.
   */
  readonly freshenRevocation?: (
    chain: readonly Uint8Array[],
    tenant: string,
    now: number,
    /** An OCSP answer that came along. */
    brought?: Uint8Array,
  ) => Promise<void>;
  readonly revocationNow?: RevocationNow;
  /** Never throws: a key that does not fit the algorithm, or a signature of the wrong size, is simply not valid. */
  readonly verifySignature: (
    algorithm: SignatureAlgorithm,
    spki: Uint8Array,
    data: Uint8Array,
    signature: Uint8Array,
  ) => boolean;
  /** Decides by the policy set and the register of the moment. */
  readonly decide: (request: AdmissionRequest, now: number) => Decision;
  /** Whether the running policy gives grace. */
  readonly givesGrace: () => boolean;
  /** What the running policy looks at of a person's earlier days. */
  readonly past: () => RunningPolicy['past'];
  /** Check types that the running policy asks for. */
  readonly collect: () => readonly string[];
  /** Applications that the running policy asks about. */
  readonly applications: () => readonly WatchedApplication[];
  /** Texts of the running policy set that people accept. */
  readonly acceptances: () => readonly AcceptanceText[];
  /** Content hash of the running policy. */
  readonly policyHash: () => string;
  readonly supportCalendar: () => SupportCalendar;
  readonly antivirusProducts?: () => AntivirusProducts;
  /** The name of this gateway that proofs are made out to. */
  readonly audience: string;
  /** Private computers may ask to be admitted with a key of their own; absent: they may not. */
  readonly selfEnrolment?: boolean;
  /** The origin that Web eID tokens are made out to (`https://name`); absent: they are not served. */
  readonly webEidOrigin?: string;
  /** What the secrets of tickets are derived with. */
  readonly ticketKey: Uint8Array;
  readonly sealing: Sealing;
  readonly recoveryCodeKey: Uint8Array;
  /** The NAS groups that tickets are made for; absent: every one. */
  readonly ticketGroups?: readonly string[];
  readonly texts: (reason: Reason) => Texts;
  /** What is known about a device has changed: its live sessions may have to follow. Nobody waits for it. */
  readonly reportChanged?: (tenant: string, device: string, because: 'report-changed' | 'person-changed') => void;
  /** A machine was proven by its certificate. Nobody waits for it. */
  readonly machineSeen?: (tenant: string, machine: SeenMachine) => void;
  readonly waitingDevices: WaitingDevices;
  /** The binding of a live session was confirmed: resolves when the session follows, or after a moment. */
  readonly bindingConfirmed?: (tenant: string, sessionId: string) => Promise<void>;
}
