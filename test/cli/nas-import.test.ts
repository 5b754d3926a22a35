// `sluis nas import`: real files of FreeRADIUS and NPS, hostile ones, and the way round: what was imported is in order, and a
// gateway answers whoever comes with the imported secret.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { makeInstallation } from '../../gateway/cli/demo/installation.ts';
import { run as checkConfig } from '../../gateway/cli/config-check.ts';
import { run } from '../../gateway/cli/nas.ts';
import { loadConfig } from '../../gateway/io/configuration.ts';
import { carriedAddress, nasNameFrom, secretFault } from '../../gateway/cli/nas-carried.ts';
import { nasFromFreeradius } from '../../gateway/cli/nas-from-freeradius.ts';
import { nasFromNps } from '../../gateway/cli/nas-from-nps.ts';
import { radclient, signed } from '../interop/radclient-client.ts';
import { describeWith } from '../support/programs.ts';

const secret = 'correct-horse-7';

const freeradiusSample = `# Concentrators
client vpn_brussels {
	ipaddr = 127.0.0.7
	secret = ${secret}
	shortname = VPN_Brussels
	require_message_authenticator = yes
	nas_type = cisco
	limit {
		max_connections = 16
	}
}
client vpn-gent {
	ipv6addr = 2001:DB8::0:7/128
	secret = "two words \\" quoted"
	require_message_authenticator = auto
	limit_proxy_state = auto
}
client 198.51.100.0/24 { secret = '${secret}#'
	require_message_authenticator = no
	virtual_server = vpn }
$INCLUDE more-clients.conf
client short { ipaddr = 192.0.2.10
	secret = testing123 }
client byname { ipaddr = vpn.example.org
	secret = ${secret} }
client any { ipaddr = *
	secret = ${secret} }
client tls { ipaddr = 192.0.2.11
	proto = tls
	secret = radsec }
client escaped { ipaddr = 192.0.2.12
	secret = "abc\\101defghijkl" }
client nothing { ipaddr = 192.0.2.13 }
clients per_socket { client inner { ipaddr = 192.0.2.14
	secret = ${secret} } }
client dup { ipaddr = 127.0.0.7
	secret = ${secret} }
`;

const property = (name: string, value: string, type = 'string') =>
  `<${name} xmlns:dt="urn:schemas-microsoft-com:datatypes" dt:dt="${type}">${value}</${name}>`;
const npsClient = (name: string, properties: Readonly<Record<string, string>>) =>
  `<${name.replaceAll(/\W/g, '_')} name="${name}"><Properties>${Object.entries({
    NAS_Manufacturer: '0',
    Radius_Client_Enabled: '1',
    Require_Signature: '0',
    ...properties,
  })
    .map(([key, value]) => property(key, value))
    .join('\n')}</Properties></${name.replaceAll(/\W/g, '_')}>`;
const template = '{1A1917B8-D2C0-43B3-8144-FAE167CE9316}';
const npsFile = (clients: string) => `<?xml version="1.0"?>
<Root xmlns:dt="urn:schemas-microsoft-com:datatypes">
<Children>
<Version name="Version" dt:dt="int">257</Version>
<Templates name="Templates"><Children><Shared><Properties>${property('Template_Guid', template.toLowerCase())}${property(
  'Shared_Secret',
  'secret-of-a-template',
)}</Properties></Shared></Children></Templates>
<Microsoft_Internet_Authentication_Service name="Microsoft Internet Authentication Service">
<Children><Protocols name="Protocols"><Children>
<Microsoft_Radius_Protocol name="Microsoft Radius Protocol"><Children>
<Vendors name="Vendors"><Children/></Vendors>
<Clients name="Clients">
<Children>
${clients}
</Children></Clients></Children></Microsoft_Radius_Protocol></Children></Protocols></Children>
</Microsoft_Internet_Authentication_Service></Children></Root>
`;
const npsSample = npsFile(
  [
    npsClient('VPN Antwerp', { IP_Address: '127.0.0.8', Shared_Secret: 'R&amp;D-secret-1234', Require_Signature: '1' }),
    npsClient('Cisco 3Com', { IP_Address: '192.0.2.30', Client_Secret_Template_Guid: template, NAS_Manufacturer: '9' }),
    npsClient('Old', { IP_Address: '192.0.2.31', Shared_Secret: secret, Radius_Client_Enabled: '0' }),
    npsClient('Hidden', { IP_Address: '192.0.2.32' }),
    npsClient('Named', { IP_Address: 'vpn.example.org', Shared_Secret: secret }),
    npsClient('Torn', { IP_Address: '192.0.2.33', Shared_Secret: secret, Client_Secret_Template_Guid: template }),
    npsClient('École', { IP_Address: '192.0.2.34', Shared_Secret: 'mot-de-passe-é', Quarantine_Compatible: '1' }),
  ].join('\n'),
);

describe('clients.conf', () => {
  const read = () => {
    const found = nasFromFreeradius(freeradiusSample, 'clients.conf');
    if ('problems' in found) throw new Error(JSON.stringify(found.problems));
    return found;
  };

  it('becomes concentrators', () => {
    expect(read().nas.map(nas => ({ ...nas, differs: [] }))).toEqual(
      [
        { name: 'vpn-brussels', address: '127.0.0.7', secret, requireMessageAuthenticator: true, line: 2 },
        {
          name: 'vpn-gent',
          address: '2001:db8::7',
          secret: 'two words " quoted',
          requireMessageAuthenticator: true,
          line: 12,
        },
        {
          name: '198.51.100.0-24',
          address: '198.51.100.0/24',
          secret: `${secret}#`,
          requireMessageAuthenticator: false,
          line: 18,
        },
        { name: 'dup', address: '127.0.0.7', secret, requireMessageAuthenticator: true, line: 36 },
      ].map(nas => ({ ...nas, differs: [] })),
    );
  });

  it('and what does not is named by line and reason', () => {
    expect(read().left.map(({ line, about, text }) => [line, about, text.slice(0, 34)])).toEqual([
      [7, 'client vpn_brussels: nas_type', 'profiles take its place: name one '],
      [8, 'client vpn_brussels: limit', 'it bounds TCP connections, and the'],
      [16, 'client vpn-gent: limit_proxy_state', 'a request with Proxy-State must be'],
      [20, 'client 198.51.100.0/24: virtual_server', 'who may do what stands in the poli'],
      [21, '$INCLUDE more-clients.conf', 'not followed: import that file as '],
      [23, 'client short', 'its secret has 10 characters, and '],
      [24, 'client byname', 'not an address: a name is not look'],
      [26, 'client any', 'any address: name those of your co'],
      [29, 'client tls', 'it comes by tls: RADIUS here is UD'],
      [32, 'client escaped', 'its secret has a backslash in quot'],
      [33, 'client nothing', 'it has no secret'],
      [34, 'clients per_socket', 'not a client; the 1 client section'],
    ]);
  });

  it('and what means something else is named as well', () => {
    const differs = read().nas.flatMap(nas => nas.differs);
    expect(differs.map(({ line, text }) => [line, text.split(/[:;,]/)[0]])).toEqual([
      [2, 'is called vpn-brussels here'],
      [15, 'auto waits for the first signed request'],
      [18, 'is called 198.51.100.0-24 here'],
      [19, 'no is carried over'],
      [36, 'was not given'],
    ]);
  });

  it('never has its secrets in what is said', () => {
    const { left, nas } = read();
    expect(JSON.stringify([left, nas.map(each => each.differs)])).not.toMatch(
      /correct-horse|testing123|two words|defghijkl/,
    );
  });

  it('has its older ways: netmask, a name that is an address, two secrets', () => {
    const old =
      'client 192.0.2.0 {\n netmask = 24\n shortname = old\n secret = first-secret-1\n secret = second-secret\n require_message_authenticator = 1\n}';
    expect(nasFromFreeradius(old, 'x')).toMatchObject({
      nas: [{ name: 'old', address: '192.0.2.0/24', secret: 'first-secret-1', differs: [] }],
      left: [{ line: 5, text: 'given a second time; FreeRADIUS takes the first' }],
    });
  });
});

describe('an NPS export', () => {
  const read = (text = npsSample) => {
    const found = nasFromNps(text, 'nps.xml');
    if ('problems' in found) throw new Error(JSON.stringify(found.problems));
    return found;
  };

  it('becomes concentrators, with secrets of templates', () => {
    expect(read().nas.map(({ name, address, secret: found }) => [name, address, found])).toEqual([
      ['vpn-antwerp', '127.0.0.8', 'R&D-secret-1234'],
      ['cisco-3com', '192.0.2.30', 'secret-of-a-template'],
      ['cole', '192.0.2.34', 'mot-de-passe-é'],
    ]);
  });

  it('and what does not is named by reason', () => {
    expect(read().left.map(({ about, text }) => [about, text.split(':')[0]])).toEqual([
      ['client Old', 'it is disabled in NPS'],
      ['client Hidden', 'it has no secret in this export'],
      ['client Named', 'not an address'],
      ['client Torn', 'its secret and that of its template differ'],
    ]);
    const about = (name: string) =>
      read()
        .nas.flatMap(({ differs }) => differs)
        .filter(each => each.about === name)
        .map(({ text }) => text);
    expect(about('client VPN Antwerp')).toEqual(['is called vpn-antwerp here']);
    expect(about('client Cisco 3Com')).toEqual([
      'is called cisco-3com here',
      expect.stringContaining('NPS did not demand a Message-Authenticator'),
      expect.stringContaining('vendor 9'),
    ]);
    expect(about('client École').join()).toMatch(/outside ASCII.*NAP is gone/);
  });

  it('is refused when it is hostile, or something else', () => {
    const entity = npsSample.replace('?>', '?>\n<!DOCTYPE Root [<!ENTITY x SYSTEM "file:///etc/passwd">]>');
    expect(nasFromNps(entity, 'nps.xml')).toMatchObject({ problems: [{ line: 2 }] });
    expect(nasFromNps('<Root/>', 'nps.xml')).toMatchObject({
      problems: [{ message: 'has no list of RADIUS clients' }],
    });
  });
});

describe('what a configuration can hold', () => {
  it('of addresses', () => {
    const cases: readonly (readonly [said: string, address: string | undefined])[] = [
      ['192.0.2.1', '192.0.2.1'],
      ['192.0.2.1/32', '192.0.2.1'],
      ['2001:DB8:0::1', '2001:db8::1'],
      ['2001:db8::/48', '2001:db8::/48'],
      ['fe80::1%eth0', undefined],
      ['::ffff:192.0.2.1', undefined],
      ['0.0.0.0/0', undefined],
      ['192.0.2.1/33', undefined],
      ['192.0.2.1/', undefined],
      ['192.0.2.1/8/8', undefined],
      ['192.168.1', undefined],
      ['', undefined],
    ];
    for (const [said, address] of cases) {
      const found = carriedAddress(said);
      expect('address' in found ? found.address : undefined, said).toBe(address);
    }
  });
  it('of names', () => {
    expect(['VPN_1', ' a  b ', '-..-', '2001:db8::1', 'x'.repeat(99)].map(nasNameFrom)).toEqual([
      'vpn-1',
      'a-b',
      undefined,
      '2001-db8-1',
      'x'.repeat(59),
    ]);
  });
  it('of secrets', () => {
    expect(secretFault('123456789012')).toBeUndefined();
    for (const wrong of ['', '12345678901', ' 123456789012', '123456\n789012', '123456\ud800789012']) {
      expect(secretFault(wrong), JSON.stringify(wrong)).toBeDefined();
    }
  });
});

describe('sluis nas import', () => {
  let directory: string;
  let config: string;
  let pristine: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluis-import-'));
    config = (await makeInstallation({ directory, laptops: [] }, Date.now())).configFile;
    pristine = readFileSync(config, 'utf8');
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const madeSecrets = () => readdirSync(directory).filter(name => name.endsWith('.secret') && name !== 'nas.secret');
  beforeEach(() => {
    writeFileSync(config, pristine);
    for (const name of madeSecrets()) rmSync(join(directory, name));
  });

  async function importing(from: string, text: string | Uint8Array, ...more: readonly string[]) {
    let out = '';
    let error = '';
    const file = join(directory, 'source');
    writeFileSync(file, text);
    const code = await run(['import', '--from', from, file, '--config', config, ...more], {
      write: written => (out += written),
      writeError: written => (error += written),
    });
    return { code, out, error };
  }

  it('writes nothing in a dry run, and says the same', async () => {
    const dry = await importing('clients.conf', freeradiusSample, '--dry-run');
    expect([dry.code, readFileSync(config, 'utf8'), madeSecrets()]).toEqual([1, pristine, []]);
    expect(dry.out).toContain('3 NAS would be added to');
    const wet = await importing('clients.conf', freeradiusSample);
    expect(wet.out.split('\n').slice(0, -4)).toEqual(dry.out.split('\n').slice(0, -3));
    expect(wet.out).toContain('source:36: dup – 127.0.0.7 is that of NAS vpn-brussels');
    expect(madeSecrets().sort()).toEqual(['198.51.100.0-24.secret', 'vpn-brussels.secret', 'vpn-gent.secret']);
  });

  it('gives every one of them the profile and the group that are named', async () => {
    const { code, out } = await importing('clients.conf', freeradiusSample, '--profile', 'cisco-asa', '--group', 'vpn');
    expect(code).toBe(1);
    expect(out).toContain('3 NAS added to');
    const loaded = loadConfig(config);
    if ('problems' in loaded) throw new Error('the configuration is not in order');
    const added = loaded.config.nas.slice(-3).map(({ profile, group }) => [profile.name, group]);
    expect(added).toEqual(Array(3).fill(['cisco-asa', 'vpn']));
    const wrong = await importing('clients.conf', freeradiusSample, '--profile', 'cisco');
    expect([wrong.code, wrong.error.includes('--profile is one of: check-point, cisco-asa')]).toEqual([2, true]);
  });

  it('says who shares a secret, and nothing about who stays behind', async () => {
    const client = (name: string, at: string) =>
      `client ${name} { ipaddr = ${at}, secret = ${secret}, require_message_authenticator = yes }\n`;
    const { code, out } = await importing(
      'clients.conf',
      client('one', '192.0.2.1') + client('two', '192.0.2.2') + client('Three', '192.0.2.2'),
    );
    expect(code).toBe(1);
    expect(out).toContain('source:2: two – has the same secret as one');
    expect(out).toContain('source:3: three – 192.0.2.2 is that of NAS two');
    expect(out).not.toContain('is called three here');
    expect(out).not.toContain(secret);
  });

  it('leaves who is there already, so that a second time changes nothing', async () => {
    await importing('nps', npsSample);
    const once = readFileSync(config, 'utf8');
    const { code, out } = await importing('nps', npsSample);
    expect([code, readFileSync(config, 'utf8')]).toEqual([1, once]);
    expect(out).toContain('0 NAS added to');
  });

  it('writes nothing when a line was not understood', async () => {
    const { code, error } = await importing('clients.conf', `${freeradiusSample}client broken {\n`);
    expect([code, readFileSync(config, 'utf8'), madeSecrets()]).toEqual([2, pristine, []]);
    expect(error).toMatch(/source:38: "client \{" is never closed/);
  });

  it('takes UTF-16 as Windows writes it, and refuses what is no text', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(npsSample, 'utf16le')]);
    expect((await importing('nps', utf16)).out).toContain('3 NAS added to');
    const { code, error } = await importing('nps', Buffer.from([0x3c, 0xe9, 0x3e]));
    expect([code, error]).toEqual([2, expect.stringContaining('neither UTF-8 nor UTF-16')]);
  });

  it('takes only what it knows', async () => {
    expect((await importing('cisco', '')).code).toBe(2);
    expect((await importing('nps', npsSample, '--json')).code).toBe(2);
  });

  const debian = '/etc/freeradius/3.0/clients.conf';
  it.skipIf(!existsSync(debian))("says of Debian's own clients.conf why nothing of it is taken", async () => {
    const { code, out } = await importing('clients.conf', readFileSync(debian));
    expect(code).toBe(1);
    expect(out.match(/its secret has 10 characters/g)).toHaveLength(2);
    expect(out).not.toContain('testing123');
    expect(readFileSync(config, 'utf8')).toBe(pristine);
  });

  describeWith('radclient', 'the way round', program => {
    it('is in order, and a gateway answers the imported secrets and no other', async () => {
      await importing('clients.conf', freeradiusSample);
      await importing('nps', npsSample);
      let said = '';
      expect(await checkConfig(['--config', config], text => (said += text))).toBe(0);
      expect(said).toContain('7 NAS');
      const gateway = await startGatewayProcess(config);
      const ask = (from: string, shared: string) => {
        const lines = [signed, `Packet-Src-IP-Address = ${from}`];
        return radclient(program, { kind: 'status', port: gateway.ports.authentication, secret: shared, lines });
      };
      try {
        expect((await ask('127.0.0.7', secret)).reply).toBe('Access-Accept');
        expect((await ask('127.0.0.8', 'R&D-secret-1234')).reply).toBe('Access-Accept');
        expect((await ask('127.0.0.8', secret)).reply).toBeUndefined();
        expect((await ask('127.0.0.9', secret)).reply).toBeUndefined();
      } finally {
        await gateway.stop();
      }
    });
  });
});
