// Strict YAML: text → a tree of strings, lists and maps in which every node knows its line.
// Strings only (country NO and version 10.10 survive), no anchors, no aliases, no tags, no duplicate keys, capped size and depth.

import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  Scalar,
  type Node as YamlNode,
} from 'yaml';

/** One thing wrong in a file: where, what, and how to mend it. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

export type Tree =
  | { readonly kind: 'text'; readonly text: string; readonly line: number }
  | { readonly kind: 'list'; readonly items: readonly Tree[]; readonly line: number }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry>; readonly line: number }
  | { readonly kind: 'nothing'; readonly line: number };

export interface Entry {
  readonly value: Tree;
  /** Line of the key. */
  readonly line: number;
}

export type ParsedTree = { readonly tree: Tree } | { readonly problems: readonly Problem[] };

export const yamlLimits = { characters: 512 * 1024, depth: 12, problems: 100 } as const;
const tooDeep = `nested deeper than ${yamlLimits.depth} levels`;

/** Parses one YAML document. All problems are returned, never thrown. */
export function parseYaml(text: string, file: string): ParsedTree {
  if (text.length > yamlLimits.characters) {
    return only(file, 1, `the file has ${text.length} characters, the limit is ${yamlLimits.characters}`, 'split it');
  }
  const unseen = unseenIn(text, file);
  if (unseen !== undefined) return { problems: [unseen] };
  const lines = new LineCounter();
  // The library's own check of duplicate keys and its pretty errors are quadratic; ours below are not.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, merge: false });
  const tokens = uptoErrors(new Parser(lines.addNewLine).parse(text));
  const [document, another] = composer.compose(tokens, true, text.length);
  if (another !== undefined) {
    const { line } = lines.linePos(another.range[0]);
    return only(file, line, 'a second document (---): one file holds one', 'correct the YAML here');
  }
  const problems: Problem[] = [];
  for (const { message, pos } of document?.errors.slice(0, yamlLimits.problems) ?? []) {
    const { line } = lines.linePos(pos[0]);
    // The library's own words for nesting that exhausted its stack.
    if (message.includes('call stack')) return only(file, line, tooDeep, 'flatten it');
    problems.push({ file, line, message: message.slice(0, 200), remedy: 'correct the YAML here' });
  }
  if (problems.length > 0) return { problems };
  const tree = convert(document?.contents ?? null, 0);
  return problems.length > 0 ? { problems: problems.slice(0, yamlLimits.problems) } : { tree };

  function lineOf(node: YamlNode | null): number {
    return node?.range ? lines.linePos(node.range[0]).line : 1;
  }

  function refuseDecoration(node: { anchor?: string; tag?: string }, line: number): void {
    if (node.anchor !== undefined) {
      problems.push({ file, line, message: 'an anchor (&name)', remedy: 'remove it: no anchors here' });
    }
    if (node.tag !== undefined) {
      problems.push({ file, line, message: 'a tag (!name)', remedy: 'remove it: every value here is text' });
    }
  }

  function convert(node: YamlNode | null, depth: number): Tree {
    const line = lineOf(node);
    if (node === null) return { kind: 'nothing', line };
    if (depth > yamlLimits.depth) {
      problems.push({ file, line, message: tooDeep, remedy: 'flatten it' });
      return { kind: 'nothing', line };
    }
    if (isAlias(node)) {
      problems.push({ file, line, message: 'an alias (*name)', remedy: 'write the value out: no aliases here' });
      return { kind: 'nothing', line };
    }
    refuseDecoration(node, line);
    if (isScalar(node)) {
      // The failsafe schema makes every scalar a string.
      const value = typeof node.value === 'string' ? node.value : '';
      const plain = node.type === Scalar.PLAIN;
      return plain && value === '' ? { kind: 'nothing', line } : { kind: 'text', text: value, line };
    }
    if (isSeq(node)) {
      return { kind: 'list', items: node.items.map(item => convert(item as YamlNode | null, depth + 1)), line };
    }
    if (isMap(node)) {
      const entries = new Map<string, Entry>();
      for (const pair of node.items) {
        const key = pair.key as YamlNode | null;
        const keyLine = key === null ? line : lineOf(key);
        if (!isScalar(key)) {
          problems.push({ file, line: keyLine, message: 'a key that is not text', remedy: 'use a plain word as key' });
          continue;
        }
        refuseDecoration(key, keyLine);
        const name = String(key.value);
        const earlier = entries.get(name);
        if (earlier !== undefined) {
          const message = `"${name}" is already given on line ${earlier.line}`;
          problems.push({ file, line: keyLine, message, remedy: 'keep one of the two' });
          continue;
        }
        entries.set(name, { value: convert(pair.value as YamlNode | null, depth + 1), line: keyLine });
      }
      return { kind: 'map', entries, line };
    }
    return { kind: 'nothing', line };
  }
}

/** Each error costs the library much: of a file full of them a page is enough. */
function* uptoErrors(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  let errors = 0;
  for (const token of tokens) {
    if (token.type === 'error' && ++errors > yamlLimits.problems) return;
    yield token;
  }
}

/** What YAML does not allow (NUL and its like), and what makes a line look like another one to whoever reviews it. */
const unseen = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\u202a-\u202e\u2066-\u2069]/u;

function unseenIn(text: string, file: string): Problem | undefined {
  const found = unseen.exec(text);
  if (found === null) return undefined;
  const line = text.slice(0, found.index).split(/\r\n|\r|\n/).length;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { file, line, message: `a character that cannot be seen (U+${code})`, remedy: 'remove it' };
}

function only(file: string, line: number, message: string, remedy: string): ParsedTree {
  return { problems: [{ file, line, message, remedy }] };
}
