// Real programs that tests run against: where they are, which Debian package brings them, and what happens without them.
// A suite whose program is missing is skipped with its reason in the title; in CI that is a failure where it could be there.

import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';

/** Program → Debian package. The packages of `test/packages.txt` are installed by `npm test` where it may. */
export const packageOf = {
  clamscan: 'clamav',
  eapol_test: 'eapoltest',
  freeradius: 'freeradius',
  ldapsearch: 'ldap-utils',
  nft: 'nftables',
  oathtool: 'oathtool',
  openssl: 'openssl',
  'pkcs11-tool': 'opensc',
  radclient: 'freeradius-utils',
  radsecproxy: 'radsecproxy',
  'redis-server': 'redis-server',
  script: 'bsdutils',
  'softhsm2-util': 'softhsm2',
  slapd: 'slapd',
} as const;
export type Program = keyof typeof packageOf;

/** Set by the test run for packages that it tried to install in vain (no network). */
export const unreachableVariable = 'SLUIS_PACKAGES_UNREACHABLE';

// Programs for administrators stand outside the PATH of ordinary users.
const alsoIn = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Path of a program, or undefined. */
export function program(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...alsoIn];
  return folders
    .filter(folder => folder !== '')
    .map(folder => path.join(folder, name))
    .find(isExecutable);
}

/** Whether this machine lets us install Debian packages. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg-query');
}

/** A suite that needs real programs; its body is given their paths, in the order asked. */
export function describeWith(
  needed: Program | readonly Program[],
  title: string,
  body: (...paths: readonly string[]) => void,
): void {
  const names = typeof needed === 'string' ? [needed] : needed;
  const paths = names.map(program);
  const found = paths.filter(each => each !== undefined);
  if (found.length === names.length) {
    describe(title, () => {
      body(...found);
    });
    return;
  }
  const missing = names.filter((_, index) => paths[index] === undefined);
  const reason = missing.map(name => `${name} is not installed (Debian package ${packageOf[name]})`).join(', ');
  const unreachable = (process.env[unreachableVariable] ?? '').split(' ');
  const couldBeThere = mayInstall() && missing.some(name => !unreachable.includes(packageOf[name]));
  if (couldBeThere && isSet(process.env['CI'])) throw new Error(`"${title}" would be skipped in CI: ${reason}`);
  console.warn(`skipped "${title}": ${reason}`);
  describe.skip(`${title} [skipped: ${reason}]`, () => {
    body(...names.map(() => ''));
  });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0';
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us to run: both mean "no such program here".
    return false;
  }
}
