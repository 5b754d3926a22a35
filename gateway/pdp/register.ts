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
  /** By name in the machine certificate, or by the SHA-256 of its key; one entry stands under one of them. */
  readonly devices: ReadonlyMap<string, DeviceEntry>;
  /** Entries that stand under a key, by name: another key under that name is not that device, nor just any other. */
  readonly keyed?: ReadonlyMap<string, DeviceEntry>;
  /** For proven machines that nobody listed; absent means that they are `unregistered`. */
  readonly unlisted?: DeviceEntry;
  /** Groups of a person: by pseudonym, else by identity profile. */
  readonly groupsByPerson: ReadonlyMap<string, readonly string[]>;
  readonly groupsByProfile: ReadonlyMap<string, readonly string[]>;
}

/** The entry by key, else by certificate name, else what holds for unlisted devices. */
export function deviceEntry(register: Register, key: string, name: string): DeviceEntry | undefined {
  const own = register.devices.get(key) ?? register.devices.get(name);
  const namesake = own === undefined ? register.keyed?.get(name) : undefined;
  if (namesake === undefined) return own ?? register.unlisted;
  // A stolen laptop with a new key is still stolen; an active one has to be enrolled again, else a copied name would do.
  return namesake.state === 'active' ? undefined : namesake;
}

export function groupsOf(register: Register, pseudonym: string, profile: string): readonly string[] {
  return register.groupsByPerson.get(pseudonym) ?? register.groupsByProfile.get(profile) ?? [];
}
