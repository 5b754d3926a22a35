// What a decision rested on, in one number: the digest of the report's facts, and what the gateway itself vouched for. A decision is
// made far more often than a report comes in, so the larger part is not hashed again.

import { hash } from 'node:crypto';
import { factCatalogue, factNames } from '../verifier/fact-catalogue.ts';
import type { Fact, Facts } from '../verifier/facts.ts';
import { factsDigest } from '../verifier/facts-digest.ts';

const vouchedFor = new Map(
  factNames
    .filter(name => factCatalogue[name].origin.by === 'gateway')
    .sort()
    .map(name => [name as string, field(name)]),
);

/** SHA-256 (hex). `reportDigest`: of what the report says among these facts, where that is known already. */
export function factsHash(facts: Facts, reportDigest = digestOfReport(facts)): string {
  let text = reportDigest;
  let observedAt = Number.NaN;
  for (const [name, named] of vouchedFor) {
    const fact = facts[name];
    if (fact === undefined) continue;
    text += named + field(valueOf(fact)) + field(fact.source);
    // Nearly all of them are of the moment of the decision: a time is written where it is another one than before.
    if (fact.observedAt === observedAt) continue;
    observedAt = fact.observedAt;
    text += field(String(observedAt));
  }
  return hash('sha256', text, 'hex');
}

function digestOfReport(facts: Facts): string {
  return factsDigest(Object.fromEntries(Object.entries(facts).filter(([name]) => !vouchedFor.has(name))));
}

/** With its length, so that no two lists of fields run into each other. */
function field(text: string): string {
  return `${text.length}:${text}`;
}

function valueOf(fact: Fact): string {
  if ('unknown' in fact) return `?${fact.unknown}`;
  const { value, later } = fact;
  const plain =
    typeof value === 'string' ? `"${value}` : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return later === undefined ? plain : `${plain} ${JSON.stringify(later)}`;
}
