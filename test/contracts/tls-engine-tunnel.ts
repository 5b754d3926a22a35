// The part of the `TlsEngine` contract that is about tunnels (EAP-TTLS, RFC 5281; PEAP): what stands after the handshake, what
// both ends say inside, with which keys, and how it ends.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TlsMethod, TlsPeer, TlsStep } from '../../gateway/eap/step.ts';
import type { TlsServerSettings } from '../../gateway/io/tls-context.ts';
import { type Credential, makeOpensslPki, type OpensslPki, pemToDer } from '../support/openssl-pki.ts';
import type { EngineUnderTest, MakeEngine } from './tls-engine.ts';
import { type OfferingClient, offeringClient } from './tls-engine-client.ts';
import { bytesOf, finish } from './tls-engine-meeting.ts';

const methods = ['eap-ttls', 'peap'] as const;
const words = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

export function tlsTunnelContract(name: string, makeEngine: MakeEngine): void {
  describe(`TLS engine, tunnels: ${name}`, () => {
    let pki: OpensslPki;
    let server: Credential;
    let machine: Credential;
    let running: EngineUnderTest;
    const others: EngineUnderTest[] = [];
    const clients: OfferingClient[] = [];
    let ids = 0;

    beforeAll(async () => {
      pki = makeOpensslPki(3);
      server = pki.leaf({ name: 'server', key: 'p256', usage: 'serverAuth' });
      machine = pki.leaf({ name: 'machine', key: 'p384', usage: 'clientAuth' });
      running = await makeEngine({ certificatePem: server.chainPem, keyPem: server.keyPem });
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      await Promise.all(others.splice(0).map(({ stop }) => stop()));
    });
    afterAll(async () => {
      await running.stop();
      pki.remove();
    });

    const startOther = async (settings: Partial<TlsServerSettings>) => {
      const made = await makeEngine({ certificatePem: server.chainPem, keyPem: server.keyPem, ...settings });
      others.push(made);
      return made.engine;
    };
    const newClient = (version: TlsPeer['version'], credential?: Credential, session?: Buffer): OfferingClient => {
      const made = offeringClient({
        minVersion: version,
        maxVersion: version,
        ...(credential === undefined ? {} : { cert: credential.chainPem, key: credential.keyPem }),
        ...(session === undefined ? {} : { session }),
      });
      clients.push(made);
      return made;
    };
    const open = async (
      client: OfferingClient,
      method: TlsMethod = 'eap-ttls',
      engine = running.engine,
    ): Promise<{ id: string; tunnel: Extract<TlsStep, { step: 'tunnel' }> }> => {
      const id = `tunnel-${++ids}`;
      const tunnel = await finish(engine, id, client, method);
      if (tunnel.step !== 'tunnel') throw new Error(`no tunnel: ${tunnel.step}`);
      if (tunnel.bytes.length > 0) await client.step(tunnel.bytes);
      return { id, tunnel };
    };

    describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', version => {
      it.each(methods)('%s: both ends have finished, with the keys of that method', async method => {
        const client = newClient(version);
        const { tunnel } = await open(client, method);
        expect(client.status()).toMatchObject({ finished: true });
        expect(tunnel.peer).toMatchObject({ chain: [], version, resumed: false });
        expect(tunnel.peer.keyMaterial).toEqual(client.keyMaterial(method));
        expect(tunnel.challenge).toHaveLength(17);
        expect(tunnel.challenge).toEqual(client.challenge());
        expect(tunnel.data).toEqual(new Uint8Array());
      });

      it('hands on the chain of a machine that showed one', async () => {
        const { tunnel } = await open(newClient(version, machine));
        expect(tunnel.peer.chain).toEqual(pemToDer(machine.chainPem));
      });

      it('carries what both ends say, in turn and more than once', async () => {
        const client = newClient(version);
        const { id } = await open(client);
        for (const round of [1, 2, 3]) {
          const heard = await running.engine.step(id, await client.say(words(`client ${round}`)));
          expect(heard).toEqual({ step: 'inside', data: words(`client ${round}`) });
          const flight = bytesOf(await running.engine.seal(id, words(`server ${round}`)));
          expect(Buffer.from(flight).includes(`server ${round}`)).toBe(false);
          await client.step(flight);
          expect(await client.heard()).toEqual({ data: words(`server ${round}`), closed: false });
        }
      });

      it('carries 9,000 octets, and a message that comes in two parts', async () => {
        const client = newClient(version);
        const { id } = await open(client);
        const long = Uint8Array.from({ length: 9_000 }, (_, at) => at % 251);
        const sealed = await client.say(long);
        expect(await running.engine.step(id, sealed.subarray(0, 100))).toEqual({ step: 'inside', data: words('') });
        expect(await running.engine.step(id, sealed.subarray(100))).toEqual({ step: 'inside', data: long });
        await client.step(bytesOf(await running.engine.seal(id, long)));
        expect((await client.heard()).data).toEqual(long);
      });

      it('is closed by a notification that is sealed, whether it went well or not', async () => {
        for (const settlement of [{ accept: true }, { accept: false, alert: 'access-denied' }] as const) {
          const client = newClient(version);
          const { id } = await open(client);
          const settled = await running.engine.settle(id, settlement);
          expect(settled.step).toBe('settled');
          // In clear an alert has 7 octets.
          expect(bytesOf(settled).length).toBeGreaterThan(20);
          await client.step(bytesOf(settled));
          expect(await client.heard()).toEqual({ data: words(''), closed: true });
          await expect(running.engine.seal(id, words('more'))).rejects.toThrow('no TLS handshake');
        }
      });

      it('fails what was tampered with, and what the peer closes', async () => {
        const client = newClient(version);
        const first = await open(client);
        const broken = await client.say(words('hello'));
        broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
        expect(await running.engine.step(first.id, broken)).toMatchObject({
          step: 'failed',
          reason: 'tls-handshake-failed',
        });
        const other = newClient(version);
        const second = await open(other);
        expect(await running.engine.step(second.id, await other.end())).toMatchObject({
          step: 'failed',
          reason: 'tls-alert-from-peer',
        });
      });

      it('takes no more than its octets', async () => {
        const engine = await startOther({ maxInboundBytes: 6_000 });
        const client = newClient(version);
        const { id } = await open(client, 'peap', engine);
        expect(await engine.step(id, await client.say(new Uint8Array(7_000)))).toMatchObject({
          step: 'failed',
          reason: 'eap-message-too-large',
        });
      });

      it('resumes nothing, even where EAP-TLS may', async () => {
        const engine = await startOther({ resumption: {} });
        const first = newClient(version, machine);
        const id = `tunnel-${++ids}`;
        const judged = await finish(engine, id, first);
        if (judged.step !== 'judge') throw new Error(judged.step);
        await first.step(bytesOf(await engine.settle(id, { accept: true, resumable: true })));
        await first.heard();
        const again = newClient(version, machine, first.session());
        expect((await open(again, 'eap-ttls', engine)).tunnel.peer.resumed).toBe(false);
      });
    });

    it('in TLS 1.3 hears what the peer says together with the end of its handshake', async () => {
      const client = newClient('TLSv1.3');
      const id = `tunnel-${++ids}`;
      const hello = await client.begin();
      const answer = await running.engine.step(id, hello.bytes, 'eap-ttls');
      const last = await client.step(bytesOf(answer));
      const both = Buffer.concat([last.bytes, await client.say(words('at once'))]);
      const tunnel = await running.engine.step(id, both, 'eap-ttls');
      expect(tunnel).toMatchObject({ step: 'tunnel', data: words('at once') });
      // What the engine owes the peer goes first, and the peer can read what follows.
      const sealed = bytesOf(await running.engine.seal(id, words('well')));
      await client.step(Buffer.concat([bytesOf(tunnel), sealed]));
      expect((await client.heard()).data).toEqual(words('well'));
    });

    it('rejects misuse', async () => {
      await expect(running.engine.seal('nobody', words('x'))).rejects.toThrow('no TLS handshake');
      const id = `tunnel-${++ids}`;
      const judged = await finish(running.engine, id, newClient('TLSv1.3', machine));
      expect(judged.step).toBe('judge');
      await expect(running.engine.seal(id, words('x'))).rejects.toThrow('no tunnel');
    });
  });
}
