// The device register and the groups of people: what the institution itself says about a proven machine or person.
// Consulted at every decision; a stolen laptop with a perfect report is still stolen.

export const deviceStates = ['active', 'stolen', 'retired'] as const;
export type DeviceState = (typeof deviceStates)[number];

export interface DeviceEntry {
  readonly class: string;
  readonly state: DeviceState;
  readonly owner?: string;
}

export interface Register {
  /** By name in the machine certificate, or by the SHA-256 of its key. */
  readonly devices: ReadonlyMap<string, DeviceEntry>;
  /** For proven machines that nobody listed; absent means that they are `unregistered`. */
  readonly unlisted?: DeviceEntry;
  /** Groups of a person: by pseudonym, else by identity profile. */
  readonly groupsByPerson: ReadonlyMap<string, readonly string[]>;
  readonly groupsByProfile: ReadonlyMap<string, readonly string[]>;
}

/** The entry by key, else by certificate name, else what holds for unlisted devices. */
export function deviceEntry(register: Register, key: string, name: string): DeviceEntry | undefined {
  return register.devices.get(key) ?? register.devices.get(name) ?? register.unlisted;
}

export function groupsOf(register: Register, pseudonym: string, profile: string): readonly string[] {
  return register.groupsByPerson.get(pseudonym) ?? register.groupsByProfile.get(profile) ?? [];
}
