// The Linux parsers on captured output. The nft, apt and lsblk captures come from real programs (nftables 1.0.6, apt 2.6,
// util-linux 2.38); the rest follows documented shapes.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAccounts, parseWho } from '../../posture-client/collectors/linux/accounts.ts';
import { parseClamscanVersion } from '../../posture-client/collectors/linux/antimalware.ts';
import { parseLsblk } from '../../posture-client/collectors/linux/disk-encryption.ts';
import { parseFirewall } from '../../posture-client/collectors/linux/firewall.ts';
import { parseProxy } from '../../posture-client/collectors/linux/network.ts';
import { parseNftRuleset } from '../../posture-client/collectors/linux/nft-ruleset.ts';
import { parseOsRelease } from '../../posture-client/collectors/linux/os.ts';
import {
  lastAptRun,
  lastDpkgInstall,
  parseAptPeriodic,
  parseAptSimulation,
  parseDnfSecurity,
  parseDnfUpdates,
} from '../../posture-client/collectors/linux/package-updates.ts';
import { parseReboot } from '../../posture-client/collectors/linux/reboot.ts';
import { parseRemovableStorage } from '../../posture-client/collectors/linux/removable-storage.ts';
import { parseKeyfile, parseSwanctl } from '../../posture-client/collectors/linux/vpn-client.ts';
import { commandFailure } from '../../posture-client/collectors/finding.ts';

const capture = (name: string): string => readFileSync(new URL(`captures/${name}`, import.meta.url), 'utf8');

describe('clamscan --version', () => {
  const running = { daemon: true, onAccess: true };

  it('reads engine, signatures and their date, which is printed in UTC', () => {
    const finding = parseClamscanVersion('ClamAV 1.4.3/27684/Sun Nov 22 08:25:11 2026\n', running);
    expect(finding).toMatchObject({
      state: 'ok',
      facts: {
        engineVersion: '1.4.3',
        signatureVersion: '27684',
        signatureUpdatedAt: '2026-11-22T08:25:11.000Z',
        realTimeProtection: true,
      },
    });
  });

  it('reads a day of one digit, padded with a blank', () => {
    const finding = parseClamscanVersion('ClamAV 1.0.7/27001/Mon Nov  2 08:05:01 2026', running);
    expect(finding).toMatchObject({ facts: { signatureUpdatedAt: '2026-11-02T08:05:01.000Z' } });
  });

  it('knows no date where there are no signatures', () => {
    const finding = parseClamscanVersion('ClamAV 1.4.6\n', running);
    expect(finding).toMatchObject({ state: 'partial', facts: { installed: true, signatureUpdatedAt: null } });
  });

  it.each([
    ['on-access without its daemon scans nothing', { daemon: false, onAccess: true }, false],
    ['a daemon alone scans nothing that is opened', { daemon: true, onAccess: false }, false],
  ])('%s', (_why, processes, realTimeProtection) => {
    const finding = parseClamscanVersion('ClamAV 1.4.3/1/Sun Nov 22 08:25:11 2026', processes);
    expect(finding).toMatchObject({ facts: { realTimeProtection } });
  });

  it('leaves running unknown when the process list cannot be read', () => {
    const finding = parseClamscanVersion('ClamAV 1.4.3/1/Sun Nov 22 08:25:11 2026', undefined);
    expect(finding).toMatchObject({ state: 'partial', facts: { serviceRunning: null, realTimeProtection: null } });
  });

  it('takes the month of another language for no date', () => {
    const finding = parseClamscanVersion('ClamAV 1.4.3/1/zo 22 nov 2026 08:25:11', running);
    expect(finding).toMatchObject({ facts: { signatureUpdatedAt: null } });
  });

  it.each(['', 'clamscan: error while loading shared libraries', 'ClamAV'])('%j is an error', output => {
    expect(parseClamscanVersion(output, running)).toMatchObject({ state: 'error' });
  });
});

describe('nft -j list ruleset', () => {
  it.each([
    ['nft-input-drop.json', { anything: true, ipv4: true, ipv6: true }, 'a policy of drop on inet'],
    ['nft-final-reject.json', { anything: true, ipv4: true, ipv6: true }, 'policy accept, but the last word rejects'],
    ['nft-both-families.json', { anything: true, ipv4: true, ipv6: true }, 'one table per family'],
    ['nft-ipv4-only.json', { anything: true, ipv4: true, ipv6: false }, 'IPv6 stays open'],
    ['nft-trusted-zone.json', { anything: true, ipv4: false, ipv6: false }, 'a zone that accepts everything'],
    ['nft-accept-first.json', { anything: true, ipv4: false, ipv6: false }, 'the policy is never reached'],
    ['nft-container-only.json', { anything: true, ipv4: false, ipv6: false }, 'chains of other software'],
    ['nft-empty.json', { anything: false, ipv4: false, ipv6: false }, 'no rules at all'],
  ])('%s: %j (%s)', (name, expected) => {
    expect(parseNftRuleset(capture(name))).toEqual(expected);
  });

  it.each(['', '{}', 'not json', '{"nftables": 1}'])('%j is no ruleset', output => {
    expect(parseNftRuleset(output)).toBeUndefined();
  });

  it('a cut ruleset is no ruleset', () => {
    const whole = capture('nft-input-drop.json');
    expect(parseNftRuleset(whole.slice(0, whole.length / 2))).toBeUndefined();
  });

  it('what stands behind a goto is never reached', () => {
    const rule = (expr: object) => ({ rule: { family: 'inet', table: 't', chain: 'a', expr: [expr] } });
    const chain = (name: string, more: object) => ({ chain: { family: 'inet', table: 't', name, ...more } });
    const input = chain('a', { hook: 'input', policy: 'accept' });
    const nftables = [input, chain('b', {}), rule({ goto: { target: 'b' } }), rule({ drop: null })];
    expect(parseNftRuleset(JSON.stringify({ nftables }))).toMatchObject({ ipv4: false });
  });

  it('two chains that call each other do not hang', () => {
    const jump = (from: string, to: string) => ({
      rule: { family: 'ip', table: 't', chain: from, expr: [{ jump: { target: to } }] },
    });
    const chain = (name: string, hook?: string) => ({
      chain: { family: 'ip', table: 't', name, hook, policy: 'accept' },
    });
    const nftables = [chain('a', 'input'), chain('b'), jump('a', 'b'), jump('b', 'a')];
    expect(parseNftRuleset(JSON.stringify({ nftables }))).toMatchObject({ ipv4: false });
  });
});

describe('firewall', () => {
  const outputs = { ruleset: capture('nft-input-drop.json'), ufwConf: undefined, firewalldState: '', ipv6Off: false };

  it('names who manages it, and whether it filters', () => {
    expect(parseFirewall(outputs)).toMatchObject({ facts: { provider: 'nftables', effective: true } });
    expect(parseFirewall({ ...outputs, ufwConf: 'ENABLED=yes\n' })).toMatchObject({ facts: { provider: 'ufw' } });
    expect(parseFirewall({ ...outputs, firewalldState: 'running\n' })).toMatchObject({
      facts: { provider: 'firewalld' },
    });
  });

  it('a service that runs over an empty ruleset is enabled and not effective', () => {
    const finding = parseFirewall({ ...outputs, ruleset: capture('nft-empty.json'), ufwConf: 'ENABLED=yes\n' });
    expect(finding).toMatchObject({
      facts: { provider: 'ufw', enabled: true, effective: false, defaultInbound: 'allow' },
    });
  });

  it('an IPv4 filter suffices only where IPv6 is off', () => {
    const ruleset = capture('nft-ipv4-only.json');
    expect(parseFirewall({ ...outputs, ruleset })).toMatchObject({ facts: { effective: false } });
    expect(parseFirewall({ ...outputs, ruleset, ipv6Off: true })).toMatchObject({ facts: { effective: true } });
  });

  it('what a plain user is told is "denied"', () => {
    const stderr = capture('nft-plain-user.txt');
    expect(commandFailure({ stdout: '', stderr, exitCode: 1 })).toMatchObject({ state: 'denied' });
  });
});

describe('lsblk -J', () => {
  const node = (
    name: string,
    type: string,
    mounts: readonly string[],
    children: readonly object[] = [],
    rm = false,
  ) => ({
    ...{ name, type, fstype: null, mountpoints: mounts, rm },
    ...(children.length === 0 ? {} : { children }),
  });
  const parse = (...blockdevices: readonly object[]) => parseLsblk(JSON.stringify({ blockdevices }));
  const encrypted = (findings: ReturnType<typeof parseLsblk>): Readonly<Record<string, unknown>> =>
    Object.fromEntries<unknown>(
      findings.map(one => [one.instance ?? '', 'facts' in one ? one.facts.encrypted : one.state]),
    );

  it('a real virtual disk in clear; swap in compressed memory does not count', () => {
    expect(encrypted(parseLsblk(capture('lsblk-virtual.json')))).toEqual({ '/': false });
  });

  it('root, home and swap on LVM over LUKS', () => {
    const lvm = [node('vg-root', 'lvm', ['/']), node('vg-home', 'lvm', ['/home']), node('vg-swap', 'lvm', ['[SWAP]'])];
    const disk = node(
      'sda',
      'disk',
      [],
      [node('sda1', 'part', ['/boot']), node('sda3', 'part', [], [node('c', 'crypt', [], lvm)])],
    );
    expect(encrypted(parse(disk))).toEqual({ '/': true, '/home': true, 'swap:vg-swap': true });
  });

  it('a crypt node elsewhere on the disk does not help root', () => {
    const disk = node(
      'sda',
      'disk',
      [],
      [node('sda2', 'part', ['/']), node('sda3', 'part', [], [node('vault', 'crypt', ['/home'])])],
    );
    expect(encrypted(parse(disk))).toEqual({ '/': false, '/home': true });
  });

  it('a mirror counts when each of its disks is encrypted', () => {
    const mirror = node('md0', 'raid1', ['/']);
    const half = node('sda', 'disk', [], [node('c', 'crypt', [], [mirror])]);
    expect(encrypted(parse(half, node('sdb', 'disk', [], [mirror])))).toEqual({ '/': false });
    expect(encrypted(parse(node('sdb', 'disk', [], [mirror]), half))).toEqual({ '/': false });
    expect(encrypted(parse(half, node('sdb', 'disk', [], [node('d', 'crypt', [], [mirror])])))).toEqual({ '/': true });
  });

  it('sticks, images and discs are left out', () => {
    const root = node('sda', 'disk', [], [node('c', 'crypt', ['/'])]);
    const stick = node('sdb', 'disk', [], [node('sdb1', 'part', ['/media/anna/STICK'])], true);
    expect(encrypted(parse(root, stick, node('loop0', 'loop', ['/snap/x']), node('sr0', 'rom', ['/mnt'])))).toEqual({
      '/': true,
    });
  });

  it('one mount point per row, as older releases print it', () => {
    const old = { name: 'sda1', type: 'part', mountpoint: '/', rm: '0' };
    expect(encrypted(parse(old))).toEqual({ '/': false });
  });

  it('a root that is on no block device is unknown, not encrypted', () => {
    expect(encrypted(parse(node('sda', 'disk', ['/data'])))).toEqual({ '/': 'unsupported', '/data': false });
  });

  it.each(['', '{"blockdevices":', '[]', 'lsblk: unknown column: MOUNTPOINTS'])('%j is an error', output => {
    expect(parseLsblk(output)).toMatchObject([{ state: 'error' }]);
  });
});

describe('apt', () => {
  it('counts a real simulation: every Inst line, and those with a security origin', () => {
    expect(parseAptSimulation(capture('apt-debian12.txt'))).toEqual({ total: 133, security: 78 });
  });

  it('nothing pending is zero', () => {
    expect(parseAptSimulation('Reading...\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n')).toEqual({
      total: 0,
      security: 0,
    });
  });

  it.each([
    ['a new package has no old version', 'Inst new (1-1 Debian:12/stable [amd64])', 1, 0],
    ['Ubuntu names its pocket', 'Inst a [1] (2 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])', 1, 1],
    ['a trailing note is allowed', 'Inst a [1] (2 Debian:12/stable [amd64]) [b:amd64 ]', 1, 0],
  ])('%s', (_why, line, total, security) => {
    expect(parseAptSimulation(`${line}\n1 upgraded, 0 newly installed, 0 to remove.\n`)).toEqual({ total, security });
  });

  it.each([
    ['an Inst line of another shape', 'Inst something else\n1 upgraded, 0 newly installed'],
    ['a run that was cut', capture('apt-debian12.txt').slice(0, 300)],
    ['another language', '0 mis à jour, 0 nouvellement installés, 0 à enlever et 0 non mis à jour.'],
    ['nothing', ''],
  ])('%s is unreadable', (_why, output) => {
    expect(parseAptSimulation(output)).toBeUndefined();
  });

  it('reads whether updates install themselves', () => {
    expect(parseAptPeriodic(capture('apt-config-debian12.txt'))).toBe('off');
    expect(parseAptPeriodic('APT "";\nAPT::Periodic::Unattended-Upgrade "1";\n')).toBe('install');
    expect(parseAptPeriodic('APT "";\nAPT::Periodic::Unattended-Upgrade "0";\n')).toBe('off');
    expect(parseAptPeriodic('APT "";\nAPT::Periodic::Download-Upgradeable-Packages "1";')).toBe('download');
    expect(parseAptPeriodic('')).toBeNull();
  });

  it('finds the last installation in either log', () => {
    const log = '2026-11-20 10:00:00 status installed a:amd64 1\n2026-11-24 13:44:41 status half-configured b 2\n';
    expect(lastDpkgInstall(log)).toBe('2026-11-20 10:00:00');
    expect(lastDpkgInstall('')).toBeUndefined();
    expect(lastAptRun('Start-Date: 2026-11-01  09:00:00\nEnd-Date: 2026-11-01  09:01:10\n')).toBe(
      '2026-11-01  09:01:10',
    );
  });
});

describe('dnf', () => {
  it('reads the lists of dnf 4 and dnf 5, each package once', () => {
    const four =
      'FEDORA-2026-1a Important/Sec. curl-8.9.1-3.fc43.x86_64\nFEDORA-2026-1b Moderate/Sec. curl-8.9.1-3.fc43.x86_64\n';
    const five =
      'Name                 Type     Severity  Package                  Issued\nFEDORA-2026-2c       security Important openssl-3.5.1-1.fc43.x86_64 2026-11-20 01:02:03\n';
    expect(parseDnfSecurity(four)).toBe(1);
    expect(parseDnfSecurity(five)).toBe(1);
    expect(parseDnfSecurity('')).toBe(0);
    expect(parseDnfSecurity('Error: Cache-only enabled but no cache for repo')).toBeUndefined();
  });

  it('counts updates until the list of obsolete packages', () => {
    const output = '\ncurl.x86_64   8.9.1-3.fc43   updates\nObsoleting Packages\nold.noarch   1-1   updates\n';
    expect(parseDnfUpdates(output, 100)).toBe(1);
    expect(parseDnfUpdates('', 0)).toBe(0);
    expect(parseDnfUpdates('Error: no cache', 1)).toBeUndefined();
  });
});

describe('restart', () => {
  const kernel = (release: string, modifiedAt: number) => ({ name: `vmlinuz-${release}`, modifiedAt });
  const outputs = {
    marker: { failed: 'missing' },
    procStat: 'cpu 1\nbtime 1795527634\n',
    release: '6.1.0-30-amd64\n',
    boot: [kernel('6.1.0-30-amd64', 2)],
    now: 1795527634_000 + 7_200_000,
  } as const;

  it('is due when marked, or when a newer kernel waits', () => {
    expect(parseReboot(outputs)).toMatchObject({ state: 'ok', facts: { pending: false, uptimeHours: 2 } });
    expect(parseReboot({ ...outputs, marker: { text: '' } })).toMatchObject({ facts: { pending: true } });
    const newer = [...outputs.boot, kernel('6.1.0-31-amd64', 3)];
    expect(parseReboot({ ...outputs, boot: newer })).toMatchObject({ facts: { pending: true } });
    const older = [...outputs.boot, kernel('6.1.0-28-amd64', 1)];
    expect(parseReboot({ ...outputs, boot: older })).toMatchObject({ facts: { pending: false } });
  });

  it('is unknown when the running kernel is none of those on disk', () => {
    expect(parseReboot({ ...outputs, release: '6.18.0-cloud' })).toMatchObject({
      state: 'partial',
      facts: { pending: null },
    });
  });

  it('says an unreadable /proc/stat', () => {
    expect(parseReboot({ ...outputs, procStat: '' })).toMatchObject({
      state: 'error',
      error: { code: 'output-empty' },
    });
  });
});

describe('administrators', () => {
  const groups = 'root:x:0:\nsudo:x:27:beheer,anna\nwheel:x:998:\nusers:x:100:bram\n';
  const users =
    'root:x:0:0::/root:/bin/sh\nanna:x:1000:1000::/h:/b\nbram:x:1001:1001::/h:/b\ntoor:x:0:0::/h:/b\nkim:x:1003:27::/h:/b\n';

  it.each<[string[], boolean | null, string]>([
    [['anna'], true, 'member of sudo'],
    [['bram'], false, 'member of nothing'],
    [['toor'], true, 'number 0 under another name'],
    [['kim'], true, 'sudo as primary group'],
    [['root'], true, 'root at the screen'],
    [['bram', 'anna'], true, 'one of two people'],
    [[], null, 'nobody logged in'],
  ])('%j → %s (%s)', (people, currentUserIsAdmin) => {
    expect(parseAccounts({ groups, users, people })).toMatchObject({ facts: { currentUserIsAdmin, adminCount: 4 } });
  });

  it('a line of its own in sudoers counts', () => {
    const sudoers = 'Defaults env_reset\n%sudo ALL=(ALL:ALL) ALL\nbram ALL=(ALL:ALL) NOPASSWD: ALL\n';
    expect(parseAccounts({ groups, users, people: ['bram'], sudoers })).toMatchObject({
      facts: { currentUserIsAdmin: true },
    });
  });

  it('empty answers are an error, not zero administrators', () => {
    expect(parseAccounts({ groups: '', users: '', people: ['anna'] })).toMatchObject({ state: 'error' });
  });

  it('no name of a person leaves with an answer that cannot be read', () => {
    const finding = parseAccounts({ groups: 'sudo anna', users: 'anna', people: ['anna'] });
    expect(finding).toMatchObject({ state: 'error' });
    expect(JSON.stringify(finding)).not.toContain('anna');
  });

  it('reads who is logged in', () => {
    expect(
      parseWho('anna     tty2   2026-11-24 08:12 (:0)\nanna     pts/0  2026-11-24 09:00\nbram :1 2026-11-24 10:00\n'),
    ).toEqual(['anna', 'bram']);
    expect(parseWho('')).toEqual([]);
  });
});

describe('USB storage', () => {
  const none = { modprobe: '', builtin: '', loaded: '', usbguard: 'absent' } as const;
  const guard = {
    configuration: 'ImplicitPolicyTarget=block\n',
    rules: 'allow id 1d6b:0002 with-interface 09:00:00\n',
  };

  it.each([
    ['install usb-storage /bin/false', 'blocked'],
    ['install usb_storage /usr/bin/true', 'blocked'],
    ['  blacklist usb-storage', 'blocked'],
    ['# blacklist usb-storage', 'allowed'],
    ['install uas /bin/false', 'allowed'],
    ['', 'allowed'],
  ])('modprobe: %j → %s', (modprobe, policy) => {
    expect(parseRemovableStorage({ ...none, modprobe })).toMatchObject({ facts: { policy } });
  });

  it('a driver that is built in, or already loaded, is not kept out', () => {
    const modprobe = 'install usb-storage /bin/false';
    expect(
      parseRemovableStorage({ ...none, modprobe, builtin: 'kernel/drivers/usb/storage/usb-storage.ko\n' }),
    ).toMatchObject({ facts: { policy: 'allowed' } });
    expect(parseRemovableStorage({ ...none, modprobe, loaded: 'usb_storage 81920 0 - Live 0x0\n' })).toMatchObject({
      facts: { policy: 'allowed' },
    });
  });

  it('USBGuard blocks by default, unless a rule lets mass storage in', () => {
    expect(parseRemovableStorage({ ...none, usbguard: guard })).toMatchObject({
      facts: { policy: 'blocked', mechanisms: ['usbguard'] },
    });
    for (const rules of ['allow with-interface one-of { 08:*:* }\n', 'allow\n']) {
      expect(parseRemovableStorage({ ...none, usbguard: { ...guard, rules } })).toMatchObject({
        facts: { policy: 'allowed' },
      });
    }
    const configuration = 'ImplicitPolicyTarget=allow\n';
    expect(parseRemovableStorage({ ...none, usbguard: { ...guard, configuration } })).toMatchObject({
      facts: { policy: 'allowed' },
    });
    expect(parseRemovableStorage({ ...none, usbguard: 'not-running' })).toMatchObject({ facts: { policy: 'allowed' } });
  });

  it('an unreadable USBGuard is denied, not allowed', () => {
    expect(parseRemovableStorage({ ...none, usbguard: 'denied' })).toMatchObject({ state: 'denied' });
  });
});

describe('VPN profiles', () => {
  const keyfile = (more: string) =>
    `[connection]\nid=Office\ntype=vpn\n\n[vpn]\nservice-type=org.freedesktop.NetworkManager.strongswan\n\n[ipv4]\n${more}\n`;

  it('NetworkManager: never-default means split', () => {
    expect(parseKeyfile(keyfile('method=auto'))).toMatchObject({ instance: 'Office', facts: { splitTunnel: false } });
    expect(parseKeyfile(keyfile('never-default=true'))).toMatchObject({ facts: { splitTunnel: true } });
    expect(parseKeyfile('[connection]\nid=Home\ntype=wifi\n')).toBeUndefined();
    expect(parseKeyfile('')).toBeUndefined();
  });

  it('strongSwan: everything only with a selector of all addresses', () => {
    const text = (selector: string) =>
      `connections {\n office {\n children {\n net {\n remote_ts = ${selector}\n}}}}\n`;
    expect(parseSwanctl(text('0.0.0.0/0, ::/0'), 'office.conf')).toMatchObject({ facts: { splitTunnel: false } });
    expect(parseSwanctl(text('10.0.0.0/8'), 'office.conf')).toMatchObject({ facts: { splitTunnel: true } });
    expect(parseSwanctl('secrets {\n}\n', 'secrets.conf')).toBeUndefined();
  });
});

describe('proxy', () => {
  const none = { environment: '', dconf: '', dconfLocks: '', firefoxPolicies: '', chromePolicies: [] };
  const dconf = "[system/proxy]\nmode='manual'\n\n[system/proxy/http]\nhost='proxy.example.org'\n";

  it('a variable alone leaves the question open', () => {
    const finding = parseProxy({ ...none, environment: 'http_proxy="http://proxy.example.org:8080"\n' });
    expect(finding).toMatchObject({
      state: 'partial',
      facts: { proxy: 'http://proxy.example.org:8080', proxyForced: null },
    });
  });

  it.each([
    ['http://anna:secret@proxy.example.org:8080', 'http://proxy.example.org:8080'],
    ['anna:secret@proxy.example.org', 'proxy.example.org'],
    ['http://proxy.example.org/pac?who=a@b', 'http://proxy.example.org/pac?who=a@b'],
  ])('%s is reported as %s', (setting, proxy) => {
    expect(parseProxy({ ...none, environment: `https_proxy=${setting}` })).toMatchObject({ facts: { proxy } });
  });

  it('a setting is forced once it is locked', () => {
    expect(parseProxy({ ...none, dconf })).toMatchObject({ facts: { proxyForced: null } });
    expect(parseProxy({ ...none, dconf, dconfLocks: '/system/proxy/mode\n' })).toMatchObject({
      state: 'ok',
      facts: { proxyForced: true },
    });
  });

  it('browser policies force it too', () => {
    const firefox = (Locked: boolean) =>
      JSON.stringify({ policies: { Proxy: { Mode: 'manual', HTTPProxy: 'p:8080', Locked } } });
    expect(parseProxy({ ...none, firefoxPolicies: firefox(true) })).toMatchObject({ facts: { proxyForced: true } });
    expect(parseProxy({ ...none, firefoxPolicies: firefox(false) })).toMatchObject({ facts: { proxyForced: null } });
    const chrome = JSON.stringify({ ProxyMode: 'fixed_servers', ProxyServer: 'p:8080' });
    expect(parseProxy({ ...none, chromePolicies: ['{broken', chrome] })).toMatchObject({
      facts: { proxy: 'p:8080', proxyForced: true },
    });
  });

  it('no setting at all is not forced', () => {
    expect(parseProxy(none)).toMatchObject({ facts: { proxy: 'none', proxyForced: false } });
  });
});

describe('os-release', () => {
  it.each([
    ['ID=debian\nVERSION_ID="12"\n', { family: 'debian', version: '12', build: '12.15' }],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', { family: 'ubuntu', version: '24.04' }],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.6"\n', { family: 'rhel', version: '9.6' }],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\n', { family: 'other-linux', version: '22' }],
    ['ID=arch\n', { family: 'other-linux', version: 'unknown' }],
    ['', { family: 'other-linux', version: 'unknown' }],
    ['ID=constructor\n', { family: 'other-linux' }],
  ])('%j', (text, expected) => {
    expect(parseOsRelease(text, '6.1.0\n', '12.15\n')).toMatchObject(expected);
  });
});
