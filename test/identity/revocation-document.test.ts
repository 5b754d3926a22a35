// The revocation part of a profile: what each key comes to, and which keys are refused because they would do nothing.

import { describe, expect, it } from 'vitest';
import { makeAuthority, makeCrl } from '../../gateway/cli/demo/test-authority.ts';
import { type IdentityProfile, readProfile } from '../../gateway/identity/profile.ts';

const now = Date.UTC(2026, 6, 1);
const validity = { notBefore: now - 1e9, notAfter: now + 1e9 };
const root = await makeAuthority({ subject: [['2.5.4.3', 'Root']], validity });
const list = await makeCrl(root, { thisUpdate: now, nextUpdate: now + 1e8 });

function read(revocation: string): IdentityProfile['revocation'] | readonly string[] {
  const document = `
schema: identity-profile/1
id: card
kind: machine-certificate
environment: test
assurance: high
trust: { anchors: [root.pem], acceptFromPeer: yes, maxDepth: 3 }
leaf: { keyUsage: { all: [digitalSignature] } }
identifier: { sources: [{ from: san-dns, pattern: "^(?<id>[a-z]{1,40})$" }] }
revocation: { ${revocation} }
`;
  const files: Readonly<Record<string, string>> = { 'root.pem': root.pem, 'ca.crl': list.pem };
  const bytes = (path: string) => (files[path] === undefined ? undefined : Buffer.from(files[path]));
  const result = readProfile(document, 'card.yaml', bytes, { environment: 'test' });
  return 'problems' in result ? result.problems.map(each => each.message) : result.profile.revocation;
}

describe('what is said', () => {
  it('nothing is checked', () => {
    expect(read('check: none')).toBeUndefined();
  });

  it('lists in files, as ever', () => {
    expect(read('check: crl, crls: [ca.crl], checkIssuingCa: no, unavailable: allow')).toMatchObject({
      order: ['crl'],
      ocsp: undefined,
      crl: undefined,
      crlFiles: [{ path: 'ca.crl', lists: [{ number: 1n }] }],
      checkIssuingCa: false,
      graceMs: 0,
      unavailable: 'allow',
    });
  });

  it('a responder, with the defaults', () => {
    expect(read('order: ocsp, allowHosts: ocsp.test, decision: { unavailable: deny }')).toMatchObject({
      order: ['ocsp'],
      allowHosts: [{ host: 'ocsp.test', path: '' }],
      ocsp: { timeoutMs: 4_000, maxAgeMs: 300_000, skewMs: 300_000, nonce: 'prefer', certIdHash: 'sha1' },
      crl: undefined,
      graceMs: 4 * 3_600_000,
      unavailable: 'deny',
    });
  });

  it('everything', () => {
    const ocsp =
      'url: "http://ocsp.test/2", timeout: 3 seconds, maxAge: 2 minutes, skew: 1 minute, nonce: require, certIdHash: sha256';
    const text = `order: [crl, ocsp], allowHosts: [ocsp.test, crl.test/eid], ocsp: { ${ocsp} }, crls: [ca.crl],
      crlUrls: ["http://crl.test/eid/ca.crl"], crl: { refresh: 1 hour, maxBytes: 1000000 }, grace: 2 hours, unavailable: deny`;
    expect(read(text)).toMatchObject({
      order: ['crl', 'ocsp'],
      ocsp: {
        url: 'http://ocsp.test/2',
        timeoutMs: 3_000,
        maxAgeMs: 120_000,
        skewMs: 60_000,
        nonce: 'require',
        certIdHash: 'sha256',
      },
      crl: { urls: ['http://crl.test/eid/ca.crl'], refreshMs: 3_600_000, maxBytes: 1_000_000 },
      graceMs: 7_200_000,
    });
  });

  it('lists where certificates say', () => {
    const found = read('order: crl, allowHosts: crl.test, crl: { refresh: 1 hour }, unavailable: deny');
    expect(found).toMatchObject({ crl: { refreshMs: 3_600_000, maxBytes: 64 * 1024 * 1024 } });
    expect(found).not.toHaveProperty('crl.urls');
  });
});

const deny = 'unavailable: deny';
describe('what is wrong', () => {
  it.each([
    ['', '"order" is missing'],
    [`check: none, ${deny}`, 'other keys beside "check: none"'],
    ['check: none, allowHosts: ocsp.test', 'other keys beside "check: none"'],
    [`check: crl, ${deny}`, '"check: crl" without lists'],
    [`order: crl, ${deny}`, '"order: crl" without lists'],
    [`check: crl, order: [crl], crls: ca.crl, ${deny}`, '"check" beside "order"'],
    [`order: [ocsp, ocsp], allowHosts: ocsp.test, ${deny}`, 'each source of "order" must come once'],
    [`order: [], ${deny}`, 'each source of "order" must come once'],
    [`order: [ldap], ${deny}`, '"ldap" is not one of: ocsp, crl'],
    [`order: ocsp, ${deny}`, '"allowHosts" is missing'],
    [`order: ocsp, allowHosts: [], ${deny}`, '"allowHosts" is missing'],
    [`order: ocsp, allowHosts: "http://ocsp.test", ${deny}`, 'is not a host'],
    [`check: crl, crls: ca.crl, allowHosts: ocsp.test, ${deny}`, '"allowHosts" has no effect here'],
    [`check: crl, crls: ca.crl, ocsp: { nonce: off }, ${deny}`, '"ocsp" has no effect without ocsp'],
    [`check: crl, crls: ca.crl, grace: 1 hour, ${deny}`, '"grace" has no effect without ocsp'],
    [`order: ocsp, allowHosts: ocsp.test, crls: ca.crl, ${deny}`, '"crls" has no effect without crl'],
    [`order: ocsp, allowHosts: ocsp.test, crl: { refresh: 1 hour }, ${deny}`, '"crl" has no effect without crl'],
    [`order: ocsp, allowHosts: ocsp.test, checkIssuingCa: yes, ${deny}`, '"checkIssuingCa" has no effect without crl'],
    [
      `order: crl, allowHosts: a.test, crlUrls: "http://b.test/x", ${deny}`,
      '"http://b.test/x" is not at a host of allowHosts',
    ],
    [`order: ocsp, allowHosts: a.test, ocsp: { url: "http://a.test.b/" }, ${deny}`, 'is not at a host of allowHosts'],
    [`order: ocsp, allowHosts: a.test, ocsp: { timeout: 1 minute }, ${deny}`, 'is not a duration from 1 to 15 seconds'],
    [`order: ocsp, allowHosts: a.test, ocsp: { nonce: maybe }, ${deny}`, '"maybe" is not one of: prefer, require, off'],
    [`order: ocsp, allowHosts: a.test, ocsp: { retries: 3 }, ${deny}`, 'unknown key "retries"'],
    ['order: ocsp, allowHosts: a.test', '"unavailable" is missing'],
    ['order: ocsp, allowHosts: a.test, decision: {}', '"unavailable" is missing'],
    [`order: ocsp, allowHosts: a.test, decision: { unavailable: deny }, ${deny}`, '"unavailable" is said twice'],
    [
      `order: ocsp, allowHosts: a.test, decision: { unavailable: quarantine }`,
      '"quarantine" is not one of: deny, allow',
    ],
  ])('%s', (text, message) => {
    const problems = read(text);
    expect(Array.isArray(problems) ? problems.join('\n') : 'accepted').toContain(message);
  });
});
