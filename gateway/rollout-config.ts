// The part of the configuration about how a new version of the policies comes to decide: how long it can be tried on what was
// recorded, where drafts are, and whose signature a version needs.

import { parseDuration } from './documents/duration.ts';
import {
  integer,
  listOf,
  located,
  optional,
  parsed,
  problem,
  type Reading,
  record,
  type Shape,
  text,
} from './documents/shape.ts';
import { type Signer, signerOf } from './policy/release.ts';

export interface RolloutSettings {
  /** How long what policies were asked is kept; 0: it is not. */
  readonly keepMs: number;
  /** A policy set that is looked at before it decides. */
  readonly draftsDirectory?: string;
  /** None: policies need no signature. */
  readonly signers: readonly Signer[];
  readonly requiredSignatures: number;
}

const dayMs = 86_400_000;
const usualKeepMs = 30 * dayMs;

const keep = parsed(written => {
  if (written === 'no') return 0;
  const ms = parseDuration(written);
  return ms === undefined || ms < dayMs || ms > 366 * dayMs ? undefined : ms;
}, 'a time from 1 day to 366 days, or no');

/** Keys of the document itself. */
export function rolloutFields(pem: Shape<string>) {
  return {
    replay: optional(record({ keep: optional(keep, usualKeepMs) })),
    'policy-drafts': optional(text(1024)),
    'policy-signers': optional(listOf(signerShape(pem)), []),
    'required-signatures': optional(located(integer(1, 9))),
  };
}
type Fields = ReturnType<typeof rolloutFields>;
type Rollout = {
  readonly [K in keyof Fields]: Fields[K] extends { readonly shape: Shape<infer T> } ? T | undefined : never;
};

function signerShape(pem: Shape<string>): Shape<{ readonly signer: Signer; readonly line: number }> {
  return (tree, reading) => {
    const found = pem(tree, reading);
    if (found === undefined) return undefined;
    const signer = signerOf(found);
    if (signer !== undefined) return { signer, line: tree.line };
    const remedy = 'put the public key of a signer there: Ed25519, or ECDSA on P-256, P-384 or P-521';
    return problem(reading, tree.line, 'is no key that signs policies', remedy);
  };
}

/** What cannot be seen on one line. */
export function checkRollout(read: Rollout, reading: Reading): void {
  const { 'policy-signers': signers = [], 'required-signatures': required } = read;
  const ids = new Set<string>();
  for (const { signer, line } of signers) {
    if (ids.has(signer.id))
      problem(reading, line, 'is the key of another signer', 'give each signer a key of their own');
    ids.add(signer.id);
  }
  if (required !== undefined && required.value > ids.size) {
    const remedy = 'name as many policy-signers, or ask for fewer';
    problem(reading, required.line, `${required.value} signatures of ${ids.size} signers can never be there`, remedy);
  }
}

export function rolloutSettings(read: Rollout, resolve: (path: string) => string): RolloutSettings {
  const drafts = read['policy-drafts'];
  return {
    keepMs: read.replay?.keep ?? usualKeepMs,
    ...(drafts === undefined ? {} : { draftsDirectory: resolve(drafts) }),
    signers: (read['policy-signers'] ?? []).map(({ signer }) => signer),
    requiredSignatures: read['required-signatures']?.value ?? 1,
  };
}
