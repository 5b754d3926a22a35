// The command line as people start it: a real process, a real gateway's end.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './test-gateway.ts';
import { makeKey, type TestKey } from './test-keys.ts';
import { grantVerdict, updateVerdict } from './verdict-fixture.ts';

const launcher = new URL('../../posture-client/sluis-agent.mjs', import.meta.url).pathname;
const recordings = new URL('../../posture-client/recorded/', import.meta.url).pathname;
let folder: string;
let server: TestKey;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-cli-'));
  server = makeKey(folder, 'server');
  makeKey(folder, 'machine');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  text(): string;
} {
  const child = spawn(process.execPath, [launcher, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended, text: () => stdout };
}

const agent = (...args: readonly string[]): Promise<Ended> => start(args).ended;

async function gateway(decide: NonNullable<TestGatewayOptions['decide']>): Promise<TestGateway> {
  const started = await startTestGateway({ key: server, collect: ['antimalware'], decide });
  onTestFinished(() => started.close());
  configure(started);
  return started;
}

function configure(started: TestGateway): void {
  const text = `gateway: ${started.url}\ntrust: server.pem\nstate: state.json\nlanguage: nl\nrecorded: ${recordings}linux-stale-antivirus\n`;
  writeFileSync(join(folder, 'agent.yaml'), `${text}machine: { key: machine.key, certificate: machine.pem }\n`);
}

describe('sluis-agent --once', () => {
  it('says the verdict in the language of the configuration, and its outcome as exit code', async () => {
    await gateway(() => ({ ...updateVerdict(Date.now()), outcome: 'quarantine' }));
    const { code, stdout } = await agent('--config', 'agent.yaml', '--once');
    expect(code).toBe(10);
    expect(stdout).toMatch(/^Beperkt netwerk/);
    expect(stdout).toContain('KRTWBX');
    expect((await agent('--config', 'agent.yaml', '--once', '--language', 'de')).stdout).toMatch(
      /^Eingeschränktes Netz/,
    );
  });

  it('prints JSON for programs, and the ticket to a file that only its owner reads', async () => {
    await gateway(() => grantVerdict(Date.now()));
    const file = join(folder, 'ticket.json');
    writeFileSync(file, 'old', { mode: 0o644 });
    const { code, stdout } = await agent(
      '--config',
      'agent.yaml',
      '--once',
      '--json',
      '--ticket-file',
      file,
      '--session-key',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: { outcome: 'grant' }, actions: [] });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ secret: 'S3CRET' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('shows a refusal with its text and trace', async () => {
    await gateway(() => ({ status: 403, refused: 'report-device-mismatch' }));
    const { code, stderr } = await agent('--config', 'agent.yaml', '--once');
    expect(code).toBe(14);
    expect(stderr).toBe('De gateway heeft deze aanvraag geweigerd: nee (report-device-mismatch, trace-9)\n');
  });

  it('a gateway that is not there is no refusal', async () => {
    const started = await gateway(() => grantVerdict(Date.now()));
    await started.close();
    onTestFinished(() => undefined);
    const { code, stderr } = await agent('--config', 'agent.yaml', '--once');
    expect(code).toBe(12);
    expect(stderr).toContain('niet bereikbaar');
  });

  it('problems of the configuration come with line and remedy', async () => {
    writeFileSync(join(folder, 'bad.yaml'), 'gateway: http://x\nlangauge: nl\n');
    const { code, stderr } = await agent('--config', 'bad.yaml', '--once');
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:1: "http:\/\/x" is not an https address; write https/);
    expect(stderr).toMatch(/bad\.yaml:2: unknown key "langauge"; the keys are: gateway/);
  });

  it.each([
    [['--conifg', 'x']],
    [[]],
    [['--config', 'none.yaml', '--once']],
    [['connect']],
    [['--config', 'x', '--language', 'lu']],
  ])('%j is wrong usage', async args => {
    const { code, stderr } = await agent(...args);
    expect(code).toBe(2);
    expect(stderr).not.toBe('');
  });
});

describe('sluis-agent', () => {
  it('stays, reports at once on SIGHUP, and ends clean on SIGTERM', async () => {
    const { reports } = await gateway(() => ({ ...grantVerdict(Date.now()), nextReportInSeconds: 3600 }));
    const { child, ended } = start(['--config', 'agent.yaml']);
    await expect.poll(() => reports.length, { timeout: 10_000 }).toBe(1);
    child.kill('SIGHUP');
    await expect.poll(() => reports.length, { timeout: 10_000 }).toBe(2);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(reports.map(({ reason }) => reason)).toEqual(['preconnect', 'recheck']);
  });
});

describe('sluis-agent confirm', () => {
  it('says whether the session is this machine’s, and what it may do', async () => {
    const started = await startTestGateway({ key: server, collect: [], inTunnel: count => count > 1 });
    onTestFinished(() => started.close());
    configure(started);
    const outside = await agent('confirm', '--config', 'agent.yaml');
    expect([outside.code, outside.stdout]).toEqual([12, expect.stringContaining('verbind eerst de VPN')]);
    const inside = await agent('confirm', '--config', 'agent.yaml');
    expect([inside.code, inside.stdout]).toEqual([0, expect.stringMatching(/^Deze sessie .* mag op het netwerk/)]);
  });

  it('is done by the agent that stays, after a verdict that can still change', async () => {
    const { received } = await gateway(() => ({ ...updateVerdict(Date.now()), outcome: 'quarantine', actions: [] }));
    const { child, ended } = start(['--config', 'agent.yaml']);
    const confirmations = () => received.filter(({ path }) => path === '/v1/session-confirmation');
    await expect.poll(() => confirmations().length, { timeout: 10_000 }).toBe(1);
    expect(new Set(received.map(({ socket }) => socket)).size).toBe(2);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('sluis-agent collect', () => {
  it('shows the facts of a laptop without talking to anyone', async () => {
    const { code, stdout } = await agent('collect', '--recorded', join(recordings, 'windows-healthy'));
    expect(code).toBe(0);
    expect(stdout).toContain('LT-0101: Microsoft Windows 11 Enterprise');
    expect(stdout).toContain('signatureUpdatedAt: ');
  });

  it('prints JSON of this machine', async () => {
    const { code, stdout } = await agent('collect', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ os: { family: expect.any(String) as string } });
  });
});
