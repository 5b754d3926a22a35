// Reports that are not what they seem: nonce, signature, header.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedReport } from '../../gateway/contract/proof.ts';
import type { Verdict } from '../../gateway/contract/verdict.ts';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import type { AgentConnection } from '../../gateway/ports.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { base64url, type ReportFields, signedReport } from '../support/agent-signatures.ts';
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

const wordOf = (answer: Verdict | Refused) => (isRefused(answer) ? answer.refused : `verdict ${answer.outcome}`);
const nonceLeft = async (nonce: string) => {
  const at = world.now();
  return (await world.store.commit({ tenant, at, consumeNonce: nonce })).committed;
};

describe('the nonce', () => {
  it('is good once', async () => {
    const { report } = await reported();
    accepted(await send(report));
    expect(wordOf(await send(report))).toBe('nonce-used');
  });

  it('is good once even when both copies come at the same time', async () => {
    const { report } = await reported();
    const words = (await Promise.all([send(report), send(report), send(report)])).map(wordOf);
    expect(words.sort()).toEqual(['nonce-used', 'nonce-used', 'verdict quarantine']);
  });

  it('of another laptop is no use', async () => {
    const { nonce } = await nonceOver(world, connectionFor(pki.otherLaptop), 'report');
    const { report } = await reported({ nonce });
    expect(wordOf(await send(report))).toBe('nonce-unknown');
    expect(await nonceLeft(nonce)).toBe(true);
  });

  it('for another purpose is no use', async () => {
    const { nonce } = await nonceOver(world, connection, 'identity-proof');
    const { report } = await reported({ nonce });
    expect(wordOf(await send(report))).toBe('nonce-unknown');
  });

  it.each(['', 'A'.repeat(43), 'x'.repeat(2000), '../../etc'])('never issued is unknown: %j', async nonce => {
    const { report } = await reported({ nonce, payloadNonce: 'B'.repeat(43) });
    expect(['nonce-unknown', 'report-malformed']).toContain(wordOf(await send(report)));
  });

  it('lapses after two minutes', async () => {
    const { report } = await reported();
    world.advance(120_000);
    expect(wordOf(await send(report))).toBe('nonce-expired');
  });

  it.each<[string, Partial<ReportFields>, string]>([
    ['about another machine', { deviceId: 'e'.repeat(64) }, 'report-device-mismatch'],
    ['with another nonce inside', { payloadNonce: 'C'.repeat(43) }, 'nonce-unknown'],
    ['that is no JSON', { payload: '{"schema":' }, 'report-malformed'],
    ['a thousand levels deep', { payload: '['.repeat(1000) + ']'.repeat(1000) }, 'report-too-deep'],
    ['of another schema', { payload: '{"schema":"posture-report/2"}' }, 'report-schema-wrong'],
  ])('is gone after a report %s', async (_, fields, word) => {
    const { report, nonce } = await reported(fields);
    expect(wordOf(await send(report))).toBe(word);
    expect(await nonceLeft(nonce)).toBe(false);
    expect(await world.store.attestation(tenant, pki.laptop.key)).toBeUndefined();
    const [record] = await world.store.decisions({ tenant, limit: 5 });
    expect(record).toMatchObject({ kind: 'refusal', device: pki.laptop.key, reasons: [word] });
    expect(world.counted).toEqual([`sluis_reports_refused_total ${word}`]);
  });
});

describe('the signature', () => {
  it('of another laptop is refused', async () => {
    const { report } = await reported();
    const { nonce } = await nonceOver(world, connection, 'report');
    const fields = { nonce, exporter: connection.exporter, deviceId: pki.laptop.key, kid: pki.laptop.key };
    const forged = signedReport(pki.otherLaptop, world.now(), fields);
    expect(wordOf(await send(forged))).toBe('report-signature-wrong');
    expect(wordOf(await send({ ...report, signature: forged.signature }))).toBe('report-signature-wrong');
  });

  it('covers every byte of header and payload', async () => {
    const { report } = await reported();
    const payload = Buffer.from(report.payload, 'base64url');
    for (const at of [0, payload.length >> 1, payload.length - 1]) {
      const changed = Buffer.from(payload);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(wordOf(await send({ ...report, payload: changed.toString('base64url') }))).toBe('report-signature-wrong');
    }
  });

  it.each(['', 'AAAA', 'A'.repeat(86), 'A'.repeat(85)])('cannot be %j', async signature => {
    const { report } = await reported();
    expect(['report-signature-wrong', 'report-malformed']).toContain(wordOf(await send({ ...report, signature })));
  });

  it('is judged before anything in the payload is', async () => {
    const { report } = await reported({ payload: '['.repeat(1000) });
    expect(wordOf(await send({ ...report, signature: 'A'.repeat(86) }))).toBe('report-signature-wrong');
  });
});

describe('the header', () => {
  it('names the machine key of this connection', async () => {
    const { report } = await reported({ kid: pki.otherLaptop.key });
    expect(wordOf(await send(report))).toBe('report-device-mismatch');
  });

  it('names this very connection', async () => {
    const { report } = await reported();
    const elsewhere = connectionFor(pki.laptop);
    expect(wordOf(await send(report, elsewhere))).toBe('channel-binding-wrong');
    const { report: lied } = await reported({ exporter: elsewhere.exporter });
    expect(wordOf(await send(lied))).toBe('channel-binding-wrong');
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['no signature at all', { alg: 'none' }],
    ['an algorithm with a shared secret', { alg: 'HS256' }],
    ['a name of the prototype', { alg: 'constructor' }],
    ['a critical extension', { crit: ['b64'] }],
    ['a key of its own', { jwk: { kty: 'EC' } }],
    ['another type', { typ: 'JWT' }],
    ['a nonce that is no text', { nonce: 1 }],
  ])('is refused with %s', async (_, header) => {
    const { report } = await reported({ header });
    expect(wordOf(await send(report))).toBe('report-malformed');
  });

  it('cannot name a weaker algorithm than the key has', async () => {
    const { report } = await reported({ header: { alg: 'ES384' } });
    expect(wordOf(await send(report))).toBe('report-signature-wrong');
  });

  it.each(['', '!', base64url('[]'), base64url('null'), base64url('{'), 'A'.repeat(2049), 'wyg'])(
    'is refused as %j',
    async header => {
      const { report } = await reported();
      expect(wordOf(await send({ ...report, protected: header }))).toBe('report-malformed');
    },
  );

  it('has one spelling: padding and stray bits are refused', async () => {
    const { report } = await reported();
    expect(wordOf(await send({ ...report, payload: `${report.payload}=` }))).toBe('report-malformed');
  });
});
