import { describe, expect, it } from 'vitest';
import { runTests } from '../../gateway/policy/test-run.ts';
import { compiled, sampleFiles } from './sample-set.ts';

const base = `
- base: laptop
  given:
    machine.proven: yes
    device.state: active
    device.class: managed-laptop
    device.binding: confirmed
    os.family: windows
    report.age: 5 minutes
    disk.encrypted: yes
    antimalware.signature-age: 1 day
    updates.list-age: 1 hour
    updates.pending-security: "0"
- base: private-laptop
  given: { base: laptop, device.class: private-pc, groups: [guests] }
`;

function run(given: string, expect_: string, when = '') {
  const text = `${base}- test: it\n  given: ${given}\n${when}  expect: ${expect_}\n`;
  const [result] = runTests(compiled([...sampleFiles, { path: 'tests/t.yaml', text }]));
  if (result === undefined) throw new Error('no test ran');
  return result;
}

describe('a policy test', () => {
  it.each([
    ['{ base: laptop }', '{ outcome: grant, policy: staff, segment: office, reasons: [], valid until: report-age }'],
    ['{ base: laptop, disk.encrypted: no }', '{ outcome: quarantine, reasons: [disk], smallest change: [disk] }'],
    ['{ base: laptop, disk.encrypted: unknown }', '{ outcome: quarantine, reasons: ["disk:unknown"] }'],
    ['{ base: laptop, antimalware.signature-age: 4 days }', '{ outcome: update, reasons: [fresh] }'],
    ['{ base: laptop, device.state: stolen }', '{ outcome: deny, reasons: [in-service, device-stolen] }'],
    [
      '{ base: laptop, report: none }',
      '{ outcome: quarantine, reasons: [report-missing, "disk:unknown", "fresh:unknown", "updates:unknown"] }',
    ],
    [
      '{ base: laptop, report.age: 5 hours }',
      '{ outcome: quarantine, reasons: [report-stale, "disk:unknown", "fresh:unknown", "updates:unknown"] }',
    ],
  ])('holds: %s is %s', (given, expect_) => {
    expect(run(given, expect_).differences).toEqual([]);
  });

  it.each([
    ['{ base: laptop }', '{ outcome: deny }', ['outcome: expected deny, got grant']],
    ['{ base: laptop }', '{ outcome: grant, segment: vdi }', ['segment: expected vdi, got office']],
    [
      '{ base: laptop, disk.encrypted: no }',
      '{ outcome: grant, segment: office, reasons: [fresh] }',
      [
        'outcome: expected grant, got quarantine',
        'segment: expected office, got none',
        'reasons: expected fresh, got disk',
      ],
    ],
    [
      '{ base: laptop, disk.encrypted: no }',
      '{ outcome: quarantine, reasons: [] }',
      ['reasons: expected nothing, got disk'],
    ],
    [
      '{ base: laptop, disk.encrypted: unknown }',
      '{ outcome: quarantine, reasons: [disk] }',
      ['reasons: expected disk, got disk:unknown'],
    ],
    [
      '{ base: laptop, disk.encrypted: no }',
      '{ outcome: quarantine, reasons: [disk, report-missing] }',
      ['reasons: expected report-missing, got requirement-failed'],
    ],
    [
      '{ base: laptop }',
      '{ outcome: grant, valid until: session-limit }',
      ['valid until: expected session-limit, got report-age'],
    ],
    [
      '{ base: laptop, device.state: stolen }',
      '{ outcome: deny, smallest change: [in-service] }',
      ['smallest change: expected in-service, got nothing'],
    ],
  ])('fails with the difference: %s is not %s', (given, expect_, differences) => {
    expect(run(given, expect_).differences).toEqual(differences);
  });

  it('takes its subject from groups, device.class and concentrator', () => {
    const { test } = run('{ base: private-laptop, concentrator: vpn-a }', '{ outcome: grant }');
    expect(test.subject).toEqual({
      groups: ['guests'],
      deviceClass: 'private-pc',
      concentrator: 'vpn-a',
      failingSince: new Map(),
    });
    expect(run('{ machine.proven: no }', '{ outcome: deny }').test.subject).toEqual({
      groups: [],
      deviceClass: 'none',
      failingSince: new Map(),
    });
  });

  it('reckons from its own moment', () => {
    const { test } = run('{ base: laptop }', '{ outcome: grant }', '  when: 2026-03-16 09:00\n');
    const now = Date.parse('2026-03-16T09:00:00Z');
    expect(test.now).toBe(now);
    expect(test.facts['antimalware.signature-age']).toMatchObject({ value: now - 86_400_000 });
    expect(test.facts['disk.encrypted']).toMatchObject({ observedAt: now - 5 * 60_000 });
    expect(test.facts['machine.proven']).toMatchObject({ observedAt: now });
  });
});
