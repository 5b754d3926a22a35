// Changes of the device register: rows in, rows out, and what differs. Nothing that the register knows gets lost on the way.

import { type DeviceRow, deviceColumns } from './device-register.ts';
import type { DeviceState } from './register.ts';

/** The new rows, or in words why there are none. */
export type ChangedRows = { readonly rows: readonly DeviceRow[] } | { readonly refused: string };

export function withState(rows: readonly DeviceRow[], name: string, state: DeviceState, note: string): ChangedRows {
  if (!rows.some(row => row.name === name)) return { refused: `${name} is not in the register` };
  return { rows: rows.map(row => (row.name === name ? { ...row, state, note } : row)) };
}

export interface Enrolment {
  readonly name: string;
  readonly key: string;
  readonly class: string;
  /** The day of it. */
  readonly enrolled: string;
  /** The machine has a new key on purpose. */
  readonly replaceKey: boolean;
}

/** A new row, or the key for a row that waited for one. A state stays what it is. */
export function withEnrolment(rows: readonly DeviceRow[], enrolment: Enrolment): ChangedRows {
  const { name, key, class: kind, enrolled, replaceKey } = enrolment;
  const holder = rows.find(row => row.key === key && row.name !== name);
  if (holder !== undefined) return { refused: `${holder.name} has that key already` };
  const known = rows.find(row => row.name === name);
  if (known === undefined) {
    const row = { name, key, serial: '', owner: '', class: kind, state: 'active', enrolled, note: '' } as const;
    return { rows: [...rows, row] };
  }
  if (known.key !== '' && known.key !== key && !replaceKey) {
    return { refused: `${name} has another key already; if it was given a new one on purpose, add --replace-key` };
  }
  return { rows: rows.map(row => (row === known ? { ...row, key, class: kind, enrolled } : row)) };
}

/**
 * Rows of another file win by name, but an empty field takes nothing away, and a machine that is stolen or retired is
 * never taken back into service by the way: an export of an asset list knows nothing of a theft.
 */
export function withImported(
  rows: readonly DeviceRow[],
  imported: readonly DeviceRow[],
): ChangedRows & { readonly keptLost?: readonly string[] } {
  const byName = new Map(rows.map(row => [row.name, row]));
  const keptLost: string[] = [];
  for (const row of imported) {
    const known = byName.get(row.name);
    if (known !== undefined && known.key !== '' && row.key !== '' && known.key !== row.key) {
      return { refused: `${row.name} has another key already; see sluis device enrol --replace-key` };
    }
    const keepsState = known !== undefined && isLost(known) && !isLost(row);
    if (keepsState) keptLost.push(row.name);
    const said = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== ''));
    byName.set(row.name, { ...row, ...known, ...said, state: keepsState ? known.state : row.state });
  }
  return { rows: [...byName.values()], keptLost };
}

export interface DeviceChange {
  readonly name: string;
  readonly column: string;
  readonly from: string;
  readonly to: string;
}

/** Column by column; a new row is a change from nothing. */
export function changesBetween(before: readonly DeviceRow[], after: readonly DeviceRow[]): readonly DeviceChange[] {
  const known = new Map(before.map(row => [row.name, row]));
  return after.flatMap(row =>
    deviceColumns
      .filter(column => column !== 'name')
      .map(column => ({ name: row.name, column, from: known.get(row.name)?.[column] ?? '', to: row[column] }))
      .filter(({ from, to }) => from !== to),
  );
}

export type LostDeviceRow = DeviceRow & { readonly state: Exclude<DeviceState, 'active'> };

/** Machines that nobody should be using any more, and that the register did not call so before. */
export function newlyLost(before: readonly DeviceRow[], after: readonly DeviceRow[]): readonly LostDeviceRow[] {
  const known = new Set(before.filter(isLost).map(identityOf));
  return after.filter(isLost).filter(row => !known.has(identityOf(row)));
}

function isLost(row: DeviceRow): row is LostDeviceRow {
  return row.state !== 'active';
}

function identityOf({ name, key }: DeviceRow): string {
  return JSON.stringify([name, key]);
}
