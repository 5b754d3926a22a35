// One word changed in a YAML file that people wrote: every other octet of the file stays what it was. Where the word stands is found
// by parsing; what is written is plain text.

import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

/**
 * The text with another word behind `key`, in the item called `name` of the list under `list` at the top; `undefined` when no such
 * word stands there.
 */
export function withItemValue(
  source: string,
  { list, name, key }: { readonly list: string; readonly name: string; readonly key: string },
  word: string,
): string | undefined {
  const document = parseDocument(source, { schema: 'failsafe' });
  if (document.errors.length > 0) return undefined;
  const items = document.get(list);
  if (!isSeq(items)) return undefined;
  const item = items.items.find(each => isMap(each) && each.get('name') === name);
  if (!isMap(item)) return undefined;
  const value = item.get(key, true);
  if (!isScalar(value) || value.range === undefined || value.range === null) return undefined;
  const [start, end] = value.range;
  return source.slice(0, start) + word + source.slice(end);
}
