// The device register while the gateway runs: its file is looked at when the system tells of a change, and every few seconds
// in any case. A new register replaces the old one whole; a broken one changes nothing but a log line. Live sessions of a
// machine that was lost meanwhile are named.

import { watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { csvLimits } from '../documents/csv.ts';
import type { Problem } from '../documents/yaml-tree.ts';
import { type LostDeviceRow, newlyLost } from '../pdp/device-changes.ts';
import { countsByState, type DeviceRows, readDeviceRegister, withDevices } from '../pdp/device-register.ts';
import type { Register } from '../pdp/register.ts';
import type { Session } from '../pdp/session.ts';
import type { AdmissionStore, Log } from '../ports.ts';
import type { DeviceRegisterFile } from '../register-config.ts';
import { problemLines } from './configuration.ts';
import { stateOf } from './file-state.ts';

export interface DeviceRegisterOptions {
  readonly tenant: string;
  /** What the configuration says; the file stands beside it. */
  readonly configured: Register;
  readonly file: DeviceRegisterFile;
  readonly store: Pick<AdmissionStore, 'sessions'>;
  readonly log: Log;
  /** `current` gives another register from now on. */
  readonly changed: () => void;
  /** These are still open. */
  readonly lost: (found: SessionsOfLostDevice) => void;
  readonly everyMs?: number;
  /** How long the file must have been left alone: half of it must not pass for a register. */
  readonly settleMs?: number;
}

export interface DeviceRegister {
  readonly current: () => Register;
  /** Looks now. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const problemsInLog = 20;
const sessionsAtOnce = 5_000;

export function startDeviceRegister(options: DeviceRegisterOptions): DeviceRegister {
  const { configured, file, log, everyMs = 5_000, settleMs = 200 } = options;
  let { rows } = file;
  let current = withDevices(configured, rows);
  /** Nothing has been seen yet: the file may have changed since the configuration was read. */
  let seen = '';
  /** Their sessions are still to be named: at first, those of all that were lost while nobody looked. */
  let lost = newlyLost([], rows);
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;

  async function lookOnce(): Promise<void> {
    let state = await stateOf(file.path);
    while (state !== seen && !closed) {
      await after(settleMs);
      const settled = await stateOf(file.path);
      if (settled === state) {
        seen = state;
        take(await readRegisterFile(file.path, configured.devices));
      }
      state = await stateOf(file.path);
    }
    await nameSessions();
  }

  function take(read: DeviceRows): void {
    if ('problems' in read) {
      const problems = problemLines(read.problems.slice(0, problemsInLog));
      log.error('register-refused', { path: file.path, found: read.problems.length, problems });
      return;
    }
    const before = rows;
    if (JSON.stringify(before) === JSON.stringify(read.rows)) return;
    rows = read.rows;
    current = withDevices(configured, rows);
    lost = [...lost, ...newlyLost(before, rows)];
    options.changed();
    log.info('register-replaced', { path: file.path, ...countsByState(rows) });
  }

  async function nameSessions(): Promise<void> {
    if (lost.length === 0) return;
    const concerned = lost;
    try {
      for (const found of await sessionsOf(concerned, options)) {
        log.warn('sessions-of-lost-device', { ...found });
        options.lost(found);
      }
      lost = lost.filter(row => !concerned.includes(row));
    } catch (error) {
      // The store is down: the next look asks again, and no machine is forgotten until it has answered.
      log.warn('sessions-of-lost-device-unknown', { devices: concerned.length, error });
    }
  }

  const look = (): Promise<void> => {
    again = true;
    running ??= (async () => {
      while (again && !closed) {
        again = false;
        await lookOnce();
      }
    })().finally(() => (running = undefined));
    return running;
  };

  const timer = setInterval(() => void look(), everyMs);
  const stopWatching = watchBeside(file.path, () => void look(), log);
  void look();
  return {
    current: () => current,
    look,
    close: async () => {
      closed = true;
      clearInterval(timer);
      stopWatching();
      await running;
    },
  };
}

/** The file as it is now: rows, or what is wrong with it. */
async function readRegisterFile(
  path: string,
  listed: { readonly has: (nameOrKey: string) => boolean },
): Promise<DeviceRows> {
  const wrong = (message: string, remedy: string): DeviceRows => {
    const problem: Problem = { file: path, line: 1, message, remedy };
    return { problems: [problem] };
  };
  try {
    const found = await stat(path);
    if (!found.isFile()) return wrong('is not a file', 'put a file there');
    if (found.size > csvLimits.bytes) {
      return wrong(`the file has ${found.size} bytes, the limit is ${csvLimits.bytes}`, 'leave out what nobody needs');
    }
    return readDeviceRegister(await readFile(path), path, listed);
  } catch (error) {
    // Gone, or not ours to read: what an admin can mend is a problem of the file like any other.
    const message = error instanceof Error ? error.message : String(error);
    return wrong(`cannot be read: ${message}`, 'put the file there, readable for this user');
  }
}

/** The folder, because a file that is replaced is another file. */
function watchBeside(path: string, changed: () => void, log: Log): () => void {
  // A folder that cannot be watched is still looked at every few seconds.
  const unwatched = (error: unknown): void => log.warn('register-unwatched', { path, error });
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) changed();
    });
    watcher.on('error', unwatched);
    return () => watcher.close();
  } catch (error) {
    unwatched(error);
    return () => undefined;
  }
}

export interface SessionsOfLostDevice {
  readonly tenant: string;
  readonly device: string;
  readonly state: LostDeviceRow['state'];
  readonly sessions: readonly string[];
}

async function sessionsOf(
  lost: readonly LostDeviceRow[],
  { tenant, store, log }: DeviceRegisterOptions,
): Promise<readonly SessionsOfLostDevice[]> {
  const live = async (device?: string): Promise<readonly Session[]> => {
    const which = { tenant, ...(device === undefined ? {} : { device }), limit: sessionsAtOnce };
    const [decided, started] = await Promise.all([
      store.sessions({ ...which, state: 'decided' }),
      store.sessions({ ...which, state: 'started' }),
    ]);
    if ([decided, started].some(some => some.length === sessionsAtOnce)) {
      log.warn('sessions-of-lost-device-truncated', { sessionsAtOnce });
    }
    return [...decided, ...started];
  };
  // Only the store's index of keys is quick; a row without one is looked for among all live sessions, once for all rows.
  const all = lost.some(({ key }) => key === '') ? await live() : [];
  const found: SessionsOfLostDevice[] = [];
  for (const { name, key, state } of lost) {
    const theirs = key === '' ? all.filter(session => session.deviceName === name) : await live(key);
    if (theirs.length > 0) found.push({ tenant, device: name, state, sessions: theirs.map(({ id }) => id) });
  }
  return found;
}
