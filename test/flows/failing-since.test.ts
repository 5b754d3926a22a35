// Grace is reckoned from the first report that told of a failure, whatever comes in between.

import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../gateway/contract/verdict.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { diskCheck, signedReport } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  nonceOver,
  requestOver,
  tenant,
} from '../support/agent-world.ts';

const hourMs = 3_600_000;
const office = `
policy: office-laptops
owner: network team
for: everyone
gives: office
requires:
  - disk-encrypted: { otherwise: update, grace: 2 days }
`;

let pki: AgentPki;
let world: AgentWorld;
beforeAll(() => {
  pki = makeAgentPki();
});
afterAll(() => {
  pki.remove();
});
beforeEach(async () => {
  world = await makeAgentWorld(pki, undefined, { 'access/office.yaml': office });
});
afterEach(async () => {
  await world.close();
});

let sequence = 0;
async function report(encrypted: boolean): Promise<Verdict> {
  const connection = connectionFor(pki.laptop);
  const { nonce } = await nonceOver(world, connection, 'report');
  sequence += 1;
  const fields = { nonce, exporter: connection.exporter, sequence, checks: [diskCheck(world.now(), encrypted)] };
  return accepted(await world.handlers.report(requestOver(connection, signedReport(pki.laptop, world.now(), fields))));
}
const kept = async () => (await world.store.kept(tenant, 'failing-since', pki.laptop.key))?.value;

describe('the first failure of a machine', () => {
  it('is remembered over reports and verdicts, until the grace is over', async () => {
    const since = world.now();
    const first = await report(false);
    expect(first).toMatchObject({
      outcome: 'grant',
      results: [{ excuse: { by: 'grace', until: since + 48 * hourMs } }],
    });
    expect(first.actions).toEqual(['disk-encryption.switch-on']);
    world.advance(24 * hourMs);
    expect(await report(false)).toMatchObject({
      outcome: 'grant',
      results: [{ excuse: { until: since + 48 * hourMs } }],
    });
    expect(await kept()).toEqual({ since: { 'disk-encrypted': since } });
    world.advance(24 * hourMs);
    expect(await report(false)).toMatchObject({ outcome: 'update' });
    const asked = await world.handlers.verdict(requestOver(connectionFor(pki.laptop), undefined));
    expect(accepted(asked)).toMatchObject({ outcome: 'update' });
  });

  it('is forgotten once it passes, and then grace begins anew', async () => {
    await report(false);
    world.advance(47 * hourMs);
    expect(await report(true)).toMatchObject({ outcome: 'grant', results: [], passed: ['disk-encrypted'] });
    expect(await kept()).toEqual({ since: {} });
    world.advance(2 * hourMs);
    const again = world.now();
    expect(await report(false)).toMatchObject({ results: [{ excuse: { until: again + 48 * hourMs } }] });
  });
});
