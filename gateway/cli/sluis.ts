// The `sluis` command: finds the sub-command that is meant, and runs it.
// Exit codes: 0 done, 1 done with findings or failed, 2 not understood.

import { readFileSync } from 'node:fs';
import { nearestWord } from '../documents/nearest-word.ts';
import { commands } from './commands.ts';

/** Runs one command line; the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [first] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    console.log(help());
    return first === undefined ? 2 : 0;
  }
  if (first === '--version' || first === '-V') {
    console.log(version());
    return 0;
  }
  const command = commands.find(each => startsWith(args, each.words.split(' ')));
  if (command === undefined) {
    console.error(notUnderstood(args));
    return 2;
  }
  const rest = args.slice(command.words.split(' ').length);
  const { run } = await command.load();
  try {
    return await run(command.first === undefined ? rest : [command.first, ...rest]);
  } catch (error) {
    // What node:util's parseArgs says of the arguments is for the user; anything else is a fault of ours.
    if (!(error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')))
      throw error;
    console.error(`sluis ${command.words}: ${error.message}`);
    return 2;
  }
}

export function help(): string {
  const widest = Math.max(...commands.map(command => command.words.length));
  const lines = commands.map(command => `  sluis ${command.words.padEnd(widest)}  ${command.does}`);
  return ['usage: sluis COMMAND [OPTIONS]', '', ...lines, '', 'sluis --version shows the version.'].join('\n');
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return `sluis ${manifest.version} (Node ${process.version})`;
}

/** What was typed, and what was probably meant: the commands with the same first word, else the nearest one. */
export function notUnderstood(args: readonly string[]): string {
  const typed = args.filter(arg => !arg.startsWith('-')).slice(0, 2);
  const family = commands.map(command => command.words).filter(words => words.startsWith(`${typed[0] ?? ''} `));
  const near = nearestCommand(typed, family);
  const offer =
    near.length > 0 ? `did you mean: ${near.map(words => `sluis ${words}`).join(', ')}?` : 'sluis --help lists them';
  return `sluis: no command "${typed.length > 0 ? typed.join(' ') : (args[0] ?? '')}"; ${offer}`;
}

function nearestCommand(typed: readonly string[], family: readonly string[]): readonly string[] {
  const all = commands.map(command => command.words);
  const whole = nearestWord(typed.join(' '), all);
  if (whole !== undefined) return [whole];
  if (family.length > 0) return family;
  const firstWords = all.map(words => words.split(' ')[0] ?? '');
  const first = nearestWord(typed[0] ?? '', firstWords);
  return all.filter((_, index) => firstWords[index] === first);
}

function startsWith(args: readonly string[], words: readonly string[]): boolean {
  return words.every((word, index) => args[index] === word);
}
