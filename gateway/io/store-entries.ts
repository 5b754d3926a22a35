// What every store does alike with its entries: how long each is kept, which records are denials, and what no commit may hold.

import type { DecisionDraft } from '../audit/record.ts';
import type { Session } from '../pdp/session.ts';
import { lastSignAt } from '../pdp/session-silence.ts';
import type { Commit } from '../ports.ts';
import type { AttestationResult } from '../verifier/facts.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** A session is kept this long after its last sign of life, stopped or not: the NAS may never report the stop. */
export const sessionKeptMs = 30 * dayMs;
/** Longer than any leave: a laptop that comes back is judged on age, not as one never seen. */
const attestationKeptMs = 400 * dayMs;

export function sessionExpiry(session: Session): number {
  return lastSignAt(session) + sessionKeptMs;
}

export function attestationExpiry(attestation: AttestationResult): number {
  return attestation.receivedAt + attestationKeptMs;
}

/** A denial: every outcome but `grant`, and never `try-again` or `done`, by which nothing is said against anyone. */
export function isRefusal(draft: Pick<DecisionDraft, 'outcome'>): boolean {
  return !['grant', 'try-again', 'done'].includes(draft.outcome);
}

/**
 * Access was asked for and not given whole. A report asks for none: every laptop's first one comes before its person. By an
 * observation nobody was refused, by a renewal nothing was taken.
 */
export function isDenial(draft: Pick<DecisionDraft, 'outcome' | 'kind'>): boolean {
  return isRefusal(draft) && !['report', 'observation', 'renewal'].includes(draft.kind);
}

/** Mistakes that only our own code can make. */
export function checkCommit(commit: Commit): void {
  const { tenant, session } = commit;
  for (const part of [commit.attestation, commit.person, commit.deviceKey, session?.session, commit.decision]) {
    if (part !== undefined && part.tenant !== tenant) {
      throw new Error(`a commit of tenant ${tenant} holds something of tenant ${part.tenant}`);
    }
  }
  if (session !== undefined && session.session.version <= session.expectedVersion) {
    throw new RangeError(
      `session version ${session.session.version} does not grow beyond the expected version ${session.expectedVersion}`,
    );
  }
}
