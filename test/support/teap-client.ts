// Debian's wpa_supplicant has TEAP in its source and not in its packages: where the `eapol_test` is that was built with it, and
// how it is built. Nothing of that is written into this repository, and nothing of the system's configuration is changed.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'sluis', 'eapol-teap');

/** Of the program, whether it is there or not. */
export const teapClient = path.join(cache, 'eapol_test');

/** Features by name; drivers and all else are left out. */
const features = [
  'DRIVER_NONE',
  'IEEE8021X_EAPOL',
  'EAPOL_TEST',
  'EAP_TLS',
  'EAP_MSCHAPV2',
  'EAP_GTC',
  'EAP_TEAP',
  'IPV6',
  'TLSV12',
];

/** Builds it where it is missing; why it could not be, if so. Needs root, like every installation of packages. */
export function buildTeapClient(): string | undefined {
  if (existsSync(teapClient)) return undefined;
  const work = path.join(cache, 'work');
  rmSync(work, { recursive: true, force: true });
  try {
    fetchSource(work);
    const source = readdirSync(work).find(name => name.startsWith('wpa-'));
    if (source === undefined) return 'the package has no source';
    const folder = path.join(work, source, 'wpa_supplicant');
    writeFileSync(
      path.join(folder, '.config'),
      ['CONFIG_TLS=openssl', ...features.map(each => `CONFIG_${each}=y`), ''].join('\n'),
    );
    run('make', ['-s', '-j2', 'eapol_test'], folder);
    copyFileSync(path.join(folder, 'eapol_test'), teapClient);
    return undefined;
  } catch (error) {
    // Without a network, or with another Debian: a test that cannot have its client says so.
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function fetchSource(work: string): void {
  const folders = { lists: path.join(work, 'lists'), parts: path.join(work, 'parts'), apt: path.join(work, 'apt') };
  for (const folder of [...Object.values(folders), path.join(folders.lists, 'partial')])
    mkdirSync(folder, { recursive: true });
  for (const [name, text] of sourceLists()) writeFileSync(path.join(folders.parts, name), text);
  const own = [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${folders.parts}`,
    `Dir::State::Lists=${folders.lists}`,
    `Dir::Cache=${folders.apt}`,
  ].flatMap(option => ['-o', option]);
  run('apt-get', [...own, 'update'], work);
  run('apt-get', [...own, 'source', 'wpa'], work);
}

/** The places that this system has its packages from, asked for their sources. */
function sourceLists(): readonly (readonly [name: string, text: string])[] {
  const apt = '/etc/apt';
  const parts = readdirSync(path.join(apt, 'sources.list.d')).map(name => path.join('sources.list.d', name));
  return ['sources.list', ...parts]
    .filter(name => /\.(list|sources)$/.test(name) && existsSync(path.join(apt, name)))
    .map(name => {
      const text = readFileSync(path.join(apt, name), 'utf8');
      return [
        path.basename(name),
        text.replaceAll(/^(Types:.*|deb)(?=\s)/gm, word => (word === 'deb' ? 'deb-src' : 'Types: deb-src')),
      ] as const;
    });
}

function run(program: string, words: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(program, words, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`${program} ${words.at(-1) ?? ''} ended with ${status}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
}
