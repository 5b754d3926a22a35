// `npm run bench [-- --rounds 3 --requests 8000 --logins 200]`: what a login costs the gateway, with FreeRADIUS beside it in
// the same run where it is installed. Ours and theirs alternate, so that a busy machine slows both. Linux only: the costs
// are the kernel's own counts. Everything is on loopback and in a temporary directory.

import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type GatewayProcess, startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { table } from './comparison.ts';
import { findFreeRadius, type FreeRadius, startFreeRadius } from './freeradius-server.ts';
import { type Bench, type Gateway, loginRows, memoryRows, ticketRows } from './measurements.ts';
import { startLoadClient } from './load-driver.ts';
import { configName, fillInstallation } from './sluis-installation.ts';

const sessions = 5_000;

export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      requests: { type: 'string', default: '8000' },
      logins: { type: 'string', default: '200' },
    },
    strict: true,
  });
  const [rounds, requests, logins] = [values.rounds, values.requests, values.logins].map(Number);
  if (!isCount(rounds) || !isCount(requests) || !isCount(logins))
    throw new RangeError('rounds, requests, logins: numbers');
  if (process.platform !== 'linux') {
    process.stderr.write('npm run bench: Linux only, it reads what the kernel counts for a process\n');
    return 2;
  }
  const startedAt = performance.now();
  const onDisk = mkdtempSync(join(tmpdir(), 'sluis-bench-'));
  const inMemory = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/sluis-bench-') : undefined;
  const stops: (() => Promise<unknown>)[] = [];
  const tidyUp = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop();
    for (const directory of [onDisk, inMemory]) {
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    }
  };
  const ending = new AbortController();
  const interrupted = (): void => {
    if (ending.signal.aborted) return;
    ending.abort();
    void tidyUp().finally(() => process.exit(130));
  };
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  try {
    const client = startLoadClient();
    stops.push(() => client.stop());
    say(`filling a store: ${rounds * requests} tickets, ${logins} laptops`);
    const counts = { laptops: logins, tickets: Math.max(rounds * requests, sessions) };
    const template = await fillInstallation(join(onDisk, 'template'), counts);
    const startGateway = async (directory: string): Promise<Gateway> => {
      cpSync(template.directory, directory, { recursive: true });
      const gateway: GatewayProcess = await startGatewayProcess(join(directory, configName));
      stops.push(gateway.stop);
      const { authentication, accounting } = gateway.ports;
      return { pid: gateway.pid, port: authentication, accountingPort: accounting, directory, stop: gateway.stop };
    };
    const installed = findFreeRadius();
    const startPeer = async (name: string): Promise<FreeRadius | undefined> => {
      if (installed === undefined) return undefined;
      const peer = await startFreeRadius(installed.path, join(onDisk, name), template);
      stops.push(peer.stop);
      return peer;
    };
    const bench: Bench = { client, installation: template, rounds, requests, sessions, say };
    say(heading(installed?.version));

    const disk = await startGateway(join(onDisk, 'gateway'));
    const tmpfs = inMemory === undefined ? undefined : await startGateway(join(inMemory, 'gateway'));
    const peer = await startPeer('freeradius');
    const tickets = await ticketRows(bench, disk, tmpfs, peer);
    await tmpfs?.stop();
    const eap = await loginRows(bench, disk, peer);
    for (const server of [disk, peer]) await server?.stop();
    const memory = await memoryRows(
      bench,
      index => startGateway(join(onDisk, `memory-${index}`)),
      () => startPeer('freeradius-memory'),
    );
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    say(`\n${table([...tickets, ...eap, ...memory])}\n\n${remarks}\nIt took ${seconds} s.`);
    return 0;
  } catch (error) {
    // Whatever was under way lost its servers: that is no news.
    if (ending.signal.aborted) return 130;
    throw error;
  } finally {
    await tidyUp();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

const remarks = `CPU is user and system time of all threads of the server process. "Ratio" is ours over FreeRADIUS, of the medians.
EAP-TLS: laptop P-384, its authority P-256, server P-256, X25519, list of revoked certificates checked by both.
Not the same work: for every first login the gateway asks the policy, writes session, ticket use and a chained decision
record, and answers only when they are on disk. FreeRADIUS compares a password with one it read at its start, and keeps nothing.`;

function heading(version: string | undefined): string {
  const peer = version === undefined ? 'FreeRADIUS is not installed: ours alone' : `FreeRADIUS ${version}`;
  const [cpu] = cpus();
  return `${cpu?.model ?? 'unknown CPU'}, ${availableParallelism()} cores; Node ${process.versions.node}; ${peer}`;
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value > 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));
