// The card that proved the person is taken out and put back, seen through a real PKCS #11 module, up to the report that says so.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { runOnce } from '../../posture-client/agent.ts';
import { cardSigner, lookAtCards, lookForProven } from '../../posture-client/card.ts';
import { watchProvenCard } from '../../posture-client/card-watch.ts';
import { authentication, authority, type EidCertificate, type EidPki, makeEidPki } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';
import { makeSoftCards, pin, softModule, type SoftCards } from './soft-card.ts';
import { startTestGateway } from './test-gateway.ts';
import { makeKey, type TestKey } from './test-keys.ts';

const launcher = new URL('../../posture-client/sluis-agent.mjs', import.meta.url).pathname;
const recorded = new URL('../../posture-client/recorded/linux-healthy', import.meta.url).pathname;
const config = { module: softModule };
const patience = { timeout: 15_000, interval: 100 };

describeWith(['softhsm2-util', 'pkcs11-tool', 'openssl'], 'the card of the person', () => {
  let pki: EidPki;
  let folder: string;
  let keys: Readonly<Record<'server' | 'machine', TestKey>>;
  let [own, other]: EidCertificate[] = [];
  let cards: SoftCards;
  beforeAll(() => {
    pki = makeEidPki();
    pki.authority('ca', { extensions: authority });
    own = pki.leaf('own', 'ca', { key: 'P-384', extensions: authentication });
    other = pki.leaf('other', 'ca', { key: 'P-384', extensions: authentication });
    folder = mkdtempSync(join(tmpdir(), 'sluis-watch-'));
    keys = { server: makeKey(folder, 'server'), machine: makeKey(folder, 'machine') };
  });
  afterAll(() => {
    pki.remove();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    cards = makeSoftCards();
  });
  afterEach(() => cards.remove());

  function put(certificate: EidCertificate | undefined): void {
    if (certificate === undefined) throw new Error('not made');
    const { keyPem: key, der } = certificate;
    cards.put('BELPIC', [{ label: 'Authentication', id: '02', key, certificate: der }]);
  }

  const markOf = async () => (await cardSigner({ config }, async () => undefined)).mark;

  /** What is told of the card, from now on. */
  function watch(mark: string, module = softModule): readonly string[] {
    const told: string[] = [];
    const stop = new AbortController();
    const done = watchProvenCard({
      ...{ config: { module }, mark, signal: stop.signal },
      onChange: place => void told.push(place),
    });
    onTestFinished(async () => {
      stop.abort();
      await done;
      await expect.poll(childrenOf, patience).toEqual([]);
    });
    return told;
  }

  it('is known again by its serial number and its certificate, and told apart from another', async () => {
    expect(await lookForProven(config, undefined)).toMatchObject({ cardPresent: false, card: 'none' });
    put(own);
    const mark = await markOf();
    expect(await lookForProven(config, mark)).toEqual({ readerPresent: true, cardPresent: true, card: 'proven-card' });
    expect(await lookForProven(config, undefined)).toMatchObject({ cardPresent: true, card: null });
    cards.takeAway();
    put(other);
    expect(await lookForProven(config, mark)).toMatchObject({ cardPresent: true, card: 'other-card' });
    cards.takeAway();
    // The same certificate on a card with another serial number is a copy.
    put(own);
    expect(await lookForProven(config, mark)).toMatchObject({ card: 'other-card' });
  });

  it('is not said to be out when its software is missing or cannot be used', async () => {
    expect(await lookForProven({ module: '/nowhere/module.so' }, 'a')).toEqual({ fault: 'module-missing' });
    expect(await lookForProven({ module: process.execPath }, 'a')).toEqual({ fault: 'module-unusable' });
    const told = watch('a', process.execPath);
    await delay(2500);
    expect(told).toEqual([]);
  });

  it('is out when another card takes its place', async () => {
    put(own);
    const told = watch(await markOf());
    cards.takeAway();
    put(other);
    await expect.poll(() => told, patience).toEqual(['out']);
  });

  it('is not said to be out when the process that watches it crashes; that is started again', async () => {
    put(own);
    const told = watch(await markOf());
    await expect.poll(childrenOf, patience).toHaveLength(1);
    const [child] = childrenOf();
    process.kill(child ?? 0, 'SIGSEGV');
    await expect.poll(childrenOf, patience).toSatisfy((now: readonly number[]) => now.length === 1 && now[0] !== child);
    expect(told).toEqual([]);
    cards.takeOut();
    await expect.poll(() => told, patience).toEqual(['out']);
  });

  it('changes the report at once, and nothing that names the card is in it', async () => {
    const gateway = await startTestGateway({ key: keys.server, collect: ['smart-card', 'reboot'] });
    onTestFinished(() => gateway.close());
    const state = join(folder, 'state.json');
    put(own);
    await runOnce({
      config: {
        ...{ gateway: gateway.url, trust: keys.server.certificate, machine: keys.machine, sessionKey: false, state },
        ...{ identity: { pkcs11: config }, recorded, remediation: { programs: {} } },
      },
      prove: true,
      askPin: async () => Buffer.from(pin),
    });
    const seen = () =>
      gateway.reports.map(({ reason, checks }) => {
        const facts = checks.find(({ type }) => type === 'smart-card')?.facts;
        return `${reason} ${checks.length} ${String(facts?.['card'])}`;
      });
    expect(seen()).toEqual(['manual 2 null', 'change 2 proven-card']);
    const lines = [
      `gateway: ${gateway.url}\ntrust: ${keys.server.certificate}\nstate: ${state}\nrecorded: ${recorded}`,
      `machine: { key: ${keys.machine.key}, certificate: ${keys.machine.certificate} }`,
      `identity: { pkcs11: { module: ${softModule} } }\n`,
    ];
    writeFileSync(join(folder, 'agent.yaml'), lines.join('\n'));
    const agent = spawn(process.execPath, [launcher, '--config', 'agent.yaml'], { cwd: folder, stdio: 'ignore' });
    onTestFinished(() => void agent.kill('SIGKILL'));
    await expect.poll(() => seen().slice(2), patience).toEqual(['preconnect 2 proven-card']);
    cards.takeOut();
    await expect.poll(() => seen().slice(3), patience).toEqual(['change 2 none']);
    cards.putBack();
    await expect.poll(() => seen().slice(4), patience).toEqual(['change 2 proven-card']);
    const [first, ...later] = gateway.reports
      .slice(2)
      .map(({ checks }) => checks.find(({ type }) => type === 'reboot'));
    expect(later).toEqual([first, first]);
    expect(gateway.refusals).toEqual([]);
    const [token] = (await lookAtCards({ config })).flatMap(reader =>
      reader.token === undefined ? [] : [reader.token],
    );
    const told = JSON.stringify(gateway.reports);
    for (const secret of [token?.serial ?? '', await markOf(), '85073003328', 'BELPIC', 'SoftHSM', 'Jan']) {
      expect(secret).not.toBe('');
      expect(told).not.toContain(secret);
    }
    agent.kill('SIGTERM');
    expect(await once(agent, 'exit')).toEqual([0, null]);
  });
});

/** Processes that this one has started for a card. */
function childrenOf(): readonly number[] {
  return readdirSync('/proc/self/task')
    .flatMap(task => readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '))
    .filter(id => id !== '')
    .map(Number);
}
