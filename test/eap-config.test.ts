// The `eap:` part of the configuration: TLS profiles and who gets which, and everything wrong with them.

import { describe, expect, it } from 'vitest';
import { checkTlsProfiles, eapSettings, eapShape } from '../gateway/eap-config.ts';
import { type Reading, text } from '../gateway/documents/shape.ts';
import { parseYaml } from '../gateway/documents/yaml-tree.ts';

function read(lines: string, nasProfile?: string) {
  const parsed = parseYaml(`certificate: eap.pem\nkey: eap.key\n${lines}`, 'sluis.yaml');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const reading: Reading = { file: 'sluis.yaml', problems: [] };
  const eap = eapShape(
    () => text(),
    () => false,
  )(parsed.tree, reading);
  const use = nasProfile === undefined ? undefined : { value: nasProfile, line: 99 };
  if (eap !== undefined) checkTlsProfiles(eap, [{ 'tls-profile': use }, { 'tls-profile': undefined }], reading);
  const problems = reading.problems.map(({ line, message, remedy }) => `${line}: ${message}; ${remedy}`);
  return { problems, settings: eap && eapSettings(eap, 'gateway-1') };
}

describe('eap:', () => {
  it('has no profiles when none are described', () => {
    const { problems, settings } = read('');
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ tlsWorkers: 1, resumption: 'off', tlsProfiles: new Map() });
  });
  it('reads the methods in the order in which they are offered', () => {
    expect(read('').settings?.methods).toEqual(['eap-tls', 'eap-ttls', 'peap', 'eap-mschapv2']);
    expect(read('methods: [peap, eap-gtc, eap-tls]').settings?.methods).toEqual(['peap', 'eap-gtc', 'eap-tls']);
    expect(read('methods: eap-tls').settings?.methods).toEqual(['eap-tls']);
  });
  it('reads profiles, and who gets them', () => {
    const { problems, settings } = read(
      `tls-profiles:
  card: { versions: [1.2], signature-algorithms: [rsa_pkcs1_sha256, ecdsa_secp384r1_sha384] }
  modern: { versions: 1.3, groups: X25519MLKEM768, certificate: new.pem, key: new.key }
  plain: {}
by-realm: { legacy.example: card }`,
      'modern',
    );
    expect(problems).toEqual([]);
    expect(settings?.profilesByRealm).toEqual(new Map([['legacy.example', 'card']]));
    expect(settings?.tlsProfiles).toEqual(
      new Map([
        ['card', { versions: ['1.2'], signatureAlgorithms: ['rsa_pkcs1_sha256', 'ecdsa_secp384r1_sha384'] }],
        ['modern', { versions: ['1.3'], groups: ['X25519MLKEM768'], own: { certificate: 'new.pem', key: 'new.key' } }],
        ['plain', { versions: ['1.2', '1.3'] }],
      ]),
    );
  });
  it.each([
    ['by-realm: { legacy.example: crad }', /^3: there is no TLS profile "crad"; describe it/],
    ['tls-profiles: { card: {} }\nby-realm: { legacy.example: crad }', /^4: there is no .*; did you mean "card"\?$/],
    ['by-realm: { "@legacy.example": card }', /^3: "@legacy.example" is not a realm in lower case, without @;/],
    ['by-realm: { Legacy.example: card }', /is not a realm in lower case/],
    ['tls-profiles: { Card: {} }', /^3: "Card" is not a name/],
    ['tls-profiles: { card: { versions: [1.1] } }', /^3: "1.1" is not one of: 1.2, 1.3;/],
    ['tls-profiles: { card: { versions: [] } }', /^3: an empty list;/],
    ['tls-profiles: { card: { signature-algorithms: [rsa_pkcs1_sha1] } }', /"rsa_pkcs1_sha1" is not one of:/],
    ['tls-profiles: { card: { signature-algorithms: [rsa_pkcs1_sha256] } }', /TLS 1.3 has no rsa_pkcs1 signatures;/],
    ['tls-profiles: { card: { groups: [X25519, P-256] } }', /without P-256 and P-384 TLS 1.2 takes no certificate/],
    ['tls-profiles: { card: { certificate: card.pem } }', /certificate and key belong together;/],
    ['methods: []', /^3: an empty list;/],
    ['methods: [peap, eap-tls, peap]', /^3: peap is named twice; name each method once$/],
    ['methods: [eap-md5]', /^3: "eap-md5" is not one of: eap-tls, eap-ttls,/],
    ['tls-profiles: { card: { ciphers: all } }', /unknown key "ciphers"/],
  ])('%s', (lines, problem) => {
    const { problems } = read(lines);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });
  it('a NAS may not name a profile that is not there', () => {
    expect(read('', 'modern').problems).toEqual([
      '99: there is no TLS profile "modern"; describe it in eap: tls-profiles:',
    ]);
  });
});
