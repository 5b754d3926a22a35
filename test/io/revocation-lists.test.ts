// Lists that are kept fresh: from a server on loopback that hands out what a test puts there, and from files that change.

import { randomBytes, sign } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { withRevocation } from '../../gateway/identity/identify.ts';
import type { IdentityProfile } from '../../gateway/identity/profile.ts';
import { type CrlRefresh, startCrlRefresh } from '../../gateway/io/crl-refresh.ts';
import { readCrlFile } from '../../gateway/io/crl-reading.ts';
import { bits, der, extension, integer, oid, sequence, utcTime } from '../identity/der-writer.ts';
import { type EidCertificate, type EidPki, makeEidPki } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';
import { cardProfile, contextAt, provenUnder } from '../support/revocation-profile.ts';

describeWith('openssl', 'lists', () => {
  let pki: EidPki;
  let root: EidCertificate;
  let card: EidCertificate;
  let pointing: EidCertificate;
  let directory: string;
  let host: string;
  let handed: Uint8Array;
  let asked: number;
  const server = createServer((_, response) => {
    asked += 1;
    response.end(handed);
  });
  /** Number 1: nobody; 2: the card; both before anything else is revoked. */
  let first: Uint8Array;
  let second: Uint8Array;
  let forged: Uint8Array;
  let refresh: CrlRefresh | undefined;
  let swaps: number;
  const ages: string[] = [];
  const logged: string[] = [];

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    pki = makeEidPki();
    root = pki.authority('root', { subject: '/CN=Card CA', key: 'P-256' });
    const twin = pki.authority('twin', { subject: '/CN=Card CA', key: 'P-256' });
    card = pki.leaf('card', 'root', { key: 'P-256' });
    const extensions = [
      'basicConstraints=critical,CA:false',
      'keyUsage=critical,digitalSignature',
      `crlDistributionPoints=URI:http://${host}/ca.crl`,
    ];
    pointing = pki.leaf('pointing', 'root', { key: 'P-256', extensions });
    first = pki.crl('root');
    pki.revoke(card, 'keyCompromise');
    pki.revoke(pointing, 'certificateHold');
    second = pki.crl('root');
    for (let number = 0; number < 3; number++) forged = pki.crl(twin.name);
  });
  afterAll(async () => {
    pki.remove();
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluis-crl-'));
    handed = first;
    asked = 0;
    swaps = 0;
    ages.length = 0;
    logged.length = 0;
  });
  afterEach(async () => {
    await refresh?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  let ahead = 0;
  const now = () => Date.now() + ahead;
  function start(profile: IdentityProfile): CrlRefresh {
    const log = (event: string, fields: object = {}) => void logged.push(`${event} ${JSON.stringify(fields)}`);
    ahead = 0;
    refresh = startCrlRefresh({
      directory,
      profiles: [profile],
      changed: () => (swaps += 1),
      clock: { now },
      log: { info: log, warn: log, error: log },
      meter: {
        count: () => undefined,
        observe: () => undefined,
        gauge: (name, value, labels = {}) => {
          ages.push(`${name} ${labels['issuer'] ?? ''} ${value >= 0 ? 'told' : 'negative'}`);
        },
      },
      tickMs: 20,
      fileEveryMs: 50,
    });
    return refresh;
  }
  const byUrl = (more = '') =>
    cardProfile(
      root,
      `{ order: [crl], allowHosts: ["${host}"], crlUrls: ["http://${host}/ca.crl"], unavailable: deny${more} }`,
    );
  const outcome = (profile: IdentityProfile, of = card): string => {
    const running = refresh?.current(profile) ?? profile;
    const judged = withRevocation({ ...provenUnder(profile, of), profile: running }, contextAt(Date.now()));
    return isRefused(judged) ? judged.refused : judged.revocation;
  };
  const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 20 });

  /** Time passes until it is so: a look that is under way counts its next from when it ends. */
  const afterHours = (check: () => void) =>
    until(() => {
      ahead += 4 * 3_600_000;
      check();
    });

  it('from a URL: the first, then a new one; a lower number, garbage and a forgery change nothing', async () => {
    const profile = byUrl();
    start(profile);
    expect(outcome(profile)).toBe('revocation-unknown');
    await until(() => expect(outcome(profile)).toBe('good'));
    handed = second;
    await afterHours(() => expect(outcome(profile)).toBe('certificate-revoked'));
    expect(ages).toContain('sluis_crl_age_seconds Card CA told');
    for (const [bytes, why] of [
      [first, 'number 1 after 2'],
      [Buffer.from('<html>guest network</html>'), 'no list in it'],
      [second.subarray(0, 100), 'truncated'],
      [forged, 'not signed by the authority'],
    ] as const) {
      const before = swaps;
      handed = bytes;
      await afterHours(() => expect(logged.join()).toContain(why));
      expect([swaps, outcome(profile)]).toEqual([before, 'certificate-revoked']);
    }
  });

  it('a restart remembers the list and its number', async () => {
    const profile = byUrl();
    handed = second;
    start(profile);
    await until(() => expect(outcome(profile)).toBe('certificate-revoked'));
    await refresh?.close();
    writeFileSync(join(directory, 'torn.part'), 'what a killed gateway had begun');
    handed = first;
    start(profile);
    await until(() => expect(logged.join()).toContain('number 1 after 2'));
    expect(outcome(profile)).toBe('certificate-revoked');
    await refresh?.close();
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^[0-9a-f]{40}\.crl$/)]);
  });

  it('a failure is tried again sooner, and later each time', async () => {
    handed = Buffer.of();
    start(byUrl());
    const looks: number[] = [];
    for (const nth of [1, 2, 3]) {
      await until(() => {
        ahead += 1_000;
        expect(asked).toBe(nth);
      });
      looks.push(ahead);
    }
    // Half a minute, then a minute, by a clock that runs fifty times as fast as the looks can follow.
    const [one = 0, two = 0, three = 0] = looks;
    expect(two - one).toBeGreaterThanOrEqual(27_000);
    expect(three - two).toBeGreaterThanOrEqual(54_000);
    expect(three - one).toBeLessThan(3 * 3_600_000);
  });

  it('a list beyond the size that the profile takes is dropped while it comes', async () => {
    handed = Buffer.concat([first, Buffer.alloc(100_000)]);
    const profile = byUrl(', crl: { maxBytes: 4096 }');
    start(profile);
    await until(() => expect(logged.join()).toMatch(/announced|more than 4096/));
    expect(outcome(profile)).toBe('revocation-unknown');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('where certificates say where: only at hosts of the profile', async () => {
    const text = (allowed: string) =>
      `{ order: [crl], allowHosts: ["${allowed}"], crl: { refresh: 3 hours }, unavailable: deny }`;
    const elsewhere = cardProfile(root, text('crl.example.org'));
    handed = second;
    await start(elsewhere).meet(provenUnder(elsewhere, pointing));
    expect([asked, outcome(elsewhere, pointing)]).toEqual([0, 'revocation-unknown']);
    await refresh?.close();
    const here = cardProfile(root, text(host));
    await start(here).meet(provenUnder(here, pointing));
    expect([asked, outcome(here, pointing)]).toEqual([1, 'certificate-on-hold']);
    // Other rules that still ask the same place keep what it gave; rules that do not forget it.
    refresh?.replaceProfiles([here]);
    expect(outcome(here, pointing)).toBe('certificate-on-hold');
    refresh?.replaceProfiles([elsewhere]);
    expect(outcome(elsewhere, pointing)).toBe('revocation-unknown');
  });

  it('from a file: read again when it changes, and only a list that may replace it', async () => {
    const path = join(directory, 'ca.crl');
    writeFileSync(path, first);
    const profile = cardProfile(root, `{ check: crl, crls: ["${path}"], unavailable: deny }`, { [path]: first });
    start(profile);
    expect(outcome(profile)).toBe('good');
    await until(() => expect(swaps).toBe(1));
    writeFileSync(path, second);
    await until(() => expect(outcome(profile)).toBe('certificate-revoked'));
    writeFileSync(path, first);
    await until(() => expect(logged.join()).toContain('number 1 after 2'));
    rmSync(path);
    await until(() => expect(logged.join()).toContain('ENOENT'));
    expect(outcome(profile)).toBe('certificate-revoked');
  });

  it('a list of 100,000 entries is read beside the main thread', async () => {
    const reason = sequence(extension('2.5.29.21', der(0x0a, Buffer.of(4))));
    const at = Date.now() - 60_000;
    const entries = Array.from({ length: 100_000 }, (_, index) => {
      const serial = Buffer.concat([Buffer.of(0x10), randomBytes(15)]);
      serial.writeUInt32BE(index, 12);
      return sequence(integer(serial), utcTime(at), reason);
    });
    const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
    const issuer = der(0x30, der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from('Card CA')))));
    const parts = [
      integer(1),
      algorithm,
      issuer,
      utcTime(at),
      utcTime(at + 86_400_000),
      sequence(Buffer.concat(entries)),
    ];
    const tbs = sequence(...parts, der(0xa0, sequence(extension('2.5.29.20', integer(9)))));
    const path = join(directory, 'large.crl');
    writeFileSync(path, sequence(tbs, algorithm, bits(sign('sha256', tbs, root.keyPem))));
    entries.length = 0;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    // What is measured is the reading, not the making of the list before it.
    await new Promise(resolve => setTimeout(resolve, 50));
    delay.enable();
    await new Promise(resolve => setTimeout(resolve, 20));
    delay.reset();
    const read = await readCrlFile({ path, authorities: [root.der] });
    delay.disable();
    if (!('lists' in read)) throw new Error(read.refused);
    const [list] = read.lists;
    expect(list).toMatchObject({ number: 9n, signedByKey: provenUnder(byUrl(), card).path.certificates[1].key.hash });
    expect([list?.revoked.size, list?.onHold.size, list?.tbs.byteLength]).toEqual([100_000, 0, 0]);
    expect(delay.max / 1e6).toBeLessThan(250);
  });
});
