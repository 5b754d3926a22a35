// Days of the calendar, and what only looks like one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDay, parseLastOfDay } from '../../gateway/documents/calendar-day.ts';

describe('a day', () => {
  it('is where the calendar has it', () => {
    expect(parseDay('1970-01-02')).toBe(86_400_000);
    expect(parseDay('2028-02-29')).toBe(Date.UTC(2028, 1, 29));
    expect(parseLastOfDay('2027-03-31')).toBe(Date.UTC(2027, 3, 1) - 1);
  });

  it.each([
    '2027-02-29',
    '2027-02-30',
    '2027-13-01',
    '2027-00-10',
    '2027-1-1',
    '20270101',
    '2027-01-01T00:00Z',
    '',
    'soon',
  ])('is not "%s"', text => {
    expect(parseDay(text)).toBeUndefined();
    expect(parseLastOfDay(text)).toBeUndefined();
  });

  it('reads back whatever day is written', () => {
    const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, date => {
        const text = date.toISOString().slice(0, 10);
        expect(new Date(parseDay(text) ?? Number.NaN).toISOString().slice(0, 10)).toBe(text);
      }),
    );
  });
});
