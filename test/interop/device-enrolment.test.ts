// Machines that nobody listed, at a running gateway: a private PC that asks with the real agent, a laptop that was only seen,
// and an operator who decides with `sluis device`.

import { execFile, type ExecException } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run as sluisDevice } from '../../gateway/cli/device-waiting.ts';
import type { EnrolmentView } from '../../gateway/io/operator-api-schema.ts';
import { obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';

const laptop = 'lt-1.example';
const path = (name: string): string => fileURLToPath(new URL(`../../posture-client/${name}`, import.meta.url));
const recorded = path('recorded/windows-healthy');

let gateway: TestGateway;
let home: string;
beforeAll(async () => {
  gateway = await startTestGateway({ laptops: [laptop], unlisted: false });
  home = join(gateway.directory, 'private-pc');
});
afterAll(() => gateway.stop());

/** The agent as its owner starts it. */
function agent(...args: readonly string[]): Promise<{ readonly code: unknown; readonly said: string }> {
  return new Promise(resolve => {
    const done = (error: ExecException | null, stdout: string, stderr: string) =>
      resolve({ code: error === null ? 0 : error.code, said: stdout + stderr });
    execFile(process.execPath, [path('sluis-agent.mjs'), ...args, '--recorded', recorded], { timeout: 30_000 }, done);
  });
}
const enrol = () => {
  const where = ['--gateway', `https://localhost:${gateway.ports.agentApi}`, '--ca', gateway.installation.trustFile];
  return agent('enrol', ...where, '--folder', home, '--language', 'en');
};
const report = () => agent('--config', join(home, 'agent.yaml'), '--once', '--language', 'en');

async function sluis(tokenFile: string, ...args: readonly string[]) {
  let [out, error] = ['', ''];
  const to = ['--url', `http://127.0.0.1:${gateway.ports.operatorApi}`, '--token-file', tokenFile];
  const around = { write: (text: string) => (out += text), writeError: (text: string) => (error += text) };
  return { code: await sluisDevice([...args, ...to], around), out, error };
}
const decide = (...args: readonly string[]) =>
  sluis(gateway.guardToken, ...args, '--reason', 'Seen at the help desk today');
async function waiting(state = 'waiting'): Promise<readonly EnrolmentView[]> {
  const { out } = await sluis(gateway.installation.tokenFile, 'waiting', '--state', state, '--json');
  return JSON.parse(out) as EnrolmentView[];
}

describe('a private PC', { timeout: 60_000 }, () => {
  let device = '';

  it('asks, and waits', async () => {
    const { code, said } = await enrol();
    expect(code).toBe(12);
    const [found, ...others] = await waiting();
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      origin: 'self-enrolled',
      state: 'waiting',
      os: expect.stringMatching(/^windows /) as string,
    });
    expect(said).toContain(found?.code);
    expect(said).toContain(found?.device);
    device = found?.device ?? '';
    expect((await sluis(gateway.installation.tokenFile, 'waiting')).out).toMatch(/^CODE +NAME +ORIGIN .*\n[A-Z]{6} /);
    const refused = await report();
    expect(refused.said).toContain('device-waiting');
  });

  it('is judged in the class that it was approved into, with the key that it has', async () => {
    expect(await decide('approve', device, '--class', 'private-pc')).toMatchObject({ code: 0 });
    expect((await enrol()).code).toBe(0);
    const { code, said } = await report();
    expect(code).toBe(11);
    expect(said).not.toContain('device-waiting');
    expect(await waiting('active')).toMatchObject([{ device, class: 'private-pc', decidedBy: 'guard' }]);
  });

  it('is out again once it is refused', async () => {
    expect(await decide('refuse', device)).toMatchObject({ code: 0 });
    expect((await report()).said).toContain('device-unregistered');
    expect((await enrol()).code).not.toBe(0);
  });
});

describe('a laptop with a certificate, that nobody listed', { timeout: 60_000 }, () => {
  it('is denied and put before the operator, by whose decision it is let in', async () => {
    await expect(obtainTicket(gateway, laptop)).rejects.toThrow('the gateway gave no ticket');
    const found = await vi.waitFor(async () => {
      const [first] = await waiting();
      if (first === undefined) throw new Error('nobody waits');
      return first;
    }, 20_000);
    expect(found).toMatchObject({ name: laptop, origin: 'first-seen' });
    const unclear = await decide('approve', laptop, '--class', 'managed-laptop');
    // This operator may not look into the list, and needs the key.
    expect(unclear.code).not.toBe(0);
    expect((await decide('approve', found.device, '--class', 'managed-laptop')).code).toBe(0);
    expect(await obtainTicket(gateway, laptop)).toHaveProperty('handle');
  });

  it('asks for a class, and for a reason', async () => {
    const key = 'ab'.repeat(32);
    expect((await decide('approve', key)).code).toBe(2);
    expect((await sluis(gateway.guardToken, 'refuse', key, '--reason', 'short')).code).toBe(2);
    const unknown = await decide('refuse', key);
    expect(unknown).toMatchObject({ code: 1, error: expect.stringContaining('device-unknown') as string });
    expect(
      await sluis(gateway.installation.tokenFile, 'approve', key, '--class', 'x', '--reason', 'Seen at the help desk'),
    ).toMatchObject({
      code: 1,
      error: expect.stringContaining('the right "device"') as string,
    });
  });
});
