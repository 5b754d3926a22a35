// Configuration: everything wrong is told at once, each with its line and what to do.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../gateway/config.ts';
import type { ConfigFiles, Unopened } from '../gateway/config-files.ts';

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
  resolve: path => (path.startsWith('/') ? path : `/etc/sluis/${path}`),
  read: path => (stored[path] === undefined ? undefined : Buffer.from(stored[path])),
};

const good = `
name: gw.example
radius: { address: 127.0.0.1 }
eap: { certificate: server.pem, key: server.key }
agent-api: { certificate: server.pem, key: server.key }
read-api: { token-file: token }
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
      readApi: { address: '127.0.0.1', port: 9443, token: 'x'.repeat(32) },
      storePath: '/etc/sluis/sluis.db',
      policiesDirectory: '/etc/sluis/policies',
    });
    expect(config.nas.map(nas => [nas.name, nas.group, nas.requireMessageAuthenticator, nas.profile])).toEqual([
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

  it('accepts the example that ships, once its files exist', () => {
    const example = readFileSync(new URL('../deploy/etc/sluis.yaml', import.meta.url), 'utf8');
    const everything: ConfigFiles = { resolve: path => path, read: () => Buffer.from(`${pem}${'x'.repeat(40)}`) };
    expect(readConfig(example, 'sluis.yaml', everything)).toHaveProperty('config.nas.length', 2);
  });
});
