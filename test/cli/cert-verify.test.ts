// `sluis cert verify` on certificates made by openssl: every step, the exit code, and what must never be shown.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../gateway/cli/cert-verify.ts';
import { authentication, type EidCertificate, type EidPki, holder, makeEidPki } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';
import { pemOf, shippedText } from '../identity/profiles.ts';

const numbers = ['85073003328', '38001085718', '85.07.30-033.28', '8507300'];

describeWith('openssl', 'sluis cert verify', () => {
  let pki: EidPki;
  const made = new Map<string, EidCertificate>();
  const at = (name: string) => join(pki.directory, name);

  beforeAll(() => {
    pki = makeEidPki();
    const keep = (certificate: EidCertificate) => void made.set(certificate.name, certificate);
    keep(pki.authority('root', { subject: '/C=BE/CN=Belgium Root CA6 (test)' }));
    keep(pki.authority('ca', { issuer: 'root', subject: '/C=BE/O=Test/CN=Citizen CA/serialNumber=202601' }));
    keep(pki.leaf('card', 'ca'));
    keep(pki.leaf('revoked', 'ca'));
    keep(pki.leaf('expired', 'ca', { start: '20200101000000Z', end: '20210101000000Z' }));
    keep(
      pki.leaf('other-policy', 'ca', {
        extensions: authentication.map(line => line.replace('12.1.1.2.2', '12.1.1.9.9')),
      }),
    );
    keep(
      pki.leaf('telling', 'ca', {
        subject:
          '/C=BE/O=85.07.30-033.28/CN=TEST\\,JAN\\,38001085718/SN=Test 85 07 30 033 28/GN=J\u202ean/serialNumber=85073003328',
      }),
    );
    const revoked = made.get('revoked');
    if (revoked !== undefined) pki.revoke(revoked, 'keyCompromise');
    writeFileSync(at('lists.pem'), ['root', 'ca'].map(name => pemOf('X509 CRL', pki.crl(name))).join(''));
    writeFileSync(at('chain.pem'), ['card', 'ca'].map(name => made.get(name)?.pem ?? '').join(''));
    writeFileSync(at('card.der'), made.get('card')?.der ?? Buffer.of());
    writeFileSync(at('ca.der'), made.get('ca')?.der ?? Buffer.of());
    writeFileSync(at('broken.pem'), '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n');
    writeFileSync(at('no-list.pem'), '-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n');
    writeFileSync(at('empty.pem'), 'nothing\n');
    const text = shippedText('be-eid-test.yaml');
    const profile = text.replace('anchors/be-eid-test.pem', 'root.pem').replace('crls/be-eid-test.pem', 'lists.pem');
    writeFileSync(at('profile.yaml'), profile);
  }, 60_000);
  afterAll(() => {
    pki.remove();
  });

  async function verify(...args: readonly string[]) {
    let [output, errors] = ['', ''];
    const code = await run(args, { write: text => (output += text), writeError: text => (errors += text) });
    for (const number of numbers) expect(output + errors).not.toContain(number);
    return { code, output, errors, lines: output.split('\n').map(line => line.replaceAll(/ {2,}/g, ' | ').trim()) };
  }
  const plain = (...more: readonly string[]) =>
    verify('--anchor', at('root.pem'), '--intermediate', at('ca.pem'), ...more);

  it('shows every step of a path that holds', async () => {
    const { code, lines } = await plain(at('card.pem'));
    expect(code).toBe(0);
    expect(lines.slice(0, 3)).toEqual([
      'leaf | C=BE, CN=Jan Test (Authentication), SN=Test, GN=Jan, 2.5.4.5=[hidden]',
      'authority 1 | C=BE, O=Test, CN=Citizen CA, 2.5.4.5=202601',
      'authority 2 | C=BE, CN=Belgium Root CA6 (test)',
    ]);
    for (const step of [
      'encoding | all | ok | 1 read',
      'signature | leaf | ok | ecdsa sha384, key of authority 1',
      'signature | authority 1 | ok | ecdsa sha384, key of authority 2',
      'validity | leaf | ok',
      'validity | authority 2 | ok',
      'extensions | leaf | ok',
      'hash | authority 1 | ok',
      'key | authority 2 | ok',
      'authority | authority 1 | ok',
      'names | path | ok',
      'policies | path | ok | none',
    ]) {
      expect(lines).toContain(step);
    }
    expect(lines.some(line => line.endsWith('Z accepted'))).toBe(true);
  });

  it('reads PEM and DER, and a chain in one file', async () => {
    expect(await verify('--anchor', at('root.pem'), at('chain.pem'))).toMatchObject({ code: 0 });
    expect(await verify('--anchor', at('root.pem'), '--intermediate', at('ca.der'), at('card.der'))).toMatchObject({
      code: 0,
    });
  });

  it.each([
    [
      'expired.pem',
      [],
      'certificate-expired',
      'validity | leaf | refused | certificate-expired | ended 2021-01-01T00:00:00.000Z',
    ],
    ['card.pem', ['--at', '2019-01-01T00:00:00Z'], 'certificate-not-yet-valid', 'starts'],
    [
      'card.pem',
      ['--require-explicit-policy'],
      'certificate-policy-wrong',
      'policies | authority 1 | refused | certificate-policy-wrong',
    ],
    ['card.pem', ['--policy', '1.2.3', '--require-explicit-policy'], 'certificate-policy-wrong', 'no policy holds'],
    [
      'revoked.pem',
      ['--crl', 'lists.pem'],
      'certificate-revoked',
      'revocation | path | refused | certificate-revoked | leaf',
    ],
    ['broken.pem', [], 'certificate-malformed', 'encoding | certificate 0 | refused | certificate-malformed'],
  ])('%s %j is refused', async (file, more, reason, step) => {
    const args = more.map(each => (each.endsWith('.pem') ? at(each) : each));
    const { code, output, lines } = await plain(...args, at(file));
    expect(code).toBe(1);
    expect(lines.join('\n')).toContain(step);
    expect(output).toContain(`refused: ${reason}\n`);
  });

  it('shows the other steps of a path that does not hold, too', async () => {
    const { lines } = await plain(at('expired.pem'));
    expect(lines).toContain('signature | leaf | ok | ecdsa sha384, key of authority 1');
    expect(lines).toContain('authority | authority 2 | ok');
  });

  it('says that no path was found', async () => {
    const { code, lines } = await verify('--anchor', at('ca.pem'), at('root.pem'));
    expect(code).toBe(1);
    expect(lines.join('\n')).toContain('path | leaf | refused | certificate-anchor-unknown');
  });

  it('asks the lists when there are any', async () => {
    expect((await plain('--crl', at('lists.pem'), at('card.pem'))).lines).toContain('revocation | path | ok | good');
  });

  it('leaves out what it cannot read beside what it can, and says so', async () => {
    const broken = (label: string) => `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;
    writeFileSync(at('some.pem'), broken('CERTIFICATE') + readFileSync(at('ca.pem'), 'utf8'));
    writeFileSync(at('some-lists.pem'), readFileSync(at('lists.pem'), 'utf8') + broken('X509 CRL'));
    const some = ['--intermediate', at('some.pem'), '--crl', at('some-lists.pem')];
    const { code, lines } = await verify('--anchor', at('root.pem'), ...some, at('card.pem'));
    expect(code).toBe(0);
    expect(lines.filter(line => line.includes('left out'))).toEqual([
      expect.stringMatching(/^intermediate \| number 1 \| ok \| left out: /),
      expect.stringMatching(/^list \| number 3 \| ok \| left out: /),
    ]);
    const trusting = await verify('--anchor', at('some.pem'), at('card.pem'));
    expect(trusting).toMatchObject({ code: 2, errors: expect.stringContaining('number 1 in it') as string });
  });

  it('never shows a number, wherever it stands, nor steers the terminal', async () => {
    const { code, output } = await plain(at('telling.pem'));
    expect(code).toBe(0);
    expect(output).toContain('O=[hidden], CN=TEST\\,JAN\\,[hidden], SN=Test [hidden], GN=J\\u{202e}an');
    const json = await plain('--json', at('telling.pem'));
    expect(json.output).not.toContain('\u202e');
  });

  it('judges by a profile', async () => {
    const judge = (...args: readonly string[]) =>
      verify('--profile', at('profile.yaml'), '--environment', 'test', '--intermediate', at('ca.pem'), ...args);
    const good = await judge(at('card.pem'));
    expect(good.code).toBe(0);
    expect(good.lines).toContain('profile | be-eid-test | ok | identity-certificate, assurance low, revocation good');
    const other = await judge(at('other-policy.pem'));
    expect(other.code).toBe(1);
    expect(other.output).toContain('refused: certificate-policy-wrong\n');
    const revoked = await judge('--json', at('revoked.pem'));
    expect(revoked.code).toBe(1);
    expect(JSON.parse(revoked.output)).toMatchObject({ accepted: false, reason: 'certificate-revoked' });
    expect((await judge(at('expired.pem'))).lines.filter(line => line.includes('certificate-expired'))).toHaveLength(2);
  });

  it('shows neither pseudonym nor number in JSON', async () => {
    const args = ['--profile', at('profile.yaml'), '--environment', 'test', '--json', at('chain.pem')];
    const { code, output } = await verify(...args);
    expect(code).toBe(0);
    const result = JSON.parse(output) as { readonly steps: readonly { readonly check: string }[] };
    expect(result).toMatchObject({
      accepted: true,
      path: [{ certificate: 'leaf' }, {}, { name: expect.stringContaining('Root') as string }],
    });
    expect(result.steps.at(-1)).toMatchObject({ check: 'profile', ok: true });
    // What a pseudonym looks like.
    expect(output).not.toMatch(/"none-[a-z2-7]{26}"/);
  });

  it.each<[string, readonly string[], string]>([
    ['no certificate', ['--anchor', 'root.pem'], 'Name one certificate'],
    ['two certificates', ['--anchor', 'root.pem', 'card.pem', 'ca.pem'], 'Name one certificate'],
    ['nobody to trust', ['card.pem'], 'Trusted by whom?'],
    ['an option that is none', ['--anchors', 'root.pem', 'card.pem'], '--anchors'],
    ['a file that is not there', ['--anchor', 'root.pem', 'gone.pem'], 'cannot be read'],
    ['a file without a certificate', ['--anchor', 'root.pem', 'empty.pem'], 'holds no certificate'],
    ['an anchor that is none', ['--anchor', 'broken.pem', 'card.pem'], 'cannot be used'],
    ['a list that is none', ['--anchor', 'root.pem', '--crl', 'card.pem', 'card.pem'], 'holds no X509 CRL'],
    ['a moment that is none', ['--anchor', 'root.pem', '--at', 'tomorrow', 'card.pem'], 'is no instant'],
    [
      'a day that does not exist',
      ['--anchor', 'root.pem', '--at', '2026-13-01T00:00:00Z', 'card.pem'],
      'is no instant',
    ],
    ['a policy that is none', ['--anchor', 'root.pem', '--policy', 'card', 'card.pem'], 'no object identifier'],
    [
      'an anchor beside a profile',
      ['--profile', 'profile.yaml', '--anchor', 'root.pem', 'card.pem'],
      '--anchor does not go with --profile',
    ],
    [
      'a rule beside a profile',
      ['--profile', 'profile.yaml', '--inhibit-any-policy', 'card.pem'],
      '--inhibit-any-policy does not go with --profile',
    ],
    ['a list that says nothing', ['--anchor', 'root.pem', '--crl', 'no-list.pem', 'card.pem'], 'cannot be used'],
    [
      'an environment that is none',
      ['--profile', 'profile.yaml', '--environment', 'lab', 'card.pem'],
      'production or test',
    ],
    [
      'an environment without a profile',
      ['--environment', 'test', '--anchor', 'root.pem', 'card.pem'],
      'goes with --profile',
    ],
    [
      'a test profile in production',
      ['--profile', 'profile.yaml', 'card.pem'],
      'a test profile in a production gateway',
    ],
  ])('%s: not understood', async (_, args, said) => {
    const { code, output, errors } = await verify(...args.map(each => (/\.(pem|yaml)$/.test(each) ? at(each) : each)));
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(said);
  });

  it('is a command of `sluis`', () => {
    const main = fileURLToPath(new URL('../../gateway/cli/sluis.mjs', import.meta.url));
    const { status, stdout } = spawnSync(
      process.execPath,
      [main, 'cert', 'verify', '--anchor', at('root.pem'), at('chain.pem')],
      { encoding: 'utf8' },
    );
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('accepted') as string });
    expect(holder).toContain('85073003328');
  });
});
