// `sluis policy init --pack NAME DIR`: begins a policy set with a pack, so that it stands on its own from the first day: with the
// support calendar that packs share, and with the schemas that an editor completes its files by.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PolicyFile } from '../policy/policy-set.ts';
import { readPolicyFiles } from '../io/policy-files.ts';
import { languageOf } from './language-option.ts';
import { problemLines } from './policy-check.ts';
import { editorSettings, schemaFiles } from './policy-schema.ts';
import { CommandStopped, exitCodeOf, readArguments, type Surroundings } from './read-client.ts';

const usage = 'sluis policy init --pack NAME DIR [--language nl|fr|de|en]';
const shipped = fileURLToPath(new URL('../../policies/', import.meta.url));
/** The set beside the packs. */
const starter = 'starter';

export function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  return exitCodeOf(around, async () => {
    const options = { pack: { type: 'string' }, language: { type: 'string', default: 'en' } } as const;
    const { values, positionals } = readArguments(args, options, usage);
    const [directory, ...more] = positionals;
    if (directory === undefined || values.pack === undefined || more.length > 0) {
      throw new CommandStopped(2, `Usage: ${usage}\nPacks: ${packs().join(', ')}`);
    }
    const files = [...packFiles(values.pack), ...editorFiles(values.language)];
    if (existsSync(directory) && readdirSync(directory).length > 0) {
      throw new CommandStopped(1, `${directory} is not empty: name a new directory, so that nothing is overwritten`);
    }
    for (const { path, text } of files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text, { flag: 'wx' });
    }
    const write = around.write ?? (text => process.stdout.write(text));
    write(
      `${directory} holds the pack ${values.pack}. Next: sluis policy read ${directory}, then sluis policy test ${directory}\n`,
    );
    return 0;
  });
}

function packs(): readonly string[] {
  return [starter, ...readdirSync(join(shipped, 'packs')).sort()];
}

/** With its situations and its README, which are no part of the set itself. */
function packFiles(pack: string): readonly PolicyFile[] {
  if (!packs().includes(pack)) {
    throw new CommandStopped(2, `no pack is called "${pack}"; there are: ${packs().join(', ')}`);
  }
  const directory = pack === starter ? shipped : join(shipped, 'packs', pack);
  const read = readPolicyFiles(directory);
  if ('problems' in read) throw new CommandStopped(1, problemLines(read.problems).trimEnd());
  const situations = existsSync(join(directory, 'situations')) ? readdirSync(join(directory, 'situations')) : [];
  const beside = [...situations.map(name => `situations/${name}`), ...(pack === starter ? [] : ['README.md'])];
  const found = beside.filter(path => existsSync(join(directory, path)));
  return [...read.files, ...found.map(path => ({ path, text: readFileSync(join(directory, path), 'utf8') }))];
}

function editorFiles(word: string): readonly PolicyFile[] {
  const schemas = schemaFiles(languageOf(word)).map(({ name, text }) => ({ path: `schema/${name}`, text }));
  return [...schemas, { path: '.vscode/settings.json', text: editorSettings('schema') }];
}
