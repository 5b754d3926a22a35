// Known virus protection: what agents report as its name, and the words that policies may use for it. Reference data; a product that
// is not listed keeps the name that was reported.

import { listOf, name, parsed, problem, type Reading, record, required, text } from '../documents/shape.ts';
import { parseYaml, type Problem } from '../documents/yaml-tree.ts';

/** The words for a name, which is in lower case. */
export type AntivirusProducts = ReadonlyMap<string, readonly string[]>;

export const noAntivirusProducts: AntivirusProducts = new Map();

const reported = parsed(value => (value.length <= 200 ? value.toLowerCase() : undefined), 'a name of 200 characters');

const document = record({
  products: required(
    listOf(
      record({
        product: required(name),
        vendor: required(name),
        /** What it is called in full, for people. */
        title: required(text(128)),
        'reported as': required(listOf(reported)),
      }),
    ),
  ),
});

export function readAntivirusProducts(
  source: string,
  file: string,
): AntivirusProducts | { readonly problems: readonly Problem[] } {
  const tree = parseYaml(source, file);
  if ('problems' in tree) return tree;
  const reading: Reading = { file, problems: [] };
  const words = new Map<string, readonly string[]>();
  for (const { product, vendor, line, 'reported as': names } of document(tree.tree, reading)?.products ?? []) {
    for (const each of names) {
      if (words.has(each)) problem(reading, line, `"${each}" is reported by two products`, 'keep it at one of them');
      words.set(each, [product, vendor]);
    }
  }
  return reading.problems.length > 0 ? { problems: reading.problems } : words;
}

/** The names as reported, and the words for them. */
export function antivirusWords(known: AntivirusProducts, names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap(each => [each, ...(known.get(each.toLowerCase()) ?? [])]))].sort();
}
