// The country file while the gateway runs: real files that change under it.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readCountries } from '../../gateway/countries-config.ts';
import { type RunningCountries, startCountryFile } from '../../gateway/io/country-file.ts';
import type { Log } from '../../gateway/ports.ts';
import { mmdb } from '../support/mmdb.ts';

const address = '192.0.2.77';
const [first, second] = [mmdb({ '192.0.2.0/24': 'BE' }), mmdb({ '192.0.2.0/24': 'NL' })];

let directory: string;
let path: string;
let running: RunningCountries;
let told: string[];

function start(settleMs = 20): void {
  const countries = readCountries(first);
  if ('wrong' in countries) throw new Error(countries.wrong);
  const tell = (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
    void told.push(typeof fields['because'] === 'string' ? `${event}: ${fields['because']}` : event);
  const log: Log = { info: tell, warn: tell, error: tell };
  running = startCountryFile({ file: { path, countries }, log, everyMs: 60_000, settleMs });
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-countries-'));
  path = join(directory, 'countries.mmdb');
  writeFileSync(path, first);
  told = [];
});
afterEach(async () => {
  await running.close();
  rmSync(directory, { recursive: true });
});

describe('a country file', () => {
  it('is taken over when it is replaced, once', async () => {
    start();
    await running.look();
    expect(running.of(address)).toBe('BE');
    writeFileSync(`${path}.new`, second);
    renameSync(`${path}.new`, path);
    await running.look();
    expect(running.of(address)).toBe('NL');
    await running.look();
    expect(told).toEqual(['country-file-replaced']);
  });

  it('that was replaced between the configuration and the first look is taken over as well', async () => {
    writeFileSync(path, second);
    start();
    await running.look();
    expect(running.of(address)).toBe('NL');
  });

  it.each([
    ['broken', () => writeFileSync(path, 'half a file'), 'country-file-refused: is not in the MaxMind DB format'],
    [
      'about something else',
      () => writeFileSync(path, mmdb({ '192.0.2.0/24': 'NL' }, { type: 'GeoLite2-ASN' })),
      'country-file-refused: names no countries: its type is "GeoLite2-ASN"',
    ],
    ['gone', () => rmSync(path), 'country-file-refused'],
  ])('that is %s never replaces a good one, and a good one comes after it', async (_, change, line) => {
    start();
    await running.look();
    change();
    await running.look();
    expect(running.of(address)).toBe('BE');
    expect(told).toEqual([line]);
    await running.look();
    expect(told).toEqual([line]);
    writeFileSync(path, second);
    await running.look();
    expect(running.of(address)).toBe('NL');
  });

  it('that is still being written waits for the next look', async () => {
    start(200);
    await running.look();
    const looking = vi.fn();
    writeFileSync(path, second.subarray(0, 40));
    const look = running.look().then(looking);
    await new Promise(resolve => setTimeout(resolve, 100));
    writeFileSync(path, second);
    await look;
    expect(running.of(address)).toBe('BE');
    await running.look();
    expect(running.of(address)).toBe('NL');
    expect(told).toEqual(['country-file-replaced']);
  });
});
