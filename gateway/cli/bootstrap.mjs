// `npm run demo|test|check|bench|fuzz` on a fresh clone: brings node_modules in line with package-lock.json, then runs the
// task under the locked Node. Plain JavaScript without dependencies, because an older Node starts it and cannot read .ts.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockedNode, nodeAtLeast } from './locked-node.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const tasks = {
  demo: 'gateway/cli/demo/main.ts',
  test: 'test/quality/run-tests.ts',
  check: 'test/quality/run-checks.ts',
  bench: 'test/bench/main.ts',
  fuzz: 'test/fuzz/main.ts',
};

const [task, ...args] = process.argv.slice(2);
if (!Object.hasOwn(tasks, task ?? '')) {
  end(2, `usage: npm run ${Object.keys(tasks).join('|')} [-- arguments]`);
}

if (!installedAsLocked()) install();

const node = lockedNode(root);
if (node === undefined) {
  end(
    1,
    `Node ${nodeAtLeast} is needed and is not in node_modules for ${process.platform}-${process.arch}.\n` +
      'If optional packages were left out, run "npm ci --include=optional"; ' +
      `else install Node ${nodeAtLeast} or newer and run this again.`,
  );
}
run(node, tasks[task], args);

/** npm writes what it installed to node_modules/.package-lock.json, last of all; an interrupted install has none. */
function installedAsLocked() {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(path.join(root, 'package-lock.json'))).every(([where, locked]) => {
    if (where === '') return true;
    const found = installed[where];
    // Packages for other platforms are locked and not installed.
    if (found === undefined) return locked.optional === true && !isOurs(locked);
    return found.version === locked.version && found.integrity === locked.integrity;
  });
}

/** A package made for exactly this platform; one that names no platform may be absent because its parent is. */
function isOurs(locked) {
  const libc = process.report?.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return (
    locked.os?.includes(process.platform) === true &&
    locked.cpu?.includes(process.arch) === true &&
    (process.platform !== 'linux' || (locked.libc?.includes(libc) ?? true))
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    // A record that cannot be read proves nothing; the installation that follows writes a new one.
    return {};
  }
}

function install() {
  console.log('node_modules does not match package-lock.json: running "npm ci"');
  // Named here because NODE_ENV=production or a setting of the user would leave them out.
  const npmArgs = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const result = npm
    ? spawnSync(process.execPath, [npm, ...npmArgs], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', npmArgs, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status === 0) return;
  end(
    result.status ?? 1,
    '"npm ci" did not succeed: check that this machine reaches its package registry, and run it again.',
  );
}

function run(program, entry, entryArgs) {
  if (!existsSync(path.join(root, entry)))
    end(1, `${entry} is missing from this checkout: restore it from the repository.`);
  const searchPath = [path.join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(path.delimiter);
  const child = spawn(program, [entry, ...entryArgs], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: searchPath },
  });
  // A terminal sends the signal to the child as well; the child decides when it has tidied up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', error => end(1, `${program} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal !== null) {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    } else process.exitCode = code ?? 1;
  });
}

function end(code, message) {
  console.error(message);
  process.exit(code);
}
