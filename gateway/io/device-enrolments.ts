// The machines that operators decided about, or that wait for it, while the gateway runs: read from the store at the start, at
// every decision made here, and every half minute for those made through another gateway.

import type { DeviceEnrolment } from '../kept.ts';
import { enrolledDevices } from '../pdp/device-enrolments.ts';
import type { EnrolledDevice } from '../pdp/register.ts';
import type { AdmissionStore, Log, WaitingDevices } from '../ports.ts';

export interface DeviceEnrolmentsOptions {
  readonly tenant: string;
  readonly store: Pick<AdmissionStore, 'keptAll'>;
  readonly log: Log;
  /** `current` gives others than it gave at the start. */
  readonly changed: () => void;
  readonly everyMs?: number;
}

export interface DeviceEnrolments {
  readonly current: () => ReadonlyMap<string, EnrolledDevice>;
  readonly waiting: WaitingDevices;
  /** Reads now; never rejects. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** As many as the register may list, and those that wait. */
export const enrolmentsAtMost = 61_000;

/** Resolves when they have been read once, or the store does not answer: then nobody is admitted by them for the moment. */
export async function startDeviceEnrolments(options: DeviceEnrolmentsOptions): Promise<DeviceEnrolments> {
  const { tenant, store, log, changed, everyMs = 30_000 } = options;
  let current: ReadonlyMap<string, EnrolledDevice> = new Map();
  let shown: string | undefined;
  let counts = { 'first-seen': 0, 'self-enrolled': 0 };
  let running: Promise<void> | undefined;
  let again = false;

  async function lookOnce(): Promise<void> {
    try {
      const kept = await store.keptAll(tenant, 'device-enrolment', enrolmentsAtMost);
      if (kept.length === enrolmentsAtMost) log.error('device-enrolments-truncated', { tenant, enrolmentsAtMost });
      take(kept.map(({ value }) => value));
    } catch (error) {
      // The store is down: what was read last stays, and the next look asks again.
      log.warn('device-enrolments-unread', { tenant, error });
    }
  }

  function take(all: readonly DeviceEnrolment[]): void {
    const waiting = all.filter(({ state }) => state === 'waiting');
    const selfEnrolled = waiting.filter(({ origin }) => origin === 'self-enrolled').length;
    counts = { 'first-seen': waiting.length - selfEnrolled, 'self-enrolled': selfEnrolled };
    const next = enrolledDevices(all);
    const text = JSON.stringify([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (text === shown) return;
    const first = shown === undefined;
    shown = text;
    current = next;
    if (!first) changed();
  }

  const look = (): Promise<void> => {
    // Whoever asks while one look is under way wants to know what is written by now.
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        await lookOnce();
      }
    })().finally(() => (running = undefined));
    return running;
  };

  await look();
  const timer = setInterval(() => void look(), everyMs);
  return {
    current: () => current,
    waiting: {
      count: origin => counts[origin],
      add: origin => {
        counts[origin] += 1;
      },
    },
    look,
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
