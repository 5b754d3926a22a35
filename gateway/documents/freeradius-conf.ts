// The configuration syntax of FreeRADIUS 3, as far as `clients.conf` goes: text → sections, pairs and includes, each with its
// line, or every problem. Nothing is expanded and nothing included: what a reference or an include means is for whoever
// reads the result. Quoting is that of release 3.2: inside quotes a backslash hides only the quote itself, and a bare value
// ends at a blank or a comma.

import type { Problem } from './yaml-tree.ts';

export interface ConfPair {
  readonly kind: 'pair';
  readonly name: string;
  /** Absent for a word that stands alone. */
  readonly value?: string;
  readonly quoted: boolean;
  readonly line: number;
}

export interface ConfSection {
  readonly kind: 'section';
  readonly name: string;
  /** The second word: `client LABEL {`. */
  readonly label?: string;
  readonly items: readonly ConfItem[];
  readonly line: number;
}

export interface ConfInclude {
  readonly kind: 'include';
  readonly path: string;
  readonly line: number;
}

export type ConfItem = ConfPair | ConfSection | ConfInclude;

export type ConfResult = { readonly items: readonly ConfItem[] } | { readonly problems: readonly Problem[] };

export const confLimits = { characters: 2 * 1024 * 1024, items: 50_000, depth: 12, problems: 20 } as const;

interface Open {
  readonly name: string;
  readonly label?: string;
  readonly line: number;
  readonly items: ConfItem[];
}

/** Stops at blanks, and at whatever is a token of its own. */
const word = /(?:(?![\s{}(),;=<>#"'`]|[:+\-!]=)[^])+/y;
const bareValue = /[^\s,]+/y;
const operator = /:=|\+=|-=|==|=~|=\*|!=|!~|!\*|<=|>=|=|<|>/y;
const quotes = `"'\``;
/** All of Cc but tab. */
const control = /[\0-\x08\v\f\x0E-\x1F\x7F-\x9F]/;

/** All problems are returned, never thrown; after the first one of a line the rest of it is passed over. */
export function readFreeradiusConf(text: string, file: string): ConfResult {
  const problems: Problem[] = [];
  const wrong = (line: number, message: string, remedy: string): void => {
    if (problems.length < confLimits.problems) problems.push({ file, line, message, remedy });
  };
  if (text.length > confLimits.characters) {
    wrong(1, `the file has ${text.length} characters, the limit is ${confLimits.characters}`, 'split it');
    return { problems };
  }
  const top: ConfItem[] = [];
  const open: Open[] = [];
  let count = 0;
  for (const { line, text: content } of logicalLines(text)) {
    if (control.test(content)) wrong(line, 'a control character', 'remove it');
    else readLine(line, content);
  }
  for (const { name, line } of open) wrong(line, `"${name.slice(0, 40)} {" is never closed`, 'close it with }');
  if (count > confLimits.items) wrong(1, `more than ${confLimits.items} items`, 'split the file');
  return problems.length > 0 ? { problems } : { items: top };

  function put(item: ConfItem): void {
    count += 1;
    if (count <= confLimits.items) (open.at(-1)?.items ?? top).push(item);
  }

  function readLine(line: number, content: string): void {
    let at = 0;
    for (;;) {
      at = skip(content, at, /[\s,]/);
      if (at === content.length || content[at] === '#') return;
      if (content[at] === '}') {
        const section = open.pop();
        if (section === undefined) return wrong(line, 'a } that closes nothing', 'remove it');
        const { name, label, items } = section;
        put({ kind: 'section', name, ...(label === undefined ? {} : { label }), items, line: section.line });
        at += 1;
        continue;
      }
      const next = readItem(line, content, at);
      if (next === undefined) return;
      at = next;
    }
  }

  /** Where it ends. */
  function readItem(line: number, content: string, start: number): number | undefined {
    const name = tokenAt(content, start, word);
    if (name === undefined) {
      wrong(line, `not understood from ${JSON.stringify(content[start])} on`, 'write name = value, or name {');
      return undefined;
    }
    let at = skip(content, name.end, /\s/);
    operator.lastIndex = at;
    const sign = operator.exec(content)?.[0];
    if (sign !== undefined) return readPair(line, content, name.value, sign, at + sign.length);
    if (name.value === '$INCLUDE' || name.value === '$INCLUDE-') {
      const path = content.slice(at).trim();
      put({ kind: 'include', path, line });
      return content.length;
    }
    if (at === content.length || /[#,}]/.test(content[at] ?? '')) {
      put({ kind: 'pair', name: name.value, quoted: name.quoted, line });
      return at;
    }
    const label = content[at] === '{' ? undefined : tokenAt(content, at, word);
    if (label !== undefined) at = skip(content, label.end, /\s/);
    if (content[at] !== '{') {
      wrong(line, `after "${name.value.slice(0, 40)}" a { is missing`, 'put { on the same line');
      return undefined;
    }
    if (open.length >= confLimits.depth) {
      wrong(line, `nested deeper than ${confLimits.depth} levels`, 'flatten it');
      return undefined;
    }
    open.push({ name: name.value, ...(label === undefined ? {} : { label: label.value }), line, items: [] });
    return at + 1;
  }

  function readPair(line: number, content: string, name: string, sign: string, after: number): number | undefined {
    if (sign !== '=' && sign !== ':=' && sign !== '+=') {
      wrong(line, `"${name.slice(0, 40)} ${sign}" sets nothing`, 'write name = value');
      return undefined;
    }
    const start = skip(content, after, /\s/);
    const value = content[start] === '#' ? undefined : tokenAt(content, start, bareValue);
    if (value === undefined) {
      const open = quotes.includes(content[start] ?? ' ');
      wrong(line, `"${name.slice(0, 40)}" has ${open ? 'a quote that is never closed' : 'no value'}`, 'complete it');
      return undefined;
    }
    const end = skip(content, value.end, /\s/);
    if (end < content.length && !/[#,}]/.test(content[end] ?? '')) {
      // The rest may be half of a secret: it is not shown.
      wrong(line, `text follows the value of "${name.slice(0, 40)}"`, 'put the whole value in quotes');
      return undefined;
    }
    put({ kind: 'pair', name, value: value.value, quoted: value.quoted, line });
    return end;
  }
}

/** A quoted text, or what `bare` takes; `undefined` when there is neither, or the quote stays open. */
function tokenAt(content: string, start: number, bare: RegExp) {
  const quote = content[start] ?? '';
  if (quote === '' || !quotes.includes(quote)) {
    bare.lastIndex = start;
    const value = bare.exec(content)?.[0];
    return value === undefined ? undefined : { value, quoted: false, end: start + value.length };
  }
  let value = '';
  for (let at = start + 1; at < content.length; at += 1) {
    const sign = content[at] ?? '';
    if (sign === quote) return { value, quoted: true, end: at + 1 };
    const next = content[at + 1] ?? '';
    if (sign !== '\\') value += sign;
    else {
      value += next === quote ? next : sign + next;
      at += 1;
    }
  }
  return undefined;
}

function skip(content: string, from: number, over: RegExp): number {
  let at = from;
  while (at < content.length && over.test(content[at] ?? '')) at += 1;
  return at;
}

/** A backslash at the end joins a line with the next. */
function* logicalLines(text: string): Generator<{ readonly line: number; readonly text: string }> {
  const pending: string[] = [];
  let first = 1;
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (const [index, raw] of lines.entries()) {
    const content = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (pending.length === 0) first = index + 1;
    const goesOn = content.endsWith('\\') && index < lines.length - 1;
    pending.push(goesOn ? content.slice(0, -1) : content);
    if (goesOn) continue;
    yield { line: first, text: pending.join('') };
    pending.length = 0;
  }
}
