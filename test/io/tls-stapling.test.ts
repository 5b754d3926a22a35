// OCSP answers about the gateway's own certificate: a real responder is asked, and clients that ask for them are shown them.

import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, afterAll, expect, it, vi } from 'vitest';
import { startTlsEngine, type ThreadedTlsEngine } from '../../gateway/io/tls-engine.ts';
import type { Staple } from '../../gateway/io/tls-messages.ts';
import { startStapling, type StaplingOptions } from '../../gateway/io/tls-stapling.ts';
import { TlsPipe } from '../../gateway/io/tls-pipe.ts';
import { startEapolWorld } from '../interop/eapol-world.ts';
import { eapolTest } from '../interop/eapol-client.ts';
import { type EidCertificate, type EidPki, makeEidPki } from '../support/eid-pki.ts';
import { freePort, ocspSigner, startOpensslResponder, startOcspServer, statusOnly } from '../support/ocsp-responder.ts';
import { describeWith } from '../support/programs.ts';

describeWith(['eapol_test', 'openssl'], 'OCSP stapling', eapol => {
  let pki: EidPki;
  let ca: EidCertificate;
  let responder: EidCertificate;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(() => {
    pki = makeEidPki();
    ca = pki.authority('root', { subject: '/C=BE/CN=Gateway CA (test)' });
    responder = pki.leaf('responder', 'root', { subject: '/CN=Responder', extensions: ocspSigner });
  });
  afterAll(() => pki.remove());
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const certificateNaming = (name: string, ...urls: readonly string[]) =>
    pki.leaf(name, 'root', {
      subject: `/CN=${name}`,
      extensions: [
        'basicConstraints=critical,CA:false',
        'keyUsage=critical,digitalSignature',
        'extendedKeyUsage=serverAuth',
        'subjectAltName=DNS:localhost',
        ...urls.map(url => `authorityInfoAccess=OCSP;URI:${url}`),
      ],
    });
  const chainOf = ({ pem }: EidCertificate) => pem + ca.pem;

  /** An engine with this certificate, and the upkeep of its answer. */
  async function engineOf(certificate: EidCertificate, options: Partial<StaplingOptions> = {}) {
    const engine = await startTlsEngine({
      settings: { certificatePem: chainOf(certificate), keyPem: certificate.keyPem },
      workers: 1,
    });
    closers.push(() => engine.stop());
    const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const states: number[] = [];
    const staples: Staple[] = [];
    const stapling = startStapling({
      certificates: [{ certificatePem: chainOf(certificate) }],
      staple: staple => {
        staples.push(staple);
        engine.staple(staple);
      },
      clock: { now: Date.now },
      meter: { count: () => undefined, observe: () => undefined, gauge: (_, value) => void states.push(value) },
      log,
      ...options,
    });
    closers.push(() => stapling.close());
    await vi.waitFor(() => expect(staples.length).toBeGreaterThan(0), 5_000);
    return { engine, log, states, staples };
  }

  /** What a client of Node is shown that asks for an answer. */
  async function shownBy(engine: ThreadedTlsEngine, version: 'TLSv1.2' | 'TLSv1.3'): Promise<Buffer | null> {
    const pipe = new TlsPipe();
    const client = connectTls({ socket: pipe, requestOCSP: true, ca: ca.pem, host: 'localhost', maxVersion: version });
    client.on('error', () => undefined);
    const shown = once(client, 'OCSPResponse') as Promise<[Buffer | null]>;
    await pipe.firstWrite();
    const step = await engine.step(version, pipe.takeWritten());
    if (step.step !== 'flight') throw new Error(step.step);
    await pipe.deliver(step.bytes);
    const [answer] = await shown;
    client.destroy();
    engine.close(version);
    return answer;
  }

  async function opensslResponder(name: string, revoked = false): Promise<EidCertificate> {
    const port = await freePort();
    const certificate = certificateNaming(name, `http://127.0.0.1:${port}/`);
    if (revoked) pki.revoke(certificate, 'keyCompromise');
    const running = await startOpensslResponder(pki, port, 'root', responder);
    closers.push(() => running.stop());
    return certificate;
  }

  /** A login of a machine by this engine, whose client must see an answer that holds. */
  async function demandingLogin(engine: ThreadedTlsEngine, tls: '1.2' | '1.3', stapled = true) {
    const world = await startEapolWorld(() => ({ tls: engine }));
    closers.push(world.stop);
    const { chainPem, privateKeyPem } = world.world.ca.machines.valid;
    const [certificate, key] = [world.put('client.pem', chainPem), world.put('client.key', privateKeyPem)];
    const trusting = { ...world, installation: { trustFile: world.put('gateway-ca.pem', ca.pem) } };
    const result = await eapolTest(eapol, trusting, { name: 'anonymous', tls, certificate, key, stapled });
    const [denial] = await world.world.store.decisions({ tenant: 'town', limit: 1, only: 'refused' });
    return { result, denial };
  }

  it.each(['1.2', '1.3'] as const)(
    'a good answer is shown to who asks, and satisfies who insists: TLS %s',
    async tls => {
      const { engine, states, staples } = await engineOf(await opensslResponder(`good-${tls}`));
      expect(states).toEqual([1]);
      expect(await shownBy(engine, `TLSv${tls}`)).toEqual(Buffer.from(staples[0]?.answer ?? []));
      const { result } = await demandingLogin(engine, tls);
      expect(result, result.output.slice(-3000)).toMatchObject({ success: true, keysMatch: true });
      expect(result.output).toContain('OpenSSL: OCSP status for server certificate: good');
    },
  );

  it('a thread that takes the place of another shows it too', async () => {
    const { engine } = await engineOf(await opensslResponder('replaced'));
    await engine.kill(engine.threadIds()[0] ?? 0);
    await vi.waitFor(() => expect(engine.threadIds()).toHaveLength(1), 5_000);
    expect(await shownBy(engine, 'TLSv1.3')).not.toBeNull();
  });

  it.each(['1.2', '1.3'] as const)('without one, a client that insists is told apart: TLS %s', async tls => {
    const silent = await startOcspServer((_, response) => void response.end(statusOnly(3)));
    closers.push(silent.close);
    const { engine, states, log, staples } = await engineOf(certificateNaming(`silent-${tls}`, silent.url));
    expect(states).toEqual([0]);
    expect(staples).toEqual([{}]);
    expect(log.warn).toHaveBeenCalledWith('stapling-not-answered', {
      profile: 'everybody',
      host: silent.host,
      why: 'try-later: tryLater',
    });
    expect(await shownBy(engine, `TLSv${tls}`)).toBeNull();
    const { result, denial } = await demandingLogin(engine, tls);
    expect(result).toMatchObject({ success: false, rejected: true });
    expect(denial).toMatchObject({ reasons: ['server-certificate-refused'] });
    // Who does not insist gets in.
    expect((await demandingLogin(engine, tls, false)).result.success).toBe(true);
  });

  it('that our certificate is revoked is an alarm, and is not hidden', async () => {
    const { engine, states, log } = await engineOf(await opensslResponder('revoked', true));
    expect(states).toEqual([-1]);
    expect(log.error).toHaveBeenCalledWith(
      'own-certificate-revoked',
      expect.objectContaining({ profile: 'everybody', subject: 'revoked', state: 'revoked' }),
    );
    expect((await demandingLogin(engine, '1.3')).result).toMatchObject({ success: false, rejected: true });
  });

  it('an answer that is over is shown no longer, and one that comes late is', async () => {
    const port = await freePort();
    const certificate = certificateNaming('lapsing', `http://127.0.0.1:${port}/`);
    const first = await startOpensslResponder(pki, port, 'root', responder);
    let skippedMs = 0;
    const clock = { now: () => Date.now() + skippedMs };
    const { states, staples } = await engineOf(certificate, { clock, retryMs: 50 });
    await first.stop();
    expect(states).toEqual([1]);
    // Asked again at half of its time, which does not pass here: a second upkeep starts where the first would be by then.
    skippedMs = 6 * 60_000;
    const late = await engineOf(certificate, { clock, retryMs: 50 });
    expect(late.states[0]).toBe(0);
    skippedMs = 0;
    const second = await startOpensslResponder(pki, port, 'root', responder);
    closers.push(() => second.stop());
    await vi.waitFor(() => expect(late.states.at(-1)).toBe(1), 5_000);
    expect(staples).toHaveLength(1);
  });

  it.each([
    ['without its issuer beside it', (one: EidCertificate) => one.pem, /needs its issuer behind it, in the same file/],
    ['that names no responder', chainOf, /names no OCSP responder; write stapling: off/],
    ['that cannot be read', () => 'nothing', /cannot be read/],
  ] as const)('a certificate %s is told at the start', async (_, pemOf, message) => {
    const certificate = certificateNaming('bare');
    const start = () =>
      startStapling({
        certificates: [{ profile: 'card', certificatePem: pemOf(certificate) }],
        staple: () => undefined,
        clock: { now: Date.now },
        meter: { count: () => undefined, observe: () => undefined, gauge: () => undefined },
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      });
    expect(start).toThrow(message);
    expect(start).toThrow(/^certificate of TLS profile card: /);
  });
});
