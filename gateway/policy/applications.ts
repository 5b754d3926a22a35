// `applications.yaml`: the applications that a policy may ask about, each a word with the names that it goes by on each kind of
// system. A name is one as a whole, or what begins so: `TeamViewer*`.

import { type WatchedApplication, watchLimits } from '../contract/applications.ts';
import { type Form, formOf, listOf, optional, parsed, problem, type Reading, record } from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import { institutionWord } from './names.ts';

/** Two letters and a star would tell of half the programs of somebody's laptop. */
const nameOfProgram = parsed(
  value => (/^[^*\p{Cc}]{3,100}\*?$|^[^*\p{Cc}]{1,100}$/u.test(value) ? value : undefined),
  'a name of at most 100 characters, with three at least before a star at its end',
);
const names = optional(listOf(nameOfProgram));
const document = record({ windows: names, macos: names, linux: names });

export const applicationsForm: Form = { kind: 'map', value: formOf(document) };

export function readApplications(tree: Tree, reading: Reading): ReadonlyMap<string, WatchedApplication> {
  const applications = new Map<string, WatchedApplication>();
  if (tree.kind !== 'map') {
    problem(reading, tree.line, 'expected applications', 'write "teamviewer: { windows: [TeamViewer*] }"');
    return applications;
  }
  if (tree.entries.size > watchLimits.words) {
    problem(reading, tree.line, `more than ${watchLimits.words} applications`, 'keep those that checks name');
  }
  for (const [word, { value, line }] of tree.entries) {
    institutionWord({ kind: 'text', text: word, line }, reading);
    const read = document(value, reading);
    if (read === undefined) continue;
    const all = [read.windows, read.macos, read.linux];
    if (all.every(each => each === undefined || each.length === 0)) {
      problem(reading, line, `"${word}" has no name on any system`, 'name a program under windows, macos or linux');
    }
    if (all.some(each => each !== undefined && each.length > watchLimits.names)) {
      problem(reading, line, `"${word}" has more than ${watchLimits.names} names on one system`, 'keep those in use');
    }
    applications.set(word, {
      word,
      windows: [...(read.windows ?? [])],
      macos: [...(read.macos ?? [])],
      linux: [...(read.linux ?? [])],
    });
  }
  return applications;
}
