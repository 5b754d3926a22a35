import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../gateway/documents/yaml-tree.ts';
import { parseYaml } from '../../gateway/documents/yaml-tree.ts';
import { type Calendar, readCalendars } from '../../gateway/policy/calendar.ts';

function read(text: string): { readonly calendars: readonly Calendar[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const parsed = parseYaml(text, 'calendars/a.yaml');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { calendars: readCalendars(parsed.tree, { file: 'calendars/a.yaml', problems }), problems };
}

function calendar(text: string): Calendar {
  const { calendars, problems } = read(text);
  const [first] = calendars;
  if (first === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return first;
}

const office = `calendar: office-hours
zone: Europe/Brussels
open:
  - { days: working-days, from: "07:30", to: "18:00" }
closed on: [2026-12-25]
`;
const at = (text: string) => Date.parse(text);

describe('office hours', () => {
  it.each([
    ['before they begin', '2026-03-16T06:29:59Z', false, '2026-03-16T06:30:00Z'],
    ['in winter time', '2026-03-16T06:30:00Z', true, '2026-03-16T17:00:00Z'],
    ['in summer time', '2026-06-15T05:30:00Z', true, '2026-06-15T16:00:00Z'],
    ['when they end', '2026-03-16T17:00:00Z', false, '2026-03-17T06:30:00Z'],
    ['on a Friday night', '2026-03-20T20:00:00Z', false, '2026-03-23T06:30:00Z'],
    // The clock is put forward on 29 March.
    ['over the change of the clock', '2026-03-27T18:00:00Z', false, '2026-03-30T05:30:00Z'],
    ['on a holiday', '2026-12-25T10:00:00Z', false, '2026-12-28T06:30:00Z'],
  ])('%s', (_, moment, open, until) => {
    expect(calendar(office).at(at(moment))).toEqual({ open, until: at(until), since: at(moment) });
  });

  it('say the same whatever was asked before', () => {
    const asked = calendar(office);
    const from = at('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 * 24 }), { minLength: 1, maxLength: 8 }), hours => {
        for (const hour of hours) {
          const moment = from + hour * 3_600_000;
          const { open, until } = asked.at(moment);
          const fresh = calendar(office).at(moment);
          expect({ open, until }).toEqual({ open: fresh.open, until: fresh.until });
          // Just before the change it is still so, and at the change it no longer is.
          if (until === undefined) continue;
          expect(calendar(office).at(until - 1).open).toBe(open);
          expect(calendar(office).at(until).open).toBe(!open);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a calendar', () => {
  it('goes on over midnight where its windows touch', () => {
    const night = calendar(`calendar: night
zone: Europe/Brussels
open:
  - { days: every-day, from: "22:00", to: "24:00" }
  - { days: every-day, from: "00:00", to: "06:00" }
`);
    expect(night.at(at('2026-03-16T22:30:00Z'))).toMatchObject({ open: true, until: at('2026-03-17T05:00:00Z') });
  });

  it('that never closes has no end', () => {
    const always = calendar(`calendar: always
zone: UTC
open: [{ days: every-day, from: "00:00", to: "24:00" }]
`);
    const { open, until } = always.at(at('2026-03-16T22:30:00Z'));
    expect({ open, until }).toEqual({ open: true, until: undefined });
  });

  it.each([
    [
      'a zone that does not exist',
      office.replace('Europe/Brussels', 'Europe/Brusels'),
      '"Europe/Brusels" is not a time zone',
    ],
    ['a window that ends before it begins', office.replace('"18:00"', '"06:00"'), 'ends before it begins'],
    ['a time that no clock shows', office.replace('"18:00"', '"25:00"'), '"25:00" is not a time of day'],
    ['a day that does not exist', office.replace('2026-12-25', '2026-02-30'), '"2026-02-30" is not a day'],
  ])('with %s is refused in words', (_, text, message) => {
    expect(
      read(text)
        .problems.map(each => each.message)
        .join(),
    ).toContain(message);
  });
});
