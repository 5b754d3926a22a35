// The `devices:` and `people:` parts of the configuration: what the institution itself says about its machines and people,
// here and in the device register that it names.

import {
  choice,
  listOf,
  located,
  mapOf,
  name,
  optional,
  problem,
  type Read,
  type Reading,
  record,
  required,
  type Shape,
  text,
} from './documents/shape.ts';
import { type DeviceRow, deviceColumns, readDeviceRegister } from './pdp/device-register.ts';
import { type DeviceEntry, deviceStates, type Register } from './pdp/register.ts';

/** The file as it was read with the configuration. */
export interface DeviceRegisterFile {
  readonly path: string;
  readonly rows: readonly DeviceRow[];
}

export interface RegisterFiles {
  readonly resolve: (path: string) => string;
  /** Octets; anything else is no register. */
  readonly read: (path: string) => object | undefined;
}

interface Devices {
  readonly listed: ReadonlyMap<string, DeviceEntry>;
  readonly unlisted?: DeviceEntry;
  readonly file?: DeviceRegisterFile;
}

const device = record({
  class: required(name),
  state: optional(choice(...deviceStates), 'active'),
  owner: optional(text(128)),
});

const devices = record({
  register: optional(located(text(1024))),
  listed: optional(mapOf(device), new Map()),
  unlisted: optional(device),
});

export const peopleShape = record({
  'groups-by-pseudonym': optional(mapOf(listOf(name)), new Map()),
  'groups-by-profile': optional(mapOf(listOf(name)), new Map()),
});

/** What is wrong in the register is told in the same pass, under its own name and lines. */
export function devicesShape(files: RegisterFiles): Shape<Devices> {
  return (tree, reading) => {
    const read = devices(tree, reading);
    if (read === undefined) return undefined;
    const listed = new Map([...read.listed].map(([key, found]) => [key, entryOf(found)]));
    const unlisted = read.unlisted === undefined ? {} : { unlisted: entryOf(read.unlisted) };
    if (read.register === undefined) return { listed, ...unlisted };
    const file = registerFile(files, read.register, listed, reading);
    return file === undefined ? undefined : { listed, ...unlisted, file };
  };
}

function registerFile(
  files: RegisterFiles,
  { value, line }: { readonly value: string; readonly line: number },
  listed: ReadonlyMap<string, unknown>,
  reading: Reading,
): DeviceRegisterFile | undefined {
  const path = files.resolve(value);
  const bytes = files.read(path);
  if (!(bytes instanceof Uint8Array)) {
    return problem(reading, line, `cannot read "${path}"`, `put a file there with the line ${deviceColumns.join(',')}`);
  }
  const read = readDeviceRegister(bytes, path, listed);
  if ('rows' in read) return { path, rows: read.rows };
  reading.problems.push(...read.problems);
  return undefined;
}

/** The device register beside it is not in here: it changes while the gateway runs. */
export function configuredRegister(said: Devices | undefined, people: Read<typeof peopleShape> | undefined): Register {
  return {
    devices: said?.listed ?? new Map<string, DeviceEntry>(),
    ...(said?.unlisted === undefined ? {} : { unlisted: said.unlisted }),
    groupsByPerson: people?.['groups-by-pseudonym'] ?? new Map<string, readonly string[]>(),
    groupsByProfile: people?.['groups-by-profile'] ?? new Map<string, readonly string[]>(),
  };
}

function entryOf({ class: kind, state, owner }: Read<typeof device>): DeviceEntry {
  return { class: kind, state, ...(owner === undefined ? {} : { owner }) };
}
