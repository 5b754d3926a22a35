// RADIUS over TLS in the configuration: the listener, and which certificate is which concentrator.

import { describe, expect, it } from 'vitest';
import { readConfig } from '../gateway/config.ts';
import type { ConfigFiles } from '../gateway/config-files.ts';
import { defaultRadiusLimits } from '../gateway/radius-config.ts';
import { nasProfileFiles } from '../gateway/io/nas-profile-files.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const stored: Record<string, string> = {
  'gw.pem': pem,
  'gw.key': pem,
  'nas-ca.pem': pem,
  token: 'x'.repeat(32),
  'pseudonym.key': 'k'.repeat(40),
  'vpn.secret': 'a long enough secret',
  'change.secret': 'another long secret',
  'be-eid.yaml': 'id: be-eid',
};
const files: ConfigFiles = {
  profilesIn: nasProfileFiles,
  resolve: path => path,
  read: path => (stored[path] === undefined ? undefined : Buffer.from(stored[path])),
};
const listener = 'tls: { certificate: gw.pem, key: gw.key, client-ca: nas-ca.pem }';

function read(radius: string, ...nas: readonly string[]) {
  const text = `name: gw.example
radius: { ${radius} }
eap: { certificate: gw.pem, key: gw.key }
agent-api: { certificate: gw.pem, key: gw.key }
operator-api: { token-file: token }
store: { path: sluis.db }
policies: policies
identity: { profiles: [be-eid.yaml], pseudonym-key-file: pseudonym.key }
nas:
${nas.map(entry => `  - { ${entry} }\n`).join('')}`;
  return readConfig(text, 'sluis.yaml', files);
}

function configOf(result: ReturnType<typeof read>) {
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

function problemsOf(result: ReturnType<typeof read>): readonly string[] {
  if ('config' in result) throw new Error('no problem was found');
  expect(result.problems.every(({ line, remedy }) => line > 1 && remedy !== '')).toBe(true);
  return result.problems.map(({ message }) => message);
}

describe('radius: tls', () => {
  it('is off unless it is named, and has the usual port and both versions', () => {
    const nas = 'name: vpn, address: 192.0.2.1, secret-file: vpn.secret';
    expect(configOf(read('address: 127.0.0.1', nas)).radius).toEqual({
      address: '127.0.0.1',
      authenticationPort: 1812,
      accountingPort: 1813,
      limits: defaultRadiusLimits,
    });
    expect(configOf(read(listener, nas)).radius.tls).toEqual({
      address: '0.0.0.0',
      port: 2083,
      certificate: pem.trim(),
      key: pem.trim(),
      clientCa: pem.trim(),
      versions: ['1.0', '1.1'],
    });
  });

  it.each([
    ['[1.1]', ['1.1']],
    ['1.0', ['1.0']],
  ])('serves versions %s', (versions, expected) => {
    const wanted = listener.replace('client-ca', `versions: ${versions}, client-ca`);
    const nas = 'name: vpn, tls-name: vpn.example';
    expect(configOf(read(wanted, nas)).radius.tls?.versions).toEqual(expected);
  });

  it.each([
    [listener.replace('client-ca: nas-ca.pem', ''), '"client-ca" is missing'],
    [listener.replace('nas-ca.pem', 'none.pem'), 'cannot read "none.pem"'],
    [listener.replace('client-ca', 'versions: [], client-ca'), 'versions names no version'],
    [listener.replace('client-ca', 'versions: [2], client-ca'), '"2" is not one of: 1.0, 1.1'],
    ['address: 0.0.0.0', '"vpn" comes over TLS, and nothing listens there'],
  ])('is not %s', (radius, problem) => {
    expect(problemsOf(read(radius.replace(', }', ' }'), 'name: vpn, tls-name: vpn.example'))).toEqual([problem]);
  });
});

describe('a NAS by its certificate', () => {
  const print = 'AB:'.repeat(31) + 'CD';

  it.each([
    ['tls-name: VPN.example', { name: 'vpn.example' }],
    [`tls-fingerprint: "${print}"`, { fingerprint: `${'ab'.repeat(31)}cd` }],
    [
      `tls-name: vpn.example, tls-fingerprint: ${'0f'.repeat(32)}`,
      { name: 'vpn.example', fingerprint: '0f'.repeat(32) },
    ],
  ])('is known by %s, and needs neither address nor secret', (named, certificate) => {
    const [nas] = configOf(read(listener, `name: vpn, ${named}`)).nas;
    expect(nas).toMatchObject({ certificate, path: 'tls', secret: Buffer.from('radsec') });
    expect(nas).not.toHaveProperty('address');
    expect(nas).toHaveProperty('dynamicAuthorization', 'over-tls');
  });

  it('with an address too it has two ways in, and its own secret over UDP', () => {
    const entry = 'name: vpn, address: 192.0.2.1, secret-file: vpn.secret, tls-name: vpn.example';
    expect(configOf(read(listener, entry)).nas).toMatchObject([
      {
        address: '192.0.2.1',
        certificate: { name: 'vpn.example' },
        secret: Buffer.from('a long enough secret'),
        path: 'plain',
        dynamicAuthorization: { address: '192.0.2.1', secret: Buffer.from('a long enough secret') },
      },
    ]);
  });

  it.each([
    ['', 'over-tls'],
    ['{ over-tls: yes }', 'over-tls'],
    ['{ over-tls: no }', undefined],
    ['{ enabled: no }', undefined],
  ])('without an address it is asked for changes on its connection, where it says "%s"', (change, way) => {
    const entry = `name: vpn, tls-name: vpn.example${change === '' ? '' : `, dynamic-authorization: ${change}`}`;
    expect(configOf(read(listener, entry)).nas[0]?.dynamicAuthorization).toBe(way);
  });

  it('with an address it is asked there, unless it is to be asked on its connection', () => {
    const entry = 'name: vpn, address: 192.0.2.1, secret-file: vpn.secret, tls-name: vpn.example';
    const asked = (change: string) => configOf(read(listener, `${entry}, ${change}`)).nas[0]?.dynamicAuthorization;
    expect(asked('dynamic-authorization: { over-tls: yes }')).toBe('over-tls');
    expect(asked('dynamic-authorization: { port: 1700 }')).toMatchObject({ address: '192.0.2.1', port: 1700 });
  });

  it('may be asked for changes over UDP, with a secret for that', () => {
    const change = 'dynamic-authorization: { address: 192.0.2.1, secret-file: change.secret }';
    const [nas] = configOf(read(listener, `name: vpn, tls-name: vpn.example, ${change}`)).nas;
    const secret = Buffer.from('another long secret');
    expect(nas?.dynamicAuthorization).toEqual({ address: '192.0.2.1', port: 3799, secret });
  });

  it.each([
    ['name: vpn', '"vpn" has no way in'],
    ['name: vpn, address: 192.0.2.1', '"vpn" has no secret'],
    ['name: vpn, address: 192.0.2.1, tls-name: vpn.example', '"vpn" has no secret'],
    [
      'name: vpn, tls-name: vpn.example, dynamic-authorization: { address: 192.0.2.1 }',
      '"vpn" is asked for changes without a secret',
    ],
    ['name: vpn, tls-name: "*.example"', '"*.example" is not a DNS name without a wildcard'],
    ['name: vpn, tls-fingerprint: "AB:CD"', '"AB:CD" is not a SHA-256 fingerprint of 64 hex digits'],
    ['name: vpn, tls-name: vpn.example, path: tls', '"tls" is not one of: plain, ipsec, loopback'],
  ])('is not "%s"', (entry, problem) => {
    expect(problemsOf(read(listener, entry))).toEqual([problem]);
  });

  it.each([
    ['tls-name: vpn.example', 'tls-name: VPN.example', 'vpn.example is given twice'],
    [`tls-fingerprint: ${'ab'.repeat(32)}`, `tls-fingerprint: ${'AB'.repeat(32)}`, `${'ab'.repeat(32)} is given twice`],
  ])('is not two: %s, %s', (one, two, problem) => {
    expect(problemsOf(read(listener, `name: a, ${one}`, `name: b, ${two}`))).toEqual([problem]);
  });

  it('has a name of its own', () => {
    const two = ['name: a, tls-name: one.example', 'name: a, tls-name: two.example'];
    expect(problemsOf(read(listener, ...two))).toEqual(['a is the name of two']);
  });
});

describe('radius: limits', () => {
  const nas = 'name: vpn, address: 192.0.2.1, secret-file: vpn.secret';
  const limits = (text: string) => read(`limits: { ${text} }`, nas);

  it('each stands alone, and the others stay as they are', () => {
    expect(configOf(limits('person-logins-per-minute: 60')).radius.limits).toEqual({
      ...defaultRadiusLimits,
      personLoginsPerMinute: 60,
    });
    const all = `in-work: 1, waiting: 2, conversations-per-tls-worker: 3, nas-logins-per-second: 4,
  caller-logins-per-minute: 5, person-logins-per-minute: 6, reject-delay: 2 seconds`;
    expect(configOf(limits(all)).radius.limits).toEqual({
      inWork: 1,
      waiting: 2,
      conversationsPerTlsWorker: 3,
      nasLoginsPerSecond: 4,
      callerLoginsPerMinute: 5,
      personLoginsPerMinute: 6,
      rejectDelayMs: 2_000,
    });
  });
  it('rejects may leave at once, and not after a concentrator has given up', () => {
    expect(configOf(limits('reject-delay: 0 seconds')).radius.limits.rejectDelayMs).toBe(0);
    expect(problemsOf(limits('reject-delay: 10 seconds'))).toHaveLength(1);
  });
  it.each(['in-work: 0', 'waiting: -1', 'person-logins-per-minute: 0', 'handshakes: 4'])('%s is a mistake', text => {
    expect(problemsOf(limits(text))).toHaveLength(1);
  });
});
