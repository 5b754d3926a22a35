#!/usr/bin/env node
// The `sluis` command on whatever Node is installed: checks the version before anything that an older Node cannot read.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lockedNode, newEnough, nodeAtLeast } from './locked-node.mjs';

const args = process.argv.slice(2);

if (newEnough(process.version)) {
  const { main } = await import('./sluis.ts');
  process.exitCode = await main(args);
} else {
  const node = lockedNode(fileURLToPath(new URL('../..', import.meta.url)));
  if (node === undefined) {
    console.error(
      `sluis needs Node ${nodeAtLeast} or newer; this is ${process.version}. ` +
        'Install it, or run "npm ci --include=optional" in the folder of Sluis, which brings it along.',
    );
    process.exitCode = 2;
  } else {
    const child = spawn(node, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' });
    // Both get the terminal's signal; the child tidies up and its exit code counts.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? (signal === null ? 1 : 128 + (signal === 'SIGINT' ? 2 : 15));
    });
  }
}
