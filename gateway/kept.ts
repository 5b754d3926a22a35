// Small records with a version that the store keeps by kind and key: what a person or a machine brought along on earlier days.
// Instants are milliseconds since 1970 UTC.

import type { LoginAttempts } from './identity/login-attempts.ts';

/** The second factor of a person; the seed is sealed and opens only to the gateway. */
export interface SecondFactor {
  readonly person: string;
  readonly sealedSeed: string;
  /** `waiting`: given out, and not yet used once. */
  readonly state: 'waiting' | 'active';
  /** The last time step that was used (RFC 6238): none is used twice. */
  readonly lastStep: number;
  readonly recoveryHashes: readonly string[];
  readonly enrolledAt: number;
}

/** A machine that nobody listed, seen with a good certificate or enrolled by its person with a key of its own. */
export interface DeviceEnrolment {
  /** SHA-256 (hex) of the machine key. */
  readonly device: string;
  readonly name: string;
  readonly origin: 'first-seen' | 'self-enrolled';
  readonly state: 'waiting' | 'active' | 'refused';
  /** Class it was approved for. */
  readonly class?: string;
  /** Pseudonym of its person. */
  readonly owner?: string;
  readonly os?: string;
  /** The key's SubjectPublicKeyInfo, DER in base64. */
  readonly spki?: string;
  readonly certificateNotAfter: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Name of the operator. */
  readonly decidedBy?: string;
  readonly decidedAt?: number;
}

/** The country that a machine last came from. Its address is not kept. */
export interface DevicePlace {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** When it was last known to be there. */
  readonly at: number;
}

/** A concentrator said that it restarted, or is about to: no session from before goes on. */
export interface NasRestart {
  readonly at: number;
}

/** A session that a concentrator told of and that nobody admitted: it has been recorded, by this id. */
export interface UnadmittedSession {
  readonly decisionId: string;
}

/** A concentrator said that it restarted, or is about to: no session from before goes on. */
export interface NasRestart {
  readonly at: number;
}

/** A session that a concentrator told of and that nobody admitted: it has been recorded, by this id. */
export interface UnadmittedSession {
  readonly decisionId: string;
}

/** Small records with a version, by kind and key. */
export interface KeptValues {
  /** By NAS. */
  readonly 'nas-restart': NasRestart;
  /** By NAS and Acct-Session-Id. */
  readonly 'unadmitted-session': UnadmittedSession;
  /** By pseudonym. */
  readonly 'second-factor': SecondFactor;
  /** By login name. */
  readonly 'login-attempts': LoginAttempts;
  /** By device. */
  readonly 'device-enrolment': DeviceEnrolment;
  /** By device. */
  readonly 'device-place': DevicePlace;
}
export type KeptKind = keyof KeptValues;

export type Kept<K extends KeptKind = KeptKind> = K extends KeptKind
  ? {
      readonly kind: K;
      readonly key: string;
      readonly value: KeptValues[K];
      /** 1 for the first write; grows by one with each. */
      readonly version: number;
      /** Forgotten then; absent: kept until it is replaced. */
      readonly expiresAt?: number;
    }
  : never;
