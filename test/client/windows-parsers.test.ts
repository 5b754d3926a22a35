// The Windows parsers on the lines that the scripts print. The lines are synthetic; the meaning of the values is Microsoft's.

import { describe, expect, it } from 'vitest';
import { parseAccounts } from '../../posture-client/collectors/windows/accounts.ts';
import { decodeProductState, parseAntimalware } from '../../posture-client/collectors/windows/antimalware.ts';
import { readBlob } from '../../posture-client/collectors/windows/blob.ts';
import { parseDiskEncryption } from '../../posture-client/collectors/windows/disk-encryption.ts';
import { parseFirewall } from '../../posture-client/collectors/windows/firewall.ts';
import { parseNetwork } from '../../posture-client/collectors/windows/network.ts';
import { parseOs } from '../../posture-client/collectors/windows/os.ts';
import { parseOsUpdates } from '../../posture-client/collectors/windows/os-updates.ts';
import { parseReboot } from '../../posture-client/collectors/windows/reboot.ts';
import { parseRemovableStorage } from '../../posture-client/collectors/windows/removable-storage.ts';
import { parseVpnClient } from '../../posture-client/collectors/windows/vpn-client.ts';

const line = (data: unknown): string => `${JSON.stringify({ check: 'x', languageMode: 'FullLanguage', data })}\r\n`;
const failed = (hresult: number, languageMode = 'FullLanguage'): string =>
  JSON.stringify({ check: 'x', languageMode, error: { id: 'X,Y', hresult } });

describe('the line of a script', () => {
  it('starts where the noise ends, and may carry a byte order mark', () => {
    expect(readBlob(`\uFEFF${line({ a: 1 })}`)).toEqual({ data: { a: 1 } });
    expect(readBlob(`Loading personal profile took 1203 ms.\r\n${line({ a: 1 })}`)).toEqual({ data: { a: 1 } });
  });

  it.each([
    [-2147024891, 'denied', 'E_ACCESSDENIED'],
    [-2147217405, 'denied', 'WBEM_E_ACCESS_DENIED'],
    [-2147217394, 'unsupported', 'invalid namespace'],
    [-2147221164, 'unsupported', 'class not registered'],
    [-2146233087, 'error', 'any other exception'],
  ])('HRESULT %d → %s (%s)', (hresult, state) => {
    expect(readBlob(failed(hresult))).toMatchObject({ failure: { state } });
  });

  it('constrained language mode is no fault of the settings', () => {
    expect(readBlob(failed(-2146233087, 'ConstrainedLanguage'))).toMatchObject({ failure: { state: 'unsupported' } });
  });

  it.each([
    ['', 'output-empty'],
    ['{"data":{"profi', 'output-unreadable'],
    ['Accès refusé.', 'output-unreadable'],
  ])('%j → %s', (output, code) => {
    expect(readBlob(output)).toMatchObject({ failure: { state: 'error', error: { code } } });
  });
});

describe('antivirus', () => {
  it.each([
    [397568, true, true, true],
    [397584, true, false, true],
    [393472, false, true, true],
    [401664, false, true, true],
    [266240, true, true, false],
    [266256, true, false, false],
    [262144, false, true, false],
  ])('product state %d: on %s, current %s, of Microsoft %s', (state, on, current, ofMicrosoft) => {
    expect(decodeProductState(state)).toEqual({ on, current, ofMicrosoft });
  });

  it('a foreign product has no signature age: Security Center does not know it', () => {
    const output = line({
      defender: { AntivirusEnabled: false, RealTimeProtectionEnabled: false, AMRunningMode: 'Passive Mode' },
      products: [
        { displayName: 'Windows Defender', productState: 393472 },
        { displayName: 'Example Security', productState: 266240 },
      ],
    });
    expect(parseAntimalware(output)).toMatchObject([
      { instance: 'defender', state: 'partial', facts: { enabled: false } },
      { instance: 'Example Security', state: 'partial', facts: { enabled: true, signatureUpdatedAt: null } },
    ]);
  });

  it('a list of one is printed as the one', () => {
    const output = line({ defender: null, products: { displayName: 'Example Security', productState: 266240 } });
    expect(parseAntimalware(output)).toHaveLength(1);
  });

  it('nothing at all is measured: not installed', () => {
    expect(parseAntimalware(line({ defender: null, products: [] }))).toMatchObject([
      { facts: { product: 'none', installed: false } },
    ]);
  });

  it('reads seven digits of a second, and takes no date without a zone', () => {
    const at = (AntivirusSignatureLastUpdated: string) =>
      parseAntimalware(line({ defender: { AntivirusSignatureLastUpdated } }));
    expect(at('2026-11-22T03:11:00.1234567Z')).toMatchObject([
      { facts: { signatureUpdatedAt: '2026-11-22T03:11:00.123Z' } },
    ]);
    expect(at('2026-11-22T03:11:00')).toMatchObject([{ facts: { signatureUpdatedAt: null } }]);
    expect(at('/Date(1763781060000)/')).toMatchObject([{ facts: { signatureUpdatedAt: null } }]);
  });
});

describe('firewall', () => {
  const parse = (enabled: unknown, inbound: unknown) =>
    parseFirewall(line({ profiles: [{ name: 'Public', enabled, inbound }] }));

  it.each<[number, number, boolean | null, string]>([
    [1, 4, true, 'on and blocking'],
    [1, 0, true, 'on with the default'],
    [1, 2, false, 'on, but everything may come in'],
    [0, 4, false, 'off'],
    [2, 4, null, 'not configured: unknown'],
  ])('enabled %j, inbound %j → effective %j (%s)', (enabled, inbound, effective) => {
    expect(parse(enabled, inbound)).toMatchObject([{ instance: 'public', facts: { effective } }]);
  });

  it('no known profile is an error', () => {
    expect(parseFirewall(line({ profiles: [] }))).toMatchObject([{ state: 'error' }]);
  });
});

describe('BitLocker', () => {
  it.each([
    [1, true, true],
    [2, false, false],
    [3, false, false],
    [4, false, false],
    [5, true, false],
    [6, true, true],
    [8, false, false],
  ])('property %d: encrypted %s, protected %s', (protection, encrypted, protectionOn) => {
    const output = line({ volumes: [{ mount: 'C:', system: true, protection }] });
    expect(parseDiskEncryption(output)).toMatchObject([
      { instance: 'C:', facts: { encrypted, protectionOn, isSystem: true } },
    ]);
  });

  it.each([[null], [7], ['1']])('property %j is unknown, not off', protection => {
    expect(parseDiskEncryption(line({ volumes: [{ mount: 'C:', protection }] }))).toMatchObject([
      { state: 'unsupported', instance: 'C:' },
    ]);
  });

  it('no volume is an error', () => {
    expect(parseDiskEncryption(line({ volumes: null }))).toMatchObject([{ state: 'error' }]);
  });
});

describe('updates and restart', () => {
  it('reads counts, times and the level', () => {
    const output = line({
      lastSearch: '2026-11-24T04:00:00.0000000Z',
      lastInstallation: null,
      notificationLevel: 4,
      pendingTotal: 3,
      pendingSecurity: 1,
    });
    expect(parseOsUpdates(output)).toMatchObject([
      {
        state: 'partial',
        facts: {
          scannedAt: '2026-11-24T04:00:00.000Z',
          lastInstalledAt: null,
          pendingSecurity: 1,
          autoInstall: 'install',
        },
      },
    ]);
  });

  it.each([
    [false, false, false],
    [true, false, true],
    [false, true, true],
    [null, false, null],
    [null, true, true],
  ])('servicing %j, update %j → pending %j', (servicing, windowsUpdate, pending) => {
    expect(parseReboot(line({ servicing, windowsUpdate, lastBoot: null, uptimeHours: 1 }))).toMatchObject([
      { facts: { pending } },
    ]);
  });

  it('reads the operating system block, and survives its absence', () => {
    expect(
      parseOs(line({ caption: 'Windows 11', version: '10.0.26100', build: '26100', revision: 7171 })),
    ).toMatchObject({ build: '26100', revision: 7171 });
    expect(parseOs('')).toMatchObject({ family: 'windows', version: 'unknown' });
  });
});

describe('administrators', () => {
  const parse = (data: object) => parseAccounts(line(data));

  it.each<[object, boolean | null, string]>([
    [{ administrators: ['CORP\\bram'], sessionUser: 'corp\\BRAM' }, true, 'names know no case'],
    [{ administrators: ['PC\\Administrator'], sessionUser: 'CORP\\bram' }, false, 'not a member'],
    [{ administrators: ['PC\\Administrator'], sessionUser: null }, null, 'nobody at the screen'],
    [
      { administrators: [], sessionUser: 'CORP\\bram', agentUser: 'CORP\\bram', agentGroups: ['S-1-5-32-544'] },
      true,
      'through a group: the token knows',
    ],
    [
      {
        administrators: [],
        sessionUser: 'CORP\\bram',
        agentUser: 'NT AUTHORITY\\SYSTEM',
        agentGroups: ['S-1-5-32-544'],
      },
      false,
      "the service's token says nothing about the person",
    ],
  ])('%j → %j (%s)', (data, currentUserIsAdmin) => {
    expect(parse(data)).toMatchObject([{ facts: { currentUserIsAdmin } }]);
  });

  it('no list is an error, not zero', () => {
    expect(parse({ sessionUser: 'CORP\\bram' })).toMatchObject([{ state: 'error' }]);
  });
});

describe('USB storage, VPN, proxy', () => {
  it.each([
    [{ usbstorStart: 4, uaspStart: 4 }, 'blocked'],
    [{ usbstorStart: 4, uaspStart: null }, 'blocked'],
    [{ usbstorStart: 4, uaspStart: 3 }, 'allowed'],
    [{ usbstorStart: 3, denyAll: 1 }, 'blocked'],
    [{ usbstorStart: 3, denyWrite: 1 }, 'read-only'],
    [{ usbstorStart: 3, denyWriteUnencrypted: 1 }, 'encrypted-only'],
    [{ usbstorStart: 3, denyWrite: 1, denyAll: 1 }, 'blocked'],
    [{}, 'allowed'],
  ])('%j → %s', (data, policy) => {
    expect(parseRemovableStorage(line(data))).toMatchObject([{ facts: { policy } }]);
  });

  it('reads connections, and says when there are none', () => {
    const connections = [{ name: 'Office', tunnelType: 'Ikev2', splitTunneling: true }];
    expect(parseVpnClient(line({ connections }))).toMatchObject([
      { facts: { product: 'Windows VPN Ikev2', splitTunnel: true } },
    ]);
    expect(parseVpnClient(line({ connections: [] }))).toMatchObject([{ state: 'unsupported' }]);
  });

  it.each([
    [0, { proxyEnable: 1, proxyServer: 'p:8080' }, 'p:8080', true],
    [1, { proxyEnable: 1, proxyServer: 'p:8080' }, 'p:8080', false],
    [0, { proxyEnable: 0, proxyServer: 'p:8080' }, 'none', false],
    [0, { autoConfigUrl: 'http://p/pac' }, 'http://p/pac', true],
    [null, {}, 'none', false],
  ])('per user %j, %j → %s, forced %s', (proxySettingsPerUser, machine, proxy, proxyForced) => {
    expect(parseNetwork(line({ proxySettingsPerUser, machine }))).toMatchObject([{ facts: { proxy, proxyForced } }]);
  });
});
