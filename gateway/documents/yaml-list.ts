// One more item at the end of a list in a YAML file that people wrote: every other octet of the file stays what it was,
// comments, order and line ends among them. Where the list stands is found by parsing; what is written is plain text.

import { isCollection, isMap, isScalar, isSeq, parseDocument, stringify, type YAMLSeq } from 'yaml';

export type Item = Readonly<Record<string, string>>;

/** The text with the items at the end of the list under this key of the top; `undefined` when there is no list to add to. */
export function withListItems(source: string, key: string, items: readonly Item[]): string | undefined {
  const document = parseDocument(source, { schema: 'failsafe' });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const pair = document.contents.items.find(each => isScalar(each.key) && each.key.value === key);
  if (pair === undefined || !isScalar(pair.key) || items.length === 0) return undefined;
  const { value } = pair;
  const lineEnd = source.includes('\r\n') ? '\r\n' : '\n';
  if (isSeq(value) && value.items.length > 0) {
    return value.flow === true ? inFlow(source, value, items) : inBlock(source, value, items, lineEnd);
  }
  const empty = isSeq(value) ? value.range : undefined;
  const nothing = value === null || (isScalar(value) && value.value === '' && value.source === '');
  if (empty === undefined && !nothing) return undefined;
  // `nas: []` or `nas:`, perhaps with a comment behind: the list starts on a line of its own.
  const [, keyEnd] = pair.key.range;
  const without = empty === undefined ? source : source.slice(0, empty[0]).trimEnd() + source.slice(empty[1]);
  return insertedLines(without, lineEndAfter(without, keyEnd), rendered(items, '  ', lineEnd), lineEnd);
}

function inBlock(source: string, list: YAMLSeq, items: readonly Item[], lineEnd: string): string {
  const start = list.range?.[0] ?? 0;
  const indent = start - (source.lastIndexOf('\n', start - 1) + 1);
  let at = lineEndAfter(source, contentEnd(list));
  // A comment at the start of a line is about what follows the list; what stands deeper is in it.
  const comment = new RegExp(`[ \\t]{${Math.max(1, indent)},}#[^\\n]*(?:\\n|$)`, 'y');
  for (comment.lastIndex = at; comment.test(source); comment.lastIndex = at) at = comment.lastIndex;
  return insertedLines(source, at, rendered(items, ' '.repeat(indent), lineEnd), lineEnd);
}

function inFlow(source: string, list: YAMLSeq, items: readonly Item[]): string {
  const at = contentEnd(list);
  const written = items.map(item => `, ${stringify(item, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()}`);
  return source.slice(0, at) + written.join('') + source.slice(at);
}

/** Where the last thing in the list ends, before blanks and comments. */
function contentEnd(list: YAMLSeq): number {
  let node: unknown = list.items.at(-1);
  let end = list.range?.[0] ?? 0;
  while (node !== undefined && node !== null) {
    const { range } = node as { range?: readonly [number, number, number] | null };
    if (!isCollection(node) || node.flow === true) return range?.[1] ?? end;
    end = range?.[0] ?? end;
    const last: unknown = node.items.at(-1);
    const { key, value } = isMap(node) ? (last as { key: unknown; value: unknown }) : { key: undefined, value: last };
    node = value ?? key;
  }
  return end;
}

function rendered(items: readonly Item[], indent: string, lineEnd: string): string {
  const lines = items.flatMap(item =>
    stringify(item, { lineWidth: 0 })
      .trimEnd()
      .split('\n')
      .map((line, index) => `${indent}${index === 0 ? '- ' : '  '}${line}`),
  );
  return lines.map(line => line + lineEnd).join('');
}

/** The start of the line after the one that holds this octet. */
function lineEndAfter(source: string, from: number): number {
  const at = source.indexOf('\n', Math.max(0, from));
  return at < 0 ? source.length : at + 1;
}

function insertedLines(source: string, at: number, lines: string, lineEnd: string): string {
  const before = source.slice(0, at);
  return before + (before === '' || before.endsWith('\n') ? '' : lineEnd) + lines + source.slice(at);
}
