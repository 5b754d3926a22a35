// Identity cards for tests: tokens of SoftHSM, a complete PKCS #11 module in software, filled by its own tools.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const softModule =
  ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/softhsm/libsofthsm2.so'].find(existsSync) ?? '';
export const pin = '4711';

export interface CardObject {
  readonly label: string;
  readonly id: string;
  /** PEM, PKCS #8. */
  readonly key?: string;
  readonly certificate?: Uint8Array;
}

export interface SoftCards {
  readonly folder: string;
  /** For processes that see these cards. */
  readonly environment: NodeJS.ProcessEnv;
  put(tokenLabel: string, objects: readonly CardObject[]): void;
  takeAway(): void;
  /** The cards leave the reader as they are, and come back. */
  takeOut(): void;
  putBack(): void;
  remove(): void;
}

/** An empty "reader": from now on this process, and what it starts, see the cards in it. */
export function makeSoftCards(): SoftCards {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-cards-'));
  const tokens = join(folder, 'tokens');
  const outside = join(folder, 'outside');
  const configuration = join(folder, 'softhsm2.conf');
  mkdirSync(tokens);
  writeFileSync(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  process.env['SOFTHSM2_CONF'] = configuration;
  const run = (program: string, ...args: readonly string[]) => execFileSync(program, args, { stdio: 'pipe' });
  let files = 0;
  const file = (content: string | Uint8Array): string => {
    const path = join(folder, `object-${++files}`);
    writeFileSync(path, content);
    return path;
  };
  return {
    folder,
    environment: { ...process.env },
    put(label, objects) {
      run('softhsm2-util', '--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '12345678');
      for (const { label: name, id, key, certificate } of objects) {
        const named = ['--label', name, '--id', id];
        if (key !== undefined) run('softhsm2-util', '--import', file(key), '--token', label, '--pin', pin, ...named);
        if (certificate === undefined) continue;
        const open = ['--module', softModule, '--token-label', label, '--login', '--pin', pin];
        run('pkcs11-tool', ...open, '--write-object', file(certificate), '--type', 'cert', ...named);
      }
    },
    takeAway() {
      rmSync(tokens, { recursive: true });
      mkdirSync(tokens);
    },
    takeOut() {
      renameSync(tokens, outside);
      mkdirSync(tokens);
    },
    putBack() {
      rmSync(tokens, { recursive: true });
      renameSync(outside, tokens);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
