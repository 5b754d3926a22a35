// A person proves who they are on one machine, over one connection, beside one report.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IdentityProof } from '../../gateway/contract/challenge.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import type { AgentConnection } from '../../gateway/ports.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { type ProofFields, signedProof, signedReport } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  nonceOver,
  requestOver,
  tenant,
} from '../support/agent-world.ts';

const hourMs = 3600_000;

let pki: AgentPki;
let world: AgentWorld;
let connection: AgentConnection;

beforeAll(() => {
  pki = makeAgentPki();
});
afterAll(() => {
  pki.remove();
});
beforeEach(async () => {
  world = await makeAgentWorld(pki);
  connection = connectionFor(pki.laptop);
});
afterEach(async () => {
  await world.close();
});

async function proof(fields: Partial<ProofFields> = {}, by = pki.person): Promise<IdentityProof> {
  const { nonce } = await nonceOver(world, connection, 'identity-proof');
  return signedProof(by, { nonce, exporter: connection.exporter, machineKey: pki.laptop.key, ...fields });
}

async function report(sequence: number): Promise<string> {
  const { nonce } = await nonceOver(world, connection, 'report');
  const body = signedReport(pki.laptop, world.now(), { nonce, exporter: connection.exporter, sequence });
  accepted(await world.handlers.report(requestOver(connection, body)));
  return (await world.store.attestation(tenant, pki.laptop.key))?.reportDigest ?? '';
}

const prove = (body: IdentityProof, over = connection) => world.handlers.identityProof(requestOver(over, body));
async function wordOf(body: IdentityProof, over = connection): Promise<string> {
  const answer = await prove(body, over);
  return isRefused(answer) ? answer.refused : 'accepted';
}
const person = () => world.store.personProof(tenant, pki.laptop.key, world.now());

describe('a good proof', () => {
  it('makes the person known on this machine for a working day, by pseudonym', async () => {
    const answer = accepted(await prove(await proof()));
    expect(answer).toMatchObject({
      profile: 'citizen',
      validUntil: world.now() + 10 * hourMs,
      traceId: 'abcdef0123456789',
    });
    expect(answer.pseudonym).not.toContain('4711');
    expect(await person()).toMatchObject({
      device: pki.laptop.key,
      pseudonym: answer.pseudonym,
      assurance: 'high',
      provenAt: world.now(),
      expiresAt: world.now() + 10 * hourMs,
    });
    expect(JSON.stringify(await person())).not.toContain('4711');
    world.advance(10 * hourMs);
    expect(await person()).toBeUndefined();
  });

  it('says nothing about any other machine', async () => {
    accepted(await prove(await proof()));
    expect(await world.store.personProof(tenant, pki.otherLaptop.key, world.now())).toBeUndefined();
  });

  it('names the last report, and lets the sessions of the device follow', async () => {
    const reportDigest = await report(1);
    world.changed.length = 0;
    accepted(await prove(await proof({ reportDigest })));
    expect(world.changed).toEqual([`${tenant} ${pki.laptop.key} person-changed`]);
    const verdict = accepted(await world.handlers.verdict(requestOver(connection, undefined)));
    expect(verdict.outcome).toBe('grant');
  });

  it('never outlives the certificate of the person', async () => {
    world.advance(30 * 24 * hourMs - 2 * hourMs);
    const { validUntil } = accepted(await prove(await proof()));
    expect(validUntil).toBeLessThan(world.now() + 2 * hourMs + 1000);
  });
});

describe('a proof is refused', () => {
  it.each<[string, () => Promise<IdentityProof>, string]>([
    ['for another gateway', () => proof({ audience: 'gateway.province.example' }), 'proof-signature-wrong'],
    ['for another machine', () => proof({ machineKey: pki.otherLaptop.key }), 'report-device-mismatch'],
    ['for another connection', () => proof({ exporter: 'A'.repeat(43) }), 'channel-binding-wrong'],
    ['for a report that never came', () => proof({ reportDigest: '0'.repeat(64) }), 'report-stale'],
    ['over a nonce that was never issued', () => proof({ nonce: 'A'.repeat(43) }), 'nonce-unknown'],
    ['by a machine in place of a person', async () => proof({}, pki.laptop), 'certificate-purpose-wrong'],
    ['by someone of another authority', async () => proof({}, pki.sessionHolder()), 'certificate-anchor-unknown'],
    ['with another hash', async () => ({ ...(await proof()), algorithm: 'ES256' }), 'proof-signature-wrong'],
    ['with an algorithm of no table', async () => ({ ...(await proof()), algorithm: 'HS256' }), 'proof-malformed'],
    ['with an empty signature', async () => ({ ...(await proof()), signature: '' }), 'proof-signature-wrong'],
    ['with a broken chain', async () => ({ ...(await proof()), chain: ['AAAA'] }), 'certificate-malformed'],
  ])('%s', async (_, make, word) => {
    expect(await wordOf(await make())).toBe(word);
    expect(await person()).toBeUndefined();
  });

  it('that was made for another field and then relabelled', async () => {
    const relabelled: Partial<ProofFields>[] = [
      { machineKey: pki.otherLaptop.key },
      { exporter: connectionFor(pki.laptop).exporter },
      { reportDigest: '0'.repeat(64) },
    ];
    for (const fields of relabelled) {
      const made = await proof(fields);
      const { exporter } = connection;
      const body = { ...made, machineKey: pki.laptop.key, exporter, reportDigest: '' };
      expect(await wordOf(body)).toBe('proof-signature-wrong');
    }
  });

  it('when a newer report has come since', async () => {
    const first = await report(1);
    await report(2);
    expect(await wordOf(await proof({ reportDigest: first }))).toBe('report-stale');
    expect(await wordOf(await proof())).toBe('report-stale');
  });

  it('when it comes a second time, or too late', async () => {
    const once = await proof();
    expect(await wordOf(once)).toBe('accepted');
    expect(await wordOf(once)).toBe('nonce-used');
    const late = await proof();
    world.advance(120_000);
    expect(await wordOf(late)).toBe('nonce-expired');
  });

  it('over a nonce of another purpose or another machine', async () => {
    const { nonce } = await nonceOver(world, connection, 'report');
    expect(await wordOf(await proof({ nonce }))).toBe('nonce-unknown');
    const other = await nonceOver(world, connectionFor(pki.otherLaptop), 'identity-proof');
    expect(await wordOf(await proof({ nonce: other.nonce }))).toBe('nonce-unknown');
  });

  it('and then its nonce is gone, and the refusal on record', async () => {
    const good = await proof();
    expect(await wordOf({ ...good, signature: good.signature.slice(0, -4) })).toBe('proof-signature-wrong');
    expect(await wordOf(good)).toBe('nonce-used');
    const [record] = await world.store.decisions({ tenant, only: 'refused', limit: 5 });
    expect(record).toMatchObject({ kind: 'refusal', device: pki.laptop.key, reasons: ['proof-signature-wrong'] });
  });

  it('when the certificate of the person has ended', async () => {
    world.advance(31 * 24 * hourMs);
    const nonce = 'A'.repeat(43);
    const body = signedProof(pki.person, { nonce, exporter: connection.exporter, machineKey: pki.laptop.key });
    expect(await wordOf(body)).toBe('certificate-expired');
  });
});
