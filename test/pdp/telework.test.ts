import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TeleworkDays } from '../../gateway/kept.ts';
import { isSameHalf, teleworkKeptMs, teleworkOf, withMoment, withTime } from '../../gateway/pdp/telework.ts';

const zone = 'Europe/Brussels';
const [hourMs, dayMs] = [3_600_000, 86_400_000];
/** On the clock of the zone. */
const at = (text: string) => Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds;
const week = (days: TeleworkDays, now: string) => teleworkOf(days, at(now), zone).week;
const month = (days: TeleworkDays, now: string) => teleworkOf(days, at(now), zone).month;

describe('a telework day', () => {
  it.each([
    ['2027-03-15T08:00', 'morning'],
    ['2027-03-15T11:59:59.999', 'morning'],
    ['2027-03-15T12:00', 'afternoon'],
    ['2027-03-15T00:00', 'morning'],
    ['2027-03-15T23:59', 'afternoon'],
  ])('at %s is a %s', (moment, half) => {
    expect(withMoment({}, at(moment), zone)).toEqual({ '2027-03-15': half });
  });

  it('is that of the place: in Brussels it is Tuesday while it is Monday in London', () => {
    const moment = Date.parse('2027-03-15T23:30:00Z');
    expect(withMoment({}, moment, zone)).toEqual({ '2027-03-16': 'morning' });
    expect(withMoment({}, moment, 'Europe/London')).toEqual({ '2027-03-15': 'afternoon' });
  });

  it('is whole once both halves are there, and stays so', () => {
    const morning = withMoment({}, at('2027-03-15T09:00'), zone);
    const whole = withMoment(morning, at('2027-03-15T14:00'), zone);
    expect(whole).toEqual({ '2027-03-15': 'both' });
    expect(withMoment(whole, at('2027-03-15T09:00'), zone)).toEqual(whole);
  });

  it('is forgotten after 62 days', () => {
    const then = at('2027-01-04T09:00');
    const days = withMoment({}, then, zone);
    expect(Object.keys(withMoment(days, then + teleworkKeptMs - dayMs, zone))).toHaveLength(2);
    expect(withMoment(days, then + teleworkKeptMs + hourMs, zone)).not.toHaveProperty('2027-01-04');
  });

  it('is every half that a session was open in', () => {
    expect(withTime({}, at('2027-03-15T09:00'), at('2027-03-15T11:00'), zone)).toEqual({ '2027-03-15': 'morning' });
    expect(withTime({}, at('2027-03-15T09:00'), at('2027-03-15T17:00'), zone)).toEqual({ '2027-03-15': 'both' });
    expect(withTime({}, at('2027-03-15T18:00'), at('2027-03-16T08:00'), zone)).toEqual({
      '2027-03-15': 'afternoon',
      '2027-03-16': 'morning',
    });
    expect(isSameHalf(at('2027-03-15T09:00'), at('2027-03-15T11:59'), zone)).toBe(true);
    expect(isSameHalf(at('2027-03-15T12:00'), at('2027-03-15T11:59'), zone)).toBe(false);
  });
});

describe('the days of a week and of a month', () => {
  const used: TeleworkDays = {
    '2027-02-26': 'both',
    '2027-03-01': 'both',
    '2027-03-05': 'morning',
    '2027-03-14': 'both',
    '2027-03-15': 'both',
    '2027-03-16': 'afternoon',
  };

  it('have this half day among them', () => {
    expect(week({}, '2027-03-17T09:00').value).toBe(0.5);
    expect(week(used, '2027-03-17T09:00').value).toBe(2);
    expect(week({ ...used, '2027-03-17': 'morning' }, '2027-03-17T09:00').value).toBe(2);
    expect(month(used, '2027-03-17T09:00').value).toBe(4.5);
  });

  it('begin on Monday and on the first', () => {
    expect(week(used, '2027-03-14T20:00').value).toBe(1);
    expect(week(used, '2027-03-15T08:00').value).toBe(1.5);
    expect(month(used, '2027-02-28T23:00').value).toBe(1.5);
    expect(month(used, '2027-03-01T00:00').value).toBe(4);
  });

  it('grow by themselves at noon and at midnight while the session goes on, and begin anew', () => {
    expect(week(used, '2027-03-17T09:00').later).toEqual([
      { at: at('2027-03-17T12:00'), value: 2.5 },
      { at: at('2027-03-18T00:00'), value: 3 },
    ]);
    expect(week(used, '2027-03-21T15:00').later).toEqual([
      { at: at('2027-03-22T00:00'), value: 0.5 },
      { at: at('2027-03-22T12:00'), value: 1 },
    ]);
  });

  it('know the days on which the clock is changed', () => {
    const spring = week({}, '2027-03-28T00:30').later.map(each => each.at);
    expect(spring).toEqual([Date.parse('2027-03-28T10:00:00Z'), Date.parse('2027-03-28T22:00:00Z')]);
    const autumn = week({}, '2027-10-31T13:00').later.map(each => each.at);
    expect(autumn).toEqual([Date.parse('2027-10-31T23:00:00Z'), Date.parse('2027-11-01T11:00:00Z')]);
  });

  it('are what counting every moment by hand gives', () => {
    const start = at('2027-03-01T00:00');
    const moments = fc.array(fc.integer({ min: 0, max: 45 * 24 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(moments, hours => {
        const all = hours.sort((a, b) => a - b).map(hour => start + hour * hourMs + 1);
        let days: TeleworkDays = {};
        for (const moment of all) days = withMoment(days, moment, zone);
        const now = all.at(-1) ?? start;
        const halves = new Set(
          all.map(moment => {
            const local = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(zone);
            return `${local.yearOfWeek} ${local.weekOfYear} ${local.month} ${local.day} ${local.hour < 12}`;
          }),
        );
        const local = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
        const inWeek = [...halves].filter(each => each.startsWith(`${local.yearOfWeek} ${local.weekOfYear} `));
        const inMonth = [...halves].filter(each => each.split(' ')[2] === String(local.month));
        expect(teleworkOf(days, now, zone).week.value).toBe(inWeek.length / 2);
        expect(teleworkOf(days, now, zone).month.value).toBe(inMonth.length / 2);
      }),
      { numRuns: 100 },
    );
  });
});
