// Configuration: everything wrong is told at once, each with its line and what to do.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../gateway/config.ts';
import type { ConfigFiles, Unopened } from '../gateway/config-files.ts';
import { mmdb } from './support/mmdb.ts';
import { nasProfileFiles } from '../gateway/io/nas-profile-files.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const stored: Record<string, string> = {
  '/etc/sluis/server.pem': pem,
  '/etc/sluis/server.key': pem,
  '/etc/sluis/token': 'x'.repeat(32),
  '/etc/sluis/short': 'short',
  '/etc/sluis/pseudonym.key': 'k'.repeat(40),
  '/etc/sluis/vpn.secret': 'a long enough secret\n',
  '/etc/sluis/be-eid.yaml': 'id: be-eid\n',
};
const files: ConfigFiles = {
  profilesIn: nasProfileFiles,
  resolve: path => (path.startsWith('/') ? path : `/etc/sluis/${path}`),
  read: path => (stored[path] === undefined ? undefined : Buffer.from(stored[path])),
};

const good = `
name: gw.example
radius: { address: 127.0.0.1 }
eap: { certificate: server.pem, key: server.key }
agent-api: { certificate: server.pem, key: server.key }
operator-api: { token-file: token }
store: { path: sluis.db }
policies: policies
identity:
  profiles: [be-eid.yaml]
  pseudonym-key-file: pseudonym.key
devices:
  listed:
    pc-1.example: { class: managed-laptop }
    pc-2.example: { class: managed-laptop, state: stolen }
  unlisted: { class: private-pc }
people:
  groups-by-profile: { be-eid: [staff] }
nas:
  - name: vpn-1
    address: 192.0.2.1
    secret-file: vpn.secret
    profile: strongswan
  - { name: vpn-2, address: 198.51.100.0/24, secret-file: vpn.secret, group: vpn-1, require-message-authenticator: no }
`;

function problemsOf(text: string) {
  const result = readConfig(text, 'sluis.yaml', files);
  if ('config' in result) throw new Error('no problem was found');
  return result.problems;
}

describe('readConfig', () => {
  it('fills in what is not said', () => {
    const result = readConfig(good, 'sluis.yaml', files);
    if ('problems' in result) throw new Error(JSON.stringify(result.problems));
    const { config } = result;
    expect(config).toMatchObject({
      tenant: 'main',
      environment: 'production',
      radius: { address: '127.0.0.1', authenticationPort: 1812, accountingPort: 1813 },
      operatorApi: {
        address: '127.0.0.1',
        port: 9443,
        operators: [{ name: 'reader', token: 'x'.repeat(32), rights: ['read'] }],
      },
      store: { kind: 'embedded', path: '/etc/sluis/sluis.db' },
      policiesDirectory: '/etc/sluis/policies',
    });
    expect(config.nas.map(nas => [nas.name, nas.group, nas.requireMessageAuthenticator, nas.profile.name])).toEqual([
      ['vpn-1', 'vpn-1', true, 'strongswan'],
      ['vpn-2', 'vpn-1', false, 'generic'],
    ]);
    // The line feed at the end of a secret file is no part of the secret.
    expect(Buffer.from(config.nas[0]?.secret ?? []).toString()).toBe('a long enough secret');
    expect(config.register.devices.get('pc-2.example')).toEqual({ class: 'managed-laptop', state: 'stolen' });
    expect(config.register.unlisted).toEqual({ class: 'private-pc', state: 'active' });
    expect(config.register.groupsByProfile.get('be-eid')).toEqual(['staff']);
  });

  it.each([
    ['', 'production', 'off'],
    [', resumption: off', 'production', 'off'],
    [', resumption: machine', 'production', 'machine'],
    [', resumption: machine', 'test', 'machine'],
    [', resumption: any', 'test', 'any'],
  ])('reads eap "%s" in %s as resumption %s', (words, environment, resumption) => {
    const source = good
      .replace('server.key }', `server.key${words} }`)
      .replace('radius:', `environment: ${environment}\nradius:`);
    expect(readConfig(source, 'sluis.yaml', files)).toMatchObject({ config: { environment, eap: { resumption } } });
  });

  it.each([
    ['any', '', '"any" lets a person come back'],
    ['any', 'environment: production', '"any" lets a person come back'],
    ['on', 'environment: test', '"on" is not one of'],
  ])('refuses resumption %s where it says "%s"', (word, environment, message) => {
    // `environment` may stand anywhere in the file.
    const source = `${good.replace('server.key }', `server.key, resumption: ${word} }`)}${environment}\n`;
    const problems = problemsOf(source);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ line: 4, message: expect.stringContaining(message) as string });
    expect(problems[0]?.remedy).not.toBe('');
  });

  it('takes resumption any in a test environment that is named last', () => {
    const source = `${good.replace('server.key }', 'server.key, resumption: any }')}environment: test\n`;
    expect(readConfig(source, 'sluis.yaml', files)).toMatchObject({ config: { eap: { resumption: 'any' } } });
  });

  const withGroups = (groups: string) =>
    good.replace('agent-api: { certificate: server.pem, key: server.key', `$&, ticket-groups: ${groups}`);

  it.each([
    ['[vpn-1]', ['vpn-1']],
    ['vpn-1', ['vpn-1']],
  ])('makes tickets for the NAS groups %s', (groups, expected) => {
    const read = readConfig(withGroups(groups), 'sluis.yaml', files);
    expect(read).toMatchObject({ config: { agentApi: { ticketGroups: expected } } });
  });

  it('makes tickets for every NAS group when it names none', () => {
    const result = readConfig(good, 'sluis.yaml', files);
    expect(result).not.toHaveProperty('config.agentApi.ticketGroups');
    expect(result).toHaveProperty('config.agentApi.port', 8443);
  });

  it.each([
    // The second NAS has the name vpn-2 and is in group vpn-1.
    ['[vpn-1, vpn-2]', 'no NAS is in group "vpn-2"', 'use one of: vpn-1'],
    ['[]', 'ticket-groups names no group', 'name one, or leave the line out'],
    ['[VPN 1]', '"VPN 1" is not a name of a-z 0-9 . -', 'write a name of a-z 0-9 . -'],
  ])('takes no tickets for %s', (groups, message, remedy) => {
    expect(problemsOf(withGroups(groups))).toEqual([{ file: 'sluis.yaml', line: 5, message, remedy }]);
  });

  it.each([
    ['https://gateway.example.org', true],
    ['https://gateway.example.org:8443', true],
    ['https://gateway.example.org:443', false],
    ['https://gateway.example.org/', false],
    ['https://Gateway.example.org', false],
    ['http://gateway.example.org', false],
    ['gateway.example.org', false],
  ])('takes Web eID tokens made out to %s: %s', (origin, served) => {
    const source = good.replace(
      'agent-api: { certificate: server.pem, key: server.key',
      `$&, web-eid-origin: ${origin}`,
    );
    const read = readConfig(source, 'sluis.yaml', files);
    if (served) expect(read).toMatchObject({ config: { agentApi: { webEidOrigin: origin } } });
    else expect(problemsOf(source)).toMatchObject([{ line: 5 }]);
  });

  it('reports every problem with its line and a remedy', () => {
    const bad = good
      .replace('name: gw.example', 'nmae: gw.example')
      .replace('profile: strongswan', 'profile: strongswam')
      .replace('state: stolen', 'state: lost')
      .replace('address: 127.0.0.1', 'address: localhost');
    const problems = problemsOf(bad);
    expect(problems.map(found => found.line)).toEqual(expect.arrayContaining([2, 3, 15, 23]));
    expect(problems.find(found => found.message.includes('nmae'))?.remedy).toBe('did you mean "name"?');
    expect(problems.find(found => found.message.includes('strongswam'))?.remedy).toBe('did you mean "strongswan"?');
    expect(problems.every(found => found.remedy !== '' && found.file === 'sluis.yaml')).toBe(true);
  });

  describe('operators', () => {
    const others = { '/etc/sluis/an.token': 'a'.repeat(32), '/etc/sluis/bo.token': 'b'.repeat(32) };
    const read = (operators: string) =>
      readConfig(
        good.replace('{ token-file: token }', `{ token-file: token, operators: ${operators} }`),
        'sluis.yaml',
        {
          ...files,
          read: path => (path in others ? Buffer.from(Reflect.get(others, path) as string) : files.read(path)),
        },
      );

    it('each have a name, a token and rights of their own, beside the reader', () => {
      const entries =
        '[{ name: an, token-file: an.token, rights: [read, reveal] }, { name: bo, token-file: bo.token, rights: session }]';
      expect(read(entries)).toMatchObject({
        config: {
          operatorApi: {
            operators: [
              { name: 'reader', rights: ['read'] },
              { name: 'an', token: 'a'.repeat(32), rights: ['read', 'reveal'] },
              { name: 'bo', token: 'b'.repeat(32), rights: ['session'] },
            ],
          },
        },
      });
    });

    it.each([
      ['{ name: reader, token-file: an.token, rights: [read] }', '"reader" is the name of another operator'],
      ['{ name: an, token-file: token, rights: [read] }', 'another operator has the same token'],
      ['{ name: an, token-file: an.token, rights: [] }', '"an" has no right'],
      ['{ name: an, token-file: an.token, rights: [write] }', '"write" is not one of'],
      ['{ name: an, token-file: short, rights: [read] }', 'the token has 5 characters'],
      ['{ name: An, token-file: an.token, rights: [read] }', 'a name of a-z'],
    ])('are not %s', (entry, message) => {
      const result = read(`[${entry}]`);
      const problems = 'problems' in result ? result.problems : [];
      expect(problems.map(found => `${found.message} ${found.remedy}`).join()).toContain(message);
      expect(problems).toHaveLength(1);
    });
  });

  describe('pseudonym keys', () => {
    const withKeys = (lines: string) => good.replace('pseudonym-key-file: pseudonym.key', lines);
    const list = '[{ id: k2, file: pseudonym-2.key }, { id: k1, file: pseudonym.key }]';
    const two: ConfigFiles = {
      ...files,
      read: path => (path.endsWith('pseudonym-2.key') ? Buffer.from('n'.repeat(40)) : files.read(path)),
    };
    const [older, newer] = [Buffer.from('k'.repeat(40)), Buffer.from('n'.repeat(40))];

    it('are one, which is the key of the installation too', () => {
      expect(readConfig(good, 'sluis.yaml', files)).toMatchObject({
        config: { identity: { pseudonymKeys: [{ id: 'k1', key: older }], installationKey: older } },
      });
    });

    it('are several, newest first, while the key of the installation stays what it was', () => {
      const source = withKeys(`pseudonym-keys: ${list}\n  installation-key-file: pseudonym.key`);
      expect(readConfig(source, 'sluis.yaml', two)).toMatchObject({
        config: {
          identity: {
            pseudonymKeys: [
              { id: 'k2', key: newer },
              { id: 'k1', key: older },
            ],
            installationKey: older,
          },
        },
      });
    });

    it.each([
      ['', 'name either'],
      [`pseudonym-key-file: pseudonym.key\n  pseudonym-keys: ${list}`, 'name either'],
      [`pseudonym-keys: ${list}`, 'needs an installation-key-file'],
      ['pseudonym-keys: []\n  installation-key-file: pseudonym.key', 'names no key'],
      [
        `pseudonym-keys: ${list.replace('k2', 'k1')}\n  installation-key-file: pseudonym.key`,
        'two pseudonym keys have one id',
      ],
      [
        `pseudonym-keys: ${list.replace('-2', '')}\n  installation-key-file: pseudonym.key`,
        'two pseudonym keys are the same',
      ],
      [`pseudonym-keys: ${list.replace('k2', 'K-2')}\n  installation-key-file: pseudonym.key`, 'an id of at most 8'],
    ])('are not "%s"', (lines, message) => {
      const result = readConfig(withKeys(lines), 'sluis.yaml', two);
      const problems = 'problems' in result ? result.problems : [];
      expect(problems.map(found => `${found.message} ${found.remedy}`).join()).toContain(message);
    });
  });

  describe('a concentrator', () => {
    const nas = (address: string, more = '') => {
      const entry = `{ name: n, address: "${address}", secret-file: vpn.secret${more === '' ? '' : `, ${more}`} }`;
      const result = readConfig(good.replace(/^nas:[^]*/m, `nas:\n  - ${entry}\n`), 'sluis.yaml', {
        ...files,
        read: path => (path.endsWith('das.secret') ? Buffer.from('a secret for changes') : files.read(path)),
      });
      if ('problems' in result) return result.problems.map(found => `${found.line}: ${found.message}`);
      return result.config.nas[0];
    };
    const secretOf = (found: ReturnType<typeof nas>) => {
      const change = found !== undefined && 'dynamicAuthorization' in found ? found.dynamicAuthorization : undefined;
      return typeof change === 'object' ? Buffer.from(change.secret).toString() : undefined;
    };

    it.each([
      ['127.0.0.1', 'loopback'],
      ['127.8.0.1', 'loopback'],
      ['::1', 'loopback'],
      ['192.0.2.1', 'plain'],
      ['10.0.0.0/8', 'plain'],
      ['2001:db8::127', 'plain'],
    ])('at %s is reached over a path that is %s unless it says otherwise', (address, path) => {
      expect(nas(address)).toMatchObject({ path });
      expect(nas(address, 'path: ipsec')).toMatchObject({ path: 'ipsec' });
      expect(nas(address, 'path: plain')).toMatchObject({ path: 'plain' });
    });

    it('may have an authority, and then says who decides', () => {
      const authority = 'authority: { address: 192.0.2.20, secret-file: das.secret }';
      const observed = nas('192.0.2.1', `mode: observe, ${authority}`);
      expect(observed).toMatchObject({
        mode: 'observe',
        authority: {
          address: '192.0.2.20',
          authenticationPort: 1812,
          accountingPort: 1813,
          requireMessageAuthenticator: true,
        },
      });
      const own = 'authentication-port: 1645, accounting-port: 1646, require-message-authenticator: no';
      expect(nas('192.0.2.1', `mode: decide, ${authority.replace(' }', `, ${own} }`)}`)).toMatchObject({
        mode: 'decide',
        authority: { authenticationPort: 1645, accountingPort: 1646, requireMessageAuthenticator: false },
      });
      expect(nas('192.0.2.1', authority)).toEqual([expect.stringContaining('does not say who decides')]);
      expect(nas('192.0.2.1', 'mode: observe')).toEqual([expect.stringContaining('has a mode and no authority')]);
      expect(nas('192.0.2.1', 'mode: observe, authority: { address: 192.0.2.20 }')).toEqual([
        expect.stringContaining('secret-file'),
      ]);
    });

    it('is asked for changes at its own address, unless that is a network', () => {
      const own = nas('192.0.2.1');
      expect(own).toMatchObject({ dynamicAuthorization: { address: '192.0.2.1', port: 3799 } });
      expect(secretOf(own)).toBe('a long enough secret');
      expect(nas('192.0.2.0/24')).not.toHaveProperty('dynamicAuthorization');
    });

    it.each(['enabled: no', 'enabled: no, address: 192.0.2.9'])('is never asked where it says %s', words => {
      expect(nas('192.0.2.1', `dynamic-authorization: { ${words} }`)).not.toHaveProperty('dynamicAuthorization');
    });

    it('is asked elsewhere, by another port and secret, where it says so', () => {
      const elsewhere = nas(
        '192.0.2.0/24',
        'dynamic-authorization: { address: "2001:db8::9", port: 1700, secret-file: das.secret }',
      );
      expect(elsewhere).toMatchObject({ dynamicAuthorization: { address: '2001:db8::9', port: 1700 } });
      expect(secretOf(elsewhere)).toBe('a secret for changes');
      const portAlone = nas('192.0.2.1', 'dynamic-authorization: { port: 1700 }');
      expect(portAlone).toMatchObject({ dynamicAuthorization: { address: '192.0.2.1', port: 1700 } });
    });

    it('may have a former secret, for itself and for changes', () => {
      const two = nas('192.0.2.1', 'former-secret-file: das.secret');
      const former = Buffer.from('a secret for changes');
      expect(two).toMatchObject({ formerSecret: former, dynamicAuthorization: { formerSecret: former } });
      const own = nas(
        '192.0.2.1',
        'former-secret-file: das.secret, dynamic-authorization: { secret-file: das.secret }',
      );
      expect(own).toMatchObject({ formerSecret: former, dynamicAuthorization: { secret: former } });
      expect(own).not.toHaveProperty('dynamicAuthorization.formerSecret');
      expect(nas('192.0.2.1')).not.toHaveProperty('formerSecret');
    });

    it.each([
      ['former-secret-file: vpn.secret', 'has the same secret twice'],
      [
        'former-secret-file: das.secret, require-message-authenticator: no',
        'sends requests that do not show which secret made them',
      ],
      ['dynamic-authorization: { former-secret-file: das.secret }', 'has a former secret and no new one'],
      ['dynamic-authorization: { over-tls: yes }', 'never comes over TLS'],
    ])('is not one with %s', (words, problem) => {
      expect(nas('192.0.2.1', words)).toEqual([expect.stringContaining(problem) as string]);
    });

    it('gets replies with a Message-Authenticator unless it says otherwise', () => {
      expect(nas('192.0.2.1')).not.toHaveProperty('unsignedReplies');
      expect(nas('192.0.2.1', 'reply-message-authenticator: no')).toMatchObject({ unsignedReplies: true });
    });

    it('says what follows when it tells of sessions that nobody admitted', () => {
      expect(nas('192.0.2.1')).not.toHaveProperty('unadmittedSessions');
      for (const word of ['report', 'close']) {
        expect(nas('192.0.2.1', `unadmitted-sessions: ${word}`)).toMatchObject({ unadmittedSessions: word });
      }
      expect(nas('192.0.2.0/24', 'unadmitted-sessions: report')).toMatchObject({ unadmittedSessions: 'report' });
      for (const [address, words] of [
        ['192.0.2.0/24', ''],
        ['192.0.2.1', ', profile: ocserv'],
        ['192.0.2.1', ', dynamic-authorization: { enabled: no }'],
      ] as const) {
        expect(nas(address, `unadmitted-sessions: close${words}`)).toEqual([
          expect.stringContaining('takes no request to close a session') as string,
        ]);
      }
    });

    it('takes passwords over a plain path to the end of a day', () => {
      expect(nas('192.0.2.1')).not.toHaveProperty('passwordsOverPlainUntil');
      expect(nas('192.0.2.1', 'passwords-over-plain-until: 2027-03-31')).toMatchObject({
        passwordsOverPlainUntil: Date.UTC(2027, 3, 1) - 1,
      });
    });

    it.each([
      ['path: wire', '"wire" is not one of'],
      ['path: tls', '"tls" is not one of'],
      ['unadmitted-sessions: ignore', '"ignore" is not one of'],
      ['passwords-over-plain-until: 2027-02-30', '"2027-02-30" is not a date'],
      ['passwords-over-plain-until: always', '"always" is not a date'],
      ['passwords-over-plain-until: 31/03/2027', '"31/03/2027" is not a date'],
      ['dynamic-authorization: { address: vpn.example }', '"vpn.example" is not an IP address'],
      ['dynamic-authorization: { address: 192.0.2.0/24 }', '"192.0.2.0/24" is not an IP address'],
      ['dynamic-authorization: { port: 70000 }', '70000'],
      ['dynamic-authorization: { secret-file: nowhere }', 'cannot read'],
    ])('cannot be said to be { %s }', (words, message) => {
      expect(nas('192.0.2.1', words)).toEqual([expect.stringContaining(message) as string]);
    });
  });

  it('names files that are missing, secrets that are short, addresses given twice', () => {
    const bad = good
      .replace('token-file: token', 'token-file: short')
      .replace('pseudonym-key-file: pseudonym.key', 'pseudonym-key-file: nowhere.key')
      .replace('198.51.100.0/24', '192.0.2.1');
    const messages = problemsOf(bad).map(found => `${found.line}: ${found.message}`);
    expect(messages).toEqual(
      expect.arrayContaining([
        '6: the token has 5 characters',
        '11: cannot read "/etc/sluis/nowhere.key"',
        '24: 192.0.2.1 is given twice',
      ]),
    );
  });

  it('refuses secrets and keys that others may read, and names the command that mends it', () => {
    const exposed = (path: string) => path.endsWith('.secret') || path.endsWith('server.key') || path.endsWith('.pem');
    const result = readConfig(good, 'sluis.yaml', { ...files, exposed });
    const problems = 'problems' in result ? result.problems : [];
    expect(problems.map(({ line }) => line)).toEqual([4, 5, 22, 24]);
    // Certificates are for everyone to see.
    expect(problems.map(({ message }) => message).join()).not.toContain('.pem');
    expect(problems[0]?.remedy).toBe('chmod 600 /etc/sluis/server.key');
  });

  it.each<[string, Unopened, string, string]>([
    [
      'no key',
      { sealed: 'no-key', because: 'no master key is given', remedy: 'give it' },
      '"/etc/sluis/vpn.secret" is sealed, and no master key is given',
      'give it',
    ],
    [
      'another key',
      { sealed: 'wrong-key', keyId: '0a1b2c3d', known: ['11111111', '22222222'] },
      '"/etc/sluis/vpn.secret" is sealed with key 0a1b2c3d; known here: 11111111, 22222222',
      'put key 0a1b2c3d back as a last line of the master keys, or write the secret anew and seal it',
    ],
    [
      'a flipped bit',
      { sealed: 'damaged' },
      '"/etc/sluis/vpn.secret" is sealed and does not open: it was changed, or sealed under another file name',
      'give it the name it was sealed under, or write the secret anew and seal it',
    ],
  ])('says what the matter is with a sealed file and %s', (_what, unopened, message, remedy) => {
    const read: ConfigFiles['read'] = path => (path.endsWith('vpn.secret') ? unopened : files.read(path));
    const result = readConfig(good, 'sluis.yaml', { ...files, read });
    const expected = [22, 24].map(line => ({ file: 'sluis.yaml', line, message, remedy }));
    expect(result).toEqual({ problems: expected });
  });

  it('refuses plain secrets where secrets says sealed-only, wherever that stands, and names the command that seals', () => {
    const plain = (path: string) => path.endsWith('vpn.secret') || path.endsWith('server.key') || path.endsWith('.pem');
    const read = (more: string) => readConfig(`${good}\n${more}`, 'sluis.yaml', { ...files, plain });
    expect(read('secrets: sealed-only')).toEqual({
      problems: [
        [4, 'server.key'],
        [5, 'server.key'],
        [22, 'vpn.secret'],
        [24, 'vpn.secret'],
      ].map(([line, name]) => ({
        file: 'sluis.yaml',
        line,
        message: `"/etc/sluis/${name}" is plain text, and secrets says sealed-only`,
        remedy: `sluis secret seal /etc/sluis/${name}`,
      })),
    });
    for (const more of ['', 'secrets: plain-allowed']) expect(read(more)).toHaveProperty('config');
    expect(read('secrets: sealed')).toMatchObject({
      problems: [{ remedy: expect.stringContaining('sealed-only') as string }],
    });
  });

  it('tells which files are to be secret, readable or not', () => {
    const told: string[] = [];
    const secret = (path: string, line: number) => told.push(`${line} ${path}`);
    readConfig(good, 'sluis.yaml', { ...files, read: () => undefined, secret });
    const expected = ['4 server.key', '5 server.key', '6 token', '11 pseudonym.key', '22 vpn.secret', '24 vpn.secret'];
    expect(told).toEqual(expected.map(each => each.replace(' ', ' /etc/sluis/')));
  });

  it.each([
    ['a list', '- a\n- b\n'],
    ['nothing', ''],
    ['an alias bomb', 'a: &a [x]\nname: *a\n'],
    ['a doubled key', `${good}\nname: again\n`],
    ['broken YAML', 'name: "unclosed\n'],
  ])('refuses %s', (_what, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  it('takes a country file, and tells what is wrong with one in the same pass', () => {
    const read = (bytes: Uint8Array | undefined) =>
      readConfig(`${good}countries: { file: countries.mmdb }\n`, 'sluis.yaml', {
        ...files,
        read: path => (path === '/etc/sluis/countries.mmdb' ? bytes : files.read(path)),
      });
    expect(read(mmdb({ '192.0.2.0/24': 'BE' }))).toMatchObject({
      config: { countries: { path: '/etc/sluis/countries.mmdb' } },
    });
    const line = good.split('\n').length;
    const remedy = 'put a country or city file in the MaxMind DB format (.mmdb) there';
    for (const [bytes, message] of [
      [undefined, 'cannot read "/etc/sluis/countries.mmdb"'],
      [Buffer.from(pem), '"/etc/sluis/countries.mmdb" is not in the MaxMind DB format'],
    ] as const) {
      expect(read(bytes)).toEqual({ problems: [{ file: 'sluis.yaml', line, message, remedy }] });
    }
  });

  it('accepts the example that ships, once its files exist', () => {
    const example = readFileSync(new URL('../deploy/etc/sluis.yaml', import.meta.url), 'utf8');
    const everything: ConfigFiles = {
      ...files,
      resolve: path => path,
      read: () => Buffer.from(`${pem}${'x'.repeat(40)}`),
    };
    expect(readConfig(example, 'sluis.yaml', everything)).toHaveProperty('config.nas.length', 2);
  });
});

describe('what a new policy may do to open sessions', () => {
  const settings = (text: string) => {
    const result = readConfig(good + text, 'sluis.yaml', files);
    return 'config' in result ? result.config.policyChanges : result.problems.map(({ message }) => message);
  };
  it('is a tenth of them, or twenty, unless said otherwise', () => {
    expect(settings('')).toEqual({ perSecond: 2_500, endShare: 0.1, endCount: 20 });
    expect(settings('policy-changes: { end-percent: 0, end-sessions: 0 }\n')).toEqual({
      perSecond: 2_500,
      endShare: 0,
      endCount: 0,
    });
  });
  it('is a number', () => {
    expect(settings('policy-changes: { end-percent: 101 }\n')).toHaveLength(1);
  });
});
