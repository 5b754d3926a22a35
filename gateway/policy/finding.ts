// What the analyser finds: where, how grave, in one sentence, and with an example laptop that shows it.

import type { Fact } from '../verifier/facts.ts';
import type { Subject } from './evaluation.ts';
import { valueInWords } from './fact-words.ts';
import { factDefinition } from '../verifier/fact-catalogue.ts';

export const findingKinds = [
  'overlap',
  'gap',
  'unreachable-policy',
  'impossible-requirement',
  'never-decides',
  'untested-requirement',
  'cliff',
  'too-large',
] as const;
export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** `error`: somebody will be refused whom nobody meant to refuse. `note`: only a date to know. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly file: string;
  readonly line: number;
  readonly sentence: string;
  readonly remedy: string;
  readonly witness?: Witness;
}

/** A laptop with its person at a moment. */
export interface Witness {
  readonly subject: Subject;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly now: number;
}

/** `a laptop of class private-pc, of a person in staff, at vpn-a; disk.encrypted: no` */
export function witnessInWords({ subject, facts, now }: Witness): string {
  const { groups, deviceClass, concentrator, country } = subject;
  const who = [
    `a machine of class ${deviceClass}`,
    groups.length === 0 ? 'of somebody in no group' : `of somebody in ${groups.join(' and ')}`,
    ...(concentrator === undefined ? [] : [`at ${concentrator}`]),
    ...(country === undefined ? [] : [`from ${country}`]),
    `on ${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  ].join(', ');
  const seen = Object.entries(facts).map(([name, fact]) => `${name}: ${factInWords(name, fact, now)}`);
  return [who, ...seen].join('; ');
}

function factInWords(name: string, fact: Fact, now: number): string {
  const definition = factDefinition(name);
  if ('unknown' in fact || definition === undefined) return 'unknown';
  return valueInWords(definition, fact.value, now);
}
