import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectFor, compilePolicySet, type PolicyFile } from '../../gateway/policy/policy-set.ts';
import { checkText, compiled, degraded, policyText, problemsOf, sampleFiles, sampleSet } from './sample-set.ts';

/** The sample with one file changed or added. */
function changed(path: string, text: string): readonly PolicyFile[] {
  return [...sampleFiles.filter(file => file.path !== path), { path, text }];
}

/** `file:line: message` of every problem. */
function found(files: readonly PolicyFile[]): readonly string[] {
  return problemsOf(files).map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

const disk = checkText('disk', 'disk.encrypted', 'yes');
const staff = (lines: string) => `policy: staff\nowner: x\nfor: everyone\ngives: office\n${lines}`;

describe('a policy set', () => {
  it('is compiled from its files', () => {
    expect([...sampleSet.checks.keys()].sort()).toEqual(['bound', 'disk', 'fresh', 'in-service', 'machine', 'updates']);
    expect(sampleSet.policies.map(({ name }) => name)).toEqual(['staff']);
    expect(sampleSet.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('may hold several checks in one file', () => {
    const set = compiled([
      degraded,
      {
        path: 'checks/all.yaml',
        text: [disk, checkText('machine', 'machine.proven', 'yes')]
          .map(each => `- ${each.trimEnd().replaceAll('\n', '\n  ')}\n`)
          .join(''),
      },
      { path: 'access/staff.yaml', text: policyText('staff', { disk: 'quarantine', machine: 'deny' }) },
    ]);
    expect(set.checks.size).toBe(2);
  });

  it('asks the agent for what its policies require, and for nothing else', () => {
    expect(collectFor(sampleSet)).toEqual(['antimalware', 'disk-encryption', 'os-updates']);
    const unused = changed('checks/usb.yaml', checkText('usb', 'usb.storage-blocked', 'yes'));
    expect(collectFor(compiled(unused))).toEqual(collectFor(sampleSet));
  });

  it('has the same hash and the same policies, whatever the order of files', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...sampleFiles], { minLength: sampleFiles.length }), files => {
        expect(compiled(files).hash).toBe(sampleSet.hash);
      }),
      { numRuns: 20 },
    );
  });

  it('has another hash after any change of a name or a content', () => {
    const hashes = new Set([sampleSet.hash]);
    for (const [at, file] of sampleFiles.entries()) {
      const with_ = (other: PolicyFile) => compilePolicySet(sampleFiles.with(at, other));
      const longer = with_({ ...file, text: `${file.text}# a remark\n` });
      const renamed = with_({ ...file, path: file.path.replace('.yaml', '-x.yaml') });
      for (const result of [longer, renamed]) if ('set' in result) hashes.add(result.set.hash);
    }
    // Every content, and every name but that of degraded.yaml, which is fixed.
    expect(hashes.size).toBe(1 + 2 * sampleFiles.length - 1);
  });

  it('cannot be confused by moving text from a name into a content', () => {
    const a = compiled([...sampleFiles, { path: 'tests/a.yaml', text: '' }]);
    const b = compiled([...sampleFiles, { path: 'tests/a.yaml', text: '# ' }]);
    expect(a.hash).not.toBe(b.hash);
  });
});

describe('a problem', () => {
  it.each<[string, readonly PolicyFile[], readonly string[]]>([
    [
      'broken YAML',
      changed('checks/disk.yaml', disk.replace('text: {', 'text: {{')),
      ['checks/disk.yaml:5: Flow map in block collection must be sufficiently indented and end with a }'],
    ],
    [
      'a fact that does not exist',
      changed('checks/disk.yaml', disk.replace('disk.encrypted', 'disk.encripted')),
      ['checks/disk.yaml:2: "disk.encripted" is not a fact'],
    ],
    [
      'a limit of another kind',
      changed('checks/disk.yaml', disk.replace('must be: yes', 'must be: at most 3 days')),
      ['checks/disk.yaml:3: "at most 3 days" says nothing about a yes-or-no fact'],
    ],
    [
      'unknown that grants',
      changed('checks/disk.yaml', disk.replace('unknown: quarantine', 'unknown: grant')),
      ['checks/disk.yaml:6: "grant" is not one of: notice, update, quarantine, deny'],
    ],
    [
      'no word on the unknown',
      changed('checks/disk.yaml', disk.replace('if unknown: quarantine\n', '')),
      ['checks/disk.yaml:1: "if unknown" is missing'],
    ],
    [
      'no age for a report',
      changed('checks/disk.yaml', disk.replace('report not older than: 4 hours\n', '')),
      ['checks/disk.yaml:2: disk.encrypted comes from a report, and nothing says how old that may be'],
    ],
    [
      'an age for what the gateway knows',
      changed('checks/machine.yaml', checkText('machine', 'machine.proven', 'yes', 'report not older than: 4 hours')),
      ['checks/machine.yaml:5: machine.proven is known to the gateway itself'],
    ],
    [
      'a missing language',
      changed('checks/disk.yaml', disk.replace('de: de, ', '')),
      ['checks/disk.yaml:4: "de" is missing'],
    ],
    [
      'an unknown key',
      changed('checks/disk.yaml', `${disk}serverity: high\n`),
      ['checks/disk.yaml:7: unknown key "serverity"'],
    ],
    [
      'an unknown system',
      changed('checks/disk.yaml', `${disk}applies to: beos\n`),
      ['checks/disk.yaml:7: "beos" is not one of windows, macos, debian, ubuntu, rhel, fedora, other-linux, linux'],
    ],
    [
      'a fact that some systems do not have',
      changed('checks/disk.yaml', checkText('disk', 'os.build', 'at least 26100', 'applies to: linux')),
      ['checks/disk.yaml:5: os.build exists only on windows, macos'],
    ],
    [
      'a fact that not every system has, for every system',
      changed('checks/disk.yaml', checkText('disk', 'os.build', 'at least 26100')),
      ['checks/disk.yaml:2: os.build exists only on windows, macos'],
    ],
    [
      'a name twice',
      changed('checks/other.yaml', disk),
      ['checks/other.yaml:1: "disk" is already in checks/disk.yaml, line 1'],
    ],
    [
      'a name that is a reason',
      changed('checks/other.yaml', checkText('report-stale', 'disk.encrypted', 'yes')),
      ['checks/other.yaml:1: "report-stale" is not a name of 2 to 63 a-z 0-9 - that is no reason word'],
    ],
    [
      'a missing check',
      changed('access/staff.yaml', staff('requires:\n  - dusk: { otherwise: deny }\n')),
      ['access/staff.yaml:6: no check is called "dusk"'],
    ],
    [
      'grace and a deadline',
      changed(
        'access/staff.yaml',
        staff('requires:\n  - disk: { otherwise: update, grace: 2 days, deadline: 2026-03-15 }\n'),
      ),
      ['access/staff.yaml:6: grace and deadline together'],
    ],
    [
      'a reminder of nothing',
      changed('access/staff.yaml', staff('requires:\n  - disk: { otherwise: update, remind: 2 days }\n')),
      ['access/staff.yaml:6: there is no end to remind of'],
    ],
    [
      'grace for who comes',
      changed('access/staff.yaml', staff('requires:\n  - machine: { otherwise: deny, grace: 2 days }\n')),
      ['access/staff.yaml:6: "machine" cannot be put off'],
    ],
    [
      'a requirement that only grants',
      changed('access/staff.yaml', staff('requires:\n  - disk: { otherwise: grant }\n')),
      ['access/staff.yaml:6: "grant" is not one of: notice, update, quarantine, deny'],
    ],
    [
      'a bare requirement',
      changed('access/staff.yaml', staff('requires: [disk]\n')),
      ['access/staff.yaml:5: expected one check and what follows'],
    ],
    [
      'a requirement twice',
      changed(
        'access/staff.yaml',
        staff('requires:\n  - disk: { otherwise: update }\n  - disk: { otherwise: deny }\n'),
      ),
      ['access/staff.yaml:7: "disk" is required twice'],
    ],
    [
      'no requirement',
      changed('access/staff.yaml', staff('requires: []\n')),
      ['access/staff.yaml:5: requires nothing, so it would grant to anyone'],
    ],
    [
      'a fact that is better hidden than told',
      changed('access/staff.yaml', staff('requires:\n  - disk: { otherwise: deny }\n')),
      ['access/staff.yaml:6: "disk" means deny when it fails, but only quarantine when it is unknown'],
    ],
    [
      'nobody',
      changed('access/staff.yaml', policyText('staff', { disk: 'update' }, ['for: { groups: [] }'])),
      ['access/staff.yaml:3: an empty list selects nobody'],
    ],
    [
      'nobody in particular',
      changed('access/staff.yaml', policyText('staff', { disk: 'update' }, ['for: {}'])),
      ['access/staff.yaml:3: selects nobody in particular'],
    ],
    [
      'a segment of an outcome',
      changed('access/staff.yaml', policyText('staff', { disk: 'update' }, ['gives: quarantine'])),
      [
        'access/staff.yaml:3: "quarantine" is not a segment name of a-z 0-9 - other than grant, update, quarantine, deny',
      ],
    ],
    [
      'a session of two days',
      changed('access/staff.yaml', policyText('staff', { disk: 'update' }, ['session at most: 2 days'])),
      ['access/staff.yaml:3: "2 days" is not a duration of at most 1 day'],
    ],
    [
      'an unknown policy in before',
      changed('access/staff.yaml', policyText('staff', { disk: 'update' }, ['before: [guests]'])),
      ['access/staff.yaml:3: no policy is called "guests"'],
    ],
    [
      'a circle of before',
      [
        ...changed('access/staff.yaml', policyText('staff', { disk: 'update' }, ['before: [guests]'])),
        { path: 'access/guests.yaml', text: policyText('guests', { disk: 'update' }, ['before: [staff]']) },
      ],
      ['access/guests.yaml:1: "guests" comes before itself', 'access/staff.yaml:1: "staff" comes before itself'],
    ],
    [
      'a file that belongs nowhere',
      changed('acess/staff.yaml', 'policy: x\n'),
      ['acess/staff.yaml:1: belongs to no part of a policy set'],
    ],
    ['no degraded rules', sampleFiles.filter(file => file !== degraded), ['degraded.yaml:1: is missing']],
    [
      'degraded rules that grant',
      changed('degraded.yaml', 'no report yet: grant\nreport too old: update\n'),
      ['degraded.yaml:1: "grant" is not one of: update, quarantine, deny'],
    ],
    [
      'an old report that is worse than none',
      changed('degraded.yaml', 'no report yet: update\nreport too old: deny\n'),
      ['degraded.yaml:1: "no report yet" is laxer than "report too old"'],
    ],
    ['no policy', sampleFiles.filter(file => !file.path.startsWith('access/')), ['access/:1: is missing']],
    [
      'a calendar',
      changed('os-support.yaml', 'windows:\n  - { version: x, name: x, ends: 2027-01-01 }\n'),
      ['os-support.yaml:2: "x" is not a version (10.0.26100)'],
    ],
  ])('with %s is told with its line', (_what, files, expected) => {
    expect(found(files)).toEqual(expected);
    for (const { remedy } of problemsOf(files)) expect(remedy).not.toBe('');
  });

  it('does not hide the others: all are told at once, in the order of the files', () => {
    const files = [
      ...changed('checks/disk.yaml', disk.replace('must be: yes', 'must be: maybe').replace('fr: fr, ', '')),
      { path: 'access/guests.yaml', text: policyText('guests', { disk: 'update', nothing: 'deny' }) },
      { path: 'tests/t.yaml', text: '- test: t\n  given: { disk.encrypted: perhaps }\n  expect: { outcome: maybe }\n' },
    ];
    expect(found(files)).toEqual([
      'access/guests.yaml:7: no check is called "nothing"',
      'checks/disk.yaml:4: "fr" is missing',
      'tests/t.yaml:3: "maybe" is not one of: grant, update, quarantine, deny',
    ]);
  });

  it('in a check is not told again by every policy and test that names it', () => {
    const files = [
      ...changed('checks/disk.yaml', disk.replace('must be: yes', 'must be: maybe')),
      {
        path: 'tests/t.yaml',
        text: '- test: t\n  given: { disk.encrypted: no }\n  expect: { outcome: deny, reasons: [disk] }\n',
      },
    ];
    expect(found(files)).toEqual(['checks/disk.yaml:3: "maybe" says nothing about a yes-or-no fact']);
  });
});

describe('a test', () => {
  const test = (text: string) => found([...sampleFiles, { path: 'tests/t.yaml', text }]);

  it.each([
    ['{ base: nobody }', 'tests/t.yaml:2: no base is called "nobody"'],
    ['{ disk.encripted: no }', 'tests/t.yaml:2: "disk.encripted" is not a fact'],
    ['{ disk.encrypted: 3 days }', 'tests/t.yaml:2: "3 days" does not fit disk.encrypted'],
    ['{ antimalware.signature-age: no }', 'tests/t.yaml:2: "no" does not fit antimalware.signature-age'],
    ['{ device.state: lost }', 'tests/t.yaml:2: "lost" does not fit device.state'],
    ['{ report: some }', 'tests/t.yaml:2: "some" is not one of: none'],
    ['nothing', 'tests/t.yaml:2: expected facts'],
  ])('given %s is a problem', (given, expected) => {
    expect(test(`- test: t\n  given: ${given}\n  expect: { outcome: grant }\n`)).toEqual([expected]);
  });

  it.each([
    ['{ reasons: [disk] }', 'tests/t.yaml:3: "outcome" is missing'],
    ['{ outcome: deny, reasons: [dusk] }', 'tests/t.yaml:3: "dusk" is no check and no reason'],
    ['{ outcome: deny, policy: guests }', 'tests/t.yaml:3: no policy is called "guests"'],
    ['{ outcome: deny, smallest change: [dusk] }', 'tests/t.yaml:3: "dusk" is no check'],
  ])('that expects %s is a problem', (expect_, expected) => {
    expect(test(`- test: t\n  given: { disk.encrypted: no }\n  expect: ${expect_}\n`)).toEqual([expected]);
  });

  it('on a moment that is none is a problem', () => {
    const text = '- test: t\n  given: { disk.encrypted: no }\n  when: tomorrow\n  expect: { outcome: deny }\n';
    expect(test(text)).toEqual(['tests/t.yaml:3: "tomorrow" is not a moment in UTC (2026-03-16 09:00)']);
  });

  it('on a base that rests on itself is a problem', () => {
    const text = `- base: aa\n  given: { base: bb }\n- base: bb\n  given: { base: aa }\n- test: t\n  given: { base: aa }\n  expect: { outcome: deny }\n`;
    expect(test(text)).toEqual(['tests/t.yaml:4: "aa" rests on itself']);
  });
});
