// The XML reader: what it gives, and all that it refuses.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readXml, type XmlElement, xmlLimits } from '../../gateway/documents/plain-xml.ts';

function root(text: string): XmlElement {
  const read = readXml(text, 'x.xml');
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.root;
}

function problem(text: string): string | undefined {
  const read = readXml(text, 'x.xml');
  return 'problems' in read ? read.problems.map(({ line, message }) => `${line}: ${message}`).join() : undefined;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

describe('an element', () => {
  it('has name, attributes, children, text and line', () => {
    const text = `\uFEFF<?xml version="1.0"?>\n<!-- <no> -->\n<Root xmlns:dt='u"v'>\n  <a name="x &amp; y"/>\n  <b dt:dt="string">s&#x3c;<![CDATA[<&]]>t</b></Root>\n`;
    const found = root(text);
    expect([found.name, found.line, found.attributes.get('xmlns:dt')]).toEqual(['Root', 3, 'u"v']);
    expect(found.children.map(({ name, text: inside, line }) => [name, inside, line])).toEqual([
      ['a', '', 4],
      ['b', 's<<&t', 5],
    ]);
    expect(found.children[0]?.attributes.get('name')).toBe('x & y');
  });

  it('gives back any text that was escaped', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', ' ', '&', '<', '>', '"', "'", 'é', '𝄞', ']', '\n', '\t') });
    fc.assert(
      fc.property(letters, letters, (text, value) => {
        const found = root(`<a b="${escaped(value)}">${escaped(text)}</a>`);
        expect([found.text, found.attributes.get('b')]).toEqual([text, value]);
      }),
    );
  });

  it('is read in one pass: megabytes on one line take no minutes', () => {
    const many = '<a b="c">d</a>'.repeat(100_000);
    const before = performance.now();
    expect(root(`<r>${many}</r>`).children).toHaveLength(100_000);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe('what is refused', () => {
  const cases: readonly (readonly [title: string, text: string, problem: string])[] = [
    [
      'a document type',
      '<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>',
      '2: a document type or another declaration',
    ],
    ['an external entity', '<r>\n&ext;</r>', '1: the entity &ext; is not known'],
    ['a lone &', '<r>a & b</r>', '1: the entity & b is not known'],
    ['a character reference to nothing', '<r>&#0;</r>', '1: the entity &#0; is not known'],
    ['a character reference beyond Unicode', '<r>&#x110000;</r>', '1: the entity &#x110000; is not known'],
    ['a surrogate by number', '<r>&#xd800;</r>', '1: the entity &#xd800; is not known'],
    ['the wrong end tag', '<r><a>\n</r></a>', '2: an end tag where </a> comes first'],
    ['an end tag alone', '</r>', '1: an end tag where nothing is open'],
    ['an open element', '<r><a></a>', '1: <r> is never closed'],
    ['a second root', '<r/>\n<r/>', '2: a second root element'],
    ['text outside', '<r/>x', '1: text outside the root element'],
    ['CDATA outside', '<![CDATA[x]]><r/>', '1: text outside the root element'],
    ['nothing', ' \n', '1: no element at all'],
    ['an attribute twice', '<r a="1" a="2"/>', '1: attribute "a" twice'],
    ['an attribute without quotes', '<r a=1/>', '1: the tag <r> is broken'],
    ['a < in an attribute', '<r a="<"/>', '1: the tag <r> is broken'],
    ['a tag that ends nowhere', '<r', '1: the tag <r> is broken'],
    ['a comment that ends nowhere', '<r><!-- x</r>', '1: "-->" is missing'],
    ['a NUL', '<r>\u0000</r>', '1: a character that XML does not have'],
    ['half a surrogate pair', '<r>\ud800</r>', '1: a character that XML does not have'],
    ['no XML', 'ceci n’est pas', '1: text outside the root element'],
    ['depth', '<a>'.repeat(100), `1: deeper than ${xmlLimits.depth} levels`],
    [
      'too many attributes',
      `<r ${Array.from({ length: 40 }, (_, at) => `a${at}="1"`).join(' ')}/>`,
      '1: too many attributes',
    ],
  ];
  for (const [title, text, expected] of cases) {
    it(title, () => expect(problem(text)).toBe(expected));
  }

  it('never by throwing', () => {
    const parts = [
      '<',
      '>',
      '/',
      'a',
      ' ',
      '=',
      '"',
      '&',
      ';',
      '#x41',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '<!',
      '\n',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts)), some => void readXml(some.join(''), 'x')),
      { numRuns: 1000 },
    );
  });
});
