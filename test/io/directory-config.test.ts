// The `directory:` part of a configuration: what is filled in, and everything that would make it unsafe, with its remedy.

import { describe, expect, it } from 'vitest';
import { directorySettings, directoryShape } from '../../gateway/directory-config.ts';
import { parsed, type Reading } from '../../gateway/documents/shape.ts';
import { parseYaml } from '../../gateway/documents/yaml-tree.ts';

const asWritten = () => parsed(text => text, 'a file');

function read(changes: Readonly<Record<string, string>> = {}) {
  const lines = {
    servers: '[ldaps://dc1.example.be, ldaps://dc2.example.be:3636]',
    'ca-file': 'PEM',
    bind: '{ dn: "cn=sluis,dc=example", password-file: secret-password }',
    kind: 'active-directory',
    people: '{ base: "ou=people,dc=example", attribute: extensionAttribute7 }',
    groups: '{ base: "ou=groups,dc=example" }',
    ...changes,
  };
  const tree = parseYaml(
    Object.entries(lines)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
    'sluis.yaml',
  );
  if ('problems' in tree) throw new Error(JSON.stringify(tree.problems));
  const reading: Reading = { file: 'sluis.yaml', problems: [] };
  const found = directoryShape({ pem: asWritten, secret: asWritten })(tree.tree, reading);
  return { settings: found && directorySettings('town', found), problems: reading.problems };
}

describe('directory:', () => {
  it('fills in what is not said', () => {
    const { settings, problems } = read();
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      tenant: 'town',
      kind: 'active-directory',
      groups: { base: 'ou=groups,dc=example', memberAttribute: 'member', membersAre: 'dn' },
      cacheMs: 300_000,
      timeoutMs: 2_000,
      connections: 4,
    });
    expect(settings?.servers.map(server => server.href)).toEqual([
      'ldaps://dc1.example.be',
      'ldaps://dc2.example.be:3636',
    ]);
    expect(settings?.groups).not.toHaveProperty('words');
  });

  it.each([
    ['active-directory', 'sAMAccountName'],
    ['rfc2307', 'uid'],
  ])('finds the logins of %s by %s unless it says otherwise', (kind, loginAttribute) => {
    expect(read({ kind }).settings?.people.loginAttribute).toBe(loginAttribute);
    const people = '{ base: "ou=people,dc=example", attribute: employeeNumber, login-attribute: mail }';
    expect(read({ kind, people }).settings?.people.loginAttribute).toBe('mail');
  });

  it('asks for the part of full time only where an attribute is named for it', () => {
    expect(read().settings?.people).not.toHaveProperty('employmentAttribute');
    const people = '{ base: "ou=people,dc=example", attribute: a, employment-attribute: extensionAttribute8 }';
    expect(read({ people }).settings?.people.employmentAttribute).toBe('extensionAttribute8');
  });

  it('takes passwords only where it says so', () => {
    expect(read().settings?.passwords).toBe(false);
    expect(read({ passwords: 'yes' }).settings?.passwords).toBe(true);
    expect(read({ passwords: 'sometimes' }).problems).toMatchObject([
      { message: expect.stringContaining('sometimes') as string },
    ]);
    const people = '{ base: "ou=people,dc=example", attribute: employeeNumber, login-attribute: "uid)(x=*" }';
    expect(read({ people }).problems).toMatchObject([
      { message: expect.stringContaining('not an attribute name') as string },
    ]);
  });

  it('takes ldap:// from nobody, and says what to write', () => {
    expect(read({ servers: 'ldap://dc1.example.be' }).problems).toEqual([
      {
        file: 'sluis.yaml',
        line: 1,
        message: '"ldap://dc1.example.be" is not encrypted',
        remedy: 'write ldaps:// (port 636); StartTLS is not served',
      },
    ]);
  });

  it.each([
    ['servers', '[]', 'no server is named'],
    ['servers', 'dc1.example.be', 'names no directory server'],
    ['servers', 'ldaps://user:pass@dc1.example.be', 'names no directory server'],
    ['servers', 'ldaps://dc1.example.be/dc=example', 'names no directory server'],
    ['servers', 'https://dc1.example.be', 'names no directory server'],
    ['kind', 'novell', 'is not one of: active-directory, rfc2307'],
    ['people', '{ base: people, attribute: uid }', 'is not a distinguished name'],
    ['people', '{ base: "ou=p,dc=e", attribute: "uid)(x" }', 'is not an attribute name'],
    ['groups', '{ base: "ou=g,dc=e", words: { "IT Admins": IT } }', 'is not a name'],
    ['groups', '{ base: "ou=g,dc=e", members-are: cn }', 'is not one of: dn, uid'],
    ['timeout', '1 minute', 'is not a duration from 1 to 10 seconds'],
    ['cache', '2 hours', 'is not a duration of at most 1 hour'],
    ['start-tls', 'yes', 'unknown key "start-tls"'],
  ])('%s: %s', (key, value, message) => {
    const { settings, problems } = read({ [key]: value });
    expect(settings).toBeUndefined();
    expect(problems.map(problem => problem.message).join('\n')).toContain(message);
    for (const problem of problems) expect(problem.remedy).not.toBe('');
  });
});
