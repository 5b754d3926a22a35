// `sluis store migrate` between a real file and a real Redis: nothing is lost, no chain breaks, nothing is overwritten.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { run } from '../../gateway/cli/store-migrate.ts';
import { noAttempts } from '../../gateway/identity/login-attempts.ts';
import { openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { openRedisStore } from '../../gateway/io/redis-store.ts';
import type { AdmissionStore } from '../../gateway/ports.ts';
import {
  attestation,
  decision,
  deviceHash,
  deviceKey,
  draft,
  nonce,
  now,
  person,
  redeemed,
  session,
  ticket,
} from '../contracts/admission-store-samples.ts';
import { describeWith } from '../support/programs.ts';
import { redisSettings, startRedis, type TestRedis } from '../support/redis-server.ts';

const attempts = { kind: 'login-attempts', value: noAttempts } as const;
const whole = decision({ segment: 'office' });

/** Something of every kind: used and unused, with its decision and without, of two tenants and two writers. */
async function fill(path: string): Promise<void> {
  for (const writer of ['gateway-1', 'gateway-2']) {
    const store = await openEmbeddedStore({ path, writer });
    for (const tenant of ['town', 'village']) {
      const id = `${writer}-${tenant}`;
      await store.putNonce(nonce(id, { tenant }));
      await store.putSnapshots({ tenant, id, until: now, expiresAt: now + 1, body: Buffer.from(id) });
      await store.putNonce(nonce(`${id}-used`, { tenant }));
      await store.putTicket(ticket(id, { tenant }));
      await store.putTicket(ticket(`${id}-used`, { tenant }));
      await store.commit({
        tenant,
        at: now,
        consumeNonce: `${id}-used`,
        redeemTicket: { handle: `${id}-used`, redeemed: redeemed(id) },
        session: {
          session: session(id, { tenant, decision: whole, decisionId: id, device: 'a', version: 3 }),
          expectedVersion: 0,
        },
        decision: draft(id, { tenant, decision: whole, outcome: 'deny' }),
      });
      await store.commit({
        tenant,
        at: now,
        session: { session: session(`${id}-alone`, { tenant, device: 'a', acctSessionId: id }), expectedVersion: 0 },
      });
    }
    const sequence = writer === 'gateway-1' ? 1 : 2;
    const kept = [
      { ...attempts, key: 'an', version: sequence },
      { ...attempts, key: writer, version: 1 },
    ];
    await store.commit({
      tenant: 'town',
      at: now,
      attestation: attestation(sequence),
      person: person(),
      deviceKey: deviceKey('k'),
      keep: kept,
    });
    await store.close();
  }
}

/** What the port tells of all that. */
async function told(store: AdmissionStore) {
  const one = async (tenant: string, id: string) => [
    await store.nonce(tenant, id),
    await store.ticket(tenant, id),
    await store.ticket(tenant, `${id}-used`),
    await store.findSession({ tenant, nas: 'vpn-1', acctSessionId: id }),
  ];
  const all = async (tenant: string) => ({
    each: [await one(tenant, `gateway-1-${tenant}`), await one(tenant, `gateway-2-${tenant}`)],
    sessions: await store.sessions({ tenant, limit: 99 }),
    ofDevice: await store.sessions({ tenant, device: 'a', limit: 99 }),
    decisions: await store.decisions({ tenant, limit: 99 }),
    refused: await store.decisions({ tenant, only: 'refused', limit: 99 }),
    attestation: await store.attestation(tenant, deviceHash),
    person: await store.personProof(tenant, deviceHash, now),
    key: await store.deviceKey(tenant, 'k', now),
    kept: await store.keptAll(tenant, 'login-attempts', 99),
    snapshots: (await store.snapshots(tenant, now, now + 1)).map(each => ({ ...each, body: [...each.body] })),
  });
  return { town: await all('town'), village: await all('village'), chain: await store.verifyChain() };
}

describeWith('redis-server', 'sluis store migrate', program => {
  let redis: TestRedis;
  let directory: string;
  let path: string;
  let config: string;
  beforeAll(async () => {
    redis = await startRedis(program);
  });
  afterAll(() => redis.close());
  beforeEach(() => {
    redis.cli('FLUSHALL');
    directory = mkdtempSync(join(tmpdir(), 'sluis-migrate-'));
    path = join(directory, 'sluis.db');
    config = configuration(`{ redis: { servers: ["${redis.url}"], directory: state } }`);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function configuration(store: string): string {
    const put = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text, { mode: 0o600 });
      return join(directory, name);
    };
    put('pem', '-----BEGIN CERTIFICATE-----');
    put('key', 'k'.repeat(40));
    return put(
      'sluis.yaml',
      `name: gateway-1
radius: { address: 127.0.0.1 }
eap: { certificate: pem, key: pem }
agent-api: { certificate: pem, key: pem }
operator-api: { token-file: key }
store: ${store}
policies: policies
identity: { profiles: [key], pseudonym-key-file: key }
nas:
  - { name: vpn-1, address: 192.0.2.1, secret-file: key }
`,
    );
  }
  async function migrate(...args: readonly string[]) {
    let [output, errors] = ['', ''];
    const code = await run(args, {
      write: text => (output += text),
      writeError: text => (errors += text),
    });
    return { code, output, errors };
  }
  const forward = () => migrate('--from', path, '--config', config);

  it('brings everything, so that the port tells the same', async () => {
    await fill(path);
    const file = await openEmbeddedStore({ path, writer: 'gateway-1' });
    const before = await told(file).finally(() => file.close());
    expect(before.chain).toEqual({ records: 4 });
    expect(await forward()).toEqual({
      code: 0,
      output: `34 entries and 4 records were brought, every chain holds. Keep ${path} as an archive.\n`,
      errors: '',
    });
    const store = await openRedisStore(redisSettings(redis));
    try {
      expect(await told(store)).toEqual(before);
      const again = await store.commit({ tenant: 'town', at: now, consumeNonce: 'gateway-1-town-used' });
      expect(again).toEqual({ committed: false, conflict: 'nonce-used' });
      // The gateway goes on with its chain.
      await store.commit({ tenant: 'town', at: now, decision: draft('next') });
      expect(await store.decision('town', 'next')).toMatchObject({ writer: 'gateway-1', epoch: 1, sequence: 3 });
      expect(await store.verifyChain()).toEqual({ records: 5 });
    } finally {
      await store.close();
    }
  });

  it('brings more than one portion', async () => {
    const file = await openEmbeddedStore({ path, writer: 'gateway-1' });
    await Promise.all(Array.from({ length: 450 }, (_, n) => file.putNonce(nonce(`n${n}`))));
    await file.close();
    expect((await forward()).output).toContain('450 entries and 0 records');
  });

  it('refuses a Redis that holds a store already', async () => {
    await fill(path);
    expect((await forward()).code).toBe(0);
    const { code, errors } = await forward();
    expect(code).toBe(1);
    expect(errors).toContain('holds a store already: empty its database');
  });

  it('refuses a file that a gateway uses', async () => {
    const file = await openEmbeddedStore({ path, writer: 'gateway-1' });
    try {
      await file.putNonce(nonce('n'));
      expect((await forward()).errors).toContain('in use: stop the gateway first');
    } finally {
      await file.close();
    }
    expect(redis.cli('DBSIZE').trim()).toBe('0');
  });

  it('refuses a file whose chain is broken', async () => {
    await fill(path);
    const database = new DatabaseSync(path);
    database.exec(`UPDATE decisions SET body = replace(body, '"deny"', '"grant"') WHERE sequence = 2`);
    database.close();
    const { code, errors } = await forward();
    expect(code).toBe(1);
    expect(errors).toContain('its chain is broken');
    expect(redis.cli('DBSIZE').trim()).toBe('0');
  });

  it('says what is missing', async () => {
    expect(await migrate()).toMatchObject({ code: 2, errors: expect.stringContaining('Usage:') as string });
    expect((await forward()).errors).toContain('There is no file');
    await fill(path);
    config = configuration('{ path: other.db }');
    expect(await forward()).toMatchObject({ code: 2, errors: expect.stringContaining('names no Redis') as string });
  });
});
