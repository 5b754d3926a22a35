// The question a flow puts to the PDP: who came in how, from where, with which attested device.

import type { Binding } from '../contract/decision.ts';
import type { KnownRevocation } from '../identity/verified-identity.ts';
import type { DevicePlace } from '../kept.ts';
import type { AttestationResult } from '../verifier/facts.ts';
import type { KnownPerson } from './directory.ts';
import type { Nas } from './nas.ts';
import type { WayIn } from './session.ts';
import type { Telework } from './telework.ts';

export interface ProvenDevice {
  /** SHA-256 (hex) of the machine key. */
  readonly key: string;
  /** Name in the machine certificate. */
  readonly name: string;
  /** Milliseconds since 1970 UTC; absent when only a ticket speaks for the device. */
  readonly certificateNotAfter?: number;
}

export interface ProvenPerson {
  readonly pseudonym: string;
  /** Under earlier keys: by these an institution may still know the person. */
  readonly formerPseudonyms?: readonly string[];
  readonly profile: string;
  readonly name?: string;
  readonly assurance: 'low' | 'substantial' | 'high';
  readonly certificateNotAfter?: number;
  /** Of the certificate; absent where none was shown. */
  readonly revocation?: KnownRevocation;
  /** For a password: what was proven beside it, and how good it is. A certificate on a card is two factors by itself. */
  readonly password?: { readonly strong: boolean; readonly secondFactor: 'none' | 'totp' | 'recovery-code' };
}

/** Where a peer is, by its address. */
export interface Origin {
  /** ISO 3166-1 alpha-2; absent: nothing says it. */
  readonly country?: string;
  /** Where the device was so lately that it cannot have come from there. */
  readonly tooFarFrom?: DevicePlace;
}

export interface AdmissionRequest {
  readonly tenant: string;
  /** `report`: no session is asked for; the answer is what one would get. */
  readonly way: WayIn | 'report';
  readonly nas?: Nas;
  readonly device?: ProvenDevice;
  readonly person?: ProvenPerson;
  readonly binding: Binding;
  /** When the session began, for which the question is asked again; absent: there is none yet. */
  readonly admittedAt?: number;
  /** Another session of this device is open, from another address. */
  readonly liveElsewhere?: boolean;
  /** Since when a check of the device fails without a break; absent: nothing is remembered of it. */
  readonly failingSince?: ReadonlyMap<string, number>;
  /** Days on which the person had a session, this one included; absent: no policy asks, or nobody is proven. */
  readonly telework?: Telework;
  /** Other open sessions of the person; absent: no policy asks, or nobody is proven. */
  readonly otherSessions?: number;
  /** Texts whose present version the person has accepted; absent: no policy asks, or nobody is proven. */
  readonly accepted?: readonly string[];
  /** Absent means that no country file is configured. */
  readonly origin?: Origin;
  /** The device's last attestation result; absent means that no report has come yet. */
  readonly attestation?: AttestationResult;
  /** What the directory knows of the person, or of nobody; absent means that no directory is configured. */
  readonly directory?: KnownPerson;
}
