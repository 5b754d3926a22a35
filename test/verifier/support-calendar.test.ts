import { describe, expect, it } from 'vitest';
import {
  isNewerThanListed,
  readSupportCalendar,
  type SupportCalendar,
  supportEndsAt,
} from '../../gateway/verifier/support-calendar.ts';

const source = `
windows:
  - version: 10.0.26100
    name: Windows 11 24H2
    ends: 2026-10-13
    ends for: { Enterprise: 2027-10-12 }
debian:
  - { version: "12", name: bookworm, ends: 2028-06-30 }
  - { version: "12.11", name: point release, ends: 2025-09-06 }
ubuntu:
  - { version: "22.04", name: jammy, ends: 2027-04-01 }
`;

function calendar(): SupportCalendar {
  const read = readSupportCalendar(source, 'os-support.yaml');
  if ('problems' in read) throw new Error(read.problems.map(each => each.message).join());
  return read;
}

const day = (endsAt: number | undefined) => (endsAt === undefined ? undefined : new Date(endsAt).toISOString());

describe('the support calendar', () => {
  it.each([
    ['windows', '10.0.26100', 'Enterprise', '2027-10-12T23:59:59.999Z'],
    ['windows', '10.0.26100.2314', 'ENTERPRISE', '2027-10-12T23:59:59.999Z'],
    ['windows', '10.0.26100', 'Professional', '2026-10-13T23:59:59.999Z'],
    ['windows', '10.0.26100', null, '2026-10-13T23:59:59.999Z'],
    ['windows', '10.0.2610', null, undefined],
    ['windows', '10.0.99999', null, undefined],
    ['debian', '12', null, '2028-06-30T23:59:59.999Z'],
    ['debian', '12.5', null, '2028-06-30T23:59:59.999Z'],
    ['debian', '12.11', null, '2025-09-06T23:59:59.999Z'],
    ['debian', '120', null, undefined],
    ['debian', '1', null, undefined],
    ['debian', '', null, undefined],
    ['ubuntu', '22.04.5', null, '2027-04-01T23:59:59.999Z'],
    ['ubuntu', '22.10', null, undefined],
    ['fedora', '12', null, undefined],
  ] as const)('says of %s %s %s: %s', (family, version, edition, expected) => {
    expect(day(supportEndsAt(calendar(), { family, version, edition }))).toBe(expected);
  });

  it.each([
    ['windows', '10.0.99999', true],
    ['windows', '10.0.26101', true],
    ['windows', '10.0.26100.9999', false],
    ['windows', '10.0.22631', false],
    // Said less exactly than the calendar does.
    ['windows', '11', false],
    ['windows', '', false],
    ['debian', '13', true],
    ['debian', '12.12', false],
    ['debian', 'trixie', false],
    ['ubuntu', '22.10', true],
    ['ubuntu', '23', false],
    // Of these nothing is known at all.
    ['fedora', '99', false],
  ] as const)('takes %s %s for newer than all it lists: %s', (family, version, expected) => {
    expect(isNewerThanListed(calendar(), { family, version })).toBe(expected);
  });

  it('names each problem with its line', () => {
    const read = readSupportCalendar(
      'windows:\n  - { version: ten, name: x, ends: 2026-10-13 }\n  - { version: "10", name: x, ends: soon }\nbeos: []\n',
      'os-support.yaml',
    );
    expect('problems' in read && read.problems.map(({ line, message }) => [line, message])).toEqual([
      [2, '"ten" is not a version (10.0.26100)'],
      [3, '"soon" is not a date (2027-10-12)'],
    ]);
    const unknown = readSupportCalendar('beos:\n  - { version: "5", name: x, ends: 2001-01-01 }\n', 'os-support.yaml');
    expect('problems' in unknown && unknown.problems[0]?.message).toBe('"beos" is no OS family');
  });
});
