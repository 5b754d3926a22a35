// The contract of the `TlsEngine` port: what every engine does with a real TLS client at its other end. An engine's own
// test calls it with a way to make that engine.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TlsPeerEngine } from '../../gateway/eap/peer.ts';
import { type TlsAlert, type TlsStep, tlsAlerts } from '../../gateway/eap/step.ts';
import type { TlsServerSettings } from '../../gateway/io/tls-context.ts';
import { type TlsPeerSettings, tlsPeerEngine } from '../../gateway/io/tls-peer.ts';
import { type TlsEngine, Unavailable } from '../../gateway/ports.ts';
import { type Credential, makeOpensslPki, type OpensslPki, pemToDer } from '../support/openssl-pki.ts';
import {
  bytesOf,
  flightOf,
  judgedPeer,
  meet,
  overTcp,
  plainTlsAlert,
  requestedAlgorithms,
} from './tls-engine-meeting.ts';

export interface EngineUnderTest {
  readonly engine: TlsEngine;
  readonly stop: () => Promise<void>;
}

export type MakeEngine = (settings: TlsServerSettings) => Promise<EngineUnderTest>;

const versions = ['TLSv1.2', 'TLSv1.3'] as const;

/** What a profile for cards that cannot do RSA-PSS offers. */
const withoutPss = ['ecdsa_secp384r1_sha384', 'ecdsa_secp256r1_sha256', 'rsa_pkcs1_sha256', 'rsa_pkcs1_sha384'];

export function tlsEngineContract(name: string, makeEngine: MakeEngine): void {
  describe(`TLS engine: ${name}`, () => {
    let pki: OpensslPki;
    let server: Credential;
    let ec: Credential;
    let rsa: Credential;
    const running = new Map<string, EngineUnderTest>();
    const peers: TlsPeerEngine[] = [];
    let ids = 0;

    beforeAll(() => {
      pki = makeOpensslPki(3);
      server = pki.leaf({ name: 'server', key: 'p256', usage: 'serverAuth', dnsName: 'radius.sluis.example' });
      ec = pki.leaf({ name: 'person-ec', key: 'p384', usage: 'clientAuth' });
      rsa = pki.leaf({ name: 'person-rsa', key: 'rsa2048', usage: 'clientAuth' });
    });
    afterEach(() => {
      for (const peer of peers.splice(0)) peer.close();
    });
    afterAll(async () => {
      await Promise.all([...running.values()].map(({ stop }) => stop()));
      pki.remove();
    });

    const start = async (settings: Partial<TlsServerSettings> = {}): Promise<TlsEngine> => {
      // Threads are slow to start: those with the same settings are used again, except where the number of handshakes counts.
      const key = settings.maxHandshakes === undefined ? JSON.stringify(settings) : `alone-${++ids}`;
      const made =
        running.get(key) ?? (await makeEngine({ certificatePem: server.chainPem, keyPem: server.keyPem, ...settings }));
      running.set(key, made);
      return made.engine;
    };
    const peer = (credential: Credential | undefined, settings: TlsPeerSettings = {}): TlsPeerEngine => {
      const own = credential === undefined ? {} : { certificatePem: credential.chainPem, keyPem: credential.keyPem };
      const made = tlsPeerEngine({ authoritiesPem: [pki.rootPem], ...own, ...settings });
      peers.push(made);
      return made;
    };
    const newId = (): string => `conversation-${++ids}`;

    describe.each(versions)('%s', version => {
      const only = { minVersion: version, maxVersion: version } as const;

      it.each(['ec', 'rsa'] as const)('finishes with an %s certificate and the same keys at both ends', async kind => {
        const engine = await start(only);
        const credential = kind === 'ec' ? ec : rsa;
        const client = peer(credential);
        const id = newId();
        const judged = judgedPeer(await meet(engine, id, client));
        expect(judged.version).toBe(version);
        expect(judged.resumed).toBe(false);
        expect(judged.chain).toEqual(pemToDer(credential.chainPem));
        const settled = await engine.settle(id, { accept: true });
        expect(settled.step).toBe('settled');
        const read = await client.step(bytesOf(settled));
        expect(read).toEqual({ step: 'flight', bytes: new Uint8Array() });
        const status = client.status();
        expect(status).toMatchObject({ finished: true, version, successIndicated: true, cipher: judged.cipher });
        expect(judged.keyMaterial).toHaveLength(128);
        expect(status.finished && status.keyMaterial).toEqual(judged.keyMaterial);
      });

      it('promises nothing before it is settled', async () => {
        const engine = await start(only);
        const client = peer(ec);
        judgedPeer(await meet(engine, newId(), client));
        const status = client.status();
        // In TLS 1.2 the peer waits for our Finished; in 1.3 it has finished, and waits for the indication.
        expect(status.finished && status.successIndicated).toBe(false);
      });

      it('shows every intermediate that the peer sent, in its order, without making any up', async () => {
        const engine = await start({ ...only, clientAuthoritiesPem: [pki.rootPem, ...pki.intermediatesPem] });
        const leaf = pemToDer(ec.certificatePem);
        const [first, second, third] = pki.intermediatesPem;
        if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
        for (const chain of [
          [ec.certificatePem],
          [ec.certificatePem, first, second, third],
          [ec.certificatePem, third, first],
          [ec.certificatePem, first, second, third, pki.rootPem],
        ]) {
          const client = tlsPeerEngine({ certificatePem: chain.join(''), keyPem: ec.keyPem });
          peers.push(client);
          const judged = judgedPeer(await meet(engine, newId(), client));
          expect(judged.chain).toEqual([...leaf, ...pemToDer(chain.slice(1).join(''))]);
        }
      });

      it('takes a certificate of 7 kB', async () => {
        const engine = await start(only);
        const large = pki.leaf({ name: `large-${version}`, key: 'p384', usage: 'clientAuth', ballastBytes: 6_500 });
        const judged = judgedPeer(await meet(engine, newId(), peer(large)));
        expect(judged.chain[0]?.length).toBeGreaterThan(7_000);
        expect(judged.chain).toEqual(pemToDer(large.chainPem));
      });

      it('lets a peer without a certificate through to its judge', async () => {
        const engine = await start(only);
        const id = newId();
        const client = peer(undefined);
        expect(judgedPeer(await meet(engine, id, client)).chain).toEqual([]);
        const settled = await engine.settle(id, { accept: false, alert: 'certificate-required' });
        expect(await client.step(bytesOf(settled))).toMatchObject({ step: 'failed', alert: 116 });
      });

      it('copes with messages that come octet by octet', async () => {
        const engine = await start(only);
        const id = newId();
        const client = peer(ec);
        let toServer = flightOf(await client.begin());
        let last: TlsStep | undefined;
        while (last?.step !== 'judge') {
          const answers: Uint8Array[] = [];
          for (const [at, octet] of toServer.entries()) {
            last = await engine.step(id, Uint8Array.of(octet));
            if (last.step === 'judge') expect(at).toBe(toServer.length - 1);
            else answers.push(bytesOf(last));
          }
          // Nothing is said before a message is whole.
          const answer = answers.filter(({ length }) => length > 0);
          expect(answers.slice(0, -1).every(({ length }) => length === 0)).toBe(true);
          if (last?.step === 'judge') break;
          expect(answer).toHaveLength(1);
          toServer = flightOf(await client.step(answer[0] ?? new Uint8Array()));
        }
        expect(last.peer.chain).toEqual(pemToDer(ec.chainPem));
      });

      it.each(Object.keys(tlsAlerts) as TlsAlert[])('makes the peer read the alert %s', async alert => {
        const engine = await start(only);
        const id = newId();
        const client = peer(ec);
        judgedPeer(await meet(engine, id, client));
        const settled = await engine.settle(id, { accept: false, alert });
        expect(settled.step).toBe('settled');
        expect(await client.step(bytesOf(settled))).toMatchObject({ step: 'failed', alert: tlsAlerts[alert] });
      });

      it('reports the alert of a peer that does not trust the server', async () => {
        const engine = await start(only);
        const id = newId();
        const client = peer(ec);
        await engine.step(id, flightOf(await client.begin()));
        const step = await engine.step(id, plainTlsAlert(48));
        expect(step).toMatchObject({ step: 'failed', reason: 'server-certificate-refused' });
      });

      it('answers garbage in the first message with an alert that can be read in clear', async () => {
        const engine = await start(only);
        const step = await engine.step(newId(), Buffer.from('GET / HTTP/1.1\r\nHost: sluis.example\r\n\r\n'));
        expect(step).toMatchObject({ step: 'failed', reason: 'tls-handshake-failed' });
        const lie = await engine.step(newId(), Uint8Array.of(22, 3, 1, 0, 5, 1, 0xff, 0xff, 0xff, 0));
        expect(lie).toMatchObject({ step: 'failed', reason: 'tls-handshake-failed' });
        expect([...bytesOf(lie)].slice(0, 2)).toEqual([21, 3]);
        expect(bytesOf(lie)).toHaveLength(7);
      });

      it('answers garbage in the last message with an alert that the peer reads', async () => {
        const engine = await start(only);
        const id = newId();
        const client = peer(ec);
        const hello = await engine.step(id, flightOf(await client.begin()));
        const last = flightOf(await client.step(bytesOf(hello)));
        const broken = last.slice();
        broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
        const step = await engine.step(id, broken);
        expect(step).toMatchObject({ step: 'failed', reason: 'tls-handshake-failed' });
        expect(await client.step(bytesOf(step))).toMatchObject({ step: 'failed', alert: 20 });
      });

      it('fails a peer that closes in mid-handshake', async () => {
        const engine = await start(only);
        const id = newId();
        await engine.step(id, flightOf(await peer(ec).begin()));
        const step = await engine.step(id, Uint8Array.of(21, 3, 3, 0, 2, 1, 0));
        expect(step).toMatchObject({ step: 'failed', reason: 'tls-alert-from-peer' });
      });

      it('refuses a handshake that grows beyond its limit', async () => {
        const engine = await start({ ...only, maxInboundBytes: 2_500 });
        const met = await meet(engine, newId(), peer(ec));
        expect(met).toMatchObject({ step: 'failed', reason: 'eap-message-too-large' });
      });

      it('resumes nothing', async () => {
        const engine = await start(only);
        let session: Buffer | undefined;
        for (let round = 0; round < 2; round++) {
          const id = newId();
          const { step, sessions, resumed } = await overTcp(engine, id, {
            ...only,
            cert: ec.chainPem,
            key: ec.keyPem,
            rejectUnauthorized: false,
            ...(session === undefined ? {} : { session }),
          });
          if (step !== 'judge') throw new Error('the handshake failed');
          session = sessions.at(-1);
          expect(session).toBeDefined();
          expect(resumed).toBe(false);
        }
      });
    });

    it('refuses in TLS 1.3 what says something inside the tunnel', async () => {
      const engine = await start();
      const { step, reason } = await overTcp(
        engine,
        newId(),
        { cert: ec.chainPem, key: ec.keyPem, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
        'hello',
      );
      expect({ step, reason }).toEqual({ step: 'failed', reason: 'eap-unexpected' });
    });

    it('asks an RSA card for PKCS#1 only when the profile says so', async () => {
      const old = { certificatePem: server.chainPem, keyPem: server.keyPem, maxVersion: 'TLSv1.2' } as const;
      const engine = await start({ profiles: { card: { ...old, signatureAlgorithms: withoutPss } } });
      const hello = await engine.step(newId(), flightOf(await peer(rsa).begin()), 'eap-tls', 'card');
      const offered = requestedAlgorithms(bytesOf(hello));
      expect(offered).toContain(0x0401);
      expect(offered.filter(code => code >> 8 === 0x08)).toEqual([]);
      // And a peer that can do nothing else finishes.
      const card = peer(rsa, { signatureAlgorithms: ['rsa_pkcs1_sha256', 'ecdsa_secp256r1_sha256'] });
      expect(judgedPeer(await meet(engine, newId(), card, 'card')).version).toBe('TLSv1.2');
      // Everybody else is asked as ever.
      expect(judgedPeer(await meet(engine, newId(), peer(rsa))).version).toBe('TLSv1.3');
      await expect(engine.step(newId(), bytesOf(hello), 'eap-tls', 'nobody')).rejects.toThrow('no TLS profile nobody');
    });

    it('agrees on a hybrid group with whoever knows one, by a ClientHello of more than one fragment', async () => {
      const engine = await start();
      // In TLS 1.2 there is none: a curve must stand beside it for the certificate.
      const client = peer(ec, { groups: ['X25519MLKEM768', 'P-384'], minVersion: 'TLSv1.3' });
      const hello = flightOf(await client.begin());
      expect(hello.length).toBeGreaterThan(1_300);
      const answer = bytesOf(await engine.step(newId(), hello));
      // [RFC8446-4.2.8] In the ServerHello: extension key_share, its length, the group, and a ciphertext with a curve's point.
      expect(Buffer.from(answer).includes(Buffer.from('00330464' + '11ec' + '0460', 'hex'))).toBe(true);
      // Who does not know it loses nothing: no second ClientHello is asked for.
      const old = flightOf(await peer(ec, { groups: ['X25519', 'P-384'], minVersion: 'TLSv1.3' }).begin());
      const toOld = bytesOf(await engine.step(newId(), old));
      expect(Buffer.from(toOld).includes(Buffer.from('00330024' + '001d' + '0020', 'hex'))).toBe(true);
    });

    it.each(['X25519MLKEM768', 'X25519', 'P-256', 'P-384'])('agrees on the group %s', async group => {
      const engine = await start();
      judgedPeer(await meet(engine, newId(), peer(ec, { groups: [group, 'P-256', 'P-384'] })));
    });

    it.each([
      ['no common version', { maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }, 70, 'tls-version-refused'],
      ['no common group', {}, { groups: ['P-521'] }, 40, 'tls-handshake-failed'],
    ] as const)('says by an alert that there is %s', async (_what, settings, client, alert, reason) => {
      const engine = await start(settings);
      const other = peer(undefined, client);
      const step = await engine.step(newId(), flightOf(await other.begin()));
      expect(step).toMatchObject({ step: 'failed', reason });
      expect(await other.step(bytesOf(step))).toMatchObject({ step: 'failed', alert });
    });

    it('keeps many conversations apart', async () => {
      const engine = await start();
      const met = await Promise.all(
        Array.from({ length: 12 }, (_, at) => meet(engine, newId(), peer(at % 2 === 0 ? ec : rsa))),
      );
      for (const [at, one] of met.entries()) {
        expect(judgedPeer(one).chain[0]).toEqual(pemToDer((at % 2 === 0 ? ec : rsa).certificatePem)[0]);
      }
      expect(new Set(met.map(one => Buffer.from(judgedPeer(one).keyMaterial).toString('hex'))).size).toBe(12);
    });

    it('has no room for more than its handshakes, and takes the next when one was closed', async () => {
      const engine = await start({ maxHandshakes: 1 });
      const hello = flightOf(await peer(ec).begin());
      const id = newId();
      await engine.step(id, hello);
      await expect(engine.step(newId(), hello)).rejects.toThrow(Unavailable);
      engine.close(id);
      engine.close('never heard of');
      expect((await engine.step(newId(), hello)).step).toBe('flight');
    });

    it('answers a step whose handshake is closed meanwhile, and frees its place', async () => {
      const engine = await start({ maxHandshakes: 1 });
      const hello = flightOf(await peer(ec).begin());
      const first = newId();
      const stepping = engine.step(first, hello);
      engine.close(first);
      expect(['flight', 'failed']).toContain((await stepping).step);
      // And one that waits for its judge.
      const second = newId();
      judgedPeer(await meet(engine, second, peer(ec)));
      const settling = engine.settle(second, { accept: true });
      engine.close(second);
      expect(['settled', 'failed']).toContain((await settling).step);
      expect((await engine.step(newId(), hello)).step).toBe('flight');
    });

    it('forgets what ended: its place is free again', async () => {
      const engine = await start({ maxHandshakes: 1 });
      const id = newId();
      judgedPeer(await meet(engine, id, peer(ec)));
      await engine.settle(id, { accept: true });
      const other = newId();
      expect((await engine.step(other, Buffer.from('no TLS at all'))).step).toBe('failed');
      expect((await engine.step(newId(), flightOf(await peer(ec).begin()))).step).toBe('flight');
    });

    it('rejects misuse', async () => {
      const engine = await start();
      await expect(engine.settle('nobody', { accept: true })).rejects.toThrow('to settle');
      const id = newId();
      await engine.step(id, flightOf(await peer(ec).begin()));
      await expect(engine.settle(id, { accept: true })).rejects.toThrow('nothing to settle');
      const judging = newId();
      judgedPeer(await meet(engine, judging, peer(ec)));
      await expect(engine.step(judging, Uint8Array.of(1))).rejects.toThrow('being judged');
    });
  });
}
