// Which addresses may be called: every row is one way to look like an allowed host without being one.

import { describe, expect, it } from 'vitest';
import { type AllowedHost, allowedUrl, readAllowedHost } from '../../gateway/identity/revocation-hosts.ts';

function hosts(...texts: readonly string[]): readonly AllowedHost[] {
  return texts.map(text => {
    const host = readAllowedHost(text);
    if (host === undefined) throw new Error(text);
    return host;
  });
}

describe('an address', () => {
  const allowed = hosts('ocsp.eid.test', 'crl.eid.test/eid', 'mirror.test:8080/pki/', '[::1]:81');
  it.each([
    ['http://ocsp.eid.test', true],
    ['http://ocsp.eid.test/2', true],
    ['http://OCSP.eid.TEST/2?x', true],
    ['http://ocsp.eid.test:80/', true],
    ['https://ocsp.eid.test/', true],
    ['https://ocsp.eid.test:443/', true],
    ['http://crl.eid.test/eid', true],
    ['http://crl.eid.test/eid/ca.crl', true],
    ['http://crl.eid.test/eid?x', true],
    ['http://mirror.test:8080/pki/ca.crl', true],
    ['http://[::1]:81/', true],
    ['http://ocsp.eid.test.evil.example/', false],
    ['http://evil.example/ocsp.eid.test', false],
    ['http://ocsp.eid.test@evil.example/', false],
    ['http://name@ocsp.eid.test/', false],
    ['http://name:word@ocsp.eid.test/', false],
    ['http://ocsp.eid.test./', false],
    ['http://xocsp.eid.test/', false],
    ['http://ocsp.eid.test:8080/', false],
    ['https://ocsp.eid.test:80/', false],
    ['http://ocsp.eid.test:443/', false],
    ['http://crl.eid.test/', false],
    ['http://crl.eid.test/eidx', false],
    ['http://crl.eid.test/eid/../admin', false],
    ['http://crl.eid.test/eid/%2e%2e/admin', false],
    ['http://crl.eid.test/eid\\..\\..\\admin', false],
    ['http://mirror.test/pki/ca.crl', false],
    ['http://[::1]/', false],
    ['ldap://ocsp.eid.test/', false],
    ['file://ocsp.eid.test/etc/passwd', false],
    ['ftp://ocsp.eid.test/', false],
    ['ocsp.eid.test', false],
    ['//ocsp.eid.test/', false],
    ['', false],
  ])('%s', (url, may) => {
    expect(allowedUrl(url, allowed) !== undefined).toBe(may);
    expect(allowedUrl(url, [])).toBeUndefined();
  });
});

describe('a host of the profile', () => {
  it.each([
    'http://ocsp.eid.test',
    'ocsp.eid.test?x',
    'ocsp.eid.test/a#b',
    'ocsp.eid.test/../a',
    'a@ocsp.eid.test',
    'Ocsp.eid.test',
    'ocsp.eid.test:0x50',
    'ocsp.eid.test:99999',
    '0x7f.1',
    '127.1',
    '*.eid.test',
    'ocsp eid test',
    '',
    '/',
    ':80',
  ])('is not written as "%s"', text => {
    expect(readAllowedHost(text)).toBeUndefined();
  });
});
