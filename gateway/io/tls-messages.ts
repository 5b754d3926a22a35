// What crosses between the TLS engine and its worker threads. One call at a time per conversation; calls are numbered.

import type { TlsMethod, TlsSettlement, TlsStep } from '../eap/step.ts';
import type { SessionChange, TlsSession } from './tls-sessions.ts';

/** An OCSP answer (DER) about the certificate of a profile, or of everybody; absent: there is none any more. */
export interface Staple {
  readonly profile?: string;
  readonly answer?: Uint8Array;
}

export type ToWorker =
  | {
      readonly do: 'step';
      readonly call: number;
      readonly conversation: string;
      readonly bytes: Uint8Array;
      readonly method: TlsMethod;
      readonly profile?: string;
    }
  | { readonly do: 'seal'; readonly call: number; readonly conversation: string; readonly data: Uint8Array }
  | { readonly do: 'settle'; readonly call: number; readonly conversation: string; readonly settlement: TlsSettlement }
  | { readonly do: 'close'; readonly conversation: string }
  | { readonly do: 'staple'; readonly staple: Staple }
  /** To `session-wanted`. */
  | { readonly do: 'session-found'; readonly asked: number; readonly session?: TlsSession }
  /** A session that another thread remembered or forgot. */
  | { readonly do: 'learn'; readonly change: SessionChange };

export type FromWorker =
  | { readonly said: 'ready' }
  /** Before the answer to the call that it is about: the other threads know a session before its peer can come back. */
  | { readonly said: 'session-changed'; readonly change: SessionChange }
  /** No thread keeps it, and perhaps another gateway does. */
  | { readonly said: 'session-wanted'; readonly asked: number; readonly id: string }
  | { readonly said: 'answer'; readonly call: number; readonly step: TlsStep }
  /** The port's own `Unavailable`: the class does not survive cloning. */
  | { readonly said: 'unavailable'; readonly call: number; readonly message: string }
  /** Misuse by our own code. */
  | { readonly said: 'threw'; readonly call: number; readonly message: string };
