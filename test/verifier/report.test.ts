import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import { type Report, reportLimits } from '../../gateway/contract/report.ts';
import { readReport } from '../../gateway/verifier/report.ts';
import { bytes, check, healthyChecks, report, unmeasured } from './sample-report.ts';

const word = (answer: Report | Refused): string => (isRefused(answer) ? answer.refused : 'read');
const json = JSON.stringify(report());
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('a report', () => {
  it('is read as it was sent', () => {
    expect(readReport(bytes(report()))).toEqual(report());
  });

  it('may hold a denied check without facts, and a site check without a schema', () => {
    const checks = [
      unmeasured('os-updates', 'denied'),
      { ...check('reboot', {}), type: 'site.badge-reader', facts: { anything: [1, { goes: true }] } },
    ];
    expect(word(readReport(bytes(report({ checks }))))).toBe('read');
  });

  it('may hold several checks of one type under different instances', () => {
    const checks = healthyChecks.filter(each => each.type === 'firewall');
    expect(checks.length).toBeGreaterThan(1);
    expect(word(readReport(bytes(report({ checks }))))).toBe('read');
  });
});

describe('a hostile report', () => {
  it.each([
    ['ten megabytes', ' '.repeat(10 * 1024 * 1024), 'report-too-large'],
    ['one byte too many', json.padEnd(reportLimits.bodyBytes + 1), 'report-too-large'],
    ['depth 1,000', nested(1000), 'report-too-deep'],
    ['depth 100,000', nested(100_000), 'report-too-deep'],
    ['one level too many', nested(reportLimits.depth + 1), 'report-too-deep'],
    ['depth inside extensions', json.replace(/\}$/, `,"extensions":{"a":${nested(8)}}}`), 'report-too-deep'],
    ['a long string', JSON.stringify({ a: 'x'.repeat(513) }), 'report-too-large'],
    ['a long key', JSON.stringify({ ['x'.repeat(513)]: 1 }), 'report-too-large'],
    ['an endless string', `"${'x'.repeat(600)}`, 'report-too-large'],
    ['nothing', '', 'report-malformed'],
    ['half of it', json.slice(0, json.length / 2), 'report-malformed'],
    ['something behind it', `${json}{}`, 'report-malformed'],
    ['a byte order mark', `\uFEFF${json}`, 'report-malformed'],
    ['NaN', '{"sequence":NaN}', 'report-malformed'],
    ['__proto__', json.replace(/\}$/, ',"__proto__":{"admin":true}}'), 'report-malformed'],
    ['__proto__ written with an escape', json.replace(/\}$/, String.raw`,"\u005f_proto__":1}`), 'report-malformed'],
    ['constructor inside facts', json.replace('"facts":{', '"facts":{"constructor":{},'), 'report-malformed'],
    ['__proto__ inside extensions', json.replace(/\}$/, ',"extensions":{"a":[{"__proto__":1}]}}'), 'report-malformed'],
    ['null', 'null', 'report-schema-wrong'],
    ['a list', '[]', 'report-schema-wrong'],
    ['a number', '7', 'report-schema-wrong'],
  ])('with %s is refused', (_what, text, reason) => {
    expect(word(readReport(bytes(text)))).toBe(reason);
  });

  it('that is not UTF-8 is refused', () => {
    expect(word(readReport(Uint8Array.from([0x22, 0xc3, 0x28, 0x22])))).toBe('report-malformed');
    // A surrogate on its own, as CESU-8 would write it.
    expect(word(readReport(Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22])))).toBe('report-malformed');
  });

  it('is answered before it is parsed, so quickly that size is no attack', () => {
    const started = performance.now();
    expect(word(readReport(bytes(nested(120_000))))).toBe('report-too-deep');
    expect(performance.now() - started).toBeLessThan(250);
  });

  it.each<[string, Record<string, unknown>]>([
    ['an unknown key', { surprise: 1 }],
    ['another schema', { schema: 'posture-report/2' }],
    ['a negative sequence', { sequence: -1 }],
    ['a fraction as sequence', { sequence: 1.5 }],
    ['a sequence as text', { sequence: '418' }],
    ['no nonce', { nonce: '' }],
    ['a device id in capitals', { device: { deviceId: 'AB'.repeat(32), hostname: 'x' } }],
    ['an unknown system', { os: { family: 'plan9', version: '4' } }],
    ['a timestamp with a time zone', { generatedAt: '2026-11-22T08:14:05+01:00' }],
    [
      'too many checks',
      { checks: Array.from({ length: 129 }, (_, at) => ({ ...healthyChecks[0], instance: `${at}` })) },
    ],
    ['an unknown state', { checks: [{ ...healthyChecks[0], state: 'great' }] }],
    ['an unknown check type', { checks: [{ ...healthyChecks[0], type: 'mind-reading' }] }],
    ['a check type of the prototype', { checks: [{ ...healthyChecks[0], type: 'tostring' }] }],
    ['facts of another type', { checks: [{ ...healthyChecks[0], type: 'firewall' }] }],
    ['an unknown fact', { checks: [check('reboot', { pending: false, rumour: true } as { pending: boolean })] }],
    ['text for a flag', { checks: [check('reboot', { pending: 'no' } as unknown as { pending: boolean })] }],
    ['a negative count', { checks: [check('os-updates', { scanSource: 'apt', pendingSecurity: -1 })] }],
    ['wrong facts in a denied check', { checks: [{ ...unmeasured('reboot', 'denied'), facts: { pending: 'no' } }] }],
    ['the same check twice', { checks: [healthyChecks[0], healthyChecks[0]] }],
    [
      'the same check twice, once with null and once without instance',
      { checks: [check('reboot', {}), { ...check('reboot', {}), instance: undefined }] },
    ],
    ['a measured check without its facts', { checks: [{ ...unmeasured('antimalware', 'denied'), state: 'ok' }] }],
  ])('with %s is refused', (_what, change) => {
    const answer = readReport(bytes({ ...report(), ...change }));
    expect(word(answer)).toBe('report-schema-wrong');
    expect(isRefused(answer) && answer.detail).toBeTruthy();
  });

  it('never throws and never pollutes, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(bytes)), payload => {
        expect(isRefused(readReport(payload))).toBe(true);
        expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
      }),
    );
  });

  it('with any one field of a good report replaced by a foreign value is read or refused, never thrown', () => {
    const keys = Object.keys(report()) as (keyof Report)[];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }), (key, value) => {
        const answer = readReport(bytes({ ...report(), [key]: value }));
        expect(['read', 'report-schema-wrong', 'report-too-large', 'report-malformed']).toContain(word(answer));
      }),
    );
  });
});
