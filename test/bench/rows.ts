// What every measurement does: sides in turn, CPU of all processes of a side, and the rows that become the report.

import type { Row } from './comparison.ts';
import type { LoadDriver } from './load-driver.ts';
import type { Job, Sent } from './load-job.ts';
import { cpuMsOf } from './process-cost.ts';
import type { FilledInstallation } from './sluis-installation.ts';

export interface Server {
  readonly pid: number;
  /** Whose CPU counts: its own, and its Redis. */
  readonly counted: readonly number[];
  readonly port: number;
  readonly stop: () => Promise<unknown>;
}

export interface Gateway extends Server {
  readonly accountingPort: number;
  readonly directory: string;
}

export interface Bench {
  readonly client: LoadDriver;
  readonly installation: FilledInstallation;
  readonly rounds: number;
  /** Tickets per round. */
  readonly requests: number;
  /** EAP-TLS logins per round. */
  readonly logins: number;
  readonly say: (text: string) => void;
}

export type Side = 'ours' | 'theirs';

/** Collects samples under a row's name, in the order in which the rows were first named. */
export class Rows {
  readonly #rows = new Map<string, { unit: string; ours: number[]; theirs: number[] }>();

  add(what: string, unit: string, side: Side, sample: number): void {
    const row = this.#rows.get(what) ?? { unit, ours: [], theirs: [] };
    row[side].push(sample);
    this.#rows.set(what, row);
  }

  list(): readonly Row[] {
    return [...this.#rows].map(([what, { unit, ours, theirs }]) => ({
      what,
      unit,
      ours,
      ...(theirs.length > 0 ? { theirs } : {}),
    }));
  }
}

/** Ours first in one round, theirs first in the next: what warms up or slows down does so for both. */
export function sides(ours: Server, theirs: Server | undefined, round = 0): readonly (readonly [Side, Server])[] {
  const both = [['ours', ours] as const, ...(theirs === undefined ? [] : [['theirs', theirs] as const])];
  return round % 2 === 0 ? both : both.toReversed();
}

export interface Measured {
  readonly sent: Sent;
  /** Of each process of the server, in the order of `counted`. */
  readonly cpuMs: readonly number[];
}

export async function measured({ client }: Bench, { counted }: Server, job: Job): Promise<Measured> {
  const before = counted.map(cpuMsOf);
  const sent = await client.run(job);
  return { sent, cpuMs: counted.map((pid, index) => cpuMsOf(pid) - (before[index] ?? 0)) };
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** A figure made of refusals or lost packets would be a figure of something else. */
export function expectAll({ accepted, lost }: Sent, asked: number, what: string): void {
  if (accepted !== asked) throw new Error(`${what}: ${accepted} of ${asked} accepted, ${lost} without an answer`);
}
