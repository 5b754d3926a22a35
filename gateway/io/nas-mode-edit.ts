// Who decides about a concentrator, in the configuration: the one word behind its `mode:`. What would not read back as the same
// configuration but for that word is found before the file is touched.

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { withItemValue } from '../documents/yaml-value.ts';
import type { Problem } from '../documents/yaml-tree.ts';
import type { NasMode } from '../pdp/nas.ts';
import { loadConfig, loadConfigText } from './configuration.ts';
import { replaceFile } from './secret-file.ts';

export type ModeDraft =
  | { readonly write: () => true | { readonly refused: string } }
  | { readonly problems: readonly Problem[] }
  | { readonly refused: string };

/** Writes nothing until it is told to. */
export function draftNasMode(path: string, name: string, mode: NasMode): ModeDraft {
  const loaded = loadConfig(path);
  if ('problems' in loaded) return loaded;
  const nas = loaded.config.nas.find(each => each.name === name);
  if (nas === undefined) return { refused: `there is no NAS "${name}" in ${path}` };
  if (nas.mode === undefined) return { refused: `${name} has no authority: add authority: and mode: to it in ${path}` };
  const file = realpathSync(path);
  const before = readFileSync(file, 'utf8');
  const after = withItemValue(before, { list: 'nas', name, key: 'mode' }, mode);
  const checked = after === undefined ? undefined : loadConfigText(path, after);
  const expected = loaded.config.nas.map(each => (each.name === name ? { ...each, mode } : each));
  if (
    after === undefined ||
    checked === undefined ||
    'problems' in checked ||
    !isDeepStrictEqual(checked.config.nas, expected)
  ) {
    return { refused: `${file} would not read back as it is: change mode: of ${name} by hand` };
  }
  return {
    write: () => {
      if (readFileSync(file, 'utf8') !== before) return { refused: `${file} was changed by somebody else meanwhile` };
      replaceFile(file, after, statSync(file).mode % 0o1000);
      return true;
    },
  };
}
