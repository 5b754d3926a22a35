// Session keys: a machine key that cannot do TLS vouches for the key of one connection, for eight hours at most.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionKey } from '../../gateway/contract/challenge.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import type { AgentConnection } from '../../gateway/ports.ts';
import { type AgentPki, type Holder, makeAgentPki } from '../support/agent-pki.ts';
import { signedReport, signedSessionKey } from '../support/agent-signatures.ts';
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
let session: Holder;
let connection: AgentConnection;

beforeAll(() => {
  pki = makeAgentPki();
  session = pki.sessionHolder();
});
afterAll(() => {
  pki.remove();
});
beforeEach(async () => {
  world = await makeAgentWorld(pki);
  connection = connectionFor(session, true);
});
afterEach(async () => {
  await world.close();
});

type Fields = Partial<Parameters<typeof signedSessionKey>[1]>;

async function request(fields: Fields = {}, machine = pki.laptop): Promise<SessionKey> {
  const { nonce } = await nonceOver(world, connection, 'session-key');
  return signedSessionKey(machine, { nonce, sessionKey: session.key, notAfter: world.now() + hourMs, ...fields });
}

const certify = (body: SessionKey, over = connection) => world.handlers.sessionKey(requestOver(over, body));
async function wordOf(body: SessionKey, over = connection): Promise<string> {
  const answer = await certify(body, over);
  return isRefused(answer) ? answer.refused : 'certified';
}

describe('a certified session key', () => {
  it('stands for the machine, whose key still signs the reports', async () => {
    expect(accepted(await certify(await request()))).toEqual({
      device: pki.laptop.key,
      validUntil: world.now() + hourMs,
      traceId: 'abcdef0123456789',
    });
    const { nonce } = await nonceOver(world, connection, 'report');
    const fields = { nonce, exporter: connection.exporter };
    accepted(await world.handlers.report(requestOver(connection, signedReport(pki.laptop, world.now(), fields))));
    expect(await world.store.attestation(tenant, pki.laptop.key)).toMatchObject({ deviceName: 'lt-0001.town.example' });
  });

  it('does not sign reports itself', async () => {
    accepted(await certify(await request()));
    const { nonce } = await nonceOver(world, connection, 'report');
    const fields = { nonce, exporter: connection.exporter, kid: pki.laptop.key, deviceId: pki.laptop.key };
    const report = signedReport(session, world.now(), fields);
    expect(await world.handlers.report(requestOver(connection, report))).toMatchObject({
      refused: 'report-signature-wrong',
    });
  });

  it('is good on every connection of that key, in its tenant alone', async () => {
    accepted(await certify(await request()));
    const later = connectionFor(session, true);
    expect(isRefused(await world.handlers.verdict(requestOver(later, undefined)))).toBe(false);
    const elsewhere = { ...requestOver(later, undefined), tenant: 'province' };
    expect(await world.handlers.verdict(elsewhere)).toEqual({ refused: 'session-key-unproven' });
  });

  it('lapses, and is told apart from one that was never certified', async () => {
    accepted(await certify(await request()));
    world.advance(hourMs);
    const asking = requestOver(connection, undefined);
    expect(await world.handlers.verdict(asking)).toEqual({ refused: 'session-key-expired' });
    const ticket = requestOver(connection, { machineKey: pki.laptop.key, exporter: connection.exporter });
    expect(await world.handlers.ticket(ticket)).toEqual({ refused: 'session-key-expired' });
    expect(await world.handlers.challenge(requestOver(connection, { purpose: 'report' }))).toEqual({
      refused: 'session-key-expired',
    });
    accepted(await certify(await request()));
    expect(isRefused(await world.handlers.verdict(asking))).toBe(false);
  });

  it('never outlives the certificate of the machine', async () => {
    world.advance(30 * 24 * hourMs - 2 * hourMs);
    const { validUntil } = accepted(await certify(await request({ notAfter: world.now() + 8 * hourMs })));
    expect(validUntil).toBeLessThan(world.now() + 2 * hourMs + 1000);
  });
});

describe('a session key is not certified', () => {
  it.each<[string, () => Fields, string]>([
    ['for longer than eight hours', () => ({ notAfter: world.now() + 8 * hourMs + 1 }), 'session-key-unproven'],
    ['for a time that is over', () => ({ notAfter: world.now() }), 'session-key-expired'],
    ['until half a millisecond', () => ({ notAfter: world.now() + 0.5 }), 'proof-malformed'],
    ['for another key than that of the connection', () => ({ sessionKey: 'f'.repeat(64) }), 'session-key-unproven'],
    ['for another gateway', () => ({ audience: 'gateway.province.example' }), 'proof-signature-wrong'],
    ['over a nonce that was never issued', () => ({ nonce: 'A'.repeat(43) }), 'nonce-unknown'],
  ])('%s', async (_, fields, word) => {
    expect(await wordOf(await request(fields()))).toBe(word);
    expect(await world.store.deviceKey(tenant, session.key, 0)).toBeUndefined();
  });

  it('twice over one nonce', async () => {
    const body = await request();
    expect(await wordOf(body)).toBe('certified');
    expect(await wordOf(body)).toBe('nonce-used');
  });

  it('over a nonce of another key', async () => {
    const { nonce } = await nonceOver(world, connectionFor(pki.sessionHolder(), true), 'session-key');
    expect(await wordOf(await request({ nonce }))).toBe('nonce-unknown');
  });

  it('after its nonce has lapsed', async () => {
    const body = await request();
    world.advance(120_000);
    expect(await wordOf(body)).toBe('nonce-expired');
  });

  it('by the signature of another machine under the chain of this one', async () => {
    const body = await request();
    const other = await request({}, pki.otherLaptop);
    expect(await wordOf({ ...body, signature: other.signature })).toBe('proof-signature-wrong');
  });

  it('with any signed field changed, and the attempt costs the nonce', async () => {
    const body = await request();
    expect(await wordOf({ ...body, notAfter: body.notAfter + 1 })).toBe('proof-signature-wrong');
    expect(await wordOf(body)).toBe('nonce-used');
  });

  it('by a person, or by a machine of another authority', async () => {
    expect(await wordOf({ ...(await request({}, pki.person)), algorithm: 'ES384' })).toBe('certificate-purpose-wrong');
    expect(await wordOf(await request({}, session))).toBe('certificate-anchor-unknown');
  });

  it('over a connection that already has a certificate of an authority', async () => {
    const over = connectionFor(pki.laptop);
    const { nonce } = await nonceOver(world, over, 'session-key');
    const body = signedSessionKey(pki.laptop, { nonce, sessionKey: pki.laptop.key, notAfter: world.now() + hourMs });
    expect(await wordOf(body, over)).toBe('session-key-unproven');
  });

  it('by a machine key for itself, which would get around the judgement of its chain', async () => {
    const over = { ...connectionFor(pki.laptop), selfSigned: true };
    const { nonce } = await nonceOver(world, over, 'session-key');
    const body = signedSessionKey(pki.laptop, { nonce, sessionKey: pki.laptop.key, notAfter: world.now() + hourMs });
    expect(await wordOf(body, over)).toBe('session-key-unproven');
  });

  it('and a machine key on record is none: a self-made certificate does not stand in for its chain', async () => {
    const { key, spki } = pki.laptop;
    const certificate = { profile: 'machine', certificateNotAfter: world.now() + hourMs, deviceName: 'lt-0001' };
    const deviceKey = { tenant, key, device: key, ...certificate, expiresAt: world.now() + hourMs };
    const record = { ...deviceKey, spki: Buffer.from(spki).toString('base64') };
    await world.store.commit({ tenant, at: world.now(), deviceKey: record });
    const over = connectionFor(pki.laptop, true);
    expect(await world.handlers.verdict(requestOver(over, undefined))).toEqual({ refused: 'session-key-unproven' });
  });

  it.each<[string, Partial<SessionKey>, string]>([
    ['an algorithm of no table', { algorithm: 'none' }, 'proof-malformed'],
    ['a signature that is no base64url', { signature: 'A' }, 'proof-malformed'],
    ['a chain that is no base64url', { machineChain: ['A'] }, 'proof-malformed'],
    ['a chain of nothing', { machineChain: [''] }, 'certificate-malformed'],
    ['a chain of rubbish', { machineChain: ['AAAA'] }, 'certificate-malformed'],
  ])('with %s', async (_, fields, word) => {
    expect(await wordOf({ ...(await request()), ...fields })).toBe(word);
  });

  it('and strangers leave no trace in the archive', async () => {
    await wordOf({ ...(await request()), signature: '' });
    expect(await world.store.decisions({ tenant, limit: 5 })).toEqual([]);
  });
});
