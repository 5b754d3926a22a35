// A person reads and accepts: what is offered, what counts, and what is on record afterwards.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Acceptance } from '../../gateway/contract/acceptance.ts';
import { acceptanceFile, acceptanceFiles } from '../support/acceptance-files.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { signedProof } from '../support/agent-signatures.ts';
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
let connection: ReturnType<typeof connectionFor>;
beforeAll(() => {
  pki = makeAgentPki();
});
afterAll(() => {
  pki.remove();
});
beforeEach(async () => {
  world = await makeAgentWorld(pki, undefined, acceptanceFiles);
  connection = connectionFor(pki.laptop);
});
afterEach(() => world.close());

async function prove(): Promise<string> {
  const { nonce } = await nonceOver(world, connection, 'identity-proof');
  const proof = signedProof(pki.person, { nonce, exporter: connection.exporter, machineKey: pki.laptop.key });
  return accepted(await world.handlers.identityProof(requestOver(connection, proof))).pseudonym;
}
const open = async () => accepted(await world.handlers.openTexts(requestOver(connection, undefined))).texts;
const openNames = async () => (await open()).map(({ name }) => name);
const verdict = async () => accepted(await world.handlers.verdict(requestOver(connection, undefined))).outcome;
async function accept(name: string, fields: Partial<Acceptance> = {}) {
  const hash = [...world.ports.acceptances()].find(each => each.name === name)?.hash ?? '0'.repeat(64);
  const body = { machineKey: pki.laptop.key, exporter: connection.exporter, name, hash, language: 'nl' as const };
  return world.handlers.acceptance(requestOver(connection, { ...body, ...fields }));
}
const records = async () =>
  (await world.store.decisions({ tenant, limit: 50 })).filter(({ kind }) => kind === 'acceptance');

describe('what there is to accept', () => {
  it('is what the running policy asks for, in all languages, and nothing else', async () => {
    await prove();
    const texts = await open();
    expect(texts.map(({ name }) => name)).toEqual(['security-policy', 'telework-charter']);
    expect(texts[0]).toMatchObject({
      by: 'security office',
      title: { fr: 'Règles' },
      text: { nl: 'Eerste regel.\nTweede regel.' },
    });
  });

  it('is told to nobody who is not proven', async () => {
    expect(await world.handlers.openTexts(requestOver(connection, undefined))).toMatchObject({
      refused: 'identity-proof-missing',
    });
  });

  it('grows less with each acceptance, until the session may be granted', async () => {
    await prove();
    expect(await verdict()).toBe('quarantine');
    expect(accepted(await accept('security-policy'))).toMatchObject({ open: 1 });
    expect(await openNames()).toEqual(['telework-charter']);
    expect(await verdict()).toBe('quarantine');
    expect(accepted(await accept('telework-charter'))).toMatchObject({ open: 0 });
    expect(await openNames()).toEqual([]);
    expect(await verdict()).toBe('grant');
  });
});

describe('an acceptance', () => {
  it('is on record in the chain, with version, language and moment, under the pseudonym', async () => {
    const person = await prove();
    const answer = accepted(await accept('security-policy'));
    const [record, ...more] = await records();
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      kind: 'acceptance',
      outcome: 'done',
      person,
      device: pki.laptop.key,
      at: answer.acceptedAt,
      accepted: { name: 'security-policy', hash: answer.hash, language: 'nl' },
    });
    expect(await world.store.verifyChain()).not.toHaveProperty('broken');
    expect(world.changed).toContain(`${tenant} ${pki.laptop.key} person-changed`);
  });

  it('said twice is accepted once', async () => {
    await prove();
    const first = accepted(await accept('security-policy'));
    world.advance(60_000);
    expect(accepted(await accept('security-policy'))).toMatchObject({ acceptedAt: first.acceptedAt, open: 1 });
    expect(await records()).toHaveLength(1);
  });

  it('counts for the version that was shown, and for no other', async () => {
    await prove();
    expect(await accept('security-policy', { hash: 'f'.repeat(64) })).toMatchObject({ refused: 'acceptance-outdated' });
    expect(await accept('house-style')).toMatchObject({ refused: 'acceptance-outdated' });
    expect(await accept('no-such-text')).toMatchObject({ refused: 'acceptance-outdated' });
    expect(await records()).toEqual([]);
  });

  it('takes a proof of the last ten minutes, this machine and this connection', async () => {
    expect(await accept('security-policy')).toMatchObject({ refused: 'identity-proof-missing' });
    await prove();
    expect(await accept('security-policy', { machineKey: pki.otherLaptop.key })).toMatchObject({
      refused: 'report-device-mismatch',
    });
    expect(await accept('security-policy', { exporter: connectionFor(pki.laptop).exporter })).toMatchObject({
      refused: 'channel-binding-wrong',
    });
    world.advance(10 * 60_000 + 1);
    expect(await accept('security-policy')).toMatchObject({ refused: 'identity-proof-missing' });
    expect(await records()).toEqual([]);
  });

  it('of a text that has changed since is no acceptance of what it says now', async () => {
    const person = await prove();
    accepted(await accept('security-policy'));
    accepted(await accept('telework-charter'));
    const kept = await world.store.kept(tenant, 'accepted-texts', person);
    expect(Object.keys(kept?.value.texts ?? {})).toEqual(['security-policy', 'telework-charter']);
    await world.close();
    world = await makeAgentWorld(pki, undefined, {
      ...acceptanceFiles,
      'acceptances/security.yaml': acceptanceFile('security-policy', 'Something else.'),
    });
    const again = await prove();
    const value = { texts: kept?.value.texts ?? {} };
    await world.store.commit({
      tenant,
      at: world.now(),
      keep: [{ kind: 'accepted-texts', key: again, value, version: 1 }],
    });
    expect(await openNames()).toEqual(['security-policy']);
    expect(await verdict()).toBe('quarantine');
    accepted(await accept('security-policy'));
    expect(await verdict()).toBe('grant');
    expect((await world.store.kept(tenant, 'accepted-texts', again))?.version).toBe(2);
  });
});
