// Strict CSV [RFC4180-2]: octets → rows by column name, each with its line, or every problem. Comma, UTF-8, a header line.
// There are no comments: what is to be kept about a row has a column. Line ends may be LF; blank lines are problems.

import { nearestWord } from './nearest-word.ts';
import type { Problem } from './yaml-tree.ts';

export interface CsvRow<Column extends string> {
  /** Line on which the row starts. */
  readonly line: number;
  /** Every column; empty text where the file has none. */
  readonly fields: Readonly<Record<Column, string>>;
}

export type CsvResult<Column extends string> =
  | { readonly rows: readonly CsvRow<Column>[] }
  | { readonly problems: readonly Problem[] };

export interface CsvColumns<Column extends string> {
  readonly known: readonly Column[];
  readonly required: readonly Column[];
}

export const csvLimits = { bytes: 8 * 1024 * 1024, rows: 50_000, fieldCharacters: 4_096 } as const;

interface Line {
  readonly line: number;
  readonly fields: readonly string[];
  /** Nothing at all between two line ends. */
  readonly blank: boolean;
}

type Wrong = (line: number, message: string, remedy: string) => undefined;

const unquoted = /[^",\r\n]*/y;
const lineEnd = /\r?\n/y;
/** All of Cc but tab and line ends. */
const control = /[\0-\x08\v\f\x0E-\x1F\x7F-\x9F]/;

/** All problems are returned, never thrown. */
export function readCsv<Column extends string>(
  bytes: Uint8Array,
  file: string,
  columns: CsvColumns<Column>,
): CsvResult<Column> {
  const problems: Problem[] = [];
  const wrong: Wrong = (line, message, remedy) => {
    problems.push({ file, line, message, remedy });
  };
  const text = decoded(bytes, wrong);
  const [header, ...lines] = text === undefined ? [] : linesOf(text, wrong);
  if (header === undefined) {
    if (problems.length === 0) wrong(1, 'the file is empty', `start it with the line ${columns.known.join(',')}`);
    return { problems };
  }
  const names = columnNames(header, columns, wrong);
  if (names === undefined) return { problems };
  const rows = lines.flatMap(line => rowOf(line, names, columns.known, wrong) ?? []);
  return problems.length > 0 ? { problems: problems.sort((one, other) => one.line - other.line) } : { rows };
}

/** A header and one line for each row, ended by LF; quoted only where it must be. */
export function writeCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, string>>[],
): string {
  const written = rows.map(row => columns.map(column => quoted(row[column], columns.length === 1)));
  return [columns, ...written].map(fields => `${fields.join(',')}\n`).join('');
}

function quoted(field: string, alone: boolean): string {
  // An empty field on a line of its own would be a blank line; a mark at the very start would be lost [RFC3629-6].
  const must = /[",\r\n]|^\uFEFF/.test(field) || (alone && field === '');
  return must ? `"${field.replaceAll('"', '""')}"` : field;
}

function decoded(bytes: Uint8Array, wrong: Wrong): string | undefined {
  if (bytes.length > csvLimits.bytes) {
    wrong(1, `the file has ${bytes.length} bytes, the limit is ${csvLimits.bytes}`, 'leave out what nobody needs');
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The decoder says only that it could not: which line it is follows from decoding leniently.
    const before = new TextDecoder().decode(bytes).split('\uFFFD')[0] ?? '';
    wrong(lineFeeds(before) + 1, 'is not UTF-8', 'save the file as UTF-8');
    return undefined;
  }
}

function linesOf(text: string, wrong: Wrong): readonly Line[] {
  const lines: Line[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    if (lines.length > csvLimits.rows) {
      wrong(line, `more than ${csvLimits.rows} rows`, 'leave out what nobody needs');
      break;
    }
    const start = { at, line };
    const fields: string[] = [];
    let ended = false;
    while (!ended) {
      const field = fieldAt(text, at);
      if (field === undefined) {
        wrong(line, 'a quote is opened and never closed', 'close it, and write a quote inside as two quotes');
        return lines;
      }
      fields.push(field.value);
      line += lineFeeds(text.slice(at, field.end));
      at = field.end;
      lineEnd.lastIndex = at;
      const end = lineEnd.exec(text)?.[0];
      if (text[at] === ',') at += 1;
      else if (end !== undefined || at === text.length) {
        at += end?.length ?? 0;
        ended = true;
        lines.push({ line: start.line, fields, blank: fields.length === 1 && start.at + (end?.length ?? 0) === at });
        if (end !== undefined) line += 1;
      } else {
        wrong(line, strayed(text[at]), 'put the whole field in quotes, and write a quote inside as two quotes');
        const next = text.indexOf('\n', at);
        at = next < 0 ? text.length : next + 1;
        line += 1;
        ended = true;
      }
    }
  }
  return lines;
}

/** [RFC4180-2.5] [RFC4180-2.7] The field that starts here, and where it ends; `undefined` when its quote stays open. */
function fieldAt(text: string, at: number): { readonly value: string; readonly end: number } | undefined {
  if (text[at] !== '"') {
    unquoted.lastIndex = at;
    const value = unquoted.exec(text)?.[0] ?? '';
    return { value, end: at + value.length };
  }
  let close = text.indexOf('"', at + 1);
  while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  if (close < 0) return undefined;
  return { value: text.slice(at + 1, close).replaceAll('""', '"'), end: close + 1 };
}

function strayed(found: string | undefined): string {
  if (found === '"') return 'a quote stands inside a field without quotes';
  return found === '\r' ? 'a carriage return without a line feed' : 'text follows a closing quote';
}

function columnNames<Column extends string>(
  { fields, line }: Line,
  { known, required }: CsvColumns<Column>,
  wrong: Wrong,
): readonly Column[] | undefined {
  const other = fields.length === 1 ? /[;\t|]/.exec(fields[0] ?? '')?.[0] : undefined;
  if (other !== undefined) {
    wrong(line, `the columns are separated by ${JSON.stringify(other)}`, 'save the file with commas');
    return undefined;
  }
  const names: Column[] = [];
  for (const field of fields) {
    const name = known.find(each => each === field);
    const near = nearestWord(field, known);
    const offer = near === undefined ? `use only: ${known.join(', ')}` : `did you mean "${near}"?`;
    if (name === undefined) wrong(line, `unknown column ${JSON.stringify(field.slice(0, 40))}`, offer);
    else if (names.includes(name)) wrong(line, `column "${name}" is given twice`, 'remove one');
    else names.push(name);
  }
  for (const name of required) {
    if (!names.includes(name)) wrong(line, `column "${name}" is missing`, `add it: ${known.join(',')}`);
  }
  return names.length === fields.length && required.every(name => names.includes(name)) ? names : undefined;
}

function rowOf<Column extends string>(
  { line, fields, blank }: Line,
  names: readonly Column[],
  known: readonly Column[],
  wrong: Wrong,
): CsvRow<Column> | undefined {
  if (blank) return wrong(line, 'the line is empty', 'remove it');
  if (fields.length !== names.length) {
    const comment = fields[0]?.startsWith('#') === true;
    const remedy = comment ? 'CSV has no comments: remove the line' : 'quote a field that holds a comma';
    return wrong(line, `has ${fields.length} fields, the header has ${names.length}`, remedy);
  }
  const odd = fields.findIndex(field => field.length > csvLimits.fieldCharacters || control.test(field));
  if (odd >= 0) {
    const long = (fields[odd] ?? '').length > csvLimits.fieldCharacters;
    const what = long ? `is longer than ${csvLimits.fieldCharacters} characters` : 'holds a control character';
    return wrong(line, `column "${names[odd] ?? ''}" ${what}`, long ? 'shorten it' : 'remove it');
  }
  const entries = known.map(name => [name, fields[names.indexOf(name)] ?? ''] as const);
  return { line, fields: Object.fromEntries(entries) as Record<Column, string> };
}

function lineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
