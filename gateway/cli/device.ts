// `sluis device list | show | import | set-state | enrol`: the device register that a configuration names. An edit replaces
// the file whole and says what changed; a running gateway takes it over by itself. Machines that stand in no file are decided
// about in `device-waiting.ts`.
// Exit codes: 0 done, 1 the answer is no, 2 not understood or not readable.

import { readFileSync } from 'node:fs';
import { loadConfig, problemLines } from '../io/configuration.ts';
import { editDeviceRegister } from '../io/device-register-edit.ts';
import { type ChangedRows, changesBetween, withEnrolment, withImported, withState } from '../pdp/device-changes.ts';
import { countsByState, type DeviceRow, deviceColumns, readDeviceRegister } from '../pdp/device-register.ts';
import { type DeviceState, deviceStates, type Register } from '../pdp/register.ts';
import { CommandStopped, exitCodeOf, readArguments, type Surroundings } from './read-client.ts';
import { block, plain, short, table } from './read-view.ts';

const usage = `sluis device list [--state ${deviceStates.join('|')}] [--json] --config FILE
       sluis device show NAME [--json] --config FILE
       sluis device import FILE.csv --config FILE
       sluis device set-state NAME ${deviceStates.join('|')} --note TEXT --config FILE
       sluis device enrol NAME --key SHA256-HEX --class CLASS [--replace-key] --config FILE`;

const options = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  state: { type: 'string' },
  note: { type: 'string' },
  key: { type: 'string' },
  class: { type: 'string' },
  'replace-key': { type: 'boolean' },
} as const;

/** What each command takes beside `--config`. */
const taken: Readonly<Record<string, readonly string[]>> = {
  list: ['state', 'json'],
  show: ['json'],
  import: [],
  'set-state': ['note'],
  enrol: ['key', 'class', 'replace-key'],
};

interface OpenRegister {
  readonly path: string;
  readonly rows: readonly DeviceRow[];
  readonly listed: Register['devices'];
}

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command = '', first, second, ...more] = positionals;
    const foreign = Object.keys(values).filter(name => name !== 'config' && taken[command]?.includes(name) !== true);
    if (foreign.length > 0 || more.length > 0) throw notUnderstood();
    const named = first !== undefined && second === undefined;
    if (command === 'list' && first === undefined) {
      const state = values.state === undefined ? undefined : stateOf(values.state);
      const rows = openRegister(values.config).rows.filter(row => state === undefined || row.state === state);
      write(values.json === true ? `${JSON.stringify(rows, null, 2)}\n` : listOf(rows));
      return 0;
    }
    if (command === 'show' && named) {
      const { rows, path } = openRegister(values.config);
      const row = rows.find(({ name, key }) => name === first || key === first);
      if (row === undefined) throw new CommandStopped(1, `${plain(first)} is not in ${path}`);
      const pairs = deviceColumns.map(column => [column, row[column]] as const);
      write(values.json === true ? `${JSON.stringify(row, null, 2)}\n` : block(pairs));
      return 0;
    }
    if (command === 'import' && named) {
      const register = openRegister(values.config);
      const imported = readImport(first, register.listed);
      return change(register, rows => {
        const changed = withImported(rows, imported);
        for (const name of changed.keptLost ?? []) {
          write(`${plain(name)}: not taken back into service; that is for sluis device set-state\n`);
        }
        return changed;
      });
    }
    if (command === 'set-state' && first !== undefined && second !== undefined) {
      const { note } = values;
      if (note === undefined) throw new CommandStopped(2, `Say why with --note TEXT\nUsage: ${usage}`);
      const state = stateOf(second);
      return change(openRegister(values.config), rows => withState(rows, first, state, note));
    }
    if (command === 'enrol' && named && values.key !== undefined && values.class !== undefined) {
      const enrolment = {
        name: first,
        // As other programs write a fingerprint: capitals, and a colon between octets.
        key: values.key.replaceAll(':', '').toLowerCase(),
        class: values.class,
        enrolled: new Date().toISOString().slice(0, 10),
        replaceKey: values['replace-key'] === true,
      };
      return change(openRegister(values.config), rows => withEnrolment(rows, enrolment));
    }
    throw notUnderstood();
  });

  function change({ path, listed }: OpenRegister, edit: (rows: readonly DeviceRow[]) => ChangedRows): number {
    const edited = editedOrStopped(path, listed, edit);
    if ('refused' in edited) throw new CommandStopped(1, plain(edited.refused));
    if ('problems' in edited) throw new CommandStopped(2, problemLines(edited.problems).map(plain).join('\n'));
    const changes = changesBetween(edited.before, edited.after);
    for (const { name, column, from, to } of changes) {
      write(`${plain(name)}: ${column} ${from === '' ? '-' : plain(from)} → ${to === '' ? '-' : plain(to)}\n`);
    }
    write(changes.length === 0 ? 'Nothing changed.\n' : `${path}: ${countsOf(edited.after)}\n`);
    return 0;
  }
}

function editedOrStopped(...[path, listed, edit]: Parameters<typeof editDeviceRegister>) {
  try {
    return editDeviceRegister(path, listed, edit);
  } catch (error) {
    // No space, no right to write there: the register is as it was, and the system's words say what to mend.
    throw new CommandStopped(2, `${path} was not changed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function openRegister(config: string | undefined): OpenRegister {
  if (config === undefined) throw new CommandStopped(2, `Name the configuration with --config FILE\nUsage: ${usage}`);
  const loaded = loadConfig(config);
  if ('problems' in loaded) throw new CommandStopped(2, problemLines(loaded.problems).map(plain).join('\n'));
  const { deviceRegister, register } = loaded.config;
  if (deviceRegister !== undefined) return { ...deviceRegister, listed: register.devices };
  throw new CommandStopped(2, `${config} names no device register: add devices: { register: devices.csv }`);
}

function readImport(path: string, listed: Register['devices']): readonly DeviceRow[] {
  const read = readDeviceRegister(bytesOf(path), path, listed);
  if ('rows' in read) return read.rows;
  throw new CommandStopped(2, problemLines(read.problems).map(plain).join('\n'));
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    // Which file to import is an argument: the system's words say what is wrong with it.
    throw new CommandStopped(2, error instanceof Error ? error.message : String(error));
  }
}

function stateOf(word: string): DeviceState {
  const state = deviceStates.find(each => each === word);
  if (state !== undefined) return state;
  throw new CommandStopped(2, `"${plain(word)}" is no state; use one of: ${deviceStates.join(', ')}`);
}

function listOf(rows: readonly DeviceRow[]): string {
  if (rows.length === 0) return 'No devices.\n';
  const cells = rows.map(row => [
    row.name,
    row.state,
    row.class,
    row.owner,
    row.serial,
    row.enrolled,
    short(row.key === '' ? undefined : row.key),
    row.note,
  ]);
  return table(['NAME', 'STATE', 'CLASS', 'OWNER', 'SERIAL', 'ENROLLED', 'KEY', 'NOTE'], cells);
}

function countsOf(rows: readonly DeviceRow[]): string {
  return Object.entries(countsByState(rows))
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}

function notUnderstood(): CommandStopped {
  return new CommandStopped(2, `Usage: ${usage}`);
}
