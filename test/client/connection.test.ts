// The agent against a real HTTPS server with mutual TLS that checks every signature itself.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type AgentMemory, type Progress, type RunOptions, runOnce } from '../../posture-client/agent.ts';
import type { AgentConfig } from '../../posture-client/config.ts';
import { connect } from '../../posture-client/connection.ts';
import { createSessionKey } from '../../posture-client/session-key.ts';
import { keyFileSigner } from '../../posture-client/signer.ts';
import { hashOf, startTestGateway, type TestGateway, type TestGatewayOptions } from './test-gateway.ts';
import { makeKey, pem, type TestKey } from './test-keys.ts';
import { grantVerdict, updateVerdict } from './verdict-fixture.ts';

let folder: string;
let keys: Readonly<Record<'server' | 'p256' | 'p384' | 'rsa' | 'person', TestKey>>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-agent-'));
  cpSync(new URL('../../posture-client/recorded/', import.meta.url).pathname, join(folder, 'recorded'), {
    recursive: true,
  });
  keys = {
    server: makeKey(folder, 'server'),
    p256: makeKey(folder, 'p256', 'p256'),
    p384: makeKey(folder, 'p384', 'p384'),
    rsa: makeKey(folder, 'rsa', 'rsa'),
    person: makeKey(folder, 'person', 'p384'),
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

async function gateway(options: Partial<TestGatewayOptions> = {}): Promise<TestGateway> {
  const started = await startTestGateway({ key: keys.server, collect: ['antimalware', 'disk-encryption'], ...options });
  onTestFinished(() => started.close());
  return started;
}

let states = 0;
function config(url: string, change: Partial<AgentConfig> = {}): AgentConfig {
  return {
    ...{ gateway: url, trust: keys.server.certificate, machine: keys.p256, sessionKey: false },
    ...{ state: join(folder, `state-${++states}.json`), recorded: join(folder, 'recorded', 'linux-healthy') },
    remediation: { programs: {} },
    ...change,
  };
}

async function run(options: RunOptions) {
  const progress: Progress[] = [];
  const result = await runOnce({ ...options, onProgress: one => void progress.push(one) });
  return { ...result, progress };
}

describe('one connection', () => {
  it('[RFC9266-2] both ends derive the same exporter, and every request comes over that socket', async () => {
    const { url, received } = await gateway();
    const machine = await keyFileSigner(keys.p256);
    const connection = await connect({ ...machine, url, trust: pem(keys.server.certificate), timeoutMs: 5000 });
    const first = connection.exporter();
    await connection.challenge('report');
    await connection.challenge('identity-proof');
    expect(received.map(({ exporter }) => exporter)).toEqual([first, first]);
    expect(received[0]?.socket).toBe(received[1]?.socket);
    expect(received[0]?.socket.getProtocol()).toBe('TLSv1.3');
    expect(connection.key).toBe(machine.keyHash);
    await connection.close();
    expect(connection.alive).toBe(false);
    expect(() => connection.exporter()).toThrow('lost');
  });

  it('is never silently replaced by another', async () => {
    const { url, received } = await gateway();
    const machine = await keyFileSigner(keys.p256);
    const connection = await connect({ ...machine, url, trust: pem(keys.server.certificate), timeoutMs: 5000 });
    await connection.challenge('report');
    received[0]?.socket.destroy();
    await expect.poll(() => connection.alive).toBe(false);
    await expect(connection.challenge('report')).rejects.toMatchObject({ kind: 'unreachable' });
    expect(received).toHaveLength(1);
    await connection.close();
  });

  it.each(['p256', 'p384', 'rsa'] as const)('a report signed by a %s key is accepted', async kind => {
    const server = await gateway();
    const { verdict, actions } = await run({ config: config(server.url, { machine: keys[kind] }) });
    expect(server.refusals).toEqual([]);
    expect(verdict.outcome).toBe('grant');
    expect(actions).toEqual([]);
    const machine = new X509Certificate(pem(keys[kind].certificate));
    expect(server.reports).toMatchObject([
      { reason: 'manual', device: { deviceId: hashOf(machine), hostname: 'lt-0042' } },
    ]);
    expect(new Set(server.reports[0]?.checks.map(check => check.type))).toEqual(
      new Set(['antimalware', 'disk-encryption']),
    );
  });
});

describe('a session key', () => {
  it('does TLS, once the machine key has certified it', async () => {
    const server = await gateway();
    const { verdict, progress } = await run({ config: config(server.url, { sessionKey: true }) });
    expect(server.refusals).toEqual([]);
    expect(verdict.outcome).toBe('grant');
    expect(server.received.map(({ path }) => path)).toEqual([
      '/v1/challenge',
      '/v1/session-key',
      '/v1/challenge',
      '/v1/report',
    ]);
    const machine = await keyFileSigner(keys.p256);
    const [connected] = progress;
    expect(connected).toMatchObject({ step: 'connected', sessionKey: true });
    expect(connected).not.toMatchObject({ key: machine.keyHash });
  });

  it('lives for less than eight hours and is kept between runs', async () => {
    const now = Date.now();
    const key = await createSessionKey(now);
    const certificate = new X509Certificate(key.certificatePem);
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBeLessThanOrEqual(8 * 3_600_000);
    expect(Date.parse(certificate.validTo)).toBe(key.notAfter);
    expect(certificate.verify(certificate.publicKey)).toBe(true);

    const server = await gateway();
    const memory: AgentMemory = { startedAt: now };
    const options = { config: config(server.url, { sessionKey: true }), memory };
    await run(options);
    const first = memory.sessionKey?.keyHash;
    await run(options);
    expect(memory.sessionKey?.keyHash).toBe(first);
    expect(server.reports).toHaveLength(2);
  });
});

describe('the person', () => {
  it.each([false, true])('signs gateway, nonce, machine, report and connection (session key: %s)', async sessionKey => {
    const server = await gateway();
    const { person, ticket } = await run({
      config: config(server.url, { identity: keys.person, sessionKey }),
      ...{ prove: true, ticket: true },
    });
    expect(server.refusals).toEqual([]);
    expect(person).toMatchObject({ pseudonym: 'p-1' });
    expect(ticket).toMatchObject({ handle: 't-ABCDEFGHIJKLMNOP' });
    const paths = server.received.map(({ path }) => path).slice(sessionKey ? 2 : 0);
    expect(paths).toEqual([
      '/v1/challenge',
      '/v1/report',
      '/v1/challenge',
      '/v1/identity-proof',
      '/v1/verdict',
      '/v1/ticket',
    ]);
    expect(new Set(server.received.map(({ socket }) => socket)).size).toBe(1);
  });

  it('cannot be proven without a key', async () => {
    const server = await gateway();
    await expect(run({ config: config(server.url), prove: true })).rejects.toMatchObject({ kind: 'setup' });
  });
});

describe('updates', () => {
  it('are run, measured and reported, and then the outcome is another', async () => {
    const laptop = join(folder, 'recorded', 'linux-stale-antivirus');
    const server = await gateway({
      decide: (_report, count) => (count === 1 ? updateVerdict : grantVerdict)(Date.now()),
    });
    const action = 'antimalware.update-signatures';
    const program = {
      programs: [process.execPath],
      args: [join(folder, 'recorded', 'apply-remedy.mjs'), laptop, action],
      timeLimitMs: 20_000,
    };
    const { verdict, actions, progress } = await run({
      config: config(server.url, { recorded: laptop, remediation: { programs: { [action]: program } } }),
      ticket: true,
    });
    expect(verdict.outcome).toBe('grant');
    expect(actions).toMatchObject([{ actionId: action, state: 'succeeded' }]);
    expect(server.refusals).toEqual([]);
    const [before, after] = server.reports;
    expect(after).toMatchObject({
      reason: 'post-remediation',
      remediation: [{ actionId: action, state: 'succeeded' }],
    });
    expect(after?.sequence).toBeGreaterThan(before?.sequence ?? Number.POSITIVE_INFINITY);
    const steps = progress.map(({ step }) => step);
    expect(steps.indexOf('ticket')).toBeLessThan(steps.indexOf('action'));
  });

  it('are left alone when told so', async () => {
    const server = await gateway({ decide: () => updateVerdict(Date.now()) });
    const { verdict, actions } = await run({ config: config(server.url), remediate: false });
    expect([verdict.outcome, actions]).toEqual(['update', []]);
    expect(server.reports).toHaveLength(1);
  });
});

describe('what goes wrong', () => {
  it('a refusal comes with its word and its text', async () => {
    const server = await gateway({ decide: () => ({ status: 403, refused: 'report-device-mismatch' }) });
    await expect(run({ config: config(server.url) })).rejects.toMatchObject({
      ...{ kind: 'refused', refusal: { refused: 'report-device-mismatch', text: { fr: 'non' } } },
    });
  });

  it('a gateway that cannot decide is no refusal', async () => {
    const server = await gateway({ decide: () => ({ status: 503, refused: 'try-again' }) });
    await expect(run({ config: config(server.url) })).rejects.toMatchObject({ kind: 'try-again' });
  });

  it('an idle connection that the gateway closed is opened anew for the next report', async () => {
    const server = await gateway({
      keepAliveTimeoutMs: 2500,
      decide: (_report, count) => (count === 1 ? updateVerdict : grantVerdict)(Date.now()),
    });
    const { verdict } = await runOnce({
      config: config(server.url),
      onProgress: ({ step }) => (step === 'action' ? delay(2500) : undefined),
    });
    expect(verdict.outcome).toBe('grant');
    expect(server.refusals).toEqual([]);
    expect(new Set(server.received.map(({ socket }) => socket)).size).toBe(2);
  });

  it('a challenge that lapsed while collecting is asked again, and the checks are not', async () => {
    const server = await gateway({ challengeLifeMs: 1000 });
    await expect(run({ config: config(server.url) })).rejects.toMatchObject({
      kind: 'unreachable',
      message: /ends before the report/,
    });
    expect(server.received.map(({ path }) => path)).toEqual(['/v1/challenge', '/v1/challenge', '/v1/challenge']);
  });

  it('a certificate that is not trusted is not spoken to', async () => {
    const server = await gateway();
    await expect(run({ config: config(server.url, { trust: keys.p256.certificate }) })).rejects.toMatchObject({
      kind: 'unreachable',
    });
    expect(server.received).toEqual([]);
  });

  it('a gateway of TLS 1.2 is not spoken to', async () => {
    const old = createTlsServer({
      key: pem(keys.server.key),
      cert: pem(keys.server.certificate),
      maxVersion: 'TLSv1.2',
    });
    old.listen(0, '127.0.0.1');
    await once(old, 'listening');
    onTestFinished(() => void old.close());
    const address = old.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(run({ config: config(`https://localhost:${port}`) })).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('a peer that says nothing is given up', async () => {
    const mute = createTcpServer();
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    onTestFinished(() => void mute.close());
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const machine = await keyFileSigner(keys.p256);
    const url = `https://127.0.0.1:${port}`;
    await expect(
      connect({ ...machine, url, trust: pem(keys.server.certificate), timeoutMs: 200 }),
    ).rejects.toMatchObject({
      ...{ kind: 'unreachable', message: expect.stringContaining('no answer in 200 ms') as string },
    });
  });

  it.each([
    ['p256', 'p384', /is not the key of the first certificate/],
    ['none', 'p384', /cannot read/],
  ])('key %s with certificate %s', async (key, certificate, message) => {
    const files = { key: join(folder, `${key}.key`), certificate: join(folder, `${certificate}.pem`) };
    await expect(keyFileSigner(files)).rejects.toMatchObject({ kind: 'setup', message });
  });
});
