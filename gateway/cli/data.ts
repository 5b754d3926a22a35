// `sluis data build | install | status`: reference data as one signed file, made where the key is, carried to a gateway, and installed
// there without any network. A running gateway takes it over by itself.
// Exit codes: 0 done, 1 the answer is no (refused, nothing installed, old), 2 not understood or not readable.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig, problemLines } from '../io/configuration.ts';
import { bundleLimits, packBundle, type ReferenceFile, signerOf } from '../io/reference-bundle.ts';
import { readReferenceFiles } from '../io/reference-contents.ts';
import { oldAfterMs } from '../io/reference-data.ts';
import {
  installBundle,
  installedReference,
  type InstalledReference,
  type ReferencePlace,
  referencePlace,
} from '../io/reference-store.ts';
import { readRegularFile } from '../io/regular-file.ts';
import { readSecret } from '../io/secret-file.ts';
import { signingKey, signingKeys } from '../reference-config.ts';
import { CommandStopped, exitCodeOf, readArguments, type Surroundings } from './read-client.ts';
import { plain } from './read-view.ts';

const usage = `sluis data build DIR --key FILE [--out FILE]
       sluis data install FILE --config FILE [--force REASON]
       sluis data status --config FILE [--json]`;

const options = {
  config: { type: 'string' },
  force: { type: 'string' },
  json: { type: 'boolean' },
  key: { type: 'string' },
  out: { type: 'string' },
} as const;

const dayMs = 86_400_000;

export function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, file, ...more] = positionals;
    const { config, force, json, key, out } = values;
    const building = command === 'build' && config === undefined && force === undefined && json === undefined;
    if (building && file !== undefined && key !== undefined && more.length === 0) {
      write(build(file, key, out ?? `reference-data-${new Date().toISOString().slice(0, 10)}.bundle`));
      return 0;
    }
    if (config !== undefined && key === undefined && out === undefined && more.length === 0) {
      if (command === 'install' && file !== undefined && json === undefined) {
        write(install(file, placeOf(config), force));
        return 0;
      }
      if (command === 'status' && file === undefined && force === undefined) {
        const { text, exitCode } = status(placeOf(config), Date.now(), json === true);
        write(text);
        return exitCode;
      }
    }
    throw new CommandStopped(2, `Usage: ${usage}`);
  });
}

function build(directory: string, keyFile: string, out: string): string {
  const pem = keyIn(keyFile);
  const key = signingKey(() => createPrivateKey(pem));
  if (key === undefined) {
    throw new CommandStopped(2, `${keyFile} holds no private key that signs reference data; name ${signingKeys}`);
  }
  const files = filesIn(directory);
  const read = readReferenceFiles(files);
  if ('problems' in read) {
    const named = read.problems.map(each => ({ ...each, file: join(directory, each.file) }));
    throw new CommandStopped(1, problemLines(named).map(plain).join('\n'));
  }
  const bundle = packBundle(files, Date.now(), key);
  if (bundle.byteLength > bundleLimits.packedBytes) {
    throw new CommandStopped(
      1,
      `${bundle.byteLength} bytes packed, the limit is ${bundleLimits.packedBytes}; leave something out`,
    );
  }
  writeFileSync(out, bundle);
  return `${out}: ${files.map(each => each.path).join(', ')}; signed with key ${signerOf(createPublicKey(pem)).slice(0, 16)}\n`;
}

function keyIn(path: string): Buffer {
  try {
    return Buffer.from(readSecret(path));
  } catch (error) {
    // Missing, not ours to read, or sealed with another key: it says which.
    throw new CommandStopped(2, `${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function filesIn(directory: string): readonly ReferenceFile[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap(each => (each.isDirectory() ? [] : [join(each.parentPath, each.name)])).sort();
  return paths.map(path => {
    const bytes = readRegularFile(path, bundleLimits.unpackedBytes);
    if ('because' in bytes) throw new CommandStopped(1, `${path} ${bytes.because}`);
    return { path: path.slice(join(directory, '/').length).replaceAll('\\', '/'), bytes };
  });
}

/** What the gateway of this configuration trusts, and where it looks. */
function placeOf(config: string): ReferencePlace {
  const loaded = loadConfig(config);
  if ('problems' in loaded) throw new CommandStopped(2, problemLines(loaded.problems).map(plain).join('\n'));
  const place = referencePlace(loaded.config);
  if (place === undefined) {
    throw new CommandStopped(2, `${config} says nothing of reference data; add reference-data: { signers: [FILE] }`);
  }
  return place;
}

function install(file: string, place: ReferencePlace, forcedBecause: string | undefined): string {
  if (forcedBecause !== undefined && forcedBecause.trim().length < 8) {
    throw new CommandStopped(2, 'Say in a few words why an older one is to be installed: --force "REASON"');
  }
  const installed = installBundle(resolve(file), place, {
    now: Date.now(),
    ...(forcedBecause === undefined ? {} : { forcedBecause }),
  });
  if ('wrong' in installed) throw new CommandStopped(1, `${file} ${plain(installed.wrong)}; ${installed.remedy}`);
  return `${linesOf(installed, Date.now()).join('\n')}\ninstalled; a running gateway takes it over within seconds\n`;
}

function status(
  place: ReferencePlace,
  now: number,
  json: boolean,
): { readonly text: string; readonly exitCode: 0 | 1 } {
  const installed = installedReference(place);
  if (installed === undefined || 'wrong' in installed) {
    const why = installed === undefined ? 'nothing is installed' : `the installed bundle ${installed.wrong}`;
    return { text: json ? `${JSON.stringify({ installed: false, why })}\n` : `${plain(why)}\n`, exitCode: 1 };
  }
  const { id, madeAt, signer, files } = installed.bundle;
  const ageDays = Math.floor((now - madeAt) / dayMs);
  const old = now - madeAt > oldAfterMs;
  if (json) {
    const names = files.map(({ path, bytes }) => ({ path, bytes: bytes.byteLength }));
    const told = {
      installed: true,
      bundle: id,
      made: new Date(madeAt).toISOString(),
      ageDays,
      old,
      signer,
      files: names,
    };
    return { text: `${JSON.stringify(told, undefined, 2)}\n`, exitCode: old ? 1 : 0 };
  }
  const warning = old ? [`older than ${oldAfterMs / dayMs} days: install a newer one`] : [];
  return { text: `${[...linesOf(installed, now), ...warning].join('\n')}\n`, exitCode: old ? 1 : 0 };
}

function linesOf({ bundle, contents }: InstalledReference, now: number): readonly string[] {
  const ageDays = Math.max(0, Math.floor((now - bundle.madeAt) / dayMs));
  const { supportCalendar, antivirusProducts, countries, intermediates } = contents;
  return [
    `bundle  ${bundle.id.slice(0, 16)}, made ${new Date(bundle.madeAt).toISOString()} (${ageDays} days ago), signed with key ${bundle.signer.slice(0, 16)}`,
    ...(supportCalendar === undefined
      ? []
      : [`support calendar  ${[...supportCalendar].map(([family, rows]) => `${family} ${rows.length}`).join(', ')}`]),
    ...(antivirusProducts === undefined ? [] : [`virus protection  ${antivirusProducts.size} names`]),
    ...(countries === undefined ? [] : ['country file']),
    ...(intermediates.length === 0 ? [] : [`intermediates  ${intermediates.length} certificates`]),
  ];
}
