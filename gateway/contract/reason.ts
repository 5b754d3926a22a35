// The closed list of words that say why something was refused. Logs, metrics, console, agent and tests use these same
// words; `gateway/reasons.ts` gives each its sentence in four languages and says what a refusal for it leads to.

/** Where in the two flows a reason arises. */
export const reasonWords = {
  /** Flow 1, before anything is authenticated: the datagram and its authenticators. */
  radius: [
    'unknown-nas',
    'packet-too-short',
    'packet-length-wrong',
    'attribute-length-wrong',
    'too-many-attributes',
    'code-not-served',
    'message-authenticator-missing',
    'message-authenticator-wrong',
    'message-authenticator-malformed',
    'message-authenticator-repeated',
    'request-authenticator-wrong',
    'proxy-state-unsigned',
    'duplicate-in-progress',
    'credentials-missing',
    'credentials-conflicting',
    'password-malformed',
    'accounting-malformed',
    'authority-silent',
    'session-unknown',
  ],
  /** The EAP conversation. */
  eap: [
    'eap-malformed',
    'eap-state-unknown',
    'eap-state-other-gateway',
    'eap-state-other-nas',
    'eap-identifier-wrong',
    'eap-unexpected',
    'eap-method-refused',
    'eap-method-off',
    'eap-crypto-binding-wrong',
    'eap-fragment-malformed',
    'eap-message-too-large',
    'eap-too-many-rounds',
    'eap-too-slow',
    'eap-too-many-conversations',
    'tls-handshake-failed',
    'tls-version-refused',
    'tls-alert-from-peer',
    'server-certificate-refused',
    'tls-engine-lost',
  ],
  /** Who: certificates, their path and revocation, and the identifier inside. */
  identity: [
    'certificate-missing',
    'certificate-malformed',
    'certificate-too-large',
    'certificate-chain-too-long',
    'certificate-anchor-unknown',
    'certificate-issuer-refused',
    'certificate-signature-wrong',
    'certificate-not-yet-valid',
    'certificate-expired',
    'certificate-revoked',
    'certificate-on-hold',
    'certificate-usage-wrong',
    'certificate-purpose-wrong',
    'certificate-policy-wrong',
    'certificate-subject-wrong',
    'certificate-key-weak',
    'certificate-hash-weak',
    'certificate-extension-unknown',
    'revocation-unknown',
    'identifier-missing',
    'identifier-checksum-wrong',
    'person-too-young',
    'ticket-unknown',
    'ticket-secret-wrong',
    'ticket-expired',
    'ticket-used',
    'password-wrong',
    'second-factor-missing',
    'second-factor-wrong',
    'second-factor-replayed',
    'login-locked',
    'password-path-refused',
    'password-method-refused',
  ],
  /** Flow 2: what the agent sends. */
  report: [
    'report-too-large',
    'report-too-deep',
    'report-malformed',
    'report-schema-wrong',
    'report-signature-wrong',
    'report-device-mismatch',
    'report-sequence-old',
    'nonce-unknown',
    'nonce-expired',
    'nonce-used',
    'channel-binding-wrong',
    'session-key-unproven',
    'session-key-expired',
    'proof-malformed',
    'proof-signature-wrong',
    'too-many-requests',
    'device-waiting',
    'identity-proof-missing',
    'acceptance-outdated',
  ],
  /** The decision. */
  decision: [
    'report-missing',
    'report-stale',
    'policy-gap',
    'policy-overlap',
    'segment-untold',
    'requirement-failed',
    'requirement-unknown',
    'device-stolen',
    'device-retired',
    'device-unregistered',
    'binding-too-weak',
    'unadmitted-session',
    'session-limit-reached',
  ],
  /** The operator API. */
  api: [
    'token-wrong',
    'request-malformed',
    'record-unknown',
    'address-unknown',
    'right-missing',
    'reason-missing',
    'act-not-configured',
    'session-ended',
    'person-unknown',
    'device-unknown',
    'nas-unknown',
    'trace-unknown',
    'nothing-waits',
    'no-earlier-policy',
    'replay-unknown',
    'second-factor-active',
    'directory-unavailable',
  ],
  /** Nothing is known against anyone: a dependency or the gateway itself is not able. Never counted as a denial. */
  gateway: [
    'try-again',
    'login-rate',
    'store-unavailable',
    'overloaded',
    'not-ready',
    'version-conflict',
    'reply-too-large',
  ],
} as const;

export type ReasonStage = keyof typeof reasonWords;

/** One of the closed list. */
export type Reason = (typeof reasonWords)[ReasonStage][number];

/** Hostile or unusable input, refused: a value, never an exception. `detail` is for logs, not for the peer. */
export interface Refused {
  readonly refused: Reason;
  readonly detail?: string;
}

export function refused(reason: Reason, detail?: string): Refused {
  return detail === undefined ? { refused: reason } : { refused: reason, detail };
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value;
}
