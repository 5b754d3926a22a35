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

/** Since when which checks of a machine have failed in every report. */
export interface FailingSince {
  readonly since: Readonly<Record<string, number>>;
}

/** On which days a person had a session, and in which half of them; the day as `2027-03-15`. */
export type TeleworkDays = Readonly<Record<string, 'morning' | 'afternoon' | 'both'>>;

/** Which version of which text a person accepted last, and when. */
export type AcceptedTexts = Readonly<Record<string, { readonly hash: string; readonly at: number }>>;

/** A concentrator said that it restarted, or is about to: no session from before goes on. */
export interface NasRestart {
  readonly at: number;
}

/** A session that a concentrator told of and that nobody admitted: it has been recorded, by this id. */
export interface UnadmittedSession {
  readonly decisionId: string;
}

/** A session that the authority of an observed concentrator admitted, told of then. */
export interface ObservedSession {
  readonly at: number;
}

/** A concentrator that is excused from signing its requests did not sign one. */
export interface NasUnsigned {
  /** The first time. */
  readonly since: number;
  readonly lastAt: number;
}

/** Somebody went back from a version of the policies, on every gateway of the store. */
export interface PolicyBack {
  /** Content hashes. */
  readonly from: string;
  readonly to: string;
  /** When the release of `from` was signed. */
  readonly signedAt?: number;
  readonly at: number;
  /** Name of the operator, or of a gateway. */
  readonly by: string;
  readonly reason: string;
}

/** Small records with a version, by kind and key. */
export interface KeptValues {
  /** By `policies`. */
  readonly 'policy-back': PolicyBack;
  /** By NAS. */
  readonly 'nas-restart': NasRestart;
  /** By NAS. */
  readonly 'nas-unsigned': NasUnsigned;
  /** By NAS and Acct-Session-Id. */
  readonly 'unadmitted-session': UnadmittedSession;
  /** By NAS and Acct-Session-Id. */
  readonly 'observed-session': ObservedSession;
  /** By pseudonym. */
  readonly 'second-factor': SecondFactor;
  /** By login name. */
  readonly 'login-attempts': LoginAttempts;
  /** By device. */
  readonly 'device-enrolment': DeviceEnrolment;
  /** By device. */
  readonly 'device-place': DevicePlace;
  /** By device. */
  readonly 'failing-since': FailingSince;
  /** By pseudonym. */
  readonly 'accepted-texts': { readonly texts: AcceptedTexts };
  /** By pseudonym. */
  readonly 'telework-days': { readonly days: TeleworkDays };
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
