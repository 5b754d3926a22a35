// Both TLS engines under the contract of the port; and what only the one with threads has to show.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTlsEngine, type ThreadedTlsEngine } from '../../gateway/io/tls-engine.ts';
import { TlsHandshakes } from '../../gateway/io/tls-handshakes.ts';
import { tlsPeerEngine } from '../../gateway/io/tls-peer.ts';
import { type Credential, makeOpensslPki, type OpensslPki } from '../support/openssl-pki.ts';
import { type MakeEngine, tlsEngineContract } from './tls-engine.ts';
import { offeringClient } from './tls-engine-client.ts';
import { bytesOf, flightOf, judgedPeer, meet } from './tls-engine-meeting.ts';
import { tlsResumptionContract } from './tls-engine-resumption.ts';
import { tlsTunnelContract } from './tls-engine-tunnel.ts';

const inProcess: MakeEngine = async settings => ({
  engine: new TlsHandshakes(settings),
  stop: async () => undefined,
});

tlsEngineContract('in-process', inProcess);
tlsResumptionContract('in-process', inProcess);
tlsTunnelContract('in-process', inProcess);

// Whether sessions are kept changes nothing for those that were not settled as resumable.
tlsEngineContract('in-process, sessions kept', settings => inProcess({ resumption: {}, ...settings }));

tlsEngineContract('worker threads', async settings => {
  const engine = await startTlsEngine({ settings, workers: settings.maxHandshakes === undefined ? 2 : 1 });
  return { engine, stop: engine.stop };
});

const twoThreads: MakeEngine = async settings => {
  const engine = await startTlsEngine({ settings, workers: 2 });
  return { engine, stop: engine.stop };
};
tlsResumptionContract('worker threads', twoThreads);
tlsTunnelContract('worker threads', twoThreads);

describe('TLS worker threads', () => {
  let pki: OpensslPki;
  let server: Credential;
  let person: Credential;
  let engine: ThreadedTlsEngine;
  const lost: { error: string; conversations: number }[] = [];

  beforeAll(async () => {
    pki = makeOpensslPki();
    server = pki.leaf({ name: 'server', key: 'p256', usage: 'serverAuth' });
    person = pki.leaf({ name: 'person', key: 'p384', usage: 'clientAuth' });
    engine = await startTlsEngine({
      settings: { certificatePem: server.chainPem, keyPem: server.keyPem },
      workers: 2,
      onThreadLost: report => lost.push(report),
    });
  });
  afterAll(async () => {
    await engine.stop();
    pki.remove();
  });

  const peer = () => tlsPeerEngine({ certificatePem: person.chainPem, keyPem: person.keyPem });

  it('a thread that dies fails its own conversations only, and is replaced', async () => {
    const ids = Array.from({ length: 16 }, (_, at) => `held-${at}`);
    for (const id of ids) judgedPeer(await meet(engine, id, peer()));
    const [victim] = engine.threadIds();
    if (victim === undefined) throw new Error('no thread');
    const stepping = engine.step('in-flight-1', flightOf(await peer().begin()));
    expect(await engine.kill(victim)).toBe(true);
    const ends = await Promise.all(ids.map(id => engine.settle(id, { accept: true })));
    const failed = ends.filter(end => end.step === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(ids.length);
    for (const end of failed) expect(end).toMatchObject({ reason: 'tls-engine-lost', bytes: new Uint8Array() });
    expect(ends.every(end => end.step === 'failed' || end.step === 'settled')).toBe(true);
    // Answered one way or the other, never left waiting.
    expect(['flight', 'failed']).toContain((await stepping).step);
    expect(lost[0]?.conversations).toBeGreaterThanOrEqual(failed.length);

    await expect.poll(() => engine.threadIds().length).toBe(2);
    expect(engine.threadIds()).not.toContain(victim);
    for (const id of ids) {
      const again = peer();
      judgedPeer(await meet(engine, `again-${id}`, again));
      expect((await again.step(bytesOf(await engine.settle(`again-${id}`, { accept: true })))).step).toBe('flight');
    }
  });

  it('a session is known to every thread, and to one that is replaced no longer', async () => {
    const settings = { certificatePem: server.chainPem, keyPem: server.keyPem, resumption: {} };
    const keeping = await startTlsEngine({ settings, workers: 3 });
    const logIn = async (id: string, session?: Buffer) => {
      const own = { cert: person.chainPem, key: person.keyPem, maxVersion: 'TLSv1.2' } as const;
      const client = offeringClient(session === undefined ? own : { ...own, session });
      const { resumed } = judgedPeer(await meet(keeping, id, client));
      const { bytes } = (await keeping.settle(id, { accept: true, resumable: true })) as { bytes: Uint8Array };
      if (!resumed) await client.step(bytes);
      return { resumed, session: client.session(), close: () => client.close() };
    };
    try {
      const first = await logIn('first');
      const ids = Array.from({ length: 12 }, (_, at) => `back-${at}`);
      const resumed = async (round: string) => {
        const found: boolean[] = [];
        for (const id of ids) {
          const again = await logIn(`${round}-${id}`, first.session);
          found.push(again.resumed);
          again.close();
        }
        return new Set(found);
      };
      expect(await resumed('before')).toEqual(new Set([true]));
      const [victim] = keeping.threadIds();
      await keeping.kill(victim ?? 0);
      await expect.poll(() => keeping.threadIds().length).toBe(3);
      expect(await resumed('after')).toEqual(new Set([true, false]));
      first.close();
    } finally {
      await keeping.stop();
    }
  });

  it('a thread that answers nothing for too long is taken for dead', async () => {
    const silent: string[] = [];
    const settings = { certificatePem: server.chainPem, keyPem: server.keyPem };
    const onThreadLost = (report: { error: string }) => silent.push(report.error);
    const impatient = await startTlsEngine({ settings, workers: 1, silenceMs: 1, onThreadLost });
    try {
      const hello = flightOf(await peer().begin());
      const steps = Array.from({ length: 1_000 }, (_, at) => impatient.step(`slow-${at}`, hello));
      // Longer than the patience, and far shorter than so much work: the timer is due with most of it still undone.
      const until = performance.now() + 5;
      while (performance.now() < until);
      const ends = await Promise.all(steps);
      expect(ends.at(-1)).toMatchObject({ step: 'failed', reason: 'tls-engine-lost' });
      expect(silent).toHaveLength(1);
    } finally {
      await impatient.stop();
    }
  });

  it('says at the start what is wrong with the settings', async () => {
    const settings = { certificatePem: server.chainPem, keyPem: person.keyPem };
    await expect(startTlsEngine({ settings, workers: 1 })).rejects.toThrow('key values mismatch');
    const groups = ['X25519'];
    const narrow = { certificatePem: server.chainPem, keyPem: server.keyPem, groups };
    await expect(startTlsEngine({ settings: narrow, workers: 1 })).rejects.toThrow('P-256');
  });
});
