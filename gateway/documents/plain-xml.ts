// Plain XML: text → elements with attributes, text and line, or the one problem that ended the reading. Less than XML 1.0 on
// purpose: no document type, so no entities but the five that every document has; no namespaces (a prefix is part of the name).
// One pass, no recursion, bounded in size, depth and number.

import type { Problem } from './yaml-tree.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All character data directly inside, joined. */
  readonly text: string;
  readonly line: number;
}

export type XmlResult = { readonly root: XmlElement } | { readonly problems: readonly Problem[] };

export const xmlLimits = { characters: 32 * 1024 * 1024, depth: 64, elements: 500_000, attributes: 32 } as const;

interface Open {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly text: string[];
  readonly line: number;
}

const name = '[\\p{L}_][\\p{L}\\p{N}_.:-]{0,255}';
const openTag = new RegExp(`<(${name})`, 'uy');
const closeTag = new RegExp(`</(${name})\\s*>`, 'uy');
const attributePart = new RegExp(`\\s+(${name})\\s*=\\s*("[^"<]*"|'[^'<]*')`, 'uy');
const tagEnd = /\s*(\/?)>/y;
const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
// Characters of XML 1.0 that may stand for themselves; lone surrogates are none.
const forbidden = /[\0-\x08\v\f\x0E-\x1F\uFFFE\uFFFF]|\p{Cs}/u;

class Wrong extends Error {
  readonly at: number;
  readonly remedy: string;

  constructor(at: number, message: string, remedy: string) {
    super(message);
    this.at = at;
    this.remedy = remedy;
  }
}

/** What is wrong is returned, never thrown. */
export function readXml(text: string, file: string): XmlResult {
  try {
    if (text.length > xmlLimits.characters) {
      throw new Wrong(0, `the file has ${text.length} characters, the limit is ${xmlLimits.characters}`, 'split it');
    }
    return { root: rootOf(text) };
  } catch (error) {
    // A fault of ours is thrown on.
    if (!(error instanceof Wrong)) throw error;
    const { at, message, remedy } = error;
    return { problems: [{ file, line: text.slice(0, at).split('\n').length, message, remedy }] };
  }
}

function rootOf(text: string): XmlElement {
  const bad = forbidden.exec(text);
  if (bad !== null) throw new Wrong(bad.index, 'a character that XML does not have', 'export the file again');
  const open: Open[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  // An export may be one line of megabytes: no octet of it is searched for a line end twice.
  let lineFeed = next(text, '\n', 0);
  while (at < text.length) {
    for (; lineFeed < at; lineFeed = next(text, '\n', lineFeed + 1)) line += 1;
    if (text[at] !== '<') {
      const end = next(text, '<', at);
      const data = text.slice(at, end);
      const inside = open.at(-1);
      if (inside !== undefined) inside.text.push(decoded(data, at));
      else if (/\S/.test(data)) throw new Wrong(at, 'text outside the root element', 'export the file again');
      at = end;
    } else if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4);
    else if (text.startsWith('<![CDATA[', at)) {
      const end = after(text, ']]>', at + 9);
      const inside = open.at(-1);
      if (inside === undefined) throw new Wrong(at, 'text outside the root element', 'export the file again');
      inside.text.push(text.slice(at + 9, end - 3));
      at = end;
    } else if (text.startsWith('<?', at)) at = after(text, '?>', at + 2);
    else if (text.startsWith('<!', at)) {
      throw new Wrong(at, 'a document type or another declaration', 'remove it: nothing here needs one');
    } else if (text[at + 1] === '/') {
      const closed = matched(closeTag, text, at);
      const element = open.pop();
      if (closed === undefined || element === undefined || closed[1] !== element.name) {
        const wanted = element === undefined ? 'nothing is open' : `</${element.name}> comes first`;
        throw new Wrong(at, `an end tag where ${wanted}`, 'export the file again');
      }
      finish(element);
      at += closed[0].length;
    } else at = readOpenTag();
  }
  if (open.length > 0) throw new Wrong(at, `<${open.at(-1)?.name ?? ''}> is never closed`, 'export the file again');
  if (root === undefined) throw new Wrong(0, 'no element at all', 'name an XML file');
  return root;

  function readOpenTag(): number {
    const opened = matched(openTag, text, at);
    if (opened === undefined) throw new Wrong(at, 'a < that begins no element', 'write it as &lt;');
    if (root !== undefined && open.length === 0) throw new Wrong(at, 'a second root element', 'export the file again');
    elements += 1;
    if (elements > xmlLimits.elements)
      throw new Wrong(at, `more than ${xmlLimits.elements} elements`, 'split the file');
    if (open.length >= xmlLimits.depth) throw new Wrong(at, `deeper than ${xmlLimits.depth} levels`, 'flatten it');
    let end = at + opened[0].length;
    const attributes = new Map<string, string>();
    for (let part = matched(attributePart, text, end); part !== undefined; part = matched(attributePart, text, end)) {
      const [whole, key = '', quoted = ''] = part;
      if (attributes.has(key)) throw new Wrong(end, `attribute "${key}" twice`, 'export the file again');
      if (attributes.size >= xmlLimits.attributes) throw new Wrong(end, 'too many attributes', 'export the file again');
      attributes.set(key, decoded(quoted.slice(1, -1), end));
      end += whole.length;
    }
    const closing = matched(tagEnd, text, end);
    if (closing === undefined) throw new Wrong(end, `the tag <${opened[1] ?? ''}> is broken`, 'export the file again');
    const element: Open = { name: opened[1] ?? '', attributes, children: [], text: [], line };
    if (closing[1] === '/') finish(element);
    else open.push(element);
    return end + closing[0].length;
  }

  function finish({ text: parts, ...element }: Open): void {
    const done = { ...element, text: parts.join('') };
    const parent = open.at(-1);
    if (parent === undefined) root = done;
    else parent.children.push(done);
  }
}

function matched(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function next(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from);
  return at < 0 ? text.length : at;
}

function after(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from);
  if (at < 0) throw new Wrong(from, `"${sign}" is missing`, 'export the file again');
  return at + sign.length;
}

function decoded(text: string, at: number): string {
  return text.replaceAll(/&([^;&]{0,12};?)/g, (reference, body: string) => {
    const known = body.endsWith(';') ? (named[body.slice(0, -1)] ?? numbered(body.slice(0, -1))) : undefined;
    if (known === undefined) throw new Wrong(at, `the entity ${reference} is not known`, 'write & as &amp;');
    return known;
  });
}

function numbered(body: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(body) ?? [];
  const code = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16);
  if (!(code > 0 && code <= 0x10ffff)) return undefined;
  const character = String.fromCodePoint(code);
  return forbidden.test(character) ? undefined : character;
}
