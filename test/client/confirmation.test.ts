// Session confirmation: when it is sent, over which connection, and until when.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SessionConfirmed } from '../../gateway/contract/challenge.ts';
import type { AgentConfig } from '../../posture-client/config.ts';
import { confirmSession, localAddresses, startConfirming } from '../../posture-client/confirmation.ts';
import { AgentFailure } from '../../posture-client/failure.ts';
import type { KeyMemory } from '../../posture-client/machine-connection.ts';
import { startTestGateway } from './test-gateway.ts';
import { makeKey, type TestKey } from './test-keys.ts';

let folder: string;
let keys: Readonly<Record<'server' | 'machine', TestKey>>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-confirm-'));
  keys = { server: makeKey(folder, 'server'), machine: makeKey(folder, 'machine', 'p384') };
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('one confirmation', () => {
  it.each([false, true])('goes over a new connection each time (session key: %s)', async sessionKey => {
    const gateway = await startTestGateway({ key: keys.server, collect: [], inTunnel: count => count > 1 });
    onTestFinished(() => gateway.close());
    const config: AgentConfig = {
      ...{ gateway: gateway.url, trust: keys.server.certificate, machine: keys.machine, sessionKey },
      ...{ state: join(folder, 'state.json'), remediation: { programs: {} } },
    };
    const memory: KeyMemory = {};
    const early = await confirmSession({ config, memory });
    expect(early).toMatchObject({ confirmed: false, binding: 'ticket' });
    const inside = await confirmSession({ config, memory });
    expect(inside).toEqual({ confirmed: true, binding: 'confirmed', outcome: 'grant', traceId: 'trace-1' });
    const sent = gateway.received.filter(({ path }) => path === '/v1/session-confirmation');
    expect(new Set(sent.map(({ socket }) => socket)).size).toBe(2);
    expect(sent.map(({ body }) => (body as { exporter: string }).exporter)).toEqual(
      sent.map(({ exporter }) => exporter),
    );
    expect(gateway.refusals).toEqual([]);
    await expect.poll(() => sent.every(({ socket }) => socket.destroyed)).toBe(true);
  });
});

const yes: SessionConfirmed = { confirmed: true, binding: 'confirmed', outcome: 'grant', traceId: 't' };
const no: SessionConfirmed = { ...yes, confirmed: false, binding: 'ticket' };

/** A machine whose addresses are told to it, and a gateway that answers in turn; the last answer stays. */
function confirming(gapMs: number, ...answers: readonly (SessionConfirmed | Error)[]) {
  const sent: number[] = [];
  const confirmed: SessionConfirmed[] = [];
  const machine = { addresses: 'eth0 192.0.2.1/24' };
  const stop = new AbortController();
  const confirmation = startConfirming({
    confirm: async () => {
      const answer = answers[Math.min(sent.push(performance.now()), answers.length) - 1] ?? no;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onConfirmed: answer => void confirmed.push(answer),
    ...{ signal: stop.signal, addresses: () => machine.addresses, times: { lookMs: 5, gapMs } },
  });
  onTestFinished(() => stop.abort());
  return { sent, confirmed, machine, stop, done: confirmation.done, ask: () => confirmation.ask() };
}

describe('confirming', () => {
  it('waits for a change of address, and is done with a yes', async () => {
    const { sent, confirmed, machine } = confirming(20, yes);
    await delay(60);
    expect(sent).toEqual([]);
    machine.addresses += '\ntun0 198.51.100.7/32';
    await expect.poll(() => confirmed).toEqual([yes]);
    await delay(100);
    expect(sent).toHaveLength(1);
  });

  it('tries four times in all when the gateway says no or cannot be reached, never closer than the gap', async () => {
    const { sent, confirmed, ask } = confirming(40, no, new AgentFailure('unreachable', 'no route'), no);
    ask();
    await delay(400);
    expect(sent).toHaveLength(4);
    expect(confirmed).toEqual([]);
    const gaps = sent.slice(1).map((at, index) => at - (sent[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(40);
  });

  it('keeps the gap however often the addresses change, and confirms the last of them', async () => {
    const { sent, machine } = confirming(150, yes);
    for (let count = 0; count < 20; count++) {
      machine.addresses = `tun0 198.51.100.${count}/32`;
      await delay(10);
    }
    await delay(250);
    expect(sent.length).toBeGreaterThanOrEqual(2);
    expect(sent.length).toBeLessThanOrEqual(3);
  });

  it('starts anew when it is asked again', async () => {
    const { confirmed, ask } = confirming(10, yes);
    ask();
    await expect.poll(() => confirmed.length).toBe(1);
    ask();
    await expect.poll(() => confirmed.length).toBe(2);
  });

  it('ends when told to, and does not hide our own mistakes', async () => {
    const quiet = confirming(10, yes);
    quiet.stop.abort();
    await quiet.done;
    quiet.ask();
    await delay(30);
    expect(quiet.sent).toEqual([]);
    const mistaken = confirming(10, new TypeError('our own mistake'));
    mistaken.ask();
    await expect(mistaken.done).rejects.toThrow('our own mistake');
  });

  it('knows the addresses of this machine', () => {
    expect(localAddresses()).toContain('127.0.0.1/8');
    expect(localAddresses()).toBe(localAddresses());
  });
});
