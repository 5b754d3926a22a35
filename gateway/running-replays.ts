// What policies were asked, recorded as it happens, and replays of drafts on it. A part of the composition root.

import type { Config } from './config.ts';
import { type FactSnapshots, openFactSnapshots } from './flows/fact-snapshots.ts';
import { type PolicyReplays, policyReplays } from './io/policy-replays.ts';
import { packSnapshots } from './io/snapshot-packing.ts';
import type { PolicyFile } from './policy/policy-set.ts';
import type { AdmissionStore, Clock, Log, Meter, Random } from './ports.ts';

export interface ReplayPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly log: Log;
}

export interface RunningReplays {
  /** Nothing in it: nothing is to be recorded. */
  readonly recording: { readonly snapshots?: FactSnapshots };
  readonly write: () => Promise<void>;
  readonly replays: PolicyReplays;
}

export function openReplays(
  ports: ReplayPorts,
  { rollout }: Config,
  runningFiles: () => readonly PolicyFile[],
): RunningReplays {
  const snapshots =
    rollout.keepMs === 0 ? undefined : openFactSnapshots({ ...ports, pack: packSnapshots }, rollout.keepMs);
  const write = async () => snapshots?.write();
  return {
    recording: snapshots === undefined ? {} : { snapshots },
    write,
    replays: policyReplays({ ...ports, written: write, runningFiles }),
  };
}
