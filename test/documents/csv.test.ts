// Strict CSV [RFC4180-2]: what is read, what is refused with line and remedy, and that whatever is written reads back.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLimits, readCsv, writeCsv } from '../../gateway/documents/csv.ts';

const known = ['name', 'class', 'note'] as const;
const columns = { known, required: ['name', 'class'] } as const;
const octets = (text: string) => Buffer.from(text, 'utf8');

function rowsOf(text: string) {
  const read = readCsv(octets(text), 'x.csv', columns);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.rows.map(({ line, fields }) => [line, fields.name, fields.class, fields.note]);
}

function problemsOf(bytes: string | Uint8Array) {
  const read = readCsv(typeof bytes === 'string' ? octets(bytes) : bytes, 'x.csv', columns);
  if ('rows' in read) throw new Error('no problem was found');
  return read.problems;
}

describe('readCsv', () => {
  const good: readonly (readonly [what: string, text: string, rows: readonly unknown[]])[] = [
    ['only a header', 'name,class,note\n', []],
    ['a header without a line end', 'name,class,note', []],
    [
      'rows ended by CRLF [RFC4180-2.1]',
      'name,class,note\r\na,b,c\r\nd,e,f\r\n',
      [
        [2, 'a', 'b', 'c'],
        [3, 'd', 'e', 'f'],
      ],
    ],
    ['a last row without a line end [RFC4180-2.2]', 'name,class,note\na,b,c', [[2, 'a', 'b', 'c']]],
    ['an empty last field', 'name,class,note\na,b,', [[2, 'a', 'b', '']]],
    ['columns in another order', 'note,class,name\nc,b,a\n', [[2, 'a', 'b', 'c']]],
    ['no column that is not required', 'class,name\nb,a\n', [[2, 'a', 'b', '']]],
    ['spaces as they are [RFC4180-2.4]', 'name,class,note\n a , b,c \n', [[2, ' a ', ' b', 'c ']]],
    ['quotes around anything [RFC4180-2.5]', '"name","class",note\n"a","b",""\n', [[2, 'a', 'b', '']]],
    [
      'commas and line ends in quotes [RFC4180-2.6]',
      'name,class,note\na,b,"x, y\r\nz"\nd,e,f\n',
      [
        [2, 'a', 'b', 'x, y\r\nz'],
        [4, 'd', 'e', 'f'],
      ],
    ],
    ['doubled quotes [RFC4180-2.7]', 'name,class,note\na,b,"say ""aha"""\n', [[2, 'a', 'b', 'say "aha"']]],
    ['a mark at the start, as spreadsheets write it', '\uFEFFname,class\na,b\n', [[2, 'a', 'b', '']]],
    ['letters of every script', 'name,class,note\nå,b,Ünïcode 漢字\n', [[2, 'å', 'b', 'Ünïcode 漢字']]],
  ];
  it.each(good)('reads %s', (_, text, rows) => {
    expect(rowsOf(text)).toEqual(rows);
  });

  const header = 'name,class,note\n';
  const bad: readonly (readonly [what: string, text: string, line: number, message: string, remedy: string])[] = [
    ['nothing', '', 1, 'the file is empty', 'start it with the line name,class,note'],
    ['an unknown column', 'name,class,nore\n', 1, 'unknown column "nore"', 'did you mean "note"?'],
    ['a foreign column', 'name,class,zzzzzz\n', 1, 'unknown column "zzzzzz"', 'use only: name, class, note'],
    ['a column twice', 'name,class,name\n', 1, 'column "name" is given twice', 'remove one'],
    ['a missing column', 'name,note\n', 1, 'column "class" is missing', 'add it: name,class,note'],
    ['semicolons', 'name;class;note\na;b;c\n', 1, 'the columns are separated by ";"', 'save the file with commas'],
    ['tabs', 'name\tclass\n', 1, 'the columns are separated by "\\t"', 'save the file with commas'],
    ['an empty line', `${header}a,b,c\n\nd,e,f\n`, 3, 'the line is empty', 'remove it'],
    ['a comment', `${header}# mine\n`, 2, 'has 1 fields, the header has 3', 'CSV has no comments: remove the line'],
    ['too few fields', `${header}a,b\n`, 2, 'has 2 fields, the header has 3', 'quote a field that holds a comma'],
    ['too many fields', `${header}a,b,c,d\n`, 2, 'has 4 fields, the header has 3', 'quote a field that holds a comma'],
    ['a quote inside', `${header}a,b,5" disk\n`, 2, 'a quote stands inside a field without quotes', 'put the whole'],
    ['text after a quote', `${header}a,"b"x,c\n`, 2, 'text follows a closing quote', 'put the whole field in quotes'],
    ['a quote left open', `${header}a,b,c\nd,"e\nf,g,h\n`, 3, 'a quote is opened and never closed', 'close it'],
    ['a lone carriage return', `${header}a,b,c\rd,e,f\n`, 2, 'a carriage return without a line feed', 'put the whole'],
    ['a control character', `${header}a,b\u001B[2J,c\n`, 2, 'column "class" holds a control character', 'remove it'],
    [
      'a field too long',
      `${header}a,b,${'x'.repeat(csvLimits.fieldCharacters + 1)}\n`,
      2,
      'column "note" is longer than 4096 characters',
      'shorten it',
    ],
  ];
  it.each(bad)('refuses %s', (_, text, line, message, remedy) => {
    const [first, ...others] = problemsOf(text);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ file: 'x.csv', line, message });
    expect(first?.remedy).toContain(remedy);
  });

  it('tells everything at once, in the order of the lines', () => {
    const problems = problemsOf(`${header}a,b\n\nc,d"e,f\ng,h,i\nj,"k\nl"m,n\no,p,q,r\n`);
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 7, 8]);
  });

  it('refuses octets that are not UTF-8, and says where', () => {
    const bytes = Buffer.concat([octets(`${header}a,b,c\nd,e,`), Buffer.from([0xe9]), octets('\n')]);
    expect(problemsOf(bytes)).toEqual([
      { file: 'x.csv', line: 3, message: 'is not UTF-8', remedy: 'save the file as UTF-8' },
    ]);
  });

  it('bounds octets and rows', () => {
    expect(problemsOf(Buffer.alloc(csvLimits.bytes + 1, 'a'))[0]?.message).toContain('the limit is 8388608');
    const many = `${header}${'a,b,c\n'.repeat(csvLimits.rows + 1)}`;
    expect(problemsOf(many)).toMatchObject([{ line: csvLimits.rows + 2, message: 'more than 50000 rows' }]);
    expect(rowsOf(many.slice(0, -6))).toHaveLength(csvLimits.rows);
  });
});

describe('writeCsv', () => {
  const field = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r\n', '\t', ' ', 'a', '\uFEFF', '#', ';') }),
  );
  const clean = field.filter(text => !/(?![\t\r\n])\p{Cc}/u.test(text));

  it('quotes only what must be', () => {
    expect(
      writeCsv(known, [
        { name: 'a', class: 'b c', note: '' },
        { name: '"', class: ',', note: '\n' },
      ]),
    ).toBe('name,class,note\na,b c,\n"""",",","\n"\n');
  });

  it('writes what reads back', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: clean, class: clean, note: clean }), { maxLength: 8 }), rows => {
        const read = readCsv(octets(writeCsv(known, rows)), 'x.csv', columns);
        expect('rows' in read && read.rows.map(({ fields }) => fields)).toEqual(rows);
      }),
    );
  });

  it('writes what reads back with one column, where an empty field is not an empty line', () => {
    fc.assert(
      fc.property(fc.array(clean, { maxLength: 8 }), values => {
        const rows = values.map(name => ({ name }));
        const read = readCsv(octets(writeCsv(['name'], rows)), 'x.csv', { known: ['name'], required: ['name'] });
        expect('rows' in read && read.rows.map(({ fields }) => ({ ...fields }))).toEqual(rows);
      }),
    );
  });

  it('never throws, whatever it is given to read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), field, (bytes, text) => {
        for (const body of [bytes, Buffer.concat([octets(header()), bytes]), octets(`${header()}${text}`)]) {
          const read = readCsv(body, 'x.csv', columns);
          if ('problems' in read) expect(read.problems.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  function header(): string {
    return 'name,class,note\n';
  }
});
