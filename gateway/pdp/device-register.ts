// The device register as a file of its own: CSV → rows, rows → what is looked up, and back. One row, one machine.
// A row that knows its machine's key is found by that key alone: another key under the same name is not that machine.

import { parseDay } from '../documents/calendar-day.ts';
import { type CsvRow, readCsv, writeCsv } from '../documents/csv.ts';
import type { Problem } from '../documents/yaml-tree.ts';
import { type DeviceEntry, type DeviceState, deviceStates, type Register } from './register.ts';

export const deviceColumns = ['name', 'key', 'serial', 'owner', 'class', 'state', 'enrolled', 'note'] as const;
type Column = (typeof deviceColumns)[number];

/** Empty text: the register does not say. */
export interface DeviceRow extends Readonly<Record<Column, string>> {
  readonly state: DeviceState;
}

export type DeviceRows = { readonly rows: readonly DeviceRow[] } | { readonly problems: readonly Problem[] };

interface Rule {
  readonly holds: (value: string) => boolean;
  readonly expected: string;
}

const keyHash = /^[0-9a-f]{64}$/;
const word = /^[a-z0-9][a-z0-9.-]{0,62}$/;
const atMost = (length: number): Rule => ({
  holds: value => value.length <= length,
  expected: `text of at most ${length} characters`,
});

const rules: Readonly<Record<Column, Rule>> = {
  // A name that looks like a key would be taken for one.
  name: {
    holds: value =>
      value.length > 0 &&
      value.length <= 255 &&
      value.trim() === value &&
      !/[\r\n\t]/.test(value) &&
      !keyHash.test(value),
    expected: 'the name in the machine certificate',
  },
  key: {
    holds: value => value === '' || keyHash.test(value),
    expected: 'the SHA-256 of the key, 64 digits of 0-9 a-f',
  },
  serial: atMost(64),
  owner: atMost(128),
  class: { holds: value => word.test(value), expected: 'a word of a-z 0-9 . -' },
  state: {
    holds: value => deviceStates.some(state => state === value),
    expected: `one of: ${deviceStates.join(', ')}`,
  },
  enrolled: { holds: value => value === '' || parseDay(value) !== undefined, expected: 'a date such as 2026-03-31' },
  note: atMost(1_000),
};

/** `listed` are the names and keys of the configuration: a machine has one entry, here or there. */
export function readDeviceRegister(
  bytes: Uint8Array,
  file: string,
  listed: { readonly has: (nameOrKey: string) => boolean },
): DeviceRows {
  const read = readCsv(bytes, file, { known: deviceColumns, required: ['name', 'class', 'state'] });
  if ('problems' in read) return read;
  const problems: Problem[] = [];
  const lineOf = new Map<string, number>();
  const check = ({ line, fields }: CsvRow<Column>): void => {
    const wrong = (message: string, remedy: string) => void problems.push({ file, line, message, remedy });
    for (const column of deviceColumns) {
      const { holds, expected } = rules[column];
      const value = fields[column];
      if (holds(value)) continue;
      const seen = JSON.stringify(value.slice(0, 80));
      wrong(`column "${column}": ${seen} is not ${expected}`, `write ${expected}`);
    }
    for (const column of ['name', 'key'] as const) {
      const value = fields[column];
      if (value === '') continue;
      const before = lineOf.get(value);
      if (before !== undefined) {
        wrong(`${column} ${JSON.stringify(value)} stands on line ${before} already`, 'keep one of the two lines');
      } else lineOf.set(value, line);
      if (listed.has(value)) {
        wrong(
          `${column} ${JSON.stringify(value)} is also under devices: listed in the configuration`,
          'keep it in one place',
        );
      }
    }
  };
  for (const row of read.rows) check(row);
  // The rule of its column has just held for `state`.
  return problems.length > 0 ? { problems } : { rows: read.rows.map(({ fields }) => fields as DeviceRow) };
}

export function writeDeviceRegister(rows: readonly DeviceRow[]): string {
  return writeCsv(deviceColumns, rows);
}

/** What the configuration says, with the rows beside it. */
export function withDevices(register: Register, rows: readonly DeviceRow[]): Register {
  const devices = new Map(register.devices);
  const keyed = new Map<string, DeviceEntry>();
  for (const { name, key, class: kind, state, owner } of rows) {
    const entry = { class: kind, state, ...(owner === '' ? {} : { owner }) };
    devices.set(key === '' ? name : key, entry);
    if (key !== '') keyed.set(name, entry);
  }
  return { ...register, devices, keyed };
}

export function countsByState(rows: readonly DeviceRow[]): Readonly<Record<DeviceState, number>> {
  const counts = { active: 0, stolen: 0, retired: 0 };
  for (const { state } of rows) counts[state] += 1;
  return counts;
}
