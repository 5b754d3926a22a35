// The country file while the gateway runs: looked at every minute, taken over whole once it has been left alone for a moment. A
// file that cannot be used changes nothing but a log line.

import { readFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { type CountryFile, readCountries } from '../countries-config.ts';
import type { Countries, Log } from '../ports.ts';
import { stateOf } from './file-state.ts';

export interface CountryFileOptions {
  readonly file: CountryFile;
  readonly log: Log;
  readonly everyMs?: number;
  readonly settleMs?: number;
}

export interface RunningCountries extends Countries {
  /** Looks now. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export function startCountryFile({
  file: { path, countries },
  log,
  everyMs = 60_000,
  settleMs = 1_000,
}: CountryFileOptions): RunningCountries {
  let current = countries;
  /** Nothing has been seen yet: the file may have changed since the configuration was read. */
  let seen = '';
  let running: Promise<void> | undefined;

  async function lookOnce(): Promise<void> {
    const state = await stateOf(path);
    if (state === seen) return;
    await after(settleMs);
    // Still being written: the next look takes it.
    if ((await stateOf(path)) !== state) return;
    const isFirst = seen === '';
    seen = state;
    await take(isFirst);
  }

  async function take(isFirst: boolean): Promise<void> {
    try {
      const read = readCountries(await readFile(path));
      if ('wrong' in read) return log.error('country-file-refused', { path, because: read.wrong });
      current = read;
      if (!isFirst) log.info('country-file-replaced', { path });
    } catch (error) {
      // Gone, or not ours to read: what is known of addresses stays as it was.
      log.error('country-file-refused', { path, error });
    }
  }

  const look = (): Promise<void> => {
    running ??= lookOnce().finally(() => (running = undefined));
    return running;
  };

  const timer = setInterval(() => void look(), everyMs);
  void look();
  return {
    of: address => current.of(address),
    look,
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
