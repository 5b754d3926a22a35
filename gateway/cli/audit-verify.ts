// `sluis audit verify`: checks the hash chain of every decision in a store file, also beside a running gateway.

import { existsSync } from 'node:fs';
import { verifyStoreFile } from '../io/embedded-store-verify.ts';
import { CommandStopped, configured, exitCodeOf, messageOf, readArguments, type Surroundings } from './read-client.ts';

const usage = 'sluis audit verify (--config sluis.yaml | --store PATH) [--json]';
const options = { store: { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' } } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const store = values.store ?? storeOf(values.config);
    if (store === undefined || positionals.length > 0) throw new CommandStopped(2, `Which store?\nUsage: ${usage}`);
    const check = verify(store);
    if (values.json === true) write(`${JSON.stringify(check)}\n`);
    if (check.broken !== undefined) {
      throw new CommandStopped(
        1,
        `The chain is broken after ${check.records} good records.\n${check.broken}\n` +
          'Keep this file as it is, compare it with your last copy or export, and find out who could write to it.',
      );
    }
    if (values.json !== true) write(`${check.records} records, every chain holds.\n`);
    return 0;
  });
}

function storeOf(config: string | undefined): string | undefined {
  if (config === undefined) return undefined;
  try {
    return configured(config).storePath;
  } catch (error) {
    // Every problem of the configuration, one a line.
    throw new CommandStopped(2, `${config} does not say where the store is: ${messageOf(error)}`);
  }
}

function verify(path: string): ReturnType<typeof verifyStoreFile> {
  if (!existsSync(path)) throw new CommandStopped(2, `There is no file ${path}: give the store's own path`);
  try {
    return verifyStoreFile(path);
  } catch (error) {
    // No database, another program's database, a newer schema, no permission: the message says which.
    throw new CommandStopped(2, `${path} cannot be verified: ${messageOf(error)}`);
  }
}
