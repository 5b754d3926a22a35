import { describe, expect, it } from 'vitest';
import { readConfig } from '../../posture-client/config.ts';

const good = `
gateway: https://gateway.example.org:8443
trust: ca.pem
machine:
  key: machine.key
  certificate: /etc/sluis/machine.pem
state: state.json
`;
const problems = (text: string) => {
  const read = readConfig(text, '/etc/sluis/agent.yaml');
  return 'problems' in read ? read.problems : [];
};

describe('configuration', () => {
  it('reads paths beside the file', () => {
    expect(readConfig(good, '/etc/sluis/agent.yaml')).toEqual({
      config: {
        gateway: 'https://gateway.example.org:8443',
        trust: '/etc/sluis/ca.pem',
        machine: { key: '/etc/sluis/machine.key', certificate: '/etc/sluis/machine.pem' },
        sessionKey: false,
        state: '/etc/sluis/state.json',
        remediation: { programs: {} },
      },
    });
  });

  it('reads everything that may be given', () => {
    const text = `${good}session-key: yes
language: fr
recorded: laptops/one
identity: { key: p.key, certificate: p.pem }
allowed-actions: [antimalware.update-signatures]
remediation:
  antimalware.update-signatures:
    command: [node, ./apply.mjs, --dir, ../x]
`;
    expect(readConfig(text, '/etc/sluis/agent.yaml')).toMatchObject({
      config: {
        sessionKey: true,
        language: 'fr',
        recorded: '/etc/sluis/laptops/one',
        identity: { key: '/etc/sluis/p.key' },
        remediation: {
          allowed: ['antimalware.update-signatures'],
          programs: {
            'antimalware.update-signatures': {
              programs: [process.execPath],
              args: ['/etc/sluis/apply.mjs', '--dir', '/etc/x'],
            },
          },
        },
      },
    });
  });

  it.each([
    ['an unknown key', `${good}sesion-key: yes\n`, 8, /unknown key "sesion-key"/],
    ['an unknown key inside', good.replace('  key:', '  keys: x\n  key:'), 5, /unknown key "keys"/],
    ['plain http', good.replace('https', 'http'), 2, /not an https address/],
    ['a flag in other words', `${good}session-key: true\n`, 8, /not yes or no/],
    ['a language it does not speak', `${good}language: lu\n`, 8, /no language/],
    ['an action it does not have', `${good}allowed-actions: [run.anything]\n`, 8, /no action of this agent/],
    ['a list that is none', `${good}allowed-actions: all\n`, 8, /needs a list/],
    ['something missing', 'gateway: https://a\n', 1, /"trust" is missing/],
    ['a list at the top', '- a\n', 1, /expected "name: value"/],
    ['nothing', '', 1, /expected "name: value"/],
    ['broken YAML', `${good}language: [nl\n`, 9, /./],
    ['a key twice', `${good}state: other.json\n`, 8, /unique/],
    ['a key without value', `${good}language:\n`, 8, /needs one of/],
  ])('%s is told with its line', (_what, text, line, message) => {
    expect(problems(text)).toContainEqual(
      expect.objectContaining({ line, message: expect.stringMatching(message) as string }),
    );
    expect(problems(text).every(problem => problem.remedy !== '')).toBe(true);
  });

  it('reads a card in place of key files', () => {
    const read = (identity: string) => readConfig(`${good}identity: ${identity}\n`, '/etc/sluis/agent.yaml');
    expect(read('{ pkcs11: {} }')).toMatchObject({ config: { identity: { pkcs11: {} } } });
    expect(read('{ pkcs11: { module: /usr/lib/x.so, token-label: BELPIC } }')).toMatchObject({
      config: { identity: { pkcs11: { module: '/usr/lib/x.so', tokenLabel: 'BELPIC' } } },
    });
  });

  it.each([
    ['{ pkcs11: { module: x.so } }', '"x.so" is not an absolute path'],
    ['{ pkcs11: { pin: "4711" } }', 'unknown key "pin"'],
    ['{ pkcs11: {}, key: p.key }', 'unknown key "key"'],
    ['{ pkcs11: }', 'expected "name: value" lines'],
    ['card', 'expected "name: value" lines'],
  ])('refuses the card %s', (identity, message) => {
    expect(problems(`${good}identity: ${identity}\n`)).toContainEqual(expect.objectContaining({ line: 8, message }));
  });

  it('tells all problems at once', () => {
    expect(problems('gateway: ftp://x\nlanguage: xx\n').length).toBeGreaterThanOrEqual(5);
  });

  it('lets no program of its own stand for an action on a real laptop', () => {
    const mapped = `${good}remediation:\n  firewall.enable:\n    command: [/usr/bin/true]\n`;
    expect(problems(mapped)).toMatchObject([
      { line: 8, message: expect.stringContaining('recorded laptop') as string },
    ]);
    expect(problems(`${mapped}recorded: x\n`)).toEqual([]);
  });

  it('wants absolute programs', () => {
    expect(problems(`${good}recorded: x\nremediation:\n  firewall.enable:\n    command: [rm, -rf]\n`)).toMatchObject([
      { message: '"rm" is not an absolute path' },
    ]);
  });
});
