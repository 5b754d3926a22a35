// The device register: which rows are taken, who is found by them, and what a change does to them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type RunningPolicy } from '../../gateway/pdp/decide.ts';
import { changesBetween, newlyLost, withEnrolment, withImported, withState } from '../../gateway/pdp/device-changes.ts';
import {
  countsByState,
  type DeviceRow,
  readDeviceRegister,
  withDevices,
  writeDeviceRegister,
} from '../../gateway/pdp/device-register.ts';
import { deviceEntry, deviceStates, type Register } from '../../gateway/pdp/register.ts';
import type { Facts } from '../../gateway/verifier/facts.ts';

const key = 'a'.repeat(64);
const other = 'b'.repeat(64);
const nobody = new Map<string, unknown>();
const header = 'name,key,serial,owner,class,state,enrolled,note\n';
const configured: Register = { devices: new Map(), groupsByPerson: new Map(), groupsByProfile: new Map() };

function row(name: string, more: Partial<DeviceRow> = {}): DeviceRow {
  return { name, key: '', serial: '', owner: '', class: 'laptop', state: 'active', enrolled: '', note: '', ...more };
}

function read(text: string, listed: ReadonlyMap<string, unknown> = nobody) {
  return readDeviceRegister(Buffer.from(text), 'devices.csv', listed);
}

function problemsOf(text: string, listed?: ReadonlyMap<string, unknown>) {
  const found = read(text, listed);
  if ('rows' in found) throw new Error('no problem was found');
  return found.problems.map(({ line, message }) => `${line}: ${message}`);
}

function rowsOf(changed: ReturnType<typeof withState>): readonly DeviceRow[] {
  if ('refused' in changed) throw new Error(changed.refused);
  return changed.rows;
}

describe('readDeviceRegister', () => {
  it('reads every column', () => {
    expect(read(`${header}pc-1,${key},SN 1,"Brussels, 2nd floor",laptop,stolen,2024-02-29,train\n`)).toEqual({
      rows: [
        row('pc-1', {
          key,
          serial: 'SN 1',
          owner: 'Brussels, 2nd floor',
          state: 'stolen',
          enrolled: '2024-02-29',
          note: 'train',
        }),
      ],
    });
    expect(read('state,class,name\nactive,laptop,pc-1\n')).toEqual({ rows: [row('pc-1')] });
  });

  it.each([
    ['no name', ',,,,laptop,active,,', 'column "name": "" is not the name in the machine certificate'],
    ['a space around the name', 'pc-1 ,,,,laptop,active,,', 'column "name": "pc-1 " is not the name'],
    ['a name that looks like a key', `${key},,,,laptop,active,,`, 'column "name":'],
    ['a key in capitals', `pc-1,${key.toUpperCase()},,,laptop,active,,`, 'is not the SHA-256 of the key'],
    ['half a key', 'pc-1,abcd,,,laptop,active,,', 'column "key": "abcd" is not'],
    ['a class with a space', 'pc-1,,,,my laptop,active,,', 'column "class": "my laptop" is not a word'],
    ['no class', 'pc-1,,,,,active,,', 'column "class": "" is not a word'],
    ['no state', 'pc-1,,,,laptop,,,', 'column "state": "" is not one of: active, stolen, retired'],
    ['a state of its own', 'pc-1,,,,laptop,Stolen,,', 'column "state": "Stolen" is not one of'],
    ['a day that is none', 'pc-1,,,,laptop,active,2026-02-29,', 'column "enrolled": "2026-02-29" is not a date'],
    ['a date of another form', 'pc-1,,,,laptop,active,31/03/2026,', 'column "enrolled": "31/03/2026" is not a date'],
    ['a month that is none', 'pc-1,,,,laptop,active,2026-13-01,', 'column "enrolled":'],
    ['a long serial number', `pc-1,,${'9'.repeat(65)},,laptop,active,,`, 'column "serial":'],
  ])('refuses %s', (_, line, message) => {
    const problems = problemsOf(`${header}pc-0,,,,laptop,active,,\n${line}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^3: /);
    expect(problems[0]).toContain(message);
  });

  it('refuses a name or a key on two lines, and names both', () => {
    const lines = [`pc-1,${key},,,laptop,active,,`, 'pc-2,,,,laptop,active,,', 'pc-2,,,,laptop,stolen,,'];
    expect(problemsOf(`${header}${[...lines, `pc-3,${key},,,laptop,active,,`].join('\n')}\n`)).toEqual([
      '4: name "pc-2" stands on line 3 already',
      `5: key "${key}" stands on line 2 already`,
    ]);
  });

  it('refuses what the configuration lists as well, by name and by key', () => {
    const listed = new Map([
      ['pc-1', {}],
      [key, {}],
    ]);
    expect(problemsOf(`${header}pc-1,,,,laptop,active,,\npc-2,${key},,,laptop,active,,\n`, listed)).toEqual([
      '2: name "pc-1" is also under devices: listed in the configuration',
      `3: key "${key}" is also under devices: listed in the configuration`,
    ]);
  });

  it('reads back whatever it writes', () => {
    const text = (max: number) => fc.string({ unit: 'grapheme-ascii', maxLength: max });
    const device = fc.record({
      name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.-]{0,30}$/),
      key: fc.oneof(fc.constant(''), fc.stringMatching(/^[0-9a-f]{64}$/)),
      serial: text(64),
      owner: fc.oneof(text(128), fc.constantFrom('"', 'a,b', 'two\nlines')),
      class: fc.constantFrom('laptop', 'private-pc'),
      state: fc.constantFrom(...deviceStates),
      enrolled: fc.constantFrom('', '2026-03-31'),
      note: text(200),
    });
    const unique = fc.uniqueArray(device, {
      maxLength: 12,
      comparator: (one, two) => one.name === two.name || (one.key !== '' && one.key === two.key),
    });
    fc.assert(
      fc.property(unique, rows => {
        expect(read(writeDeviceRegister(rows))).toEqual({ rows });
      }),
    );
  });
});

describe('who is found', () => {
  const rows = [
    row('pc-1', { key, state: 'stolen', owner: 'A' }),
    row('pc-2'),
    row('pc-4', { key: 'd'.repeat(64), state: 'active' }),
  ];
  const register = withDevices(configured, rows);

  it.each([
    ['by its key, under its name', key, 'pc-1', 'stolen'],
    ['by its key, whatever its name', key, 'renamed', 'stolen'],
    ['by its name while no key is known', other, 'pc-2', 'active'],
    ['not with another key under the name of a machine whose key is known', other, 'pc-4', undefined],
    ['as stolen, also with another key', other, 'pc-1', 'stolen'],
    ['not by a name that nobody entered', other, 'pc-3', undefined],
  ])('%s', (_, seenKey, name, state) => {
    expect(deviceEntry(register, seenKey, name)?.state).toBe(state);
  });

  it('is told to the policy: another key under a known name is a machine that is not registered', () => {
    const stateSeen = (device: { readonly key: string; readonly name: string }, known: Register) => {
      let seen: Facts = {};
      const policy: RunningPolicy = {
        hash: 'h',
        evaluate: (_, facts) => {
          seen = facts;
          const nothing = { outcome: 'deny', reasons: [], results: [] } as const;
          return { ...nothing, validUntil: 5, validUntilBecause: 'x' };
        },
      };
      decide({ tenant: 'main', way: 'eap-tls-machine', device, binding: 'none' }, policy, known, 1);
      return seen['device.state'];
    };
    expect(stateSeen({ key, name: 'pc-1' }, register)).toMatchObject({ value: 'stolen' });
    expect(stateSeen({ key: other, name: 'pc-4' }, register)).toMatchObject({ value: 'unregistered' });
    // Whatever holds for unlisted machines: this name is listed, and a copied name must not be worth more than none.
    const unlisted = { ...register, unlisted: { class: 'private-pc', state: 'active' } as const };
    expect(stateSeen({ key: other, name: 'pc-4' }, unlisted)).toMatchObject({ value: 'unregistered' });
    expect(stateSeen({ key: other, name: 'pc-1' }, unlisted)).toMatchObject({ value: 'stolen' });
    expect(stateSeen({ key: other, name: 'pc-3' }, unlisted)).toMatchObject({ value: 'active' });
  });

  it('beside what the configuration lists', () => {
    const both = withDevices({ ...configured, devices: new Map([['pc-9', { class: 'x', state: 'active' }]]) }, rows);
    expect([...both.devices.keys()]).toEqual(['pc-9', key, 'pc-2', 'd'.repeat(64)]);
    expect(both.devices.get(key)).toEqual({ class: 'laptop', state: 'stolen', owner: 'A' });
    expect(configured.devices.size).toBe(0);
  });

  it('and how many of each state', () => {
    expect(countsByState(rows)).toEqual({ active: 2, stolen: 1, retired: 0 });
  });
});

describe('a change', () => {
  const rows = [row('pc-1', { key, serial: 'S', note: 'old' }), row('pc-2'), row('pc-3', { state: 'stolen' })];

  it('of state touches one row', () => {
    const after = rowsOf(withState(rows, 'pc-1', 'stolen', 'train'));
    expect(after).toEqual([row('pc-1', { key, serial: 'S', state: 'stolen', note: 'train' }), rows[1], rows[2]]);
    expect(changesBetween(rows, after)).toEqual([
      { name: 'pc-1', column: 'state', from: 'active', to: 'stolen' },
      { name: 'pc-1', column: 'note', from: 'old', to: 'train' },
    ]);
    expect(withState(rows, 'pc-9', 'stolen', '')).toEqual({ refused: 'pc-9 is not in the register' });
  });

  it('by enrolment adds a row, or a key to a row', () => {
    const enrolment = { name: 'pc-4', key: other, class: 'laptop', enrolled: '2026-03-31', replaceKey: false };
    expect(rowsOf(withEnrolment(rows, enrolment)).at(-1)).toEqual(row('pc-4', { key: other, enrolled: '2026-03-31' }));
    expect(rowsOf(withEnrolment(rows, { ...enrolment, name: 'pc-3' }))[2]).toEqual(
      row('pc-3', { key: other, state: 'stolen', enrolled: '2026-03-31' }),
    );
    expect(withEnrolment(rows, { ...enrolment, name: 'pc-1' })).toHaveProperty('refused');
    expect(rowsOf(withEnrolment(rows, { ...enrolment, name: 'pc-1', replaceKey: true }))[0]?.key).toBe(other);
    expect(withEnrolment(rows, { ...enrolment, key, replaceKey: true })).toEqual({
      refused: 'pc-1 has that key already',
    });
  });

  it('by import loses nothing and takes no lost machine back', () => {
    const imported = [row('pc-1', { class: 'desktop' }), row('pc-3', { owner: 'B' }), row('pc-4')];
    const changed = withImported(rows, imported);
    expect(rowsOf(changed)).toEqual([
      row('pc-1', { key, serial: 'S', note: 'old', class: 'desktop' }),
      rows[1],
      row('pc-3', { state: 'stolen', owner: 'B' }),
      row('pc-4'),
    ]);
    expect(changed.keptLost).toEqual(['pc-3']);
    expect(rowsOf(withImported(rows, [row('pc-3', { state: 'retired' })]))[2]?.state).toBe('retired');
    expect(withImported(rows, [row('pc-1', { key: other })])).toHaveProperty('refused');
  });

  it.each([
    ['a machine turned stolen', [row('a')], [row('a', { state: 'stolen' })], ['a']],
    ['a machine turned retired', [row('a')], [row('a', { state: 'retired' })], ['a']],
    ['a new row of a stolen machine', [], [row('a', { state: 'stolen' })], ['a']],
    ['a key for a stolen machine', [row('a', { state: 'stolen' })], [row('a', { key, state: 'stolen' })], ['a']],
    ['stolen before', [row('a', { state: 'stolen' })], [row('a', { state: 'retired' })], []],
    ['found again', [row('a', { state: 'stolen' })], [row('a')], []],
    ['gone from the register', [row('a', { state: 'stolen' })], [], []],
  ])('%s', (_, before, after, names) => {
    expect(newlyLost(before, after).map(({ name }) => name)).toEqual(names);
  });
});
