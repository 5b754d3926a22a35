// Issuing a ticket: to a proven machine, for its person, and of the secret nothing is kept.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { ticketIssue } from '../../gateway/flows/ticket-issue.ts';
import { ticketSecret } from '../../gateway/identity/ticket.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { signedProof, signedReport } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  nonceOver,
  requestOver,
  tenant,
} from '../support/agent-world.ts';

describe('issuing a ticket', () => {
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

  it('gives a handle and a secret for two minutes, and keeps nothing of the secret', async () => {
    const connection = connectionFor(pki.laptop);
    const body = { machineKey: pki.laptop.key, exporter: connection.exporter };
    const ticket = accepted(await world.handlers.ticket(requestOver(connection, body)));
    expect(ticket.handle).toMatch(/^t-[a-z2-7]{16}$/);
    expect(ticket.secret).toBe(ticketSecret(world.ports.ticketKey, tenant, ticket.handle));
    expect(ticket).toMatchObject({ expiresAt: world.now() + 120_000, traceId: 'abcdef0123456789' });
    const kept = await world.store.ticket(tenant, ticket.handle);
    // All that is kept: whatever else appears here has to be looked at.
    expect(kept).toEqual({
      tenant,
      handle: ticket.handle,
      device: pki.laptop.key,
      deviceName: 'lt-0001.town.example',
      deviceCertificateNotAfter: expect.any(Number) as number,
      binding: 'ticket',
      traceId: 'abcdef0123456789',
      issuedAt: world.now(),
      expiresAt: ticket.expiresAt,
    });
    expect(kept?.deviceCertificateNotAfter).toBeGreaterThan(world.now() + 29 * 24 * 3600_000);
  });

  it('is for the person who is proven on that machine', async () => {
    const connection = connectionFor(pki.laptop);
    const { nonce } = await nonceOver(world, connection, 'identity-proof');
    const { exporter } = connection;
    const proof = signedProof(pki.person, { nonce, exporter, machineKey: pki.laptop.key });
    const { pseudonym } = accepted(await world.handlers.identityProof(requestOver(connection, proof)));
    const body = { machineKey: pki.laptop.key, exporter };
    const { handle } = accepted(await world.handlers.ticket(requestOver(connection, body)));
    expect(await world.store.ticket(tenant, handle)).toMatchObject({ person: pseudonym });
    const other = connectionFor(pki.otherLaptop);
    const otherBody = { machineKey: pki.otherLaptop.key, exporter: other.exporter };
    const second = accepted(await world.handlers.ticket(requestOver(other, otherBody)));
    expect(await world.store.ticket(tenant, second.handle)).not.toHaveProperty('person');
  });

  it('names the last report of the machine, in the ticket and in the log', async () => {
    const connection = connectionFor(pki.laptop);
    const { exporter } = connection;
    const { nonce } = await nonceOver(world, connection, 'report');
    accepted(
      await world.handlers.report(requestOver(connection, signedReport(pki.laptop, world.now(), { nonce, exporter }))),
    );
    const digest = (await world.store.attestation(tenant, pki.laptop.key))?.reportDigest;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const lines: unknown[] = [];
    const log = { ...world.ports.log, info: (...line: readonly unknown[]) => void lines.push(line) };
    const issue = ticketIssue({ ...world.ports, log });
    const body = { machineKey: pki.laptop.key, exporter };
    const { handle, secret } = accepted(await issue(requestOver(connection, body)));
    expect(await world.store.ticket(tenant, handle)).toMatchObject({ reportDigest: digest });
    expect(lines).toEqual([['ticket issued', expect.objectContaining({ handle, reportDigest: digest })]]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it('is for the NAS groups of the configuration, where it names any', async () => {
    const connection = connectionFor(pki.laptop);
    const request = requestOver(connection, { machineKey: pki.laptop.key, exporter: connection.exporter });
    const bound = ticketIssue({ ...world.ports, ticketGroups: ['vpn', 'hall'] });
    const { handle } = accepted(await bound(request));
    expect((await world.store.ticket(tenant, handle))?.nasGroups).toEqual(['vpn', 'hall']);
    const free = accepted(await world.handlers.ticket(request));
    expect(await world.store.ticket(tenant, free.handle)).not.toHaveProperty('nasGroups');
  });

  it('takes the machine of this connection, and a request made for it', async () => {
    const connection = connectionFor(pki.laptop);
    const ask = async (machineKey: string, exporter: string) => {
      const answer = await world.handlers.ticket(requestOver(connection, { machineKey, exporter }));
      return isRefused(answer) ? answer.refused : 'issued';
    };
    expect(await ask(pki.otherLaptop.key, connection.exporter)).toBe('report-device-mismatch');
    expect(await ask(pki.laptop.key, connectionFor(pki.laptop).exporter)).toBe('channel-binding-wrong');
    expect(await ask(pki.laptop.key, connection.exporter)).toBe('issued');
  });

  it('is nothing for an unproven key', async () => {
    const holder = pki.sessionHolder();
    const stranger = connectionFor(holder, true);
    const body = { machineKey: holder.key, exporter: stranger.exporter };
    expect(await world.handlers.ticket(requestOver(stranger, body))).toEqual({ refused: 'session-key-unproven' });
  });
});
