// A new version of the policies on its way through a running gateway: looked at, for some, for all; taken back by itself and by hand;
// and nothing of it without the signature of somebody whose signature counts.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { run as rolloutCommand } from '../../gateway/cli/policy-rollout.ts';
import { run as signCommand } from '../../gateway/cli/policy-sign.ts';
import type { Rollout } from '../../gateway/contract/rollout.ts';
import { loadPolicySet } from '../../gateway/cli/policy-check.ts';
import { obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { copyPolicies, makeStricter } from '../support/policy-drafts.ts';
import { describeWith } from '../support/programs.ts';
import { login, radclient, signed } from './radclient-client.ts';

const laptops = Array.from({ length: 6 }, (_, n) => `lt-${n}.example`);
const [first = ''] = laptops;

describeWith('radclient', 'a new version of the policies', radclientProgram => {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-rollout-'));
  const policies = copyPolicies(join(directory, 'policies'));
  const draft = copyPolicies(join(directory, 'draft'));
  let gateway: TestGateway;

  const keyOf = (name: string): string => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(directory, `${name}.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(join(directory, `${name}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return join(directory, `${name}.key`);
  };
  const alice = keyOf('alice');
  const mallory = keyOf('mallory');

  async function sign(of: string, key: string, ...args: readonly string[]): Promise<void> {
    let error = '';
    const around = { write: () => undefined, writeError: (text: string) => (error += text) };
    expect([await signCommand([of, '--key', key, ...args], around), error]).toEqual([0, '']);
  }

  const hashOf = (of: string): string => {
    const loaded = loadPolicySet(of);
    if ('problems' in loaded) throw new Error('these policies do not compile');
    return loaded.set.hash;
  };

  async function command(token: string, ...args: readonly string[]) {
    let [out, error] = ['', ''];
    const url = `http://127.0.0.1:${gateway.ports.operatorApi}`;
    const code = await rolloutCommand([...args, '--url', url, '--token-file', token], {
      write: text => (out += text),
      writeError: text => (error += text),
    });
    return { code, out, error };
  }
  const rollout = async () =>
    JSON.parse((await command(gateway.installation.tokenFile, 'rollout', '--json')).out) as Rollout;

  async function reloaded(): Promise<void> {
    const told = () => gateway.lines().filter(line => /"event":"rules-(replaced|refused)"/.test(line)).length;
    const before = told();
    gateway.reload();
    await vi.waitFor(() => expect(told()).toBeGreaterThan(before), 15_000);
  }

  async function enter(ticket: { readonly handle: string; readonly secret: string }): Promise<string | undefined> {
    const asked = { kind: 'auth', port: gateway.ports.authentication, secret: gateway.secret } as const;
    const lines = [...login(ticket.handle, ticket.secret), signed];
    return (await radclient(radclientProgram, { ...asked, lines })).reply;
  }
  const comesIn = async (laptop = first) => enter(await obtainTicket(gateway, laptop));

  beforeAll(async () => {
    await sign(policies, alice, '--stage', 'enforce');
    const settings = `policy-drafts: ${draft}\npolicy-signers: [${join(directory, 'alice.pem')}]\n`;
    gateway = await startTestGateway({ laptops, policies, more: async () => settings });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    rmSync(directory, { recursive: true });
  });

  it('that nobody has signed is not even looked at', { timeout: 30_000 }, async () => {
    const { running, beside, problems } = await rollout();
    expect([running, beside]).toEqual([hashOf(policies), undefined]);
    expect(problems.join()).toContain('release.yaml:1: is missing, and only signed policies are taken over');
    expect(await gateway.count('sluis_policy_draft_refused')).toBe(1);
  });

  it('in shadow is judged beside the one that decides, and changes nothing', { timeout: 30_000 }, async () => {
    makeStricter(draft, 'deny');
    await sign(draft, alice, '--stage', 'shadow');
    await reloaded();
    expect(await comesIn()).toBe('Access-Accept');
    const { running, beside } = await rollout();
    expect(running).toBe(hashOf(policies));
    expect(beside).toMatchObject({
      hash: hashOf(draft),
      stage: 'shadow',
      stricter: 1,
      pairs: [{ older: 'grant', newer: 'deny' }],
      examples: [{ older: 'grant', newer: 'deny', because: ['impossible'], concentrator: 'vpn' }],
    });
    expect((await gateway.sessions()).map(({ caseCode }) => caseCode)).toContain(beside?.examples[0]?.caseCode);
    expect(await gateway.count('sluis_policy_beside_total', { stage: 'shadow', newer: 'deny' })).toBeGreaterThan(0);
    const { out } = await command(gateway.installation.tokenFile, 'rollout');
    expect(out).toContain('looked at');
  });

  it('as a canary decides for its group', { timeout: 30_000 }, async () => {
    const ticket = await obtainTicket(gateway, first);
    await sign(draft, alice, '--stage', 'canary', '--canary-group', 'board');
    await reloaded();
    expect(await comesIn()).toBe('Access-Accept');
    await sign(draft, alice, '--stage', 'canary', '--canary-group', 'staff');
    await reloaded();
    expect(await enter(ticket)).toBe('Access-Reject');
    const [denial] = await gateway.denials();
    expect(denial).toMatchObject({ policyHash: hashOf(draft), failures: [{ check: 'impossible' }] });
    const session = (await gateway.sessions()).find(({ caseCode }) => caseCode === denial?.caseCode);
    expect(session?.decision.beside).toMatchObject({ stage: 'canary', isNewer: false, outcome: 'grant' });
  });

  it('signed by somebody else decides about nobody', { timeout: 30_000 }, async () => {
    await sign(draft, mallory, '--stage', 'enforce');
    await reloaded();
    expect((await rollout()).problems.join()).toContain('has 0 of 1 signatures that count');
    expect(await comesIn()).toBe('Access-Accept');
  });

  it('that is stricter than forecast is taken back by itself, and stays out', { timeout: 60_000 }, async () => {
    const tickets = [];
    for (const laptop of laptops) tickets.push(await obtainTicket(gateway, laptop));
    const forecast = join(directory, 'forecast.json');
    const replayed = { draft: hashOf(draft), logins: 9, subjects: 6, stricterSubjects: 0 };
    writeFileSync(forecast, JSON.stringify(replayed));
    await sign(draft, alice, '--stage', 'enforce', '--forecast', forecast);
    await reloaded();
    expect((await rollout()).running).toBe(hashOf(draft));
    const replies = [];
    for (const ticket of tickets.slice(0, 5)) replies.push(await enter(ticket));
    expect(replies).toEqual(Array.from({ length: 5 }, () => 'Access-Reject'));
    await vi.waitFor(async () => expect((await rollout()).running).toBe(hashOf(policies)), 10_000);
    const { back } = await rollout();
    expect(back).toMatchObject({ from: hashOf(draft), to: hashOf(policies), by: 'gateway.demo.example' });
    expect(await gateway.count('sluis_policy_taken_back_total')).toBe(1);
    await reloaded();
    expect((await rollout()).running).toBe(hashOf(policies));
    expect(await comesIn()).toBe('Access-Accept');
  });

  it('that was taken back stays out over a restart', { timeout: 60_000 }, async () => {
    await gateway.restart();
    expect((await rollout()).running).toBe(hashOf(policies));
  });

  it('that was changed after it was signed is not taken over', { timeout: 30_000 }, async () => {
    const before = hashOf(policies);
    makeStricter(policies, 'quarantine');
    await reloaded();
    expect(gateway.lines().findLast(line => line.includes('"event":"rules-refused"'))).toContain(
      'is about the policies',
    );
    expect((await rollout()).running).toBe(before);
    expect(await comesIn()).toBe('Access-Accept');
  });

  it('that was released after a return decides, until somebody goes back from it', { timeout: 60_000 }, async () => {
    const before = (await rollout()).running;
    await sign(policies, alice, '--stage', 'enforce');
    await reloaded();
    expect((await rollout()).running).toBe(hashOf(policies));
    expect((await command(gateway.guardToken, 'rollback')).code).toBe(2);
    const reason = ['--reason', 'half of Ghent is in quarantine'];
    const readOnly = await command(gateway.installation.tokenFile, 'rollback', ...reason);
    expect([readOnly.code, readOnly.error]).toEqual([1, expect.stringContaining('"policy"')]);
    const { code, out } = await command(gateway.guardToken, 'rollback', ...reason);
    expect([code, out]).toEqual([0, expect.stringContaining(`${before.slice(0, 12)} decides again`)]);
    expect(await rollout()).toMatchObject({
      running: before,
      back: { by: 'guard', reason: 'half of Ghent is in quarantine' },
    });
    // There is no further back from there.
    const again = await command(gateway.guardToken, 'rollback', ...reason);
    expect([again.code, again.error]).toEqual([1, expect.stringContaining('no-earlier-policy')]);
    await reloaded();
    expect((await rollout()).running).toBe(before);
    await sign(policies, alice, '--stage', 'enforce');
    await reloaded();
    expect((await rollout()).running).toBe(hashOf(policies));
  });
});
