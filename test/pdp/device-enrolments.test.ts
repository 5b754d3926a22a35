// Machines that an operator decided about, in the register: who wins over them, and what they are not.

import { describe, expect, it } from 'vitest';
import type { DeviceEnrolment } from '../../gateway/kept.ts';
import { decide } from '../../gateway/pdp/decide.ts';
import { approved, enrolledDevices, turnedDown } from '../../gateway/pdp/device-enrolments.ts';
import { type DeviceEntry, deviceEntry, type Register } from '../../gateway/pdp/register.ts';
import type { Facts } from '../../gateway/verifier/facts.ts';

const key = 'ab'.repeat(32);
const name = 'lt-9.example';
const seen: DeviceEnrolment = {
  ...{ device: key, name, origin: 'first-seen', state: 'waiting' },
  ...{ certificateNotAfter: 9e12, firstSeenAt: 1, lastSeenAt: 1 },
};
const own: DeviceEnrolment = { ...seen, origin: 'self-enrolled' };
const by = { by: 'an', at: 5 };
const admitted = (one: DeviceEnrolment) => approved(one, { class: 'private-pc' }, by);
const listed: DeviceEntry = { class: 'managed-laptop', state: 'active' };
const stolen: DeviceEntry = { class: 'managed-laptop', state: 'stolen' };

function register(enrolment: DeviceEnrolment | undefined, more: Partial<Register> = {}): Register {
  const enrolled = enrolledDevices(enrolment === undefined ? [] : [enrolment]);
  return { devices: new Map(), groupsByPerson: new Map(), groupsByProfile: new Map(), enrolled, ...more };
}

describe('the entry of a machine', () => {
  const unlisted = { class: 'guest', state: 'active' } as const;
  it.each<[string, DeviceEnrolment | undefined, Partial<Register>, Partial<DeviceEntry> | undefined]>([
    ['that was only seen', seen, {}, undefined],
    ['that was only seen, where unlisted ones are let in', seen, { unlisted }, unlisted],
    ['that was admitted', admitted(seen), {}, { class: 'private-pc', state: 'active' }],
    ['that was admitted for a person', approved(seen, { class: 'x', owner: 'k1-p' }, by), {}, { owner: 'k1-p' }],
    ['that was refused', turnedDown(seen, by), { unlisted }, undefined],
    ['that was admitted and is refused now', turnedDown(admitted(seen), by), { unlisted }, undefined],
    ['with a key of its own that waits', own, { unlisted }, undefined],
    ['that is listed by its key', turnedDown(seen, by), { devices: new Map([[key, listed]]) }, listed],
    ['that is listed by its name', turnedDown(seen, by), { devices: new Map([[name, listed]]) }, listed],
    ['that was stolen under another key', admitted(seen), { keyed: new Map([[name, stolen]]) }, stolen],
    ['whose name another key has', undefined, { keyed: new Map([[name, listed]]), unlisted }, undefined],
    [
      'whose name another key has, and that was admitted all the same',
      admitted(seen),
      { keyed: new Map([[name, listed]]) },
      { class: 'private-pc' },
    ],
  ])('%s', (_, enrolment, more, entry) => {
    const found = deviceEntry(register(enrolment, more), key, name);
    if (entry === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(entry);
  });

  it('keeps its owner when it is admitted into another class', () => {
    const first = approved(seen, { class: 'a', owner: 'k1-p' }, by);
    expect(approved(first, { class: 'b' }, by)).toMatchObject({ class: 'b', owner: 'k1-p', state: 'active' });
  });
});

describe('the facts of a machine', () => {
  function facts(of: Register, liveElsewhere?: boolean): Facts {
    let told: Facts = {};
    const policy = {
      hash: 'h',
      evaluate: (_: unknown, given: Facts) => {
        told = given;
        return { outcome: 'grant', reasons: [], results: [], validUntil: 2, validUntilBecause: 'x' } as const;
      },
    };
    const device = { key, name, certificateNotAfter: 9e12 };
    const more = liveElsewhere === undefined ? {} : { liveElsewhere };
    decide({ tenant: 'town', way: 'ticket', binding: 'ticket', device, ...more }, policy, of, 1);
    return told;
  }

  it('no authority vouches for: it has a class, and no machine certificate', () => {
    const told = facts(register(admitted(own)));
    expect(told).toMatchObject({
      'machine.proven': { value: false },
      'device.class': { value: 'private-pc' },
      'device.state': { value: 'active' },
    });
    expect(facts(register(admitted(seen)))['machine.proven']).toMatchObject({ value: true });
    // Listed by its key, it is still a key that vouches for itself.
    const both = register(admitted(own), { devices: new Map([[key, listed]]) });
    expect(facts(both)).toMatchObject({
      'machine.proven': { value: false },
      'device.class': { value: 'managed-laptop' },
    });
  });

  it('say whether it is in use elsewhere', () => {
    expect(facts(register(undefined))['device.live-elsewhere']).toMatchObject({ value: false });
    expect(facts(register(undefined), true)['device.live-elsewhere']).toMatchObject({ value: true });
  });
});
