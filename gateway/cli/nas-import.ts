// `sluis nas import`: the concentrators of another RADIUS server into a configuration. Each becomes an entry and a secret file;
// what stays behind, and what will mean something else, is named with its line. Nothing is written unless all of the source
// was understood and the result is in order.

import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { loadConfig, problemLines } from '../io/configuration.ts';
import { type DraftResult, draftNasEntries, type NasDraft, type NewNas, writeNasDraft } from '../io/nas-entries.ts';
import { type Carried, type Remark, sharedSecrets } from './nas-carried.ts';
import { nasFromFreeradius } from './nas-from-freeradius.ts';
import { nasFromNps } from './nas-from-nps.ts';
import { CommandStopped, messageOf } from './read-client.ts';
import { plain, table } from './read-view.ts';

export const sources = { 'clients.conf': nasFromFreeradius, nps: nasFromNps } as const;

export interface Import {
  readonly from: keyof typeof sources;
  readonly file: string;
  readonly config: string;
  readonly dryRun: boolean;
  /** What the source does not say, and is the same for all of it. */
  readonly forAll: Pick<NewNas, 'profile' | 'group'>;
}

/** Exit code 0 when every client was carried over, 1 when one stays behind. */
export function importNas({ from, file, config, dryRun, forAll }: Import, write: (text: string) => unknown): number {
  const loaded = loadConfig(config);
  if ('problems' in loaded) throw new CommandStopped(2, problemLines(loaded.problems).map(plain).join('\n'));
  const read = sources[from](textOf(file), file);
  if ('problems' in read) throw new CommandStopped(2, problemLines(read.problems).map(plain).join('\n'));
  const { nas: fresh, left } = withoutTaken(read, loaded.config);
  const nas = fresh.map(each => ({ ...each, ...forAll }));
  const draft = nas.length === 0 ? undefined : usable(draftNasEntries(config, nas));
  if (draft !== undefined && !dryRun) place(draft);
  const rows = nas.map(each => [
    each.name,
    each.address,
    each.requireMessageAuthenticator === false ? 'optional' : 'required',
    String(each.line),
  ]);
  if (rows.length > 0) write(table(['NAME', 'ADDRESS', 'MESSAGE-AUTHENTICATOR', 'LINE'], rows));
  write(remarkLines('Not carried over:', file, left));
  write(
    remarkLines('Means something else now:', file, [...nas.flatMap(({ differs }) => differs), ...sharedSecrets(nas)]),
  );
  const done = dryRun ? 'would be added to' : 'added to';
  write(`\n${rows.length} NAS ${done} ${config}; ${left.length} lines not carried over\n`);
  if (draft !== undefined && !dryRun) write(afterwards);
  return left.length === 0 ? 0 : 1;
}

/** The draft, or the command ends. */
export function usable(result: DraftResult): NasDraft {
  if ('draft' in result) return result.draft;
  if ('refused' in result) throw new CommandStopped(1, plain(result.refused));
  throw new CommandStopped(2, problemLines(result.problems).map(plain).join('\n'));
}

export function place(draft: NasDraft): void {
  let placed: ReturnType<typeof writeNasDraft>;
  try {
    placed = writeNasDraft(draft);
  } catch (error) {
    // No space, no right to write there: all is as it was, and the system's words say what to mend.
    throw new CommandStopped(2, `${draft.configFile} was not changed: ${messageOf(error)}`);
  }
  if (placed !== true) throw new CommandStopped(1, placed.refused);
}

/** What is left to do by hand. */
export const afterwards = 'The gateway knows it after its next start.\n';

/** A name and an address belong to one concentrator; whoever has them already keeps them. */
function withoutTaken(carried: Carried, { nas: present }: Config): Carried {
  const owners = new Map(
    present.flatMap(({ name, address }) => (address === undefined ? [] : [[address, name] as const])),
  );
  const names = new Set(present.map(({ name }) => name));
  const taken: Remark[] = [];
  const nas = carried.nas.filter(({ name, address, line }) => {
    const owner = owners.get(address);
    if (owner !== undefined) taken.push({ line, about: name, text: `${address} is that of NAS ${owner}` });
    else if (names.has(name)) taken.push({ line, about: name, text: 'there is a NAS of that name: give it another' });
    else {
      owners.set(address, name);
      names.add(name);
      return true;
    }
    return false;
  });
  return { nas, left: [...carried.left, ...taken] };
}

function remarkLines(head: string, file: string, remarks: readonly Remark[]): string {
  if (remarks.length === 0) return '';
  const lines = remarks
    .toSorted((one, other) => one.line - other.line)
    .map(({ line, about, text }) => `  ${file}:${line}: ${plain(about.slice(0, 80))} – ${plain(text)}\n`);
  return `\n${head}\n${lines.join('')}`;
}

/** UTF-8, or UTF-16 where a mark at the start says so: Windows writes both. */
function textOf(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    // Which file to import is an argument: the system's words say what is wrong with it.
    throw new CommandStopped(2, messageOf(error));
  }
  const [first, second] = bytes;
  const utf16 =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
  try {
    return new TextDecoder(utf16 ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The decoder says only that it could not. A secret in another encoding would be another secret.
    throw new CommandStopped(2, `${path} is neither UTF-8 nor UTF-16: save it as UTF-8`);
  }
}
