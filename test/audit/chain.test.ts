// The hash chain: what it accepts, and that every kind of change in it is noticed and named.

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../gateway/audit/canonical.ts';
import { chainRecord, chainStart, verifyChain } from '../../gateway/audit/chain.ts';
import type { DecisionDraft, DecisionRecord } from '../../gateway/audit/record.ts';
import { decision, draft } from '../contracts/admission-store-samples.ts';

function chainOf(drafts: readonly DecisionDraft[], writer = 'gateway-1', epoch = 1): DecisionRecord[] {
  const records: DecisionRecord[] = [];
  for (const each of drafts) {
    const previous = records.at(-1)?.chainHash ?? chainStart;
    records.push(chainRecord(each, { writer, epoch, sequence: records.length + 1, previous }));
  }
  return records;
}

const five = () =>
  chainOf([
    draft('d1'),
    draft('d2', { outcome: 'deny', reasons: ['requirement-failed'], failures: [{ check: 'disk', result: 'fail' }] }),
    draft('d3', { decision: decision() }),
    draft('d4', { detail: 'certificate of nobody', kind: 'refusal', outcome: 'deny' }),
    draft('d5', { tenant: 'village', person: 'p-1', device: 'dd', nas: 'vpn-1', sessionId: 's' }),
  ]);

const replaced = (records: readonly DecisionRecord[], index: number, fields: Partial<DecisionRecord>) =>
  records.map((record, at) => (at === index ? { ...record, ...fields } : record));

describe('a chain', () => {
  it('of none, one and more holds', () => {
    expect(verifyChain([])).toEqual({ records: 0 });
    expect(verifyChain(chainOf([draft('d1')]))).toEqual({ records: 1 });
    expect(verifyChain(five())).toEqual({ records: 5 });
  });

  it('keeps every field of the draft', () => {
    expect(five()[1]).toMatchObject(
      draft('d2', { outcome: 'deny', reasons: ['requirement-failed'], failures: [{ check: 'disk', result: 'fail' }] }),
    );
  });

  it('can be checked with a hash program and nothing of ours', () => {
    const [record] = chainOf([draft('d1')]);
    if (record === undefined) throw new Error('no record');
    const { writer, epoch, sequence, bodyHash, previous, chainHash, ...body } = record;
    const hash = (text: string) =>
      execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: text, encoding: 'utf8' }).slice(0, 64);
    expect(hash(canonicalJson(body))).toBe(bodyHash);
    expect(hash(`["${writer}",${epoch},${sequence},"${previous}","${bodyHash}"]`)).toBe(chainHash);
  });

  it('survives being stored as JSON with its keys in any order', () => {
    const stored = five().map(record => JSON.stringify(Object.fromEntries(Object.entries(record).reverse())));
    expect(verifyChain(stored.map(text => JSON.parse(text) as DecisionRecord))).toEqual({ records: 5 });
  });

  it('of several writers and epochs may be interleaved', () => {
    const [one, two, three] = [
      five(),
      chainOf([draft('a'), draft('b')], 'gateway-2'),
      chainOf([draft('c')], 'gateway-1', 2),
    ];
    const mixed = [one[0], two[0], one[1], three[0], two[1], one[2]].flatMap(record => record ?? []);
    expect(verifyChain(mixed)).toEqual({ records: 6 });
  });

  const changes: Readonly<Record<string, Partial<DecisionRecord>>> = {
    outcome: { outcome: 'grant' },
    reasons: { reasons: [] },
    failures: { failures: [{ check: 'disk', result: 'unknown' }] },
    tenant: { tenant: 'village' },
    time: { at: 1 },
    'case code': { caseCode: 'XXXXXX' },
    person: { person: 'p-2' },
    explanation: { decision: decision({ outcome: 'deny' }) },
    'body hash': { bodyHash: 'ab'.repeat(32) },
    'chain hash': { chainHash: 'ab'.repeat(32) },
    previous: { previous: 'ab'.repeat(32) },
    writer: { writer: 'gateway-2' },
    epoch: { epoch: 2 },
    sequence: { sequence: 3 },
    version: { version: 2 as unknown as 1 },
  };
  it.each(Object.entries(changes))('shows a changed %s', (_, fields) => {
    const check = verifyChain(replaced(five(), 1, fields));
    expect(check.records).toBe(1);
    expect(check.broken).toMatch(/^writer gateway-\d, epoch \d, sequence \d: /);
  });

  it('shows a value that no draft can have had', () => {
    const check = verifyChain(replaced(five(), 0, { at: Number.NaN }));
    expect(check.broken).toContain('no canonical form');
  });

  it('shows a record taken out, put twice, or moved', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.constantFrom('taken', 'twice', 'moved'), (index, change) => {
        const records = five();
        const [taken] = records.splice(index, 1);
        if (taken === undefined) return;
        if (change === 'twice') records.splice(index, 0, taken, taken);
        if (change === 'moved') records.splice(index + 1, 0, taken);
        expect(verifyChain(records).broken).toBeDefined();
      }),
    );
  });

  it('shows a forged record even when its own hashes were made anew', () => {
    const records = five();
    const forged = chainRecord(draft('d2'), {
      writer: 'gateway-1',
      epoch: 1,
      sequence: 2,
      previous: records[0]?.chainHash ?? '',
    });
    const check = verifyChain(replaced(records, 1, forged));
    expect(check.records).toBe(2);
    expect(check.broken).toContain('it does not follow the record before it');
  });

  it('cannot be started in the middle by mistake', () => {
    const start = { writer: 'w', epoch: 1, sequence: 1, previous: chainStart };
    expect(() => chainRecord(draft('d'), { ...start, sequence: 0 })).toThrow(RangeError);
    expect(() => chainRecord(draft('d'), { ...start, sequence: 1.5 })).toThrow(RangeError);
    expect(() => chainRecord(draft('d'), { ...start, previous: 'ab'.repeat(32) })).toThrow(RangeError);
  });

  it('takes a record for a draft without keeping its old link', () => {
    const [record] = five();
    if (record === undefined) throw new Error('no record');
    const again = chainRecord(record, { writer: 'archive', epoch: 1, sequence: 1, previous: chainStart });
    expect(again.bodyHash).toBe(record.bodyHash);
    expect(verifyChain([again])).toEqual({ records: 1 });
  });
});
