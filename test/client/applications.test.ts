// Applications as systems list them, and what of that leaves the laptop.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WatchedApplication } from '../../gateway/contract/applications.ts';
import { collectCheck } from '../../posture-client/collect.ts';
import { applicationsFinding } from '../../posture-client/collectors/applications.ts';
import { parseDpkg } from '../../posture-client/collectors/linux/applications.ts';
import { parseApplications } from '../../posture-client/collectors/windows/applications.ts';
import { commands } from '../../posture-client/commands.ts';
import type { CommandResult, Laptop, Listing, Platform } from '../../posture-client/laptop.ts';

const watched: readonly WatchedApplication[] = [
  {
    word: 'teamviewer',
    windows: ['TeamViewer*'],
    macos: ['TeamViewer'],
    linux: ['teamviewer', 'com.teamviewer.TeamViewer'],
  },
  { word: 'anydesk', windows: ['AnyDesk'], macos: ['AnyDesk'], linux: ['anydesk'] },
  { word: 'long-name', windows: [], macos: [], linux: ['a-very-long-process-name'] },
];
const printed = (stdout: string): CommandResult => ({ stdout, stderr: '', exitCode: 0 });
const missing: CommandResult = { stdout: '', stderr: '', exitCode: null, failed: 'missing' };

function laptop(
  platform: Platform,
  results: Readonly<Record<string, CommandResult>>,
  folders: Readonly<Record<string, Listing>> = {},
  asked = watched,
): Laptop {
  return {
    ...{ platform, arch: 'x64', hostname: 'lt', timeZone: 'UTC', elevated: true, watched: asked },
    now: () => 0,
    card: async () => ({ fault: 'module-missing' }),
    run: async id => results[id] ?? missing,
    read: async () => ({ failed: 'missing' }),
    list: async path => folders[path] ?? { failed: 'missing' },
  };
}
async function told(of: Laptop): Promise<unknown> {
  const [check] = await collectCheck(of, 'applications');
  return check?.state === 'ok' || check?.state === 'partial' ? check.facts : check?.state;
}
const named = (...names: readonly string[]): Listing => ({ entries: names.map(name => ({ name, modifiedAt: 0 })) });
const lookedFor = ['teamviewer', 'anydesk', 'long-name'];
const processes = printed('systemd\nbash\nTeamViewer_Desk\n');

describe('on Linux', () => {
  const dpkg = printed('bash ii \nteamviewer ii \nanydesk rc \nlibc6 ii \n');

  it('packages and processes are looked through for what is asked, and nothing else is told', async () => {
    const one = laptop('linux', { 'linux.dpkg-names': dpkg, 'linux.processes': processes });
    expect(await told(one)).toEqual({ lookedFor, installed: ['teamviewer'], running: [] });
    expect(JSON.stringify(await collectCheck(one, 'applications'))).not.toMatch(/bash|libc6|systemd/);
  });

  it('rpm, Flatpak and Snap count as well, and so does what runs without being installed', async () => {
    const results = {
      'linux.rpm-names': printed('bash\nglibc\n'),
      'linux.flatpak-names': printed('com.teamviewer.TeamViewer\n'),
      'linux.processes': printed('anydesk\na-very-long-pro\n'),
    };
    expect(await told(laptop('linux', results))).toEqual({
      lookedFor,
      installed: ['anydesk', 'long-name', 'teamviewer'],
      running: ['anydesk', 'long-name'],
    });
    const bySnap = laptop('linux', { 'linux.rpm-names': printed('bash\n') }, { '/snap': named('core', 'anydesk') });
    expect(await told(bySnap)).toMatchObject({ installed: ['anydesk'], running: null });
  });

  it.each([
    ['no list of packages at all', {}],
    ['a list that takes too long', { 'linux.dpkg-names': { ...missing, failed: 'timeout' as const } }],
    ['a list that fails', { 'linux.dpkg-names': { ...dpkg, exitCode: 2 } }],
    ['an empty list', { 'linux.dpkg-names': printed('') }],
    [
      'Flatpak that is there and hangs',
      { 'linux.dpkg-names': dpkg, 'linux.flatpak-names': { ...missing, failed: 'timeout' as const } },
    ],
  ])('%s is not "none"', async (_, results) => {
    expect(await told(laptop('linux', { 'linux.processes': processes, ...results }))).toMatchObject({
      installed: null,
    });
  });

  it.runIf(existsSync('/usr/bin/dpkg-query'))('what dpkg-query of this machine prints is read', () => {
    const [program = ''] = commands['linux.dpkg-names'].programs;
    const output = execFileSync(program, [...commands['linux.dpkg-names'].args], { encoding: 'utf8' });
    const names = parseDpkg(output);
    expect(names).toContain('dpkg');
    expect(names.length).toBeGreaterThan(20);
    expect(names.every(name => /^[a-z0-9][a-z0-9+.:-]+$/.test(name))).toBe(true);
  });

  it.runIf(existsSync('/usr/bin/ps'))('what ps of this machine prints is read', () => {
    const [program = ''] = commands['linux.processes'].programs;
    const output = execFileSync(program, [...commands['linux.processes'].args], { encoding: 'utf8' });
    const finding = applicationsFinding(
      { installed: null, running: output.split('\n') },
      [{ word: 'ps', windows: [], macos: [], linux: ['ps'] }],
      'linux',
    );
    expect('facts' in finding && finding.facts.running).toEqual(['ps']);
  });
});

describe('on Windows', () => {
  const script = (data: object): string => `${JSON.stringify({ check: 'applications', data })}\r\n`;

  it('names of the registry and of processes are compared, however they are written', async () => {
    const output = script({ installed: ['TeamViewer 15.51', 'Microsoft Edge'], running: ['anydesk', 'explorer'] });
    expect(await told(laptop('windows', { 'windows.applications': printed(output) }))).toEqual({
      lookedFor,
      installed: ['anydesk', 'teamviewer'],
      running: ['anydesk'],
    });
  });

  it('an empty list is not "none", and a script that was refused says so', () => {
    expect(parseApplications(script({ installed: [], running: ['a'] }))).toMatchObject({ installed: null });
    const refused = '{"check":"applications","error":{"id":"x","hresult":-2147024891}}';
    expect(parseApplications(refused)).toMatchObject({ failure: { state: 'denied' } });
  });
});

describe('on macOS', () => {
  it('folders of applications and processes are looked through', async () => {
    const one = laptop(
      'macos',
      { 'macos.processes': printed('launchd\nTeamViewer\n') },
      { '/Applications': named('Safari.app', 'AnyDesk.app') },
    );
    expect(await told(one)).toEqual({ lookedFor, installed: ['anydesk', 'teamviewer'], running: ['teamviewer'] });
  });

  it('a folder that may not be read is not "none"', async () => {
    const one = laptop('macos', { 'macos.processes': processes }, { '/Applications': { failed: 'denied' } });
    expect(await told(one)).toMatchObject({ installed: null });
  });
});

describe('a name', () => {
  const there = (wanted: string, seen: string): boolean => {
    const finding = applicationsFinding(
      { installed: null, running: [seen] },
      [{ word: 'it', windows: [], macos: [], linux: [wanted] }],
      'linux',
    );
    return 'facts' in finding && finding.facts.running?.length === 1;
  };

  it.each([
    ['anydesk', 'AnyDesk', true],
    ['anydesk', 'anydesk.exe', true],
    ['anydesk', 'anydesk2', false],
    ['any*', 'anydesk', true],
    ['any*', 'manydesk', false],
    ['desk', 'anydesk', false],
    ['sixteen-letters1', 'sixteen-letters', true],
    ['fifteen-letter', 'fifteen-lette', false],
  ])('%s is %s: %s', (wanted, seen, is) => {
    expect(there(wanted, seen)).toBe(is);
  });
});

it('nothing is looked for where nothing is asked', async () => {
  expect(await told(laptop('linux', { 'linux.processes': processes }, {}, []))).toBe('unsupported');
});
