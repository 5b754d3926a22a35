// What operators decided about machines that nobody listed, as the register looks it up; and what such a machine becomes by
// their decision. Pure: from what is kept to what is looked up, and from one kept record to the next.

import type { DeviceEnrolment } from '../kept.ts';
import type { EnrolledDevice } from './register.ts';

/** One that was only seen is as unlisted as any other; a key that vouches for itself never is. */
export function enrolledDevices(all: readonly DeviceEnrolment[]): ReadonlyMap<string, EnrolledDevice> {
  return new Map(
    all
      .filter(({ state, origin }) => state !== 'waiting' || origin === 'self-enrolled')
      .map(each => [each.device, enrolledDevice(each)]),
  );
}

function enrolledDevice({ state, origin, class: kind, owner }: DeviceEnrolment): EnrolledDevice {
  const selfEnrolled = origin === 'self-enrolled';
  if (state !== 'active' || kind === undefined) return { selfEnrolled };
  return { entry: { class: kind, state: 'active', ...(owner === undefined ? {} : { owner }) }, selfEnrolled };
}

export interface EnrolmentDecision {
  /** Name of the operator. */
  readonly by: string;
  readonly at: number;
}

export function approved(
  before: DeviceEnrolment,
  { class: kind, owner }: { readonly class: string; readonly owner?: string },
  { by, at }: EnrolmentDecision,
): DeviceEnrolment {
  const whose = owner === undefined ? {} : { owner };
  return { ...before, ...whose, class: kind, state: 'active', decidedBy: by, decidedAt: at };
}

export function turnedDown(before: DeviceEnrolment, { by, at }: EnrolmentDecision): DeviceEnrolment {
  return { ...before, state: 'refused', decidedBy: by, decidedAt: at };
}
