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
  /** 128 octets: MSK is 0..63, EMSK 64..127 (RFC 5216 section 2.3, RFC 9190 section 2.3). */
  readonly keyMaterial: Uint8Array;
}

/** Answer of the TLS engine to one complete inbound message. */
export type TlsStep =
  /** Send these records and wait for the peer. */
  | { readonly step: 'flight'; readonly bytes: Uint8Array }
  /** The peer has finished; the server's last flight is held back until `settle`. */
  | { readonly step: 'judge'; readonly peer: TlsPeer }
  /**
   * After `settle`: the held flight (in TLS 1.3 with the protected success octet), or the alert in its place. Empty after a
   * resumed handshake of TLS 1.2: the server has spoken before the peer there.
   */
  | { readonly step: 'settled'; readonly bytes: Uint8Array }
  /** The handshake failed; `bytes` holds the engine's alert for the peer, possibly none. */
  | { readonly step: 'failed'; readonly reason: Reason; readonly detail: string; readonly bytes: Uint8Array };

export type TlsSettlement =
  /** `resumable`: the engine may remember the session, if it remembers any. Absent: it does not. */
  { readonly accept: true; readonly resumable?: boolean } | { readonly accept: false; readonly alert: TlsAlert };

/** What a conversation needs next. */
export type EapNeed =
  /** Send this EAP-Request (Access-Challenge) and wait. */
  | { readonly need: 'send'; readonly packet: Uint8Array }
  /** Give these bytes to the engine; answer with `tlsAnswered`. */
  | { readonly need: 'tls'; readonly bytes: Uint8Array }
  /** Judge the peer and decide; answer with `judged`. */
  | { readonly need: 'judge'; readonly peer: TlsPeer }
  /** Tell the engine; answer with `tlsAnswered`. */
  | { readonly need: 'settle'; readonly settlement: TlsSettlement }
  /** Over: EAP-Success (Access-Accept). */
  | { readonly need: 'succeed'; readonly packet: Uint8Array; readonly msk: Uint8Array }
  /** Over: EAP-Failure (Access-Reject). */
  | { readonly need: 'fail'; readonly packet: Uint8Array; readonly reason: Reason; readonly detail?: string };
