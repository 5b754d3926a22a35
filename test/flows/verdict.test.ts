// Asking for the verdict without a new report.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../gateway/contract/verdict.ts';
import { agentHandlers } from '../../gateway/flows/agent-handlers.ts';
import type { AgentConnection } from '../../gateway/ports.ts';
import { session as sampleSession } from '../contracts/admission-store-samples.ts';
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
  const { exporter } = connection;
  const { nonce } = await nonceOver(world, connection, 'identity-proof');
  const proof = signedProof(pki.person, { nonce, exporter, machineKey: pki.laptop.key });
  accepted(await world.handlers.identityProof(requestOver(connection, proof)));
});
afterEach(async () => {
  await world.close();
});

const ask = async (over = connection): Promise<Verdict> =>
  accepted(await world.handlers.verdict(requestOver(over, undefined)));

async function report(): Promise<Verdict> {
  const { nonce } = await nonceOver(world, connection, 'report');
  const body = signedReport(pki.laptop, world.now(), { nonce, exporter: connection.exporter });
  return accepted(await world.handlers.report(requestOver(connection, body)));
}

describe('the verdict', () => {
  it('before any report is that one is missing, which is no bad report', async () => {
    const verdict = await ask();
    expect(verdict.outcome).toBe('quarantine');
    expect(verdict.reasons.map(({ word }) => word)).toEqual(['report-missing']);
  });

  it('is that of the last report, with a case code of its own', async () => {
    const reported = await report();
    const asked = await ask();
    expect(asked.outcome).toBe('grant');
    expect(asked.outcome).toBe(reported.outcome);
    expect(asked.caseCode).not.toBe(reported.caseCode);
    expect(await world.store.decision(tenant, asked.caseCode)).toMatchObject({ id: asked.decisionId, kind: 'report' });
  });

  it('changes with time alone: an hour later the report is too old', async () => {
    const { validUntil } = await report();
    world.advance(validUntil - world.now());
    expect((await ask()).outcome).toBe('grant');
    world.advance(1);
    const later = await ask();
    expect(later.outcome).toBe('quarantine');
    expect(later.reasons.map(({ word }) => word)).toEqual(['report-stale']);
  });

  it('of one machine is not that of another', async () => {
    await report();
    expect((await ask(connectionFor(pki.otherLaptop))).outcome).toBe('quarantine');
  });

  it('rests on the country of the open session, or else of the address that the agent comes from', async () => {
    const origins: unknown[] = [];
    const { verdict } = agentHandlers({
      ...world.ports,
      countries: { of: address => ({ '192.0.2.200': 'BE', '203.0.113.9': 'SG' })[address] },
      decide: (request, now) => {
        origins.push(request.origin);
        return world.ports.decide(request, now);
      },
    });
    const { key: device } = pki.laptop;
    const [at, session] = [world.now(), sampleSession('S-1', { device, tenant, state: 'started' })];
    const place = { kind: 'device-place', key: device, value: { country: 'BE', at }, version: 1 } as const;
    await world.store.commit({ tenant, at, keep: [place] });
    accepted(await verdict(requestOver(connection, undefined)));
    const there = { ...session, callingStationId: '203.0.113.9[4500]', decidedAt: at, startedAt: at, lastSeenAt: at };
    await world.store.commit({ tenant, at, session: { session: there, expectedVersion: 0 } });
    accepted(await verdict(requestOver(connection, undefined)));
    expect(origins).toEqual([{ country: 'BE' }, { country: 'SG', tooFarFrom: place.value }]);
  });
});
