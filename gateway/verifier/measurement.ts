// Measurements: one check of a report as the verifier sees it, and three-valued combination of several.
// A check that was not measured keeps its cause; a clock that runs ahead of ours makes a check an error.

import type { CheckFacts, CheckType } from '../contract/check-facts.ts';
import type { CheckState, Report, ReportCheck } from '../contract/report.ts';
import type { Fact, FactValue } from './facts.ts';

export type Cause = Extract<Fact, { readonly unknown: unknown }>['unknown'];
export type Measured<T extends FactValue> =
  | { readonly value: T; readonly lookedFor?: readonly string[] }
  | { readonly unknown: Cause };

export interface Measurement<T extends CheckType> {
  /** What was measured, or why not. */
  readonly facts: CheckFacts<T> | Cause;
  readonly source: string;
  readonly observedAt: number;
}

/** How far a laptop's clock may run ahead before its timestamps are worth nothing. */
export const skewMs = 5 * 60_000;

const causeOf = {
  ok: undefined,
  partial: undefined,
  unsupported: 'unsupported',
  denied: 'denied',
  timeout: 'timeout',
  error: 'error',
  disabled: 'disabled',
} as const satisfies Readonly<Record<CheckState, Cause | undefined>>;

/** All checks of one type. The facts of measured ones fit their schema: `readReport` saw to that. */
export function measurements<T extends CheckType>(
  report: Report,
  type: T,
  receivedAt: number,
): readonly Measurement<T>[] {
  return report.checks
    .filter(check => check.type === type)
    .map(check => {
      const collected = instant(check.collectedAt, receivedAt);
      const cause = causeOf[check.state] ?? ('unknown' in collected ? collected.unknown : undefined);
      return {
        facts: cause ?? (check.facts as CheckFacts<T>),
        source: sourceOf(check),
        observedAt: 'value' in collected ? collected.value : receivedAt,
      };
    });
}

function sourceOf(check: ReportCheck): string {
  return `report: ${check.source?.name ?? check.source?.kind ?? check.type}`;
}

/** An RFC 3339 timestamp of the agent as one of ours: slightly ahead counts as now, far ahead as an error. */
export function instant(timestamp: string | null | undefined, receivedAt: number): Measured<number> {
  if (timestamp === null || timestamp === undefined) return { unknown: 'missing' };
  const at = Date.parse(timestamp);
  if (Number.isNaN(at) || at > receivedAt + skewMs) return { unknown: 'error' };
  return { value: Math.min(at, receivedAt) };
}

/** Absent and null both mean unknown. */
export function known<T extends FactValue>(value: T | null | undefined): Measured<T> {
  return value === null || value === undefined ? { unknown: 'missing' } : { value };
}

/** True only when all are; one false settles it, whatever is unknown. */
export function everyFlag(all: readonly Measured<boolean>[]): Measured<boolean> {
  return settle(all, false);
}

/** False only when all are; one true settles it, whatever is unknown. */
export function someFlag(all: readonly Measured<boolean>[]): Measured<boolean> {
  return settle(all, true);
}

function settle(all: readonly Measured<boolean>[], decisive: boolean): Measured<boolean> {
  if (all.length === 0) return { unknown: 'missing' };
  if (all.some(each => 'value' in each && each.value === decisive)) return { value: decisive };
  return all.find(each => 'unknown' in each) ?? { value: !decisive };
}

/** The fact made of these measurements: their sources, and the oldest of their times. */
export function factFrom<T extends CheckType>(
  measured: Measured<FactValue>,
  from: readonly Measurement<T>[],
  receivedAt: number,
): Fact {
  const sources = [...new Set(from.map(each => each.source))].sort();
  const source = sources.length === 0 ? 'report' : sources.join(', ');
  const observedAt = Math.min(receivedAt, ...from.map(each => each.observedAt));
  return { ...measured, source, observedAt };
}
