// What a collector makes of what it saw: facts of one check, or the reason why there are none. Parsers return findings and
// never throw, whatever the text; an unknown shape is an error, not an empty list.

import type { CheckFacts, CheckType } from '../../gateway/contract/check-facts.ts';
import type { ReportCheck } from '../../gateway/contract/report.ts';
import type { CommandResult, Laptop } from '../laptop.ts';

export type Evidence = NonNullable<ReportCheck['evidence']>;
export type Source = { readonly kind: NonNullable<ReportCheck['source']>['kind']; readonly name: string };

interface About {
  /** Tells several findings of one type apart: a mount point, a profile, a product. */
  readonly instance?: string;
  readonly evidence?: Evidence;
}

export interface Measured<T extends CheckType> extends About {
  readonly state: 'ok' | 'partial';
  readonly facts: CheckFacts<T>;
}

export interface Unmeasured extends About {
  readonly state: 'unsupported' | 'denied' | 'timeout' | 'error';
  readonly error: { readonly code: string; readonly message?: string };
}

export type Finding<T extends CheckType> = Measured<T> | Unmeasured;

/** One check type on one kind of laptop. */
export interface Collector<T extends CheckType> {
  readonly source: Source;
  collect(laptop: Laptop): Promise<readonly Finding<T>[]>;
}

export type CollectorTable = { readonly [T in CheckType]: Collector<T> };

/** `ok`, or `partial` when a fact was asked for and stayed unknown (null). */
export function measured<T extends CheckType>(facts: CheckFacts<T>, about: About = {}): Measured<T> {
  return { state: Object.values(facts).includes(null) ? 'partial' : 'ok', facts, ...about };
}

export function unmeasured(state: Unmeasured['state'], code: string, message?: string, about: About = {}): Unmeasured {
  const told = message === undefined ? {} : { message: message.trim().slice(0, 500) };
  return { state, error: { code, ...told }, ...about };
}

/** What a command that gave no usable output means for the check. */
export function commandFailure(result: CommandResult): Unmeasured | undefined {
  if (result.failed === 'timeout') return unmeasured('timeout', 'time-limit');
  if (result.failed === 'missing') return unmeasured('unsupported', 'program-missing');
  if (result.failed === 'flooded') return unmeasured('error', 'output-too-long');
  if (result.failed === 'denied' || saysDenied(result.stderr))
    return unmeasured('denied', 'not-permitted', result.stderr);
  return undefined;
}

/** Says how much was printed and not what: it may name people, and a report must not. */
export function unreadable(what: string, output: string): Unmeasured {
  const code = output.trim() === '' ? 'output-empty' : 'output-unreadable';
  return unmeasured('error', code, `${what}: ${output.length} characters`);
}

function saysDenied(text: string): boolean {
  return /operation not permitted|permission denied|must be root|not authori[sz]ed|requires root/i.test(text);
}
