// `sluis nas list, show, simulate, add` on a real installation: what is said of each concentrator, what it would be sent, and
// a configuration that a person wrote, with one concentrator more.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { run } from '../../gateway/cli/nas.ts';
import { run as runSecret } from '../../gateway/cli/secret.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { loadConfig } from '../../gateway/io/configuration.ts';
import { keyFileVariable } from '../../gateway/io/master-key.ts';
import { isSealed } from '../../gateway/io/sealed-secret.ts';
import { draftNasEntries, writeNasDraft } from '../../gateway/io/nas-entries.ts';
import { dump } from '../../gateway/radius/dump.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { nasProfile, nasProfiles } from '../support/nas-profiles.ts';

const others = [
  '{ name: ike, address: 192.0.2.1, secret-file: nas.secret, profile: strongswan }',
  '{ name: web, address: 192.0.2.2, secret-file: nas.secret, profile: ocserv, require-message-authenticator: no }',
  '{ name: net, address: 198.51.100.0/24, secret-file: nas.secret, path: ipsec }',
  '{ name: off, address: 192.0.2.3, secret-file: nas.secret, dynamic-authorization: { enabled: no } }',
  '{ name: own, address: 192.0.2.4, secret-file: nas.secret, dynamic-authorization: { port: 1700, secret-file: dae.secret }, passwords-over-plain-until: 2099-12-31 }',
  '{ name: was, address: 192.0.2.5, secret-file: nas.secret, passwords-over-plain-until: 2001-12-31 }',
  '{ name: tls, tls-name: vpn.example.org }',
];

let directory: string;
let config: string;
let pristine: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluis-nas-'));
  config = (await makeInstallation({ directory, laptops: [], moreNas: others }, Date.now())).configFile;
  writeFileSync(join(directory, 'dae.secret'), 'another-secret-for-changes', { mode: 0o600 });
  const made = readFileSync(config, 'utf8').replace(
    'accounting-port: 0 }',
    'accounting-port: 0, tls: { port: 0, certificate: server.pem, key: server.key, client-ca: trust.pem } }',
  );
  pristine = `# Who wrote this: me.\n${made}# The end.\n`;
});
beforeEach(() => writeFileSync(config, pristine));
afterEach(() => {
  for (const name of ['vpn-9.secret', 'vpn-10.secret']) rmSync(join(directory, name), { force: true });
});
afterAll(() => rmSync(directory, { recursive: true }));

async function nas(...args: readonly string[]) {
  let out = '';
  let error = '';
  const code = await run([...args, '--config', config], {
    write: text => (out += text),
    writeError: text => (error += text),
  });
  return { code, out, error };
}

const secret = () => readFileSync(join(directory, 'nas.secret'), 'utf8');

describe('sluis nas list and show', () => {
  it('says of each what it is and may, and never a secret', async () => {
    const { code, out } = await nas('list');
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map(line => line.split(/ {2,}/)),
    ).toEqual([
      ['NAME', 'ADDRESS', 'GROUP', 'PROFILE', 'PATH', 'SIGNED', 'LIVE CHANGE', 'PASSWORDS'],
      ['vpn-demo', '127.0.0.1', 'vpn', 'generic', 'loopback', 'required', 'CoA to 127.0.0.1 port 3799', 'no'],
      ['ike', '192.0.2.1', 'ike', 'strongswan', 'plain', 'required', 'Disconnect to 192.0.2.1 port 3799', 'no'],
      ['web', '192.0.2.2', 'web', 'ocserv', 'plain', 'optional', 'no', 'no'],
      ['net', '198.51.100.0/24', 'net', 'generic', 'ipsec', 'required', 'no', 'no'],
      ['off', '192.0.2.3', 'off', 'generic', 'plain', 'required', 'no', 'no'],
      ['own', '192.0.2.4', 'own', 'generic', 'plain', 'required', 'CoA to 192.0.2.4 port 1700', 'no'],
      ['was', '192.0.2.5', 'was', 'generic', 'plain', 'required', 'CoA to 192.0.2.5 port 3799', 'no'],
      ['tls', 'vpn.example.org', 'tls', 'generic', 'tls', 'optional', 'CoA over TLS', 'no'],
    ]);
    for (const said of [out, (await nas('list', '--json')).out, (await nas('show', 'own', '--json')).out]) {
      expect(said).not.toContain(secret());
      expect(said).not.toContain('another-secret');
    }
  });

  it('says why a session cannot be changed', async () => {
    const why = async (name: string) => /^live change +(.*)$/m.exec((await nas('show', name)).out)?.[1];
    expect(await why('web')).toBe(
      'no: ocserv takes no CoA- or Disconnect-Request; a program on its host could end sessions: a change waits for the next login',
    );
    expect(await why('net')).toContain('no: it has no single address: name one');
    expect(await why('off')).toBe('no: switched off by dynamic-authorization: { enabled: no }');
    expect(await why('ike')).toContain('by User-Name alone: every session of that name; its own secret');
    expect(await why('own')).toContain('a secret of its own for changes');
  });

  it('says where passwords are taken, and why not', async () => {
    const directoryLines = `directory:
  servers: [ldaps://dc1.example.be]
  ca-file: server.pem
  bind: { dn: "cn=sluis", password-file: nas.secret }
  kind: active-directory
  people: { base: "ou=people", attribute: extensionAttribute7 }
  groups: { base: "ou=groups" }
  passwords: yes
`;
    const kept = pristine.replace(/people:\n.*\n/, '').replace('nas:\n', `${directoryLines}nas:\n`);
    writeFileSync(config, kept);
    const listed = JSON.parse((await nas('list', '--json')).out) as { name: string; passwords: object }[];
    const of = (name: string) => listed.find(each => each.name === name)?.passwords;
    expect(of('vpn-demo')).toEqual({ possible: true, because: 'its path is loopback' });
    expect(of('net')).toEqual({ possible: true, because: 'its path is ipsec' });
    expect(of('tls')).toEqual({ possible: true, because: 'its path is tls' });
    expect(of('ike')).toMatchObject({
      possible: false,
      because: expect.stringContaining('its path is plain;') as string,
    });
    expect(of('own')).toMatchObject({ possible: true, until: '2099-12-31T23:59:59.999Z' });
    expect(of('was')).toMatchObject({
      possible: false,
      because: expect.stringContaining('excused for is over') as string,
    });
  });

  it('names the EAP methods, whose they are, and what is wrong with them', async () => {
    const methods = async (name: string) => /^EAP methods +(.*)$/m.exec((await nas('show', name)).out)?.[1];
    expect(await methods('ike')).toBe('eap-tls, eap-ttls, peap, eap-mschapv2: those of everybody');
    const own = pristine.replace('name: ike,', 'name: ike, eap-methods: [peap, eap-gtc],');
    expect(own).not.toBe(pristine);
    writeFileSync(config, own.replace('tls-workers: 1', 'tls-workers: 1, methods: [eap-gtc]'));
    expect(await methods('ike')).toBe('peap, eap-gtc: its own; eap-gtc is refused, for its path is plain');
    expect(await methods('net')).toBe('eap-gtc: those of everybody');
  });

  it('names what there is when there is no such NAS', async () => {
    expect(await nas('show', 'vpn-7')).toMatchObject({
      code: 1,
      error: expect.stringContaining('there is: vpn-demo, ike') as string,
    });
  });
});

describe('sluis nas simulate', () => {
  /** The attributes of one packet of the output, decoded from the octets that were printed. */
  const decoded = (out: string, packet: string): readonly string[] => {
    const [part = ''] = out.slice(out.indexOf(packet)).split('\n\n');
    const octets = [...part.matchAll(/ {2}((?:[0-9a-f]{2} ?)+)$/gm)]
      .map(([, hex = '']) => hex.replaceAll(' ', ''))
      .join('');
    const body = Buffer.from(octets, 'hex');
    const header = Buffer.alloc(20);
    header[0] = 2;
    header.writeUInt16BE(20 + body.length, 2);
    const read = decode(Buffer.concat([header, body]));
    if (isRefused(read)) throw new Error(read.refused);
    return dump(read).slice(1);
  };

  it('prints the reply of each profile, and the octets are those of the words', async () => {
    const profiles = [
      ['vpn-demo', ['Filter-Id = "office"', 'Class = "S-exampleexample00"', 'Session-Timeout = 7200']],
      [
        'ike',
        ['Filter-Id = "office"', 'Tunnel-Type = ESP (9)', 'Class = "S-exampleexample00"', 'Session-Timeout = 7200'],
      ],
      ['web', ['Class = "OU=office"', 'Session-Timeout = 7200']],
    ] as const;
    for (const [name, attributes] of profiles) {
      const { out, code } = await nas('simulate', name, '--outcome', 'grant', '--session-timeout', '2h');
      expect(code).toBe(0);
      expect(decoded(out, 'Access-Accept')).toEqual([...attributes, 'Acct-Interim-Interval = 600']);
    }
  });

  it('keeps to the floor of a profile and to the day', async () => {
    const timeout = async (name: string, said: string) =>
      /Session-Timeout = (\d+)/.exec(
        (await nas('simulate', name, '--outcome', 'update', '--session-timeout', said)).out,
      )?.[1];
    expect(await timeout('ike', '10m')).toBe(String(nasProfile('strongswan').sessionTimeoutFloorS));
    expect(await timeout('vpn-demo', '5 days')).toBe('86400');
    expect(await timeout('vpn-demo', '90s')).toBe('90');
  });

  it('prints what names and changes a live session', async () => {
    const coa = (await nas('simulate', 'own', '--outcome', 'quarantine')).out;
    expect(coa).toContain('CoA-Request to 192.0.2.4 port 1700');
    expect(decoded(coa, 'CoA-Request')).toEqual(
      expect.arrayContaining([
        'Acct-Session-Id = "example-session"',
        'Framed-IP-Address = 10.0.0.7',
        'Filter-Id = "quarantine"',
      ]),
    );
    expect(decoded(coa, 'Disconnect-Request')).not.toContain('Filter-Id = "quarantine"');
    const kick = (await nas('simulate', 'ike', '--outcome', 'quarantine')).out;
    expect(kick).not.toContain('CoA-Request');
    expect(decoded(kick, 'Disconnect-Request')[0]).toBe('User-Name = "example-user"');
    expect(kick).not.toContain('Acct-Session-Id');
    expect((await nas('simulate', 'web', '--outcome', 'grant')).out).toContain('A live session cannot be changed');
  });

  it('rejects for deny, and never prints a digest made with the secret', async () => {
    const { out } = await nas('simulate', 'vpn-demo', '--outcome', 'deny');
    expect(out).toMatch(/^Access-Reject\n/);
    expect(out).not.toContain('Filter-Id');
    expect(out).not.toContain('50 12');
  });

  it('takes only what it knows', async () => {
    expect((await nas('simulate', 'vpn-demo', '--outcome', 'maybe')).code).toBe(2);
    expect((await nas('simulate', 'vpn-demo')).code).toBe(2);
    expect((await nas('simulate', 'vpn-demo', '--outcome', 'grant', '--session-timeout', 'long')).code).toBe(2);
    expect((await nas('list', '--outcome', 'grant')).code).toBe(2);
    expect((await nas('list', 'vpn-demo')).code).toBe(2);
    expect((await nas('frob')).code).toBe(2);
  });
});

describe('sluis nas profiles', () => {
  it('lists what there is, and shows one whole', async () => {
    const { code, out } = await nas('profiles');
    expect(code).toBe(0);
    expect(out.split('\n').map(line => line.split(/ {2,}/)[0])).toEqual([
      'PROFILE',
      ...nasProfiles.map(({ name }) => name),
      '',
    ]);
    const { out: shown } = await nas('profiles', 'fortigate');
    for (const part of [
      /^named by +user-name \+ framed-address$/m,
      'group: Fortinet-Group-Name = {value}',
      'outer-address: Fortinet-Client-IP-Address',
      'config user radius: set radius-coa: enable – without it no session can be ended',
      'vendor page: a Disconnect-Request needs User-Name and Framed-IP-Address',
    ]) {
      expect(shown).toMatch(part);
    }
    expect(JSON.parse((await nas('profiles', 'fortigate', '--json')).out)).toEqual(nasProfile('fortigate'));
    expect((await nas('profiles', 'fortinet')).code).toBe(2);
  });

  it('knows those of a directory of ours, before those that ship', async () => {
    const mine = join(directory, 'profiles');
    mkdirSync(mine, { recursive: true });
    const shipped = readFileSync(new URL('../../policies/nas-profiles/mikrotik.yaml', import.meta.url), 'utf8');
    writeFileSync(join(mine, 'mikrotik.yaml'), shipped.replace(/^product: .*$/m, 'product: our own MikroTik'));
    writeFileSync(join(mine, 'house.yaml'), shipped.replace(/^product: .*$/m, 'product: a house brand'));
    writeFileSync(config, pristine.replace('\nnas:', '\nnas-profiles: profiles\nnas:'));
    const { out } = await nas('profiles');
    expect(out).toMatch(/^mikrotik +our own MikroTik/m);
    expect(out).toMatch(/^house +a house brand/m);
    expect(out).toMatch(/^strongswan /m);
    writeFileSync(join(mine, 'house.yaml'), shipped.replace('change: coa', 'change: radio'));
    const { code, error } = await nas('profiles');
    expect(code).toBe(2);
    expect(error).toMatch(/house\.yaml:\d+: "radio" is not one of: coa, disconnect, .* – /);
    rmSync(mine, { recursive: true });
    expect((await nas('profiles')).error).toMatch(
      /sluis\.yaml:\d+: cannot read ".*profiles" – name a readable directory/,
    );
  });
});

describe('sluis nas add', () => {
  const add = (...args: readonly string[]) => nas('add', '--name', 'vpn-9', '--address', '2001:DB8::0:9', ...args);

  it('adds lines and a secret, and leaves every other octet and the mode', async () => {
    chmodSync(config, 0o640);
    const { code, out } = await add('--profile', 'strongswan', '--group', 'vpn');
    expect(code).toBe(0);
    const lines =
      '  - name: vpn-9\n    address: 2001:db8::9\n    secret-file: vpn-9.secret\n    profile: strongswan\n    group: vpn\n';
    const written = readFileSync(config, 'utf8');
    expect(written).toBe(pristine.replace('# The end.', `${lines}# The end.`));
    expect(statSync(config).mode % 0o1000).toBe(0o640);
    const made = readFileSync(join(directory, 'vpn-9.secret'), 'utf8');
    expect(made).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(statSync(join(directory, 'vpn-9.secret')).mode % 0o1000).toBe(0o600);
    expect(out).toContain(`secret = "${made}"`);
    const loaded = loadConfig(config);
    if ('problems' in loaded) throw new Error('the configuration is not in order');
    expect(Buffer.from(loaded.config.nas.at(-1)?.secret ?? '').toString()).toBe(made);
    chmodSync(config, 0o600);
  });

  it('prints the side of the concentrator for every profile', async () => {
    const marks = {
      strongswan: ['eap-radius {', 'filter_id = yes', 'dae {'],
      ocserv: ['groupconfig=true', 'select-group = office', 'select-group = quarantine', '/etc/radcli/servers'],
      openvpn: ['radiusplugin.so', 'sharedsecret='],
      generic: ['shared secret ', 'Filter-Id'],
      'cisco-asa': [
        'group-policy office internal',
        'group-policy quarantine internal',
        'dynamic-authorization port 3799',
      ],
      fortigate: ['edit "office"', 'set group-name "office"', 'set group-name "update"', 'set radius-coa enable'],
      'palo-alto-globalprotect': ['radius-vsa-on'],
      'check-point': ['RAD_quarantine'],
      mikrotik: ['src-address-list=update', '/radius incoming set accept=yes'],
      'windows-rras': ['Add-RemoteAccessRadius'],
      pfsense: ['auth-gen-token'],
      opnsense: ['strongswan.opnsense.d'],
      ivanti: ['if Filter-Id is "quarantine", role quarantine'],
    };
    for (const [profile, expected] of Object.entries(marks)) {
      writeFileSync(config, pristine);
      rmSync(join(directory, 'vpn-9.secret'), { force: true });
      const { out } = await add('--profile', profile);
      for (const mark of expected) expect(out).toContain(mark);
      expect(out).not.toMatch(/\{[a-z-]+\}/);
      expect(out).toContain(readFileSync(join(directory, 'vpn-9.secret'), 'utf8'));
    }
  });

  it('refuses what the configuration would refuse, and writes nothing', async () => {
    const nothingWritten = () => {
      expect(readFileSync(config, 'utf8')).toBe(pristine);
      expect(existsSync(join(directory, 'vpn-9.secret'))).toBe(false);
    };
    expect(await nas('add', '--name', 'vpn-9', '--address', '192.0.2.1')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/sluis\.yaml:\d+: 192\.0\.2\.1 is given twice/) as string,
    });
    nothingWritten();
    for (const name of ['../vpn-9', 'Vpn 9', ''])
      expect((await nas('add', '--name', name, '--address', '192.0.2.9')).code).toBe(2);
    expect((await nas('add', '--name', 'ike', '--address', '192.0.2.9')).error).toContain('there is a NAS ike already');
    expect((await nas('add', '--name', 'vpn-9', '--address', 'vpn.example.org')).code).toBe(2);
    expect((await add('--profile', 'cisco')).code).toBe(2);
    nothingWritten();
  });

  it('seals the secret where the others are sealed, and needs the key for it', async () => {
    const keyFile = join(directory, 'master.key');
    const open = readFileSync(join(directory, 'nas.secret'));
    const quiet = { write: () => undefined, writeError: () => undefined, terminal: false };
    const environment = { [keyFileVariable]: keyFile };
    expect(await runSecret(['new-key', keyFile], { ...quiet, environment })).toBe(0);
    expect(
      await runSecret(['seal', join(directory, 'nas.secret'), join(directory, 'dae.secret')], {
        ...quiet,
        environment,
      }),
    ).toBe(0);
    try {
      expect((await add()).code).toBe(2);
      vi.stubEnv(keyFileVariable, keyFile);
      const { code, out } = await add('--profile', 'strongswan');
      expect(code).toBe(0);
      const made = readFileSync(join(directory, 'vpn-9.secret'));
      expect(isSealed(made)).toBe(true);
      const loaded = loadConfig(config);
      if ('problems' in loaded) throw new Error('the configuration is not in order');
      expect(out).toContain(`secret = "${Buffer.from(loaded.config.nas.at(-1)?.secret ?? '').toString()}"`);
    } finally {
      vi.unstubAllEnvs();
      writeFileSync(join(directory, 'nas.secret'), open);
      writeFileSync(join(directory, 'dae.secret'), 'another-secret-for-changes');
    }
  });

  it('never writes over a file', async () => {
    writeFileSync(join(directory, 'vpn-9.secret'), 'mine');
    expect(await add()).toMatchObject({ code: 1, error: expect.stringContaining('is there already') as string });
    expect(readFileSync(join(directory, 'vpn-9.secret'), 'utf8')).toBe('mine');
    expect(readFileSync(config, 'utf8')).toBe(pristine);
  });

  it('lets nobody lose an edit that was made meanwhile', () => {
    const drafted = draftNasEntries(config, [{ name: 'vpn-9', address: '192.0.2.9', secret: 'x'.repeat(32) }]);
    if (!('draft' in drafted)) throw new Error('no draft');
    writeFileSync(config, `${pristine}# edited\n`);
    expect(writeNasDraft(drafted.draft)).toMatchObject({ refused: expect.stringContaining('meanwhile') as string });
    expect(readFileSync(config, 'utf8')).toBe(`${pristine}# edited\n`);
    expect(existsSync(join(directory, 'vpn-9.secret'))).toBe(false);
  });

  it('takes its secrets back when one of them cannot be written', () => {
    const two = [9, 10].map(at => ({ name: `vpn-${at}`, address: `192.0.2.${at}`, secret: 'x'.repeat(32) }));
    const drafted = draftNasEntries(config, two);
    if (!('draft' in drafted)) throw new Error('no draft');
    writeFileSync(join(directory, 'vpn-10.secret'), 'mine');
    expect(() => writeNasDraft(drafted.draft)).toThrow('EEXIST');
    expect(existsSync(join(directory, 'vpn-9.secret'))).toBe(false);
    expect(readFileSync(join(directory, 'vpn-10.secret'), 'utf8')).toBe('mine');
    expect(readFileSync(config, 'utf8')).toBe(pristine);
  });
});
