// An operator decides about a machine that nobody listed: it gets a class from now on, or it stays out. What it decided
// before may be decided anew.

import { type Refused, refused } from '../contract/reason.ts';
import type { DeviceEnrolment, Kept } from '../kept.ts';
import { approved, turnedDown } from '../pdp/device-enrolments.ts';
import type { AdmissionStore } from '../ports.ts';
import type { Act, ActPorts, Done } from './operator-act.ts';

export interface DeviceActPorts extends ActPorts {
  /** From now on the gateway goes by it, and the machine's sessions follow. Never rejects. */
  readonly deviceDecided: (tenant: string, device: string) => Promise<void>;
}

export const deviceApprove: Act<'device-approve', DeviceActPorts> = {
  name: 'device-approve',
  about: ({ device }) => ({ device }),
  run: ({ store, deviceDecided }, { operator, tenant, args, now }) =>
    decide({ store, deviceDecided }, tenant, args.device, before => ({
      value: approved(before, args, { by: operator, at: now }),
      what: `admit ${before.origin} device as ${args.class}`,
    })),
};

export const deviceRefuse: Act<'device-refuse', DeviceActPorts> = {
  name: 'device-refuse',
  about: ({ device }) => ({ device }),
  run: ({ store, deviceDecided }, { operator, tenant, args, now }) =>
    decide({ store, deviceDecided }, tenant, args.device, before => ({
      value: turnedDown(before, { by: operator, at: now }),
      what: `keep ${before.origin} device out`,
    })),
};

async function decide(
  { store, deviceDecided }: Pick<DeviceActPorts, 'deviceDecided'> & { readonly store: AdmissionStore },
  tenant: string,
  device: string,
  after: (before: DeviceEnrolment) => { readonly value: DeviceEnrolment; readonly what: string },
): Promise<Done<{ name: string; state: DeviceEnrolment['state'] }> | Refused> {
  const kept = await store.kept(tenant, 'device-enrolment', device);
  if (kept === undefined) return refused('device-unknown');
  const { value, what } = after(kept.value);
  // What was decided is kept for good.
  const write: Kept<'device-enrolment'> = {
    kind: 'device-enrolment',
    key: device,
    value,
    version: kept.version + 1,
  };
  return {
    what,
    effect: { keep: [write] },
    afterwards: async () => {
      await deviceDecided(tenant, device);
      return { name: value.name, state: value.state };
    },
  };
}
