// Export lines: one record is one line, and a CEF reader gets back exactly what was written.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainRecord, chainStart, verifyChain } from '../../gateway/audit/chain.ts';
import { toCef, toJsonLine } from '../../gateway/audit/export.ts';
import type { DecisionDraft, DecisionRecord } from '../../gateway/audit/record.ts';
import { decision, draft, now } from '../contracts/admission-store-samples.ts';

const first = { writer: 'gateway-1', epoch: 1, sequence: 1, previous: chainStart };
const recordOf = (fields: Partial<DecisionDraft>) => chainRecord(draft('D-1', fields), first);

/** A reader of CEF after its specification, independent of the writer: header fields by unescaped bars, then pairs. */
function readCef(line: string): { readonly header: readonly string[]; readonly fields: ReadonlyMap<string, string> } {
  const header: string[] = [];
  let rest = line;
  while (header.length < 7) {
    const field = /^(?:\\[\\|]|[^\\|])*/.exec(rest)?.[0] ?? '';
    header.push(field.replaceAll(/\\([\\|])/g, '$1'));
    expect(rest[field.length], `bar after "${field}"`).toBe('|');
    rest = rest.slice(field.length + 1);
  }
  const fields = new Map<string, string>();
  const starts = Array.from(rest.matchAll(/(?:^| )([A-Za-z0-9]+)=/g));
  starts.forEach((start, at) => {
    const value = rest.slice(start.index + start[0].length, starts[at + 1]?.index);
    const unescaped = value.replaceAll(/\\(.)/g, (_, char: string) => ({ n: '\n', r: '\r' })[char] ?? char);
    fields.set(start[1] ?? '', unescaped);
  });
  return { header, fields };
}

describe('a CEF line', () => {
  it('of a denial', () => {
    const record = recordOf({
      outcome: 'deny',
      reasons: ['requirement-failed', 'report-stale'],
      failures: [{ check: 'disk-encrypted', result: 'fail' }],
      nas: 'vpn-1',
      person: 'p-7f3a',
      device: 'd1',
      detail: 'seen = 3',
    });
    expect(toCef(record)).toBe(
      'CEF:0|Sluis|VPN admission gateway|1|requirement-failed|admission deny: requirement-failed, report-stale|8|' +
        `rt=${now} externalId=D-1 cat=admission outcome=deny reason=requirement-failed,report-stale suser=p-7f3a ` +
        'deviceExternalId=d1 dvchost=vpn-1 cs1Label=caseCode cs1=BCDFHJ cs2Label=tenant cs2=town ' +
        `cs3Label=failures cs3=disk-encrypted\\=fail cs4Label=policyHash cs4=${'aa'.repeat(32)} ` +
        `cs5Label=chainHash cs5=${record.chainHash} cs6Label=traceId cs6=trace-1 cn1Label=sequence cn1=1 ` +
        'flexString1Label=writer flexString1=gateway-1/1 msg=seen \\= 3',
    );
  });

  it.each([
    ['grant', 1],
    ['try-again', 3],
    ['update', 4],
    ['quarantine', 6],
    ['deny', 8],
  ] as const)('of outcome %s has severity %i', (outcome, severity) => {
    expect(readCef(toCef(recordOf({ outcome }))).header[6]).toBe(String(severity));
  });

  it('escapes what would end a field, and breaks no line', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('|', '\\', '=', '\n', '\r', '\u2028', '\u2029', ' ', 'a=', 'cs1=', 'é', '\u0000'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (detail, nas, writer, tenant) => {
        const record: DecisionRecord = { ...recordOf({ outcome: 'deny', detail, nas, tenant }), writer };
        const line = toCef(record);
        expect(line).not.toMatch(/[\r\n\u2028\u2029]/);
        const { header, fields } = readCef(line);
        expect(header.slice(0, 4)).toEqual(['CEF:0', 'Sluis', 'VPN admission gateway', '1']);
        const written = (text: string) => text.replaceAll(/[\u2028\u2029]/g, '\n');
        expect(fields.get('msg')).toBe(written(detail));
        expect(fields.get('dvchost')).toBe(written(nas));
        expect(fields.get('cs2')).toBe(written(tenant));
        expect(fields.get('flexString1')).toBe(written(`${writer}/1`));
        expect(fields.get('cs1')).toBe('BCDFHJ');
      }),
    );
  });

  it('keeps a header whole whatever the reason words are', () => {
    const record = { ...recordOf({}), reasons: ['a|b\\c\nd'] as unknown as DecisionRecord['reasons'] };
    const { header } = readCef(toCef(record));
    expect(header.slice(4, 6)).toEqual(['a|b\\c d', 'admission grant: a|b\\c d']);
  });

  it('leaves out what is not known', () => {
    const line = toCef(recordOf({}));
    for (const key of ['suser', 'deviceExternalId', 'dvchost', 'msg']) expect(line).not.toContain(` ${key}=`);
  });
});

describe('a JSON line', () => {
  it('is one line, is the whole record, and still verifies', () => {
    const record = recordOf({ detail: 'two\nlines', decision: decision() });
    const line = toJsonLine(record);
    expect(line).not.toContain('\n');
    const read = JSON.parse(line) as DecisionRecord;
    expect(read).toEqual(record);
    expect(verifyChain([read])).toEqual({ records: 1 });
  });
});
