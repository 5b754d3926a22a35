// What a certificate chain proves once a profile has accepted it. No raw certificate and no raw identifier leaves `identity`.

/** What is known of the revocation of a certificate at a moment. */
export interface KnownRevocation {
  readonly state: VerifiedIdentity['revocation'];
  /** As `revocationGoodAt`. */
  readonly goodAt?: number;
}

export function knownRevocation({ revocation: state, revocationGoodAt: goodAt }: VerifiedIdentity): KnownRevocation {
  return goodAt === undefined ? { state } : { state, goodAt };
}

/** A machine or a person, proven by a certificate. */
export interface VerifiedIdentity {
  readonly profile: string;
  readonly kind: 'machine-certificate' | 'identity-certificate';
  /** SHA-256 (hex) of the leaf's SubjectPublicKeyInfo: for a machine, the device's name everywhere. */
  readonly keyHash: string;
  /** SHA-256 (hex) of the leaf. */
  readonly fingerprint: string;
  /** Milliseconds since 1970 UTC. */
  readonly notAfter: number;
  /** A machine's DNS name or common name, as issued; for a person the display name the profile keeps. */
  readonly name: string;
  /** Keyed pseudonym of the identifier (persons only). */
  readonly pseudonym?: string;
  /** The same under the keys before, while they are known; absent when there are none. */
  readonly formerPseudonyms?: readonly string[];
  readonly assurance: 'low' | 'substantial' | 'high';
  /** How revocation was answered; `last-good`: by an answer that is no longer fresh, within the grace of the profile. */
  readonly revocation: 'good' | 'last-good' | 'unchecked' | 'unavailable';
  /** Of `last-good` and `unavailable`: when it was last known to be good, however long ago; of a list, its end. */
  readonly revocationGoodAt?: number;
}
