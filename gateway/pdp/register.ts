// The device register and the groups of people: what the institution itself says about a proven machine or person.
// Consulted at every decision; a stolen laptop with a perfect report is still stolen.

export const deviceStates = ['active', 'stolen', 'retired'] as const;
export type DeviceState = (typeof deviceStates)[number];

export interface DeviceEntry {
  readonly class: string;
  readonly state: DeviceState;
  readonly owner?: string;
}

export interface EnrolledDevice {
  /** Absent: not admitted, or not yet. */
  readonly entry?: DeviceEntry;
  /** No authority vouches for its key. */
  readonly selfEnrolled: boolean;
}

export interface Register {
  /** By name in the machine certificate, or by the SHA-256 of its key; one entry stands under one of them. */
  readonly devices: ReadonlyMap<string, DeviceEntry>;
  /** Entries that stand under a key, by name: another key under that name is not that device, nor just any other. */
  readonly keyed?: ReadonlyMap<string, DeviceEntry>;
  /** By key: those about which an operator decided, or whose key vouches for itself. Whoever is listed is none of them. */
  readonly enrolled?: ReadonlyMap<string, EnrolledDevice>;
  /** For proven machines that nobody listed; absent means that they are `unregistered`. */
  readonly unlisted?: DeviceEntry;
  /** Groups of a person: by pseudonym, else by identity profile. */
  readonly groupsByPerson: ReadonlyMap<string, readonly string[]>;
  readonly groupsByProfile: ReadonlyMap<string, readonly string[]>;
}

/** The entry by key, else by certificate name, else what an operator decided, else what holds for unlisted devices. */
export function deviceEntry(register: Register, key: string, name: string): DeviceEntry | undefined {
  const own = register.devices.get(key) ?? register.devices.get(name);
  if (own !== undefined) return own;
  const namesake = register.keyed?.get(name);
  // A stolen laptop with a new key is still stolen.
  if (namesake !== undefined && namesake.state !== 'active') return namesake;
  const enrolled = register.enrolled?.get(key);
  if (enrolled !== undefined) return enrolled.entry;
  // An active one has to be enrolled again, else a copied name would do.
  return namesake === undefined ? register.unlisted : undefined;
}

export function isSelfEnrolled({ enrolled }: Register, key: string): boolean {
  return enrolled?.get(key)?.selfEnrolled === true;
}

/** `pseudonyms`: that of today first, then those under earlier keys. */
export function groupsOf(register: Register, pseudonyms: readonly string[], profile: string): readonly string[] {
  const known = pseudonyms.find(pseudonym => register.groupsByPerson.has(pseudonym));
  const own = known === undefined ? undefined : register.groupsByPerson.get(known);
  return own ?? register.groupsByProfile.get(profile) ?? [];
}
