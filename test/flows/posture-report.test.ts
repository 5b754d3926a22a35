// A report over a proven connection, and every way in which it may not be what it seems.

import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedReport } from '../../gateway/contract/proof.ts';
import type { Verdict } from '../../gateway/contract/verdict.ts';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import type { ReportCheck } from '../../gateway/contract/report.ts';
import type { AgentConnection } from '../../gateway/ports.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { diskCheck, type ReportFields, signedProof, signedReport } from '../support/agent-signatures.ts';
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
});
afterEach(async () => {
  await world.close();
});

const send = (report: SignedReport, over = connection) => world.handlers.report(requestOver(over, report));

/** A good report, but for what the test changes. */
async function reported(fields: Partial<ReportFields> = {}): Promise<{ report: SignedReport; nonce: string }> {
  const { nonce } = await nonceOver(world, connection, 'report');
  const report = signedReport(pki.laptop, world.now(), { nonce, exporter: connection.exporter, ...fields });
  return { report, nonce: fields.nonce ?? nonce };
}

async function provePerson(): Promise<void> {
  const { nonce } = await nonceOver(world, connection, 'identity-proof');
  const reportDigest = (await world.store.attestation(tenant, pki.laptop.key))?.reportDigest ?? '';
  const { exporter } = connection;
  const proof = signedProof(pki.person, { nonce, exporter, machineKey: pki.laptop.key, reportDigest });
  accepted(await world.handlers.identityProof(requestOver(connection, proof)));
}

const wordOf = (answer: Verdict | Refused) => (isRefused(answer) ? answer.refused : `verdict ${answer.outcome}`);
const nonceLeft = async (nonce: string) => {
  const at = world.now();
  return (await world.store.commit({ tenant, at, consumeNonce: nonce })).committed;
};

describe('a good report', () => {
  it('grants once the person is proven too, and says so in words', async () => {
    await provePerson();
    const { report } = await reported();
    const verdict = accepted(await send(report));
    expect(verdict).toMatchObject({ outcome: 'grant', policy: 'office-laptops', segment: 'office', reasons: [] });
    expect(verdict).toMatchObject({ results: [], passed: ['disk-encrypted', 'person-known'] });
    expect(verdict).toMatchObject({
      actions: [],
      smallestChange: [],
      traceId: 'abcdef0123456789',
      serverTime: world.now(),
    });
  });

  it('is kept with the digest of what was signed, under the device of the connection', async () => {
    const { report } = await reported({ sequence: 7 });
    accepted(await send(report));
    const digest = createHash('sha256').update(Buffer.from(report.payload, 'base64url')).digest('hex');
    expect(await world.store.attestation(tenant, pki.laptop.key)).toMatchObject({
      device: pki.laptop.key,
      deviceName: 'lt-0001.town.example',
      sequence: 7,
      receivedAt: world.now(),
      reportDigest: digest,
      facts: { 'disk.encrypted': { value: true } },
    });
  });

  it('is on record under the case code that the agent shows', async () => {
    const { report } = await reported();
    const { caseCode, decisionId } = accepted(await send(report));
    const record = await world.store.decision(tenant, caseCode);
    expect(record).toMatchObject({ id: decisionId, kind: 'report', device: pki.laptop.key, outcome: 'quarantine' });
    expect(record?.failures).toEqual([{ check: 'person-known', result: 'fail' }]);
    expect(await world.store.verifyChain()).toMatchObject({ records: 1 });
  });

  it('tells the laptop what to do, in every language', async () => {
    await provePerson();
    const { report } = await reported({ checks: [diskCheck(world.now(), false)] });
    const verdict = accepted(await send(report));
    expect(verdict).toMatchObject({ outcome: 'update', segment: 'update', smallestChange: ['disk-encrypted'] });
    expect(verdict.actions).toEqual(['disk-encryption.switch-on']);
    const [reason] = verdict.reasons;
    expect(reason?.word).toBe('requirement-failed');
    expect(Object.keys(reason?.text ?? {}).sort()).toEqual(['de', 'en', 'fr', 'nl']);
  });

  it('lets the sessions of this device follow', async () => {
    const { report } = await reported();
    accepted(await send(report));
    expect(world.changed).toEqual([`${tenant} ${pki.laptop.key} report-changed`]);
    expect(world.counted).toEqual([`sluis_reports_total quarantine ${tenant}`]);
  });

  it('asks for the next report sooner while something is being repaired, and before the verdict lapses', async () => {
    await provePerson();
    const good = accepted(await send((await reported({ sequence: 1 })).report));
    const bad = await reported({ sequence: 2, checks: [diskCheck(world.now(), false)] });
    const repairing = accepted(await send(bad.report));
    expect(good.nextReportInSeconds).toBeLessThanOrEqual((good.validUntil - world.now()) / 2000);
    expect(good.nextReportInSeconds).toBeGreaterThan(600);
    expect(repairing.nextReportInSeconds).toBeLessThanOrEqual(60);
    expect(repairing.nextReportInSeconds).toBeGreaterThanOrEqual(1);
  });
});

describe('unknown never grants', () => {
  beforeEach(async () => {
    await provePerson();
  });

  const denied: ReportCheck = {
    type: 'disk-encryption',
    state: 'denied',
    collectedAt: '2026-01-01T00:00:00Z',
    facts: {},
  };
  it.each([
    ['no check at all', () => []],
    ['a fact of null', () => [diskCheck(world.now(), null)]],
    ['a check that was denied', () => [denied]],
    ['a check that timed out with facts in it', () => [{ ...diskCheck(world.now(), true), state: 'timeout' as const }]],
    ['a measurement of yesterday', () => [diskCheck(world.now() - 24 * 3600_000, true)]],
  ])('%s', async (_, checks) => {
    const { report } = await reported({ checks: checks() });
    const verdict = accepted(await send(report));
    expect(verdict.outcome).toBe('quarantine');
    expect(verdict.results.find(({ check }) => check === 'disk-encrypted')).toMatchObject({ result: 'unknown' });
  });
});

describe('the sequence', () => {
  it('grows; an old one is refused, uses its nonce up, and takes nothing back', async () => {
    accepted(await send((await reported({ sequence: 5 })).report));
    for (const sequence of [5, 4, 0]) {
      const { report, nonce } = await reported({ sequence, checks: [] });
      expect(wordOf(await send(report))).toBe('report-sequence-old');
      expect(await nonceLeft(nonce)).toBe(false);
    }
    expect((await world.store.attestation(tenant, pki.laptop.key))?.facts['disk.encrypted']).toMatchObject({
      value: true,
    });
    accepted(await send((await reported({ sequence: 6 })).report));
  });

  it('is counted per device', async () => {
    accepted(await send((await reported({ sequence: 5 })).report));
    const over = connectionFor(pki.otherLaptop);
    const { nonce } = await nonceOver(world, over, 'report');
    const other = signedReport(pki.otherLaptop, world.now(), { nonce, exporter: over.exporter, sequence: 1 });
    accepted(await send(other, over));
  });
});

describe('the connection', () => {
  it('of a person is no machine', async () => {
    const over = connectionFor(pki.person);
    const { report } = await reported();
    expect(wordOf(await send(report, over))).toBe('certificate-purpose-wrong');
  });

  it('of a key that nobody vouches for is refused', async () => {
    const over = connectionFor(pki.sessionHolder(), true);
    const { report } = await reported();
    expect(wordOf(await send(report, over))).toBe('session-key-unproven');
  });

  it('of a machine whose certificate has ended is refused', async () => {
    const { report } = await reported();
    world.advance(31 * 24 * 3600_000);
    expect(wordOf(await send(report))).toBe('certificate-expired');
  });
});

describe('tenants', () => {
  it('do not share nonces or reports', async () => {
    const { report } = await reported();
    const elsewhere = { ...requestOver(connection, report), tenant: 'province' };
    expect(wordOf(await world.handlers.report(elsewhere))).toBe('nonce-unknown');
    accepted(await send(report));
    expect(await world.store.attestation('province', pki.laptop.key)).toBeUndefined();
  });
});
