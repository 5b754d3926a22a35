// Nonces: who gets one, what it says, and for whom it is good.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { challengePurposes } from '../../gateway/contract/challenge.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { audience } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  nonceOver,
  requestOver,
  tenant,
} from '../support/agent-world.ts';

let pki: AgentPki;
let world: AgentWorld;

beforeAll(() => {
  pki = makeAgentPki();
});
afterAll(() => {
  pki.remove();
});
beforeEach(async () => {
  world = await makeAgentWorld(pki);
});
afterEach(async () => {
  await world.close();
});

describe('a challenge', () => {
  it.each(challengePurposes)('for %s is 32 bytes, bound to purpose, key and two minutes', async purpose => {
    const connection = connectionFor(pki.laptop);
    const challenge = await nonceOver(world, connection, purpose);
    expect(Buffer.from(challenge.nonce, 'base64url')).toHaveLength(32);
    expect(challenge).toMatchObject({ purpose, audience, serverTime: world.now(), expiresAt: world.now() + 120_000 });
    expect(await world.store.nonce(tenant, challenge.nonce)).toEqual({
      tenant,
      value: challenge.nonce,
      purpose,
      key: pki.laptop.key,
      issuedAt: world.now(),
      expiresAt: world.now() + 120_000,
    });
  });

  it('is another one each time', async () => {
    const connection = connectionFor(pki.laptop);
    const nonces = await Promise.all(Array.from({ length: 20 }, () => nonceOver(world, connection, 'report')));
    expect(new Set(nonces.map(({ nonce }) => nonce)).size).toBe(20);
  });

  it('tells a proven machine what the policy looks at, and nothing else', async () => {
    const { collect, policyHash } = await nonceOver(world, connectionFor(pki.laptop), 'report');
    expect(collect).toEqual(['disk-encryption']);
    expect(policyHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tells a stranger nothing about the policy', async () => {
    const stranger = connectionFor(pki.sessionHolder(), true);
    expect((await nonceOver(world, stranger, 'session-key')).collect).toEqual([]);
  });

  it.each(['report', 'identity-proof'] as const)('for %s is not for a key that nobody vouches for', async purpose => {
    const stranger = connectionFor(pki.sessionHolder(), true);
    expect(await world.handlers.challenge(requestOver(stranger, { purpose }))).toEqual({
      refused: 'session-key-unproven',
    });
    expect(world.counted).toEqual(['sluis_reports_refused_total session-key-unproven']);
  });

  it('is not for a person, nor for a certificate of another authority', async () => {
    const purpose = 'session-key' as const;
    const person = requestOver(connectionFor(pki.person), { purpose });
    expect(await world.handlers.challenge(person)).toMatchObject({ refused: 'certificate-purpose-wrong' });
    const unknown = requestOver(connectionFor(pki.sessionHolder()), { purpose });
    expect(await world.handlers.challenge(unknown)).toMatchObject({ refused: 'certificate-anchor-unknown' });
  });

  it('is refused when TLS and the certificate reader disagree about the key', async () => {
    const connection = { ...connectionFor(pki.laptop), key: pki.otherLaptop.key };
    expect(await world.handlers.challenge(requestOver(connection, { purpose: 'report' }))).toMatchObject({
      refused: 'certificate-malformed',
    });
  });

  it('cannot be given while the store is away, and that is no refusal', async () => {
    await world.store.close();
    await expect(
      world.handlers.challenge(requestOver(connectionFor(pki.laptop), { purpose: 'report' })),
    ).rejects.toMatchObject({ name: 'Unavailable' });
    expect(world.counted).toEqual([]);
    world = await makeAgentWorld(pki);
  });

  it('is forgotten when it has lapsed', async () => {
    const { nonce } = await nonceOver(world, connectionFor(pki.laptop), 'report');
    world.advance(120_001);
    expect(await world.store.sweep(world.now())).toBe(1);
    expect(await world.store.nonce(tenant, nonce)).toBeUndefined();
    expect(
      accepted(await world.handlers.challenge(requestOver(connectionFor(pki.laptop), { purpose: 'report' }))),
    ).toBeDefined();
  });
});
