import { describe, expect, it } from 'vitest';
import { figure, ratio, summary, table } from './comparison.ts';
import { readCpuTicks } from './process-cost.ts';

describe('summary', () => {
  it.each<[readonly number[], number, number]>([
    [[7], 7, 7],
    [[9, 1], 1, 5],
    [[10, 9, 100], 9, 10],
    [[4, 1, 3, 2], 1, 2.5],
  ])('of %j is minimum %d and median %d', (samples, minimum, median) => {
    expect(summary(samples)).toEqual({ minimum, median });
  });

  it('leaves the samples in their order', () => {
    const samples = [3, 1, 2];
    summary(samples);
    expect(samples).toEqual([3, 1, 2]);
  });

  it.each([[[]], [[Number.NaN]], [[1, Number.POSITIVE_INFINITY]]])('is refused of %j', samples => {
    expect(() => summary(samples)).toThrow(RangeError);
  });
});

describe('ratio', () => {
  const row = { what: 'x', unit: 'ms' };

  it('divides median by median, not mean by mean', () => {
    expect(ratio({ ...row, ours: [2, 4, 90], theirs: [1, 2, 1000] })).toBe(2);
  });

  it('is absent without the other side, and when that side costs nothing measurable', () => {
    expect(ratio({ ...row, ours: [1] })).toBeUndefined();
    expect(ratio({ ...row, ours: [1], theirs: [0] })).toBeUndefined();
  });
});

describe('table', () => {
  it('has one line per row, all of the same width, with dashes for what was not measured', () => {
    const lines = table([
      { what: 'requests', unit: '1/s', ours: [1200, 1400, 1300], theirs: [5200, 5000, 5100] },
      { what: 'database per session', unit: 'bytes', ours: [12] },
    ]).split('\n');
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map(line => line.length)).size).toBe(1);
    const cells = (line = '') => line.split('|').map(cell => cell.trim());
    expect(cells(lines[2])).toEqual(['', 'requests', '1/s', '1,200', '1,300', '5,000', '5,100', '0.255 ×', '']);
    expect(cells(lines[3])).toEqual(['', 'database per session', 'bytes', '12', '12', '–', '–', '–', '']);
  });
});

describe('figure', () => {
  it.each([
    [0, '0'],
    [0.012345, '0.0123'],
    [3.14159, '3.14'],
    [42, '42'],
    [999.4, '999'],
    [999.6, '1,000'],
    [123_456, '123,000'],
  ])('%d is written %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

describe('CPU ticks of a process', () => {
  it('are found whatever the program is called', () => {
    const line = (name: string) => `17 (${name}) S 1 17 17 0 -1 4194304 900 0 0 0 250 31 5 6 20 0 11 0 1 2 3`;
    expect(readCpuTicks(line('node'))).toBe(281);
    expect(readCpuTicks(line('a) R (b 1 2'))).toBe(281);
  });

  it('are not read out of something else', () => {
    expect(() => readCpuTicks('17 (node) S 1 17')).toThrow('not a line');
  });
});
