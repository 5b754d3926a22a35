// The macOS parsers on output of the documented shapes (synthetic).

import { describe, expect, it } from 'vitest';
import { parseAccounts } from '../../posture-client/collectors/macos/accounts.ts';
import { newestInstall, parseXprotect } from '../../posture-client/collectors/macos/antimalware.ts';
import { parseFilevault } from '../../posture-client/collectors/macos/disk-encryption.ts';
import { parseAlfState, parseFirewallProfile } from '../../posture-client/collectors/macos/firewall.ts';
import { parseProxy } from '../../posture-client/collectors/macos/network.ts';
import { parseSwVers } from '../../posture-client/collectors/macos/os.ts';
import { parseSoftwareUpdate } from '../../posture-client/collectors/macos/os-updates.ts';
import { parseBoottime } from '../../posture-client/collectors/macos/reboot.ts';
import { parseMediaRestrictions } from '../../posture-client/collectors/macos/removable-storage.ts';
import { parseVpnServices } from '../../posture-client/collectors/macos/vpn-client.ts';

describe('sw_vers', () => {
  it('reads version, build and the letter of a security response', () => {
    const output =
      'ProductName:\t\tmacOS\nProductVersion:\t\t26.3\nProductVersionExtra:\t(a)\nBuildVersion:\t\t25D771280a\n';
    expect(parseSwVers(output)).toEqual({
      family: 'macos',
      name: 'macOS 26.3 (a)',
      version: '26.3',
      build: '25D771280a',
    });
    expect(parseSwVers('')).toMatchObject({ family: 'macos', version: 'unknown' });
  });
});

describe('fdesetup status', () => {
  it.each([
    ['FileVault is On.\n', true],
    ['FileVault is Off.\n', false],
    ['FileVault is On.\nEncryption in progress: Percent completed = 41\n', false],
    ['FileVault is On.\nDecryption in progress: Percent completed = 12\n', false],
  ])('%j → encrypted %s', (output, encrypted) => {
    expect(parseFilevault(output)).toMatchObject({ facts: { encrypted, protectionOn: encrypted } });
  });

  it.each(['', 'FileVault est activé.', 'Error: not supported'])('%j is an error, not off', output => {
    expect(parseFilevault(output)).toMatchObject({ state: 'error' });
  });
});

describe('application firewall', () => {
  it.each([
    ['Firewall is enabled. (State = 1)', true],
    ['Firewall is blocking all non-essential incoming connections. (State = 2)', true],
    ['Firewall is disabled. (State = 0)', false],
  ])('%j → %s', (output, effective) => {
    expect(parseAlfState(output)).toMatchObject({ facts: { effective } });
  });

  it.each([
    ['spfirewall_globalstate_limit_connections', true],
    ['spfirewall_globalstate_block_all', true],
    ['spfirewall_globalstate_allow_all', false],
  ])('%s → %s', (state, effective) => {
    const output = JSON.stringify({ SPFirewallDataType: [{ _name: 'x', spfirewall_globalstate: state }] });
    expect(parseFirewallProfile(output)).toMatchObject({ facts: { effective } });
  });

  it('anything else is an error', () => {
    expect(parseAlfState('must be run as root')).toMatchObject({ state: 'error' });
    expect(parseFirewallProfile('{"SPFirewallDataType":[]}')).toMatchObject({ state: 'error' });
  });
});

describe('softwareupdate -l', () => {
  const parse = (list: string, settings = '') =>
    parseSoftwareUpdate({ list, history: '', settings, now: 1_795_000_000_000 });
  const pending =
    'Software Update Tool\n\nFinding available software\nSoftware Update found the following new or updated software:\n' +
    '* Label: macOS Example 26.4-25X100\n\tTitle: macOS Example 26.4, Version: 26.4, Size: 3412000KiB, Recommended: YES, Action: restart,\n' +
    '* Label: Tools-2.1\n\tTitle: Tools, Version: 2.1, Size: 100KiB, Recommended: YES,\n';

  it('counts what is offered', () => {
    expect(parse(pending)).toMatchObject({ facts: { pendingTotal: 2, pendingSecurity: 1 } });
    expect(parse('Software Update Tool\n\nNo new software available.\n')).toMatchObject({ facts: { pendingTotal: 0 } });
  });

  it('a network error is unknown, not "nothing pending"', () => {
    expect(parse('Error Domain=NSURLErrorDomain Code=-1009')).toMatchObject({
      state: 'error',
      error: { code: 'update-server-unreachable' },
    });
    expect(parse('Finding available software\n')).toMatchObject({ state: 'error' });
    expect(parse('')).toMatchObject({ state: 'error', error: { code: 'output-empty' } });
  });

  it.each([
    ['{}', 'download'],
    ['{"AutomaticallyInstallMacOSUpdates":true}', 'install'],
    ['{"AutomaticDownload":false}', 'notify'],
    ['{"AutomaticCheckEnabled":false}', 'off'],
  ])('settings %s → %s', (settings, autoInstall) => {
    expect(parse('No new software available.', settings)).toMatchObject({ facts: { autoInstall } });
  });
});

describe('XProtect', () => {
  const history = JSON.stringify({
    SPInstallHistoryDataType: [
      { _name: 'XProtectPlistConfigData', install_date: '2026-11-01T10:00:00Z', install_version: '5310' },
      { _name: 'XProtectPlistConfigData', install_date: '2026-11-20T10:00:00Z', install_version: '5322' },
      { _name: 'Example.app', install_date: '2026-11-23T10:00:00Z' },
    ],
  });

  it('takes the newest definitions', () => {
    const status = 'XProtect launch scans: enabled\nXProtect background scans: enabled\n';
    expect(parseXprotect({ status, history })).toMatchObject({
      state: 'ok',
      facts: { enabled: true, signatureVersion: '5322', signatureUpdatedAt: '2026-11-20T10:00:00.000Z' },
    });
  });

  it('without status or history the facts are unknown', () => {
    expect(parseXprotect({ status: '', history: '{"SPInst' })).toMatchObject({
      state: 'partial',
      facts: { enabled: null, signatureUpdatedAt: null },
    });
    expect(newestInstall(history, name => name === 'nothing')).toBeUndefined();
  });
});

describe('the rest', () => {
  it.each([
    ['GroupMembership: root anna', 'anna\n', true],
    ['GroupMembership: root beheer', 'anna\n', false],
    ['GroupMembership: root beheer', 'root\n', null],
    ['GroupMembership: root beheer', '', null],
  ])('%j with %j at the console → %j', (members, user, currentUserIsAdmin) => {
    expect(parseAccounts(members, user)).toMatchObject({ facts: { currentUserIsAdmin } });
  });

  it('reads the start of the kernel', () => {
    const now = 1_795_527_634_000 + 3_600_000;
    expect(parseBoottime('{ sec = 1795527634, usec = 1 } Tue Nov 24', now)).toMatchObject({
      facts: { uptimeHours: 1, pending: null },
    });
    expect(parseBoottime('', now)).toMatchObject({ state: 'error' });
  });

  it.each([
    ['{"mount-controls":{"harddisk-external":["eject","alert","deny"]}}', 'blocked'],
    ['{"mount-controls":{"harddisk-external":["read-only"]}}', 'read-only'],
    ['{"mount-controls":{"dvd":["deny"]}}', 'allowed'],
  ])('%s → %s', (output, policy) => {
    expect(parseMediaRestrictions(output)).toMatchObject({ facts: { policy } });
  });

  it('VPN services are split unless they override the primary', () => {
    const services = (OverridePrimary: number) =>
      JSON.stringify({
        NetworkServices: {
          A: { UserDefinedName: 'Office', Interface: { Type: 'VPN', SubType: 'x' }, IPv4: { OverridePrimary } },
        },
      });
    expect(parseVpnServices(services(1))).toMatchObject([{ instance: 'Office', facts: { splitTunnel: false } }]);
    expect(parseVpnServices(services(0))).toMatchObject([{ facts: { splitTunnel: true } }]);
    expect(parseVpnServices('{"NetworkServices":{}}')).toMatchObject([{ state: 'unsupported' }]);
  });

  it('a proxy is forced by a profile only', () => {
    const services = JSON.stringify({ NetworkServices: { A: { Proxies: { HTTPEnable: 1, HTTPProxy: 'p' } } } });
    expect(parseProxy({ policy: undefined, services })).toMatchObject({ facts: { proxy: 'p', proxyForced: false } });
    expect(parseProxy({ policy: '{"ProxyServer":"q"}', services })).toMatchObject({
      facts: { proxy: 'q', proxyForced: true },
    });
    expect(parseProxy({ policy: undefined, services: '{"NetworkServices":{}}' })).toMatchObject({
      facts: { proxy: 'none' },
    });
  });
});
