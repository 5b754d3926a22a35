// The arithmetic of the report: samples of both sides → minimum, median and the ratio of the medians, as a table of text.

export interface Row {
  readonly what: string;
  readonly unit: string;
  /** One per round. */
  readonly ours: readonly number[];
  /** Absent: not measured or not done by the other side. */
  readonly theirs?: readonly number[];
}

export interface Summary {
  readonly minimum: number;
  readonly median: number;
}

export function summary(samples: readonly number[]): Summary {
  if (samples.length === 0 || samples.some(sample => !Number.isFinite(sample))) {
    throw new RangeError(`no summary of [${samples.join(', ')}]`);
  }
  const ordered = samples.toSorted((a, b) => a - b);
  const middle = (ordered.length - 1) / 2;
  const [low = 0, high = 0] = [ordered[Math.floor(middle)], ordered[Math.ceil(middle)]];
  return { minimum: ordered[0] ?? 0, median: (low + high) / 2 };
}

/** Ours over theirs, of the medians; nothing when there is nothing to divide by. */
export function ratio({ ours, theirs }: Row): number | undefined {
  if (theirs === undefined) return undefined;
  const divisor = summary(theirs).median;
  return divisor > 0 ? summary(ours).median / divisor : undefined;
}

const headings = ['', 'unit', 'ours min', 'median', 'FreeRADIUS min', 'median', 'ratio'];

/** A Markdown table, aligned to be read as it is. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(row => [
    row.what,
    row.unit,
    ...pair(row.ours),
    ...(row.theirs === undefined ? ['–', '–'] : pair(row.theirs)),
    ratioText(ratio(row)),
  ]);
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...cells.map(each => each[column]?.length ?? 0)),
  );
  const line = (each: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(each[column] ?? '', width, column)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(headings), rule, ...cells.map(line)].join('\n');
}

function pair(samples: readonly number[]): readonly [string, string] {
  const { minimum, median } = summary(samples);
  return [figure(minimum), figure(median)];
}

function pad(text: string, width: number, column: number): string {
  return column < 2 ? text.padEnd(width) : text.padStart(width);
}

function ratioText(value: number | undefined): string {
  return value === undefined ? '–' : `${figure(value)} ×`;
}

/** Three significant digits, and thousands apart. */
export function figure(value: number): string {
  if (Math.abs(value) >= 999.5) {
    return Math.round(Number(value.toPrecision(3))).toLocaleString('en', { useGrouping: true });
  }
  return String(Number(value.toPrecision(3)));
}
