// Two gateways over one store: who goes back takes the other along. And a draft that is only looked at is not forgotten.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../gateway/config.ts';
import { operatorAct } from '../gateway/flows/operator-act.ts';
import { policyRollback } from '../gateway/flows/operator-policy-rollback.ts';
import { openEmbeddedStore } from '../gateway/io/embedded-store.ts';
import type { Rules } from '../gateway/io/configuration.ts';
import { policyVersions } from '../gateway/io/policy-versions.ts';
import { systemRandom } from '../gateway/io/system.ts';
import { compilePolicySet, type PolicySet } from '../gateway/policy/policy-set.ts';
import { readPolicyFiles } from '../gateway/io/policy-files.ts';
import type { AdmissionStore } from '../gateway/ports.ts';
import { openRollout } from '../gateway/running-rollout.ts';

const dayMs = 86_400_000;
const read = readPolicyFiles(fileURLToPath(new URL('../policies', import.meta.url)));

/** The same policies by another hash. */
function version(note: string): PolicySet {
  if ('problems' in read) throw new Error('the policies cannot be read');
  const files = read.files.map(file =>
    file.path === 'degraded.yaml' ? { ...file, text: `${file.text}# ${note}\n` } : file,
  );
  const compiled = compilePolicySet(files);
  if ('problems' in compiled) throw new Error('the policies do not compile');
  return compiled.set;
}
const [one, two, three] = [version('one'), version('two'), version('three')];

describe('the rollout of a gateway', () => {
  let directory: string;
  let store: AdmissionStore;
  const time = { now: 1_800_000_000_000 };
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluis-rollouts-'));
    store = await openEmbeddedStore({ path: join(directory, 'sluis.db'), writer: 'gateway-1' });
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  const rules = (policySet: PolicySet, more: Partial<Rules> = {}): Rules => ({ policySet, profiles: [], ...more });

  async function gateway(name: string) {
    const config = {
      tenant: 'main',
      name,
      store: { kind: 'embedded', path: join(directory, name, 'sluis.db') },
      policiesDirectory: directory,
    } as unknown as Config;
    const gauges = new Map<string, number>();
    const errors: string[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: (event: string) => void errors.push(event) };
    const meter = {
      count: () => undefined,
      observe: () => undefined,
      gauge: (metric: string, value: number) => void gauges.set(metric, value),
    };
    const clock = { now: () => time.now };
    const ports = { store, clock, random: systemRandom, meter, log };
    const versions = policyVersions(join(directory, name, 'policies'));
    let running = '';
    const take = (given: Rules) => {
      const { policySet, calendarFromAbove = false } = rollout.chosenOf(given);
      versions.keep({ policySet, calendarFromAbove });
      running = policySet.hash;
    };
    const rollout = await openRollout({ ...ports, config, changed: take });
    const operator = { name: 'security-office', rights: ['policy'] as const };
    const rollback = () =>
      operatorAct(
        { ...ports, ...rollout.acts },
        policyRollback,
      )({
        tenant: 'main',
        operator,
        traceId: 't',
        reason: 'half of Ghent is in quarantine',
        args: {},
      });
    return { rollout, take, running: () => running, rollback, gauges, errors };
  }

  it('takes the others along when it goes back, and a later version follows everywhere', async () => {
    const [a, b] = [await gateway('a'), await gateway('b')];
    for (const each of [a, b]) {
      each.take(rules(one));
      each.take(rules(two));
      expect(each.running()).toBe(two.hash);
    }
    expect(await a.rollback()).toEqual({ from: two.hash, to: one.hash });
    expect([a.running(), b.running()]).toEqual([one.hash, two.hash]);
    await b.rollout.look();
    expect(b.running()).toBe(one.hash);
    // Read again, the files are still those that somebody went back from.
    for (const each of [a, b]) {
      each.take(rules(two));
      expect(each.running()).toBe(one.hash);
      each.take(rules(three));
      expect(each.running()).toBe(three.hash);
    }
    expect(a.rollout.state()).toMatchObject({ running: three.hash, previous: one.hash });
  });

  it('goes on as it was after a restart', async () => {
    const before = await gateway('a');
    before.take(rules(one));
    before.take(rules(two));
    await before.rollback();
    const after = await gateway('a');
    after.take(rules(two));
    expect(after.running()).toBe(one.hash);
  });

  it('has nothing to go back to at first, and not twice', async () => {
    const a = await gateway('a');
    a.take(rules(one));
    expect(await a.rollback()).toMatchObject({ refused: 'no-earlier-policy' });
    a.take(rules(two));
    await a.rollback();
    expect(await a.rollback()).toMatchObject({ refused: 'no-earlier-policy' });
  });

  it('raises an alarm about a draft that is only looked at for more than a month, once', async () => {
    const draft = { policySet: two, calendarFromAbove: false };
    const a = await gateway('a');
    a.take(rules(one, { draft }));
    time.now += 30 * dayMs;
    await a.rollout.look();
    expect([a.gauges.get('sluis_policy_shadow_days'), a.errors]).toEqual([30, []]);
    time.now += dayMs;
    // A restart begins no new month.
    const b = await gateway('a');
    b.take(rules(one, { draft }));
    await b.rollout.look();
    expect([b.gauges.get('sluis_policy_shadow_days'), b.errors]).toEqual([31, ['policy-shadow-forgotten']]);
    b.take(rules(one));
    expect(b.gauges.get('sluis_policy_shadow_days')).toBe(0);
  });
});
