// A private PC asks to be admitted, as its owner starts it: a real process, a real gateway's end, and openssl for the certificate.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { EnrolmentState } from '../../gateway/contract/challenge.ts';
import { startTestGateway, type TestGateway } from './test-gateway.ts';
import { makeKey, type TestKey } from './test-keys.ts';

const launcher = new URL('../../posture-client/sluis-agent.mjs', import.meta.url).pathname;
const recorded = new URL('../../posture-client/recorded/windows-healthy', import.meta.url).pathname;

let folder: string;
let home: string;
let server: TestKey;
let gateway: TestGateway;
let admission: EnrolmentState;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-enrol-'));
  home = join(folder, 'pc');
  server = makeKey(folder, 'server');
  admission = 'waiting';
  gateway = await startTestGateway({ key: server, collect: ['reboot'], admission: () => admission });
  onTestFinished(async () => {
    await gateway.close();
    rmSync(folder, { recursive: true });
  });
});

async function agent(...args: readonly string[]) {
  const child = spawn(process.execPath, [launcher, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const enrol = (...more: readonly string[]) =>
  agent('enrol', '--gateway', gateway.url, '--ca', 'server.pem', '--folder', home, '--recorded', recorded, ...more);
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('a private PC', () => {
  it('asks with a key of its own, again with the same one, and reports with it once it is admitted', async () => {
    const first = await enrol('--language', 'nl');
    expect([first.code, first.stderr]).toEqual([12, '']);
    expect(first.stdout).toContain('wacht op goedkeuring');
    expect(first.stdout).toContain('Code voor de helpdesk: KRTWBX');
    const key = readFileSync(join(home, 'machine.key'));

    admission = 'active';
    const { code, stdout } = await enrol('--json');
    expect(code).toBe(0);
    const answer = JSON.parse(stdout) as { state: string; device: string };
    expect(answer.state).toBe('active');
    expect(readFileSync(join(home, 'machine.key')).equals(key)).toBe(true);
    expect(first.stdout).toContain(answer.device);
    expect(gateway.received.map(({ path }) => path)).toEqual(Array(2).fill('/v1/device-enrolment'));
    expect(gateway.received[0]?.body).toEqual({
      ...{ name: 'LT-0101', os: { family: 'windows', version: expect.any(String) as string } },
      exporter: gateway.received[0]?.exporter,
    });

    const reported = await agent('--config', join(home, 'agent.yaml'), '--once', '--recorded', recorded);
    expect([reported.code, reported.stderr]).toEqual([0, '']);
    expect(gateway.reports).toMatchObject([{ device: { deviceId: answer.device } }]);
    expect(gateway.refusals).toEqual([]);
  });

  it('keeps its key to itself, in a certificate that can only be a client', async () => {
    await enrol();
    expect(mode(home)).toBe('700');
    expect(readdirSync(home).sort()).toEqual(['agent.yaml', 'gateway-ca.pem', 'machine.key', 'machine.pem']);
    for (const name of readdirSync(home)) expect(mode(join(home, name))).toBe('600');
    const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: home, encoding: 'utf8' });
    const text = openssl('x509', '-in', 'machine.pem', '-noout', '-text');
    expect(text).toMatch(/CA:FALSE/);
    expect(text).toMatch(/TLS Web Client Authentication/);
    expect(text).toMatch(/prime256v1/);
    expect(text).toMatch(/Subject: CN ?= ?sluis-agent private PC/);
    expect(openssl('verify', '-CAfile', 'machine.pem', '-purpose', 'sslclient', 'machine.pem')).toContain('OK');
    expect(openssl('pkey', '-in', 'machine.key', '-pubout')).toBe(
      openssl('x509', '-in', 'machine.pem', '-noout', '-pubkey'),
    );
  });

  it('is told when it is refused, and never gets a second key', async () => {
    admission = 'refused';
    const { code, stdout } = await enrol('--language', 'en');
    expect(code).toBe(14);
    expect(stdout).toContain('The request was refused');
    writeFileSync(join(home, 'machine.key'), 'broken');
    const broken = await enrol();
    expect(broken.code).toBe(2);
    expect(broken.stderr).toContain('cannot use');
    expect(readFileSync(join(home, 'machine.key'), 'utf8')).toBe('broken');
  });

  it.each([
    [['enrol', '--ca', 'server.pem']],
    [['enrol', '--gateway', 'http://localhost', '--ca', 'server.pem']],
    [['enrol', '--gateway', 'https://localhost:1', '--ca', 'nowhere.pem', '--folder', 'pc']],
  ])('%j is wrong usage, and makes nothing', async args => {
    const { code, stderr } = await agent(...args);
    expect([code, stderr === '']).toEqual([2, false]);
    expect(readdirSync(folder)).not.toContain('pc');
  });
});
