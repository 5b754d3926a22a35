// `devices:` of the configuration with a register beside it: read in the same pass, told with its own lines.

import { describe, expect, it } from 'vitest';
import type { Reading } from '../gateway/documents/shape.ts';
import { parseYaml } from '../gateway/documents/yaml-tree.ts';
import { configuredRegister, devicesShape } from '../gateway/register-config.ts';

const stored: Record<string, string> = {
  '/etc/sluis/devices.csv': 'name,class,state\npc-1,laptop,active\npc-2,laptop,stolen\n',
  '/etc/sluis/broken.csv': '\uFEFFname,class,state\n\npc-1,laptop,lost\n',
};
const files = {
  resolve: (path: string) => `/etc/sluis/${path}`,
  read: (path: string) => (stored[path] === undefined ? undefined : Buffer.from(stored[path])),
};

function read(source: string, from: Parameters<typeof devicesShape>[0] = files) {
  const parsed = parseYaml(source, 'sluis.yaml');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const reading: Reading = { file: 'sluis.yaml', problems: [] };
  return { devices: devicesShape(from)(parsed.tree, reading), problems: reading.problems };
}

describe('devices', () => {
  it('name a register, which stands beside what is listed', () => {
    const { devices, problems } = read('register: devices.csv\nlisted: { pc-9: { class: kiosk } }\n');
    expect(problems).toEqual([]);
    expect(devices?.file?.path).toBe('/etc/sluis/devices.csv');
    expect(devices?.file?.rows.map(({ name, state }) => [name, state])).toEqual([
      ['pc-1', 'active'],
      ['pc-2', 'stolen'],
    ]);
    // What changes while the gateway runs is not in what the configuration says.
    const { devices: configured } = configuredRegister(devices, undefined);
    expect([...configured]).toEqual([['pc-9', { class: 'kiosk', state: 'active' }]]);
  });

  it('need none', () => {
    const { devices } = read('unlisted: { class: private-pc }\n');
    expect(devices).toEqual({ listed: new Map(), unlisted: { class: 'private-pc', state: 'active' } });
    expect(configuredRegister(undefined, undefined).devices.size).toBe(0);
  });

  it('do not list a machine of the register', () => {
    const source = 'listed:\n  pc-2: { class: kiosk }\nregister: devices.csv\n';
    expect(read(source)).toEqual({
      devices: undefined,
      problems: [
        {
          file: '/etc/sluis/devices.csv',
          line: 3,
          message: 'name "pc-2" is also under devices: listed in the configuration',
          remedy: 'keep it in one place',
        },
      ],
    });
  });

  it('tell the problems of the register with its own lines, all of them', () => {
    const { devices, problems } = read('register: broken.csv\n');
    expect(devices).toBeUndefined();
    expect(problems).toMatchObject([{ file: '/etc/sluis/broken.csv', line: 2, message: 'the line is empty' }]);
    stored['/etc/sluis/broken.csv'] = 'name,class,state\npc-1,laptop,lost\npc-1,My PC,active\n';
    expect(read('register: broken.csv\n').problems.map(({ line }) => line)).toEqual([2, 3, 3]);
  });

  it.each([
    ['a file that is not there', files],
    ['a file that stays closed', { ...files, read: () => ({ sealed: 'damaged' }) }],
  ])('refuse %s at the line that names it', (_, from) => {
    const { problems } = read('listed: {}\nregister: nowhere.csv\n', from);
    expect(problems).toMatchObject([{ file: 'sluis.yaml', line: 2, message: 'cannot read "/etc/sluis/nowhere.csv"' }]);
    expect(problems[0]?.remedy).toContain('name,key,serial,owner,class,state,enrolled,note');
  });
});
