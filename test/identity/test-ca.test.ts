// The demo's own PKI: through the shipped profiles each certificate gets its verdict, and a second library and openssl
// agree about the paths.

import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as pkijs from 'pkijs';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { selfSigned } from '../../gateway/cli/demo/test-authority.ts';
import { makeTestCa } from '../../gateway/cli/demo/test-ca.ts';
import { identify, type IdentifyContext } from '../../gateway/identity/identify.ts';
import { describeWith } from '../support/programs.ts';
import { shipped } from './profiles.ts';

const now = Math.floor(Date.now() / 1000) * 1000;
const ca = await makeTestCa(now);
const profiles = [shipped('machine.yaml', ca.files), shipped('be-eid-test.yaml', ca.files)];
const context: IdentifyContext = { tenant: 'org', pseudonymKeys: [{ id: 'k1', key: Buffer.alloc(32, 1) }], now };
const verdict = (chain: readonly Uint8Array[]) => {
  const result = identify(chain, profiles, context);
  return isRefused(result) ? result.refused : result.name;
};

describe('the demo PKI', () => {
  it('people', () => {
    const verdicts = Object.entries(ca.people).map(([name, { chain }]) => [name, verdict(chain)]);
    expect(Object.fromEntries(verdicts)).toEqual({
      valid: 'Jan Test',
      second: 'Els Proef',
      revoked: 'certificate-revoked',
      onHold: 'certificate-on-hold',
      expired: 'certificate-expired',
      signature: 'certificate-usage-wrong',
      lookAlike: 'certificate-anchor-unknown',
    });
  });

  it('machines', () => {
    const verdicts = Object.entries(ca.machines).map(([name, { chain }]) => [name, verdict(chain)]);
    expect(Object.fromEntries(verdicts)).toEqual({
      valid: 'laptop-1.test.example',
      second: 'laptop-2.test.example',
      revoked: 'certificate-revoked',
      expired: 'certificate-expired',
      serverOnly: 'certificate-purpose-wrong',
    });
  });

  it('a session key proves nothing by itself', async () => {
    const validity = { notBefore: now, notAfter: now + 3_600_000 };
    const session = await selfSigned({ name: 'session', validity });
    expect(verdict(session.chain)).toBe('certificate-anchor-unknown');
    const certificate = new X509Certificate(session.pem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.validToDate.getTime()).toBe(validity.notAfter);
  });

  it('every key belongs to its certificate', () => {
    for (const { pem, privateKeyPem } of [...Object.values(ca.people), ...Object.values(ca.machines), ca.server]) {
      const spki = createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'der' });
      expect(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })).toEqual(spki);
    }
  });

  it('the server is localhost by name and by address', () => {
    const server = new X509Certificate(ca.server.pem);
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.verify(new X509Certificate(ca.serverCa.pem).publicKey)).toBe(true);
  });
});

describe('pkijs, which builds paths in its own way', () => {
  const anchored = [ca.eidRoot, ca.machineCa].map(({ der }) => pkijs.Certificate.fromBER(Buffer.from(der)));
  const crls = Object.values(ca.crls).map(({ der }) => pkijs.CertificateRevocationList.fromBER(Buffer.from(der)));
  const pathOf = async (chain: readonly Uint8Array[]) => {
    const certs = chain.map(der => pkijs.Certificate.fromBER(Buffer.from(der))).reverse();
    const engine = new pkijs.CertificateChainValidationEngine({
      trustedCerts: anchored,
      certs,
      crls,
      checkDate: new Date(now),
    });
    return (await engine.verify()).result;
  };
  // What only a profile knows (what the certificate is for) is no matter of the path.
  const pathHolds = ['valid', 'second', 'signature', 'serverOnly'];
  const all = [...Object.entries(ca.people), ...Object.entries(ca.machines)];
  it.each(all.map(([name, { chain }], index) => [name, index, chain] as const))(
    'agrees about %s (%i)',
    async (name, _, chain) => {
      expect(await pathOf(chain)).toBe(pathHolds.includes(name));
    },
  );
});

describeWith('openssl', 'openssl, on the demo PKI with its lists', () => {
  it('accepts and refuses the same paths', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluis-demo-'));
    const at = (name: string) => join(directory, name);
    const lists = Object.values(ca.crls).map(crl => crl.pem);
    writeFileSync(at('trusted.pem'), [ca.eidRoot.pem, ca.machineCa.pem, ...lists].join(''));
    const accepted = [...Object.entries(ca.people), ...Object.entries(ca.machines)].map(([name, { pem, chainPem }]) => {
      writeFileSync(at('leaf.pem'), pem);
      writeFileSync(at('chain.pem'), chainPem);
      const words = [
        'verify',
        '-CAfile',
        'trusted.pem',
        '-untrusted',
        'chain.pem',
        '-crl_check_all',
        '-purpose',
        'sslclient',
      ];
      try {
        execFileSync('openssl', [...words, 'leaf.pem'], { cwd: directory, stdio: 'ignore' });
        return `${name} accepted`;
      } catch {
        // A non-zero exit is openssl's "no".
        return `${name} refused`;
      }
    });
    rmSync(directory, { recursive: true });
    expect(accepted).toEqual([
      'valid accepted',
      'second accepted',
      'revoked refused',
      'onHold refused',
      'expired refused',
      // No client purpose at all: nonRepudiation alone does not do TLS.
      'signature refused',
      'lookAlike refused',
      'valid accepted',
      'second accepted',
      'revoked refused',
      'expired refused',
      'serverOnly refused',
    ]);
  });
});
