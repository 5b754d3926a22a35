// Collecting: the checks that the challenge asks for, and no others, each with its state, source, time and duration. A
// collector that fails takes only its own check with it.

import { type CheckType, checkTypes } from '../gateway/contract/check-facts.ts';
import type { Report, ReportCheck } from '../gateway/contract/report.ts';
import { type Collector, type Finding, type Source, unmeasured } from './collectors/finding.ts';
import { collectors } from './collectors/index.ts';
import type { Laptop } from './laptop.ts';

export interface Collected {
  readonly os: Report['os'];
  readonly checks: readonly ReportCheck[];
}

/** Longer than the slowest command of any check. */
const checkLimitMs = 150_000;

export async function collect(laptop: Laptop, types: readonly string[]): Promise<Collected> {
  const asked = [...new Set(types)].sort();
  const [os, ...checks] = await Promise.all([
    collectors[laptop.platform].os(laptop),
    ...asked.map(type => collectCheck(laptop, type)),
  ]);
  return { os, checks: checks.flat() };
}

/** What was collected before, with the checks of some types measured anew. */
export async function collectAnew(laptop: Laptop, before: Collected, types: readonly string[]): Promise<Collected> {
  const { os, checks } = await collect(laptop, types);
  return { os, checks: [...before.checks.filter(({ type }) => !types.includes(type)), ...checks] };
}

/** All findings of one type; a type this agent does not know is reported as unsupported, never left out. */
export async function collectCheck(laptop: Laptop, type: string): Promise<readonly ReportCheck[]> {
  if (!isKnown(type)) return [reported(laptop, type, unmeasured('unsupported', 'check-unknown'), 0)];
  return runCollector(laptop, type, collectors[laptop.platform].checks[type]);
}

async function runCollector<T extends CheckType>(
  laptop: Laptop,
  type: T,
  collector: Collector<T>,
): Promise<readonly ReportCheck[]> {
  const began = performance.now();
  const findings = await withinLimit(collector.collect(laptop));
  const durationMs = Math.round(performance.now() - began);
  const seen = new Set<string>();
  return findings
    .filter(finding => {
      // Two findings of one type with one name would contradict each other: the first, most important one stays.
      const instance = finding.instance ?? '';
      if (seen.has(instance)) return false;
      seen.add(instance);
      return true;
    })
    .map(finding => reported(laptop, type, finding, durationMs, collector.source));
}

async function withinLimit<T extends CheckType>(
  findings: Promise<readonly Finding<T>[]>,
): Promise<readonly Finding<T>[]> {
  const stopped = Promise.withResolvers<readonly Finding<T>[]>();
  const timer = setTimeout(() => stopped.resolve([unmeasured('timeout', 'time-limit')]), checkLimitMs);
  try {
    return await Promise.race([findings, stopped.promise]);
  } catch (error) {
    // A fault in one collector must not cost the report: it is told as that check's error.
    return [unmeasured('error', 'collector-failed', error instanceof Error ? error.message : String(error))];
  } finally {
    clearTimeout(timer);
  }
}

function reported(
  laptop: Laptop,
  type: string,
  finding: Finding<CheckType>,
  durationMs: number,
  source?: Source,
): ReportCheck {
  return {
    type,
    ...(finding.instance === undefined ? {} : { instance: finding.instance.slice(0, 256) }),
    state: finding.state,
    collectedAt: new Date(laptop.now()).toISOString(),
    durationMs,
    ...(source === undefined ? {} : { source: { kind: source.kind, name: source.name } }),
    privilege: laptop.elevated ? 'service' : 'user',
    facts: 'facts' in finding ? finding.facts : {},
    ...(finding.evidence === undefined ? {} : { evidence: finding.evidence }),
    ...('error' in finding ? { error: finding.error } : {}),
  };
}

function isKnown(type: string): type is CheckType {
  return (checkTypes as readonly string[]).includes(type);
}
