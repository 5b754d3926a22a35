// The device register while the gateway runs: real files that change under it, and a real store that knows the sessions.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type DeviceRegister,
  type SessionsOfLostDevice,
  startDeviceRegister,
} from '../../gateway/io/device-register.ts';
import { editDeviceRegister } from '../../gateway/io/device-register-edit.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { openLog } from '../../gateway/io/log.ts';
import { withState } from '../../gateway/pdp/device-changes.ts';
import { type DeviceRow, readDeviceRegister } from '../../gateway/pdp/device-register.ts';
import { deviceEntry, type Register } from '../../gateway/pdp/register.ts';
import type { AdmissionStore } from '../../gateway/ports.ts';
import { deviceHash, now, session } from '../contracts/admission-store-samples.ts';

const header = 'name,key,serial,owner,class,state,enrolled,note\n';
const line = (name: string, key: string, state: string) => `${name},${key},,,laptop,${state},,\n`;
const other = 'd2'.repeat(32);
const good = `${header}${line('LT-0042', deviceHash, 'active')}${line('LT-0043', '', 'active')}`;
const configured: Register = {
  devices: new Map([['LT-9999', { class: 'x', state: 'active' }]]),
  groupsByPerson: new Map(),
  groupsByProfile: new Map(),
};

let folder: string;
let directory: string;
let path: string;
let store: EmbeddedStore;
let register: DeviceRegister | undefined;
let changes: number;
let lostFound: SessionsOfLostDevice[];
let events: { event: string; level: string; [field: string]: unknown }[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-register-'));
  store = await openEmbeddedStore({ path: join(folder, 'sluis.db'), writer: 'g' });
  const sessions = [
    session('S-1', { device: deviceHash, deviceName: 'LT-0042', state: 'started', startedAt: now }),
    session('S-2', { device: deviceHash, deviceName: 'LT-0042' }),
    session('S-3', { device: deviceHash, deviceName: 'LT-0042', state: 'stopped', stoppedAt: now }),
    session('S-4', { device: other, deviceName: 'LT-0043' }),
  ];
  for (const each of sessions) {
    await store.commit({ tenant: 'town', at: now, session: { session: each, expectedVersion: 0 } });
  }
});

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  directory = mkdtempSync(join(folder, 'etc-'));
  path = join(directory, 'devices.csv');
  writeFileSync(path, good, { mode: 0o600 });
  changes = 0;
  lostFound = [];
  events = [];
});

afterEach(async () => {
  await register?.close();
  register = undefined;
});

function rowsOf(text: string): readonly DeviceRow[] {
  const read = readDeviceRegister(Buffer.from(text), path, configured.devices);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.rows;
}

function start(
  text = good,
  more: { everyMs?: number; settleMs?: number; store?: Pick<AdmissionStore, 'sessions'> } = {},
): DeviceRegister {
  const log = openLog({
    gateway: 'g',
    stream: { write: entry => events.push(JSON.parse(entry) as (typeof events)[number]) },
  });
  register = startDeviceRegister({
    tenant: 'town',
    configured,
    file: { path, rows: rowsOf(text) },
    store,
    log,
    changed: () => (changes += 1),
    lost: found => void lostFound.push(found),
    everyMs: 60_000,
    settleMs: 20,
    ...more,
  });
  return register;
}

/** Whole, as `sluis device` and careful editors do it. */
function replace(text: string): void {
  writeFileSync(`${path}.draft`, text);
  renameSync(`${path}.draft`, path);
}

const named = (event: string) => events.filter(each => each.event === event);
const stateOf = (key: string, name: string) => register && deviceEntry(register.current(), key, name)?.state;

describe('a register that changes', () => {
  it('is taken over when its file is replaced, and the sessions of a stolen machine are named', async () => {
    const running = start();
    await running.look();
    expect([changes, events]).toEqual([0, []]);
    expect(stateOf(deviceHash, 'LT-0042')).toBe('active');
    replace(good.replace('active', 'stolen'));
    await vi.waitFor(() => expect(named('sessions-of-lost-device')).toHaveLength(1), 5_000);
    expect(stateOf(deviceHash, 'LT-0042')).toBe('stolen');
    expect(stateOf(other, 'LT-9999')).toBe('active');
    expect(changes).toBe(1);
    expect(named('register-replaced')).toMatchObject([{ level: 'info', active: 1, stolen: 1, retired: 0 }]);
    const [lost] = named('sessions-of-lost-device');
    expect(lost).toMatchObject({ level: 'warn', tenant: 'town', device: 'LT-0042', state: 'stolen' });
    expect([...(lost?.['sessions'] as string[])].sort()).toEqual(['S-1', 'S-2']);
    expect(lostFound).toMatchObject([
      { tenant: 'town', device: 'LT-0042', state: 'stolen', sessions: lost?.['sessions'] },
    ]);
    await running.look();
    expect(named('sessions-of-lost-device')).toHaveLength(1);
  });

  it('names the sessions of a machine that it knows by name only', async () => {
    const running = start();
    replace(`${header}${line('LT-0042', deviceHash, 'active')}${line('LT-0043', '', 'retired')}`);
    await running.look();
    expect(named('sessions-of-lost-device')).toMatchObject([{ device: 'LT-0043', sessions: ['S-4'] }]);
  });

  it('is taken over when it is written in place, but never half of it', async () => {
    const running = start(good, { settleMs: 300 });
    await running.look();
    writeFileSync(path, header);
    const looking = running.look();
    await new Promise(resolve => setTimeout(resolve, 50));
    writeFileSync(path, good.replaceAll('active', 'retired'));
    await looking;
    expect(named('register-replaced')).toMatchObject([{ active: 0, retired: 2 }]);
  });

  it('is looked at every so often, whatever the system tells', async () => {
    start(good, { everyMs: 30 });
    rmSync(directory, { recursive: true });
    await vi.waitFor(() => expect(named('register-refused')).toHaveLength(1), 5_000);
    // The folder that was watched is gone for good; its successor is another one.
    mkdirSync(directory);
    writeFileSync(path, good.replace('active', 'stolen'));
    await vi.waitFor(() => expect(stateOf(deviceHash, 'LT-0042')).toBe('stolen'), 5_000);
  });

  it('has its problems told once, and the last good one stays', async () => {
    const running = start();
    replace(`${good}${line('LT-0042', '', 'lost')}`);
    await running.look();
    await running.look();
    expect(named('register-refused')).toMatchObject([{ level: 'error', path, found: 2 }]);
    const problems = named('register-refused')[0]?.['problems'] as string[];
    expect(problems[0]).toContain(`${path}:4: `);
    expect(stateOf(deviceHash, 'LT-0042')).toBe('active');
    rmSync(path);
    await running.look();
    expect(named('register-refused')).toHaveLength(2);
    expect(stateOf(deviceHash, 'LT-0042')).toBe('active');
    expect(changes).toBe(0);
    replace(good.replace('active', 'stolen'));
    await running.look();
    expect(stateOf(deviceHash, 'LT-0042')).toBe('stolen');
  });

  it('may have changed between the reading of the configuration and the start', async () => {
    replace(good.replace('active', 'stolen'));
    const running = start(good);
    await running.look();
    expect(stateOf(deviceHash, 'LT-0042')).toBe('stolen');
  });

  it('names at the start what was lost while nobody looked', async () => {
    const lost = good.replace('active', 'stolen');
    replace(lost);
    await start(lost).look();
    expect(named('register-replaced')).toEqual([]);
    expect(named('sessions-of-lost-device')).toMatchObject([{ device: 'LT-0042' }]);
  });

  it('asks again after a store that did not answer', async () => {
    let down = true;
    const sessions: AdmissionStore['sessions'] = query =>
      down ? Promise.reject(new Error('the store is down')) : store.sessions(query);
    const running = start(good, { store: { sessions } });
    replace(good.replace('active', 'stolen'));
    await running.look();
    expect(stateOf(deviceHash, 'LT-0042')).toBe('stolen');
    expect(named('sessions-of-lost-device-unknown').length).toBeGreaterThan(0);
    down = false;
    await running.look();
    expect(named('sessions-of-lost-device')).toMatchObject([{ device: 'LT-0042' }]);
  });
});

describe('an edit', () => {
  const stolen = (rows: readonly DeviceRow[]) => withState(rows, 'LT-0042', 'stolen', 'train, 8:15');

  it('replaces the file whole, with its mode, and through a link', () => {
    chmodSync(path, 0o640);
    const link = join(directory, 'link.csv');
    symlinkSync(path, link);
    const before = statSync(path).ino;
    expect(editDeviceRegister(link, configured.devices, stolen)).toHaveProperty('after');
    expect(readFileSync(path, 'utf8')).toBe(
      good.replace(line('LT-0042', deviceHash, 'active'), `LT-0042,${deviceHash},,,laptop,stolen,,"train, 8:15"\n`),
    );
    expect(statSync(path).mode % 0o1000).toBe(0o640);
    expect(statSync(path).ino).not.toBe(before);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it.each([
    [
      'that would not read back',
      (rows: readonly DeviceRow[]) => withState(rows, 'LT-0042', 'stolen', 'x'.repeat(2_000)),
    ],
    ['of a machine that is not there', (rows: readonly DeviceRow[]) => withState(rows, 'LT-1', 'stolen', '')],
    ['that fails', () => ({ refused: 'no' })],
  ])('%s leaves the file as it was', (_, edit) => {
    const before = statSync(path).ino;
    expect(editDeviceRegister(path, configured.devices, edit)).not.toHaveProperty('after');
    expect([readFileSync(path, 'utf8'), statSync(path).ino]).toEqual([good, before]);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('does not go over another one, and does not touch a broken register', () => {
    writeFileSync(`${path}.new`, 'draft of somebody else');
    expect(editDeviceRegister(path, configured.devices, stolen)).toHaveProperty('refused');
    expect(readFileSync(`${path}.new`, 'utf8')).toBe('draft of somebody else');
    rmSync(`${path}.new`);
    writeFileSync(path, `${good}\n`);
    expect(editDeviceRegister(path, configured.devices, stolen)).toMatchObject({ problems: [{ line: 4 }] });
    expect(readFileSync(path, 'utf8')).toBe(`${good}\n`);
  });
});
