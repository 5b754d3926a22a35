// A machine that nobody listed, seen with a good certificate, is put before an operator. Whoever saw it is not kept waiting:
// it is noted in memory, and written later, once a day at most and up to a bound.

import type { Kept } from '../kept.ts';
import { deviceEntry, type Register } from '../pdp/register.ts';
import { type AdmissionStore, type Clock, type Log, Unavailable, type WaitingDevices } from '../ports.ts';

export interface FirstSeenPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly tenant: (name: string) => { readonly register: Register };
  readonly waitingDevices: WaitingDevices;
}

export interface SeenMachine {
  /** SHA-256 (hex) of the machine key. */
  readonly key: string;
  /** Name in the machine certificate. */
  readonly name: string;
  readonly certificateNotAfter: number;
}

export interface FirstSeen {
  /** Never throws, never waits. */
  readonly seen: (tenant: string, machine: SeenMachine) => void;
  /** Writes what was noted; never rejects. */
  readonly write: () => Promise<void>;
}

const dayMs = 86_400_000;
/** Forgotten when it is not seen again. */
const waitsMs = 90 * dayMs;
const waitingAtMost = 10_000;
const notedAtMost = 1_000;
const rememberedAtMost = 20_000;

export function firstSeen(ports: FirstSeenPorts): FirstSeen {
  const noted = new Map<string, { readonly tenant: string; readonly machine: SeenMachine }>();
  /** When each was last looked up in the store. */
  const remembered = new Map<string, number>();

  const seen: FirstSeen['seen'] = (tenant, machine) => {
    const id = `${tenant} ${machine.key}`;
    const since = remembered.get(id);
    if (noted.size >= notedAtMost || (since !== undefined && ports.clock.now() < since + dayMs)) return;
    if (deviceEntry(ports.tenant(tenant).register, machine.key, machine.name) !== undefined) return;
    noted.set(id, { tenant, machine });
  };

  const write = async (): Promise<void> => {
    for (const [id, { tenant, machine }] of [...noted]) {
      noted.delete(id);
      try {
        await keep(ports, tenant, machine);
        remember(id);
      } catch (error) {
        // It will be seen again.
        if (!(error instanceof Unavailable))
          ports.log.error('first-seen-failed', { tenant, device: machine.key, error });
      }
    }
  };

  function remember(id: string): void {
    remembered.delete(id);
    remembered.set(id, ports.clock.now());
    const [oldest] = remembered.keys();
    if (remembered.size > rememberedAtMost && oldest !== undefined) remembered.delete(oldest);
  }

  return { seen, write };
}

async function keep(ports: FirstSeenPorts, tenant: string, machine: SeenMachine): Promise<void> {
  const { store, clock, log, waitingDevices } = ports;
  const now = clock.now();
  const kept = await store.kept(tenant, 'device-enrolment', machine.key);
  if (kept !== undefined && now < kept.value.lastSeenAt + dayMs) return;
  if (kept === undefined && waitingDevices.count('first-seen') >= waitingAtMost) {
    log.warn('first-seen-full', { tenant, waiting: waitingAtMost, device: machine.key });
    return;
  }
  const { key: device, name, certificateNotAfter } = machine;
  const value = kept?.value ?? {
    device,
    name,
    origin: 'first-seen' as const,
    state: 'waiting' as const,
    certificateNotAfter,
    firstSeenAt: now,
  };
  const write: Kept<'device-enrolment'> = {
    kind: 'device-enrolment',
    key: device,
    value: { ...value, lastSeenAt: now },
    version: (kept?.version ?? 0) + 1,
    ...(value.state === 'waiting' ? { expiresAt: now + waitsMs } : {}),
  };
  // Another gateway that saw it first has written the same.
  const { committed } = await store.commit({ tenant, at: now, keep: [write] });
  if (!committed || kept !== undefined) return;
  waitingDevices.add('first-seen');
  log.info('device-first-seen', { tenant, device, name });
}
