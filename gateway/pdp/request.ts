// The question a flow puts to the PDP: who came in how, from where, with which attested device.

import type { Binding } from '../contract/decision.ts';
import type { AttestationResult } from '../verifier/facts.ts';
import type { KnownPerson } from './directory.ts';
import type { Nas } from './nas.ts';
import type { WayIn } from './session.ts';

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
  readonly profile: string;
  readonly name?: string;
  readonly assurance: 'low' | 'substantial' | 'high';
  readonly certificateNotAfter?: number;
}

export interface AdmissionRequest {
  readonly tenant: string;
  /** `report`: no session is asked for; the answer is what one would get. */
  readonly way: WayIn | 'report';
  readonly nas?: Nas;
  readonly device?: ProvenDevice;
  readonly person?: ProvenPerson;
  readonly binding: Binding;
  /** The device's last attestation result; absent means that no report has come yet. */
  readonly attestation?: AttestationResult;
  /** What the directory knows of the person, or of nobody; absent means that no directory is configured. */
  readonly directory?: KnownPerson;
}
