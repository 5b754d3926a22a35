// Facts: what is known about a device and its session at a moment, each with its source and time.
// Unknown is a value with a cause, never an absence that could be overlooked.

/** Instants (`age`, `time-left`) are milliseconds since 1970 UTC; flags are booleans; the rest text, numbers, word lists. */
export type FactValue = string | number | boolean | readonly string[];

export type Fact =
  | {
      readonly value: FactValue;
      readonly source: string;
      readonly observedAt: number;
      /** Of a list of words: those that were looked for. What is none of them may be there or not. */
      readonly lookedFor?: readonly string[];
      /** What it becomes by itself, in the order of time. */
      readonly later?: readonly { readonly at: number; readonly value: FactValue }[];
    }
  | {
      readonly unknown: 'missing' | 'unsupported' | 'denied' | 'timeout' | 'error' | 'disabled' | 'not-asked';
      readonly source: string;
      readonly observedAt: number;
    };

/** Keyed by fact name (`disk.encrypted`). A name that is not there is unknown because missing. */
export type Facts = Readonly<Record<string, Fact>>;

/** Attestation Result (RFC 9334): what the verifier made of one report of one device. */
export interface AttestationResult {
  readonly tenant: string;
  /** SHA-256 of the machine key. */
  readonly device: string;
  readonly deviceName: string;
  readonly reportId: string;
  readonly sequence: number;
  readonly receivedAt: number;
  /** SHA-256 (hex) of the signed payload; the identity proof names it. */
  readonly reportDigest: string;
  readonly facts: Facts;
  /** SHA-256 (hex) of the facts; absent in results that an earlier version stored. */
  readonly factsDigest?: string;
}
