// Whatever a program prints, a parser answers with a finding whose facts fit their schema, and never throws.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { type CheckType, checkFactsSchemas } from '../../gateway/contract/check-facts.ts';
import { applicationsFinding, namesIn } from '../../posture-client/collectors/applications.ts';
import type { Finding } from '../../posture-client/collectors/finding.ts';
import { fromCtime, fromIso, fromLocal } from '../../posture-client/collectors/instants.ts';
import * as linuxAccounts from '../../posture-client/collectors/linux/accounts.ts';
import { parseDpkg } from '../../posture-client/collectors/linux/applications.ts';
import { parseClamscanVersion } from '../../posture-client/collectors/linux/antimalware.ts';
import { parseLsblk } from '../../posture-client/collectors/linux/disk-encryption.ts';
import * as linuxFirewall from '../../posture-client/collectors/linux/firewall.ts';
import * as linuxNetwork from '../../posture-client/collectors/linux/network.ts';
import { parseOsRelease } from '../../posture-client/collectors/linux/os.ts';
import * as packages from '../../posture-client/collectors/linux/package-updates.ts';
import * as linuxReboot from '../../posture-client/collectors/linux/reboot.ts';
import * as linuxUsb from '../../posture-client/collectors/linux/removable-storage.ts';
import { parseKeyfile, parseSwanctl } from '../../posture-client/collectors/linux/vpn-client.ts';
import * as macAccounts from '../../posture-client/collectors/macos/accounts.ts';
import { parseXprotect } from '../../posture-client/collectors/macos/antimalware.ts';
import { parseFilevault } from '../../posture-client/collectors/macos/disk-encryption.ts';
import { parseAlfState, parseFirewallProfile } from '../../posture-client/collectors/macos/firewall.ts';
import * as macNetwork from '../../posture-client/collectors/macos/network.ts';
import { parseSwVers } from '../../posture-client/collectors/macos/os.ts';
import { parseSoftwareUpdate } from '../../posture-client/collectors/macos/os-updates.ts';
import { parseBoottime } from '../../posture-client/collectors/macos/reboot.ts';
import { parseMediaRestrictions } from '../../posture-client/collectors/macos/removable-storage.ts';
import { parseVpnServices } from '../../posture-client/collectors/macos/vpn-client.ts';
import * as winAccounts from '../../posture-client/collectors/windows/accounts.ts';
import { parseAntimalware } from '../../posture-client/collectors/windows/antimalware.ts';
import { parseApplications } from '../../posture-client/collectors/windows/applications.ts';
import { parseDiskEncryption } from '../../posture-client/collectors/windows/disk-encryption.ts';
import * as winFirewall from '../../posture-client/collectors/windows/firewall.ts';
import { parseNetwork } from '../../posture-client/collectors/windows/network.ts';
import { parseOs } from '../../posture-client/collectors/windows/os.ts';
import { parseOsUpdates } from '../../posture-client/collectors/windows/os-updates.ts';
import * as winReboot from '../../posture-client/collectors/windows/reboot.ts';
import * as winUsb from '../../posture-client/collectors/windows/removable-storage.ts';
import { parseVpnClient } from '../../posture-client/collectors/windows/vpn-client.ts';

type Parser<T extends CheckType> = (text: string) => Finding<T> | readonly Finding<T>[] | undefined;
type Table = { readonly [T in CheckType]: readonly Parser<T>[] };

const now = 1_795_527_634_000;
const parsers: Table = {
  antimalware: [
    text => parseClamscanVersion(text, undefined),
    parseAntimalware,
    text => parseXprotect({ status: text, history: text }),
  ],
  firewall: [
    text => linuxFirewall.parseFirewall({ ruleset: text, ufwConf: text, firewalldState: text, ipv6Off: false }),
    winFirewall.parseFirewall,
    parseAlfState,
    parseFirewallProfile,
  ],
  'os-updates': [parseOsUpdates, text => parseSoftwareUpdate({ list: text, history: text, settings: text, now })],
  reboot: [
    text => linuxReboot.parseReboot({ marker: { text }, procStat: text, release: text, boot: [], now }),
    winReboot.parseReboot,
    text => parseBoottime(text, now),
  ],
  'disk-encryption': [parseLsblk, parseDiskEncryption, parseFilevault],
  accounts: [
    text =>
      linuxAccounts.parseAccounts({ groups: text, users: text, people: linuxAccounts.parseWho(text), sudoers: text }),
    winAccounts.parseAccounts,
    text => macAccounts.parseAccounts(text, text),
  ],
  'removable-storage': [
    text =>
      linuxUsb.parseRemovableStorage({
        ...{ modprobe: text, builtin: text, loaded: text },
        usbguard: { configuration: text, rules: text },
      }),
    winUsb.parseRemovableStorage,
    parseMediaRestrictions,
  ],
  'vpn-client': [parseKeyfile, text => parseSwanctl(text, text), parseVpnClient, parseVpnServices],
  network: [
    text =>
      linuxNetwork.parseProxy({
        ...{ environment: text, dconf: text, dconfLocks: text, firefoxPolicies: text },
        chromePolicies: [text],
      }),
    parseNetwork,
    text => macNetwork.parseProxy({ policy: text, services: text }),
  ],
  // The card's software speaks in structures of PKCS #11, never in text.
  'smart-card': [],
  applications: [
    text => applicationsFinding({ installed: parseDpkg(text), running: namesIn(text) }, watchedApplications, 'linux'),
    text => {
      const seen = parseApplications(text);
      return 'failure' in seen ? seen.failure : applicationsFinding(seen, watchedApplications, 'windows');
    },
  ],
};
const watchedApplications = [
  { word: 'teamviewer', windows: ['TeamViewer*'], macos: ['TeamViewer'], linux: ['teamviewer'] },
];

/** Words that occur in real output, so that random text gets past the first line of a parser. */
const words = fc.constantFrom(
  ...[
    'ClamAV 1.4/1/',
    'Sun Nov 22 08:25:11 2026',
    'Inst ',
    '[amd64])',
    'btime 99999999999',
    'FileVault is On.',
    '(State = 1)',
  ],
  ...[
    'blacklist usb-storage',
    '[connection]\ntype=vpn',
    'remote_ts = ',
    'connections {',
    'GroupMembership: ',
    '* Label: ',
    '\n',
    ' ',
  ],
  ...[
    'http_proxy=',
    'sudo:x:27:a,b',
    'a:x:0:0:::',
    'No new software available.',
    '{ sec = 99999999999, usec',
    '2026-13-45 99:99:99',
  ],
);
const lines = fc.array(fc.oneof(words, fc.string()), { maxLength: 12 }).map(parts => parts.join(''));
const names = fc.constantFrom(
  ...[
    'data',
    'error',
    'nftables',
    'chain',
    'rule',
    'expr',
    'blockdevices',
    'children',
    'mountpoints',
    'name',
    'type',
    'volumes',
    'mount',
  ],
  ...[
    'protection',
    'profiles',
    'enabled',
    'inbound',
    'products',
    'productState',
    'displayName',
    'defender',
    'administrators',
    'machine',
  ],
  ...[
    'NetworkServices',
    'Interface',
    'Type',
    'SPInstallHistoryDataType',
    'install_date',
    '_name',
    'connections',
    'uptimeHours',
    '__proto__',
  ],
);
const leaf = fc.oneof(
  fc.constantFrom('C:', 'input', 'VPN', 'crypt', '/', '[SWAP]', 'Domain', 'XProtect'),
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const json = fc
  .letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(names, tie('value'), { maxKeys: 5 }),
    ),
  }))
  .value.map(value => JSON.stringify(value));

/** Real and recorded output with a piece cut out, doubled or overwritten. */
const corpus = ['../../posture-client/recorded', 'captures'].flatMap(folder => {
  const root = new URL(`${folder}/`, import.meta.url);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.endsWith('.mjs'))
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8').slice(0, 6000));
});
const replacement = fc.oneof(
  fc.constant(''),
  fc.constantFrom('null', '-1', '1e99', '0.5', '[]', '{}', '"', '99'),
  fc.string(),
);
const damaged = fc
  .tuple(fc.constantFrom(...corpus), fc.nat(), fc.nat(12), replacement)
  .map(([text, at, length, put]) => {
    const start = text.length === 0 ? 0 : at % text.length;
    return text.slice(0, start) + put + text.slice(start + length);
  });
const output = fc.oneof(lines, json, damaged);

describe('parsers and arbitrary text', () => {
  it.each(Object.keys(parsers) as CheckType[])('%s', type => {
    const schema = Compile(checkFactsSchemas[type]);
    fc.assert(
      fc.property(output, text => {
        for (const parse of parsers[type]) {
          const result = parse(text) ?? [];
          for (const finding of Array.isArray(result)
            ? (result as Finding<CheckType>[])
            : [result as Finding<CheckType>]) {
            if (!('facts' in finding)) continue;
            expect([...schema.Errors(finding.facts)].map(error => `${error.instancePath} ${error.message}`)).toEqual(
              [],
            );
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('operating system blocks, package lists and dates', () => {
    const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
    fc.assert(
      fc.property(output, text => {
        for (const block of [parseOs(text), parseSwVers(text), parseOsRelease(text, text, text)]) {
          expect(block.version.length).toBeLessThanOrEqual(64);
        }
        packages.parseAptSimulation(text);
        packages.parseAptPeriodic(text);
        packages.parseDnfSecurity(text);
        packages.parseDnfUpdates(text, 100);
        for (const at of [fromIso(text), fromCtime(text), fromLocal(text, 'Europe/Brussels')]) {
          if (at !== null) expect(at).toMatch(date);
        }
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['2026-02-30 10:00:00', 'Europe/Brussels', null],
    ['2026-11-24 13:44:41', 'Europe/Brussels', '2026-11-24T12:44:41.000Z'],
    ['2026-07-24  13:44:41', 'Europe/Brussels', '2026-07-24T11:44:41.000Z'],
    ['2026-07-24 13:44:41', 'No/Where', null],
  ])('local %s in %s is %s', (text, zone, expected) => {
    expect(fromLocal(text, zone)).toBe(expected);
  });
});
