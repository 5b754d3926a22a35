// What the EAP side asks of its surroundings and is told back. A conversation never awaits: it returns what it needs,
// and the flow fulfils it. Everything here is structured-clonable, so that the TLS engine can live in a worker thread.

import type { Reason } from '../contract/reason.ts';

/** The TLS alerts (RFC 8446 section 6) with which a refused chain or decision is told to the peer. */
export const tlsAlerts = {
  'bad-certificate': 42,
  'unsupported-certificate': 43,
  'certificate-revoked': 44,
  'certificate-expired': 45,
  'certificate-unknown': 46,
  'unknown-ca': 48,
  'access-denied': 49,
  'internal-error': 80,
  'certificate-required': 116,
} as const;
export type TlsAlert = keyof typeof tlsAlerts;

/** What the peer proved by TLS, before anything was promised to it. */
export interface TlsPeer {
  /** DER, leaf first, as sent by the peer, in a resumed handshake when the session was begun; empty when it sent none. */
  readonly chain: readonly Uint8Array[];
  readonly version: 'TLSv1.2' | 'TLSv1.3';
  readonly cipher: string;
  readonly resumed: boolean;
  /** 128 octets: MSK is 0..63, EMSK 64..127; made for the EAP method that the handshake was for, see `keys.ts`. */
  readonly keyMaterial: Uint8Array;
}

/** The EAP methods that rest on TLS: `eap-tls` proves by the handshake itself, the others by what is said inside it. */
export type TlsMethod = 'eap-tls' | 'eap-ttls' | 'peap' | 'teap';

/** Answer of the TLS engine to one complete inbound message. */
export type TlsStep =
  /** Send these records and wait for the peer. */
  | { readonly step: 'flight'; readonly bytes: Uint8Array }
  /** EAP-TLS: the peer has finished; the server's last flight is held back until `settle`. */
  | { readonly step: 'judge'; readonly peer: TlsPeer }
  /**
   * Tunnel methods: both ends have finished, and nothing is proven by that but a certificate, if there is one. `bytes` must
   * reach the peer before anything that is sealed later; `data` is what the peer has said inside already.
   */
  | {
      readonly step: 'tunnel';
      readonly peer: TlsPeer;
      /** The implicit challenge of EAP-TTLS, 17 octets (RFC 5281 section 11.1). */
      readonly challenge: Uint8Array;
      readonly bytes: Uint8Array;
      readonly data: Uint8Array;
    }
  /** What the peer said inside the tunnel; empty when its message was about TLS alone. */
  | { readonly step: 'inside'; readonly data: Uint8Array }
  /**
   * After `settle`: the held flight (in TLS 1.3 with the protected success octet), or the alert in its place. Empty after a
   * resumed handshake of TLS 1.2: the server has spoken before the peer there. Of a tunnel: a close notification, sealed.
   */
  | { readonly step: 'settled'; readonly bytes: Uint8Array }
  /** The handshake failed; `bytes` holds the engine's alert for the peer, possibly none. */
  | { readonly step: 'failed'; readonly reason: Reason; readonly detail: string; readonly bytes: Uint8Array };

export type TlsSettlement =
  /** `resumable`: the engine may remember the session, if it remembers any. Absent: it does not. */
  { readonly accept: true; readonly resumable?: boolean } | { readonly accept: false; readonly alert: TlsAlert };

/** What a conversation needs next. `handshake` names the one that it is about: there may be one inside another. */
export type EapNeed =
  /** Send this EAP-Request (Access-Challenge) and wait. */
  | { readonly need: 'send'; readonly packet: Uint8Array }
  /** Give these bytes to the engine; answer with `tlsAnswered`. */
  | { readonly need: 'tls'; readonly handshake: string; readonly method: TlsMethod; readonly bytes: Uint8Array }
  /** Let the engine say this inside the tunnel; answer with `tlsAnswered`. */
  | { readonly need: 'seal'; readonly handshake: string; readonly data: Uint8Array }
  /** Tell the engine; answer with `tlsAnswered`. */
  | { readonly need: 'settle'; readonly handshake: string; readonly settlement: TlsSettlement }
  /** Judge and decide; answer with `judged`. Nothing has been promised to the peer. */
  | JudgeNeed
  /** Over: EAP-Success (Access-Accept). The MSK has 64 octets, or none where the method makes no keys; few make an EMSK. */
  | { readonly need: 'succeed'; readonly packet: Uint8Array; readonly msk: Uint8Array; readonly emsk?: Uint8Array }
  /** Over: EAP-Failure (Access-Reject). */
  | { readonly need: 'fail'; readonly packet: Uint8Array; readonly reason: Reason; readonly detail?: string };

/** What the peer proves itself with. `outer`: the tunnel that it is said in, whose chain may be a machine's, or empty. */
export type JudgeNeed =
  | { readonly need: 'judge'; readonly peer: TlsPeer; readonly outer?: TlsPeer }
  | VerifyNeed
  | PasswordNeed
  | Mschapv2Need;

/** One certificate of several: is it good, and of the kind asked for? What follows from all of them is judged later. */
export interface VerifyNeed {
  readonly need: 'verify';
  readonly peer: TlsPeer;
  readonly as: 'machine' | 'user';
}

export interface PasswordNeed {
  readonly need: 'password';
  readonly userName: string;
  readonly password: string;
  /** Whether the person can be asked for more (a second factor), and answers in another `password` need. */
  readonly canAsk: boolean;
  readonly outer?: TlsPeer;
}

export interface Mschapv2Need {
  readonly need: 'mschapv2';
  readonly userName: string;
  /** 16 octets. */
  readonly authenticatorChallenge: Uint8Array;
  /** 16 octets. */
  readonly peerChallenge: Uint8Array;
  /** 24 octets. */
  readonly ntResponse: Uint8Array;
  readonly outer?: TlsPeer;
}
