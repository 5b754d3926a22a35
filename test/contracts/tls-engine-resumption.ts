// The part of the `TlsEngine` contract that is about coming back: which sessions may be resumed (RFC 5246 section 7.3),
// what is known of a peer that does, and what makes a session forgotten.

import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TlsPeer, TlsSettlement } from '../../gateway/eap/step.ts';
import type { TlsServerSettings } from '../../gateway/io/tls-context.ts';
import type { TlsEngine } from '../../gateway/ports.ts';
import { type Credential, makeOpensslPki, type OpensslPki, pemToDer } from '../support/openssl-pki.ts';
import type { EngineUnderTest, MakeEngine } from './tls-engine.ts';
import { type OfferingClient, offeringClient } from './tls-engine-client.ts';
import { bytesOf, flightOf, judgedPeer, meet } from './tls-engine-meeting.ts';

const resumable: TlsSettlement = { accept: true, resumable: true };

export function tlsResumptionContract(name: string, makeEngine: MakeEngine): void {
  describe(`TLS engine, coming back: ${name}`, () => {
    let pki: OpensslPki;
    let server: Credential;
    let machine: Credential;
    const running: EngineUnderTest[] = [];
    const clients: OfferingClient[] = [];
    let ids = 0;

    beforeAll(() => {
      pki = makeOpensslPki(3);
      server = pki.leaf({ name: 'server', key: 'p256', usage: 'serverAuth' });
      machine = pki.leaf({ name: 'machine', key: 'p384', usage: 'clientAuth' });
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      await Promise.all(running.splice(0).map(({ stop }) => stop()));
    });
    afterAll(() => pki.remove());

    const start = async (settings: Partial<TlsServerSettings> = { resumption: {} }): Promise<TlsEngine> => {
      const made = await makeEngine({ certificatePem: server.chainPem, keyPem: server.keyPem, ...settings });
      running.push(made);
      return made.engine;
    };
    const client = (session?: Buffer, maxVersion: TlsPeer['version'] = 'TLSv1.2'): OfferingClient => {
      const made = offeringClient({
        cert: machine.chainPem,
        key: machine.keyPem,
        maxVersion,
        ...(session === undefined ? {} : { session }),
      });
      clients.push(made);
      return made;
    };
    const newId = (): string => `conversation-${++ids}`;

    /** One handshake to its end; what the engine saw, and the client with its session. */
    const logIn = async (engine: TlsEngine, how: TlsSettlement, who = client()) => {
      const id = newId();
      const peer = judgedPeer(await meet(engine, id, who));
      const settled = await engine.settle(id, how);
      if (settled.step !== 'settled') throw new Error(settled.step);
      if (settled.bytes.length > 0) await who.step(settled.bytes);
      return { peer, last: settled.bytes, client: who };
    };
    /** Whether a client that offers this session resumes it. Both ends must say the same. */
    const resumes = async (engine: TlsEngine, session: Buffer, how: TlsSettlement = { accept: true }) => {
      const again = await logIn(engine, how, client(session));
      expect(again.client.resumed()).toBe(again.peer.resumed);
      return again.peer.resumed;
    };

    it('resumes a session: the same chain, intermediates included, and new keys that both ends hold', async () => {
      const engine = await start();
      const first = await logIn(engine, resumable);
      expect(first.peer.resumed).toBe(false);
      const second = await logIn(engine, resumable, client(first.client.session()));
      expect(second.peer).toMatchObject({ resumed: true, version: 'TLSv1.2', cipher: first.peer.cipher });
      expect(second.client.resumed()).toBe(true);
      expect(second.peer.chain).toEqual(pemToDer(machine.chainPem));
      expect(second.peer.chain).toHaveLength(4);
      expect(second.peer.keyMaterial).toHaveLength(128);
      expect(second.peer.keyMaterial).toEqual(second.client.keyMaterial());
      expect(second.peer.keyMaterial).not.toEqual(first.peer.keyMaterial);
      // [RFC5246-7.3] The server has finished before the peer: nothing is left to say.
      expect(second.last).toEqual(new Uint8Array());
      expect(await resumes(engine, first.client.session())).toBe(true);
    });

    it('gives a resumed peer to its judge, and a refusal has no octets', async () => {
      const engine = await start();
      const session = (await logIn(engine, resumable)).client.session();
      const refused = await logIn(engine, { accept: false, alert: 'certificate-revoked' }, client(session));
      expect(refused.peer.resumed).toBe(true);
      expect(refused.last).toEqual(new Uint8Array());
      // And it is no way round the next proof of the certificate.
      expect(await resumes(engine, session)).toBe(false);
    });

    it.each([
      ['accepted without a word about it', { accept: true }],
      ['accepted as not resumable', { accept: true, resumable: false }],
      ['refused', { accept: false, alert: 'access-denied' }],
    ] as const)('remembers nothing of a peer that was %s', async (_what, how) => {
      const engine = await start();
      // A refused client is sent an alert in place of the last flight, so its session is taken as it stands before.
      const id = newId();
      const first = client();
      judgedPeer(await meet(engine, id, first));
      const session = first.session();
      await engine.settle(id, how);
      expect(await resumes(engine, session)).toBe(false);
    });

    it('remembers nothing of a handshake that was never settled', async () => {
      const engine = await start();
      const id = newId();
      const first = client();
      judgedPeer(await meet(engine, id, first));
      engine.close(id);
      expect(await resumes(engine, first.session())).toBe(false);
    });

    it('does not know the sessions of another engine', async () => {
      const session = (await logIn(await start(), resumable)).client.session();
      const other = await start();
      const again = await logIn(other, resumable, client(session));
      expect(again.peer.resumed).toBe(false);
      expect(again.peer.chain).toEqual(pemToDer(machine.chainPem));
      expect(await resumes(other, again.client.session())).toBe(true);
    });

    it('forgets a session when its time is over, however often it was resumed', async () => {
      const engine = await start({ resumption: { lifetimeMs: 1_000 } });
      const session = (await logIn(engine, resumable)).client.session();
      expect(await resumes(engine, session, resumable)).toBe(true);
      await wait(1_050);
      expect(await resumes(engine, session)).toBe(false);
    });

    it('keeps no more sessions than it may: the oldest goes first', async () => {
      const engine = await start({ resumption: { maxSessions: 2 } });
      const sessions: Buffer[] = [];
      for (let at = 0; at < 3; at++) sessions.push((await logIn(engine, resumable)).client.session());
      const found: boolean[] = [];
      for (const session of sessions) found.push(await resumes(engine, session));
      expect(found).toEqual([false, true, true]);
    });

    it('is off unless the settings say so', async () => {
      const engine = await start({});
      const first = await logIn(engine, resumable);
      expect(await resumes(engine, first.client.session())).toBe(false);
    });

    it('never resumes in TLS 1.3', async () => {
      const engine = await start({ resumption: { maxSessions: 1 } });
      const earlier = (await logIn(engine, resumable)).client.session();
      const first = await logIn(engine, resumable, client(undefined, 'TLSv1.3'));
      expect(first.peer.version).toBe('TLSv1.3');
      const second = await logIn(engine, resumable, client(first.client.session(), 'TLSv1.3'));
      expect(second.peer).toMatchObject({ version: 'TLSv1.3', resumed: false });
      expect(second.client.resumed()).toBe(false);
      // Nor does it take the place of a session that can be.
      expect(await resumes(engine, earlier)).toBe(true);
    });

    it('takes a session of TLS 1.2 for nothing in TLS 1.3', async () => {
      const engine = await start();
      const { client: first } = await logIn(engine, resumable);
      const second = await logIn(engine, resumable, client(first.session(), 'TLSv1.3'));
      expect(second.peer).toMatchObject({ version: 'TLSv1.3', resumed: false });
      expect(second.peer.chain).toEqual(pemToDer(machine.chainPem));
    });

    it('[RFC5246-7.2.2] forgets a session whose resumption failed', async () => {
      const engine = await start();
      const session = (await logIn(engine, resumable)).client.session();
      const id = newId();
      const broken = client(session);
      const hello = await engine.step(id, flightOf(await broken.begin()));
      const finished = flightOf(await broken.step(bytesOf(hello))).slice();
      finished[finished.length - 1] = (finished.at(-1) ?? 0) ^ 1;
      expect(await engine.step(id, finished)).toMatchObject({ step: 'failed', reason: 'tls-handshake-failed' });
      expect(await resumes(engine, session)).toBe(false);
    });

    it('finds the session of a hello that comes octet by octet', async () => {
      const engine = await start();
      const session = (await logIn(engine, resumable)).client.session();
      const id = newId();
      const again = client(session);
      let answer = new Uint8Array();
      for (const octet of flightOf(await again.begin())) {
        expect(answer).toHaveLength(0);
        answer = bytesOf(await engine.step(id, Uint8Array.of(octet))).slice();
      }
      const judged = await engine.step(id, flightOf(await again.step(answer)));
      expect(judged).toMatchObject({ step: 'judge', peer: { resumed: true, chain: pemToDer(machine.chainPem) } });
    });

    it('survives a close at any moment of a hello', async () => {
      const engine = await start();
      const hello = flightOf(await client().begin());
      for (let ticks = 0; ticks < 12; ticks++) {
        const id = newId();
        const stepping = engine.step(id, hello);
        for (let tick = 0; tick < ticks; tick++) await new Promise<void>(resolve => process.nextTick(resolve));
        engine.close(id);
        expect(['flight', 'failed']).toContain((await stepping).step);
      }
      const session = (await logIn(engine, resumable)).client.session();
      expect(await resumes(engine, session)).toBe(true);
    });
  });
}
