// What follows when neither a list nor a responder can tell whether a person's certificate was revoked: by issuer, that is
// by identity profile, and otherwise for some groups. It never grants, and nothing here reaches a certificate that is known
// to be revoked: that one proves nobody.

import type { RequirementResult } from '../contract/decision.ts';
import type { Texts } from '../contract/language.ts';
import { formatDuration, parseDuration } from '../documents/duration.ts';
import { choice, listOf, optional, parsed, problem, type Reading, record, required } from '../documents/shape.ts';
import { factCatalogue } from '../verifier/fact-catalogue.ts';
import type { Facts } from '../verifier/facts.ts';
import type { Subject } from './evaluation.ts';
import { valueInWords } from './fact-words.ts';
import { institutionWord, type RefusalOutcome } from './names.ts';

export interface RevocationRule {
  /** An identity profile, or `any` for those without a rule of their own. */
  readonly issuer: string;
  /** Whom it is for; absent for everyone else. */
  readonly groups?: readonly string[];
  /** The last good answer counts this long after it was given; of a list, after its end. */
  readonly keepMs: number;
  readonly then: Extract<RefusalOutcome, 'quarantine' | 'deny'>;
}

/** A certificate that is revoked in the meantime lets in for at most so long. */
const keepAtMostMs = 7 * 86_400_000;
const keep = parsed(value => {
  const ms = parseDuration(value);
  return ms !== undefined && ms <= keepAtMostMs ? ms : undefined;
}, 'a duration of at most 7 days (4 hours)');

export const revocationShape = listOf(
  record({
    issuer: required(institutionWord),
    groups: optional(listOf(institutionWord)),
    'keep last answer for': required(keep),
    then: required(choice('quarantine', 'deny')),
  }),
);
type Written = NonNullable<ReturnType<typeof revocationShape>>;

export function readRevocationRules(written: Written, reading: Reading): readonly RevocationRule[] {
  const general = new Set<string>();
  for (const { issuer, groups, line } of written) {
    if (groups?.length === 0) problem(reading, line, 'no groups', 'name at least one, or leave "groups" out');
    if (groups !== undefined) continue;
    if (general.has(issuer)) problem(reading, line, `a second rule for everyone of "${issuer}"`, 'keep one of them');
    general.add(issuer);
  }
  for (const { issuer, line } of written) {
    if (general.has(issuer)) continue;
    problem(reading, line, `"${issuer}" has no rule for everyone else`, 'write one without "groups"');
  }
  return written.map(({ issuer, groups, 'keep last answer for': keepMs, then }) => {
    return { issuer, ...(groups === undefined ? {} : { groups }), keepMs, then };
  });
}

/** How the result is called, beside the names of checks. */
export const revocationCheck = { name: 'revocation-known', fact: factCatalogue['person.revocation-age'] } as const;

/** Nothing where it is known, or where no rule says anything and the identity profile alone has decided. */
export function judgeRevocation(
  rules: readonly RevocationRule[],
  { groups }: Subject,
  facts: Facts,
  now: number,
): RequirementResult | undefined {
  const revocation = valueOf(facts, 'person.revocation');
  if (revocation !== 'last-good' && revocation !== 'unavailable') return undefined;
  const fitting = rulesFor(rules, valueOf(facts, 'person.issuer'), groups);
  if (fitting.length === 0) return undefined;
  const keepMs = Math.min(...fitting.map(rule => rule.keepMs));
  const goodAt = valueOf(facts, 'person.revocation-age');
  const keptUntil = typeof goodAt === 'number' ? goodAt + keepMs : Number.NEGATIVE_INFINITY;
  const found = {
    check: revocationCheck.name,
    fact: 'person.revocation-age',
    value: typeof goodAt === 'number' ? valueInWords(revocationCheck.fact, goodAt, now) : 'unknown: missing',
    limit: `at most ${formatDuration(keepMs)}`,
    source: facts['person.revocation']?.source ?? 'nothing',
    text: sentence,
  };
  // As for every other limit, the moment itself still counts.
  if (now <= keptUntil) return { ...found, result: 'pass', outcome: 'grant', validUntil: keptUntil };
  const outcome = fitting.some(({ then }) => then === 'deny') ? 'deny' : 'quarantine';
  return { ...found, result: 'unknown', outcome, reason: 'revocation-unknown' };
}

/** Those of the person's groups, else that for everyone; of the issuer, else of any. Of several the strictest counts. */
function rulesFor(
  rules: readonly RevocationRule[],
  issuer: unknown,
  groups: readonly string[],
): readonly RevocationRule[] {
  const own = rules.filter(rule => rule.issuer === issuer);
  const ofIssuer = own.length > 0 ? own : rules.filter(rule => rule.issuer === 'any');
  const ofGroups = ofIssuer.filter(rule => rule.groups?.some(group => groups.includes(group)) === true);
  return ofGroups.length > 0 ? ofGroups : ofIssuer.filter(rule => rule.groups === undefined);
}

function valueOf(facts: Facts, name: string): unknown {
  const fact = facts[name];
  return fact !== undefined && 'value' in fact ? fact.value : undefined;
}

const sentence: Texts = {
  nl: 'Niemand kan nu zeggen of uw certificaat nog geldt; meld u later opnieuw aan.',
  fr: 'Personne ne peut dire pour l’instant si votre certificat est encore valable ; identifiez-vous à nouveau plus tard.',
  de: 'Zurzeit kann niemand sagen, ob Ihr Zertifikat noch gilt; melden Sie sich später erneut an.',
  en: 'Nobody can tell now whether your certificate still holds; sign in again later.',
};
