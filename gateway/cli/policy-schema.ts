// `sluis policy schema DIR`: JSON Schema of every kind of policy file, for an editor that completes keys and says what they mean.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language } from '../contract/language.ts';
import { policyFileKinds, type PolicyFileKind, schemaOf } from '../policy/schema.ts';
import { languageOf } from './language-option.ts';
import { CommandStopped, exitCodeOf, readArguments, type Surroundings } from './read-client.ts';

const usage = 'sluis policy schema DIR [--language nl|fr|de|en]';

export function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, { language: { type: 'string', default: 'en' } }, usage);
    const [directory, ...more] = positionals;
    if (directory === undefined || more.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    const files = schemaFiles(languageOf(values.language));
    mkdirSync(directory, { recursive: true });
    for (const { name, text } of files) writeFileSync(join(directory, name), text);
    const write = around.write ?? (text => process.stdout.write(text));
    write(`${files.length} schemas in ${directory}\n`);
    return 0;
  });
}

export function schemaFiles(language: Language): readonly { readonly name: string; readonly text: string }[] {
  return kinds.map(kind => ({
    name: `${kind}.schema.json`,
    text: `${JSON.stringify(schemaOf(kind, language), undefined, 2)}\n`,
  }));
}

const kinds = Object.keys(policyFileKinds) as PolicyFileKind[];

/** Which schema is for which files, as the YAML extension of Visual Studio Code takes it. `folder`: that of the schemas. */
export function editorSettings(folder: string): string {
  const mapped = kinds.map((kind): [string, string] => [
    `./${folder}/${kind}.schema.json`,
    policyFileKinds[kind].files,
  ]);
  return `${JSON.stringify({ 'yaml.schemas': Object.fromEntries(mapped) }, undefined, 2)}\n`;
}
