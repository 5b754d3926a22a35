// `npm run bench [-- --rounds 3 --requests 3000 --logins 60 --only tickets]`: what a login costs the gateway, with FreeRADIUS
// beside it in the same run where it is installed. Ours and theirs alternate, so that a busy machine slows both. Linux only:
// the costs are the kernel's own counts. Everything is on loopback and in a temporary directory.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type GatewayProcess, startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { program } from '../support/programs.ts';
import { startRedis, type TestRedis } from '../support/redis-server.ts';
import { type Row, table } from './comparison.ts';
import { fillPasswords, findFreeRadius, type FreeRadius, startFreeRadius } from './freeradius-server.ts';
import { startLoadClient } from './load-driver.ts';
import { laptopsNeeded, loginRows, resumedRows } from './login-bench.ts';
import { memoryRows, memoryTickets } from './memory-bench.ts';
import { policyBench } from './policy-bench.ts';
import type { Bench, Gateway, Server } from './rows.ts';
import { type CopyOptions, copyInstallation, fillInstallation } from './sluis-installation.ts';
import { stormLines, ticketStorm, usualLimits } from './storm-visits.ts';
import { ticketRows, ticketsNeeded } from './ticket-bench.ts';

/** What needs servers. */
const parts = ['tickets', 'logins', 'resumed', 'memory'] as const;
type Part = (typeof parts)[number];

/** `--storm 20000`: everybody within a minute, at a gateway with the usual limits that can do a fraction of that. */
async function fullStorm(clients: number): Promise<number> {
  if (!isCount(clients)) throw new RangeError('storm: a number of clients');
  const capacity = Math.max(20, Math.ceil(clients / 66));
  say(`${clients} clients within 60 seconds, at ${capacity} writes to the store in a second`);
  const result = await ticketStorm({ clients, withinMs: 60_000, capacity, limits: usualLimits, say });
  say(stormLines(result));
  return result.served === clients && result.accountingAnswered === clients && result.rejected === 0 ? 0 : 1;
}

export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      requests: { type: 'string', default: '3000' },
      logins: { type: 'string', default: '60' },
      only: { type: 'string', default: [...parts, 'policy'].join(',') },
      storm: { type: 'string' },
    },
    strict: true,
  });
  const [rounds, requests, logins] = [values.rounds, values.requests, values.logins].map(Number);
  if (!isCount(rounds) || !isCount(requests) || !isCount(logins))
    throw new RangeError('rounds, requests, logins: numbers');
  if (values.storm !== undefined) return fullStorm(Number(values.storm));
  const asked = values.only.split(',');
  const chosen = new Set(asked.filter(each => each !== 'policy').map(readPart));
  const policiesHold = !asked.includes('policy') || policyBench(say);
  if (chosen.size === 0) return policiesHold ? 0 : 1;
  const redisServer = program('redis-server');
  if (process.platform !== 'linux' || redisServer === undefined) {
    process.stderr.write('npm run bench: Linux only, by what the kernel counts, and with redis-server\n');
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
    const counts = {
      laptops: laptopsNeeded({ rounds, logins }),
      tickets: Math.max(ticketsNeeded({ rounds, requests }), memoryTickets),
    };
    say(`filling a store: ${counts.tickets} tickets, twice ${counts.laptops} laptops`);
    const template = await fillInstallation(join(onDisk, 'template'), counts);
    const newRedis = async (): Promise<TestRedis> => {
      const redis = await startRedis(redisServer, { settings: { appendfsync: 'everysec' } });
      stops.push(() => redis.close());
      return redis;
    };
    const startGateway = async (directory: string, options: CopyOptions = {}): Promise<Gateway> => {
      const config = await copyInstallation(template.directory, directory, options);
      const gateway: GatewayProcess = await startGatewayProcess(config);
      stops.push(gateway.stop);
      const { authentication, accounting } = gateway.ports;
      const { pid, stop } = gateway;
      const counted = [pid, ...(options.redis === undefined ? [] : [options.redis.pid()])];
      return { pid, counted, port: authentication, accountingPort: accounting, directory, stop };
    };
    const installed = findFreeRadius();
    const startPeer = async (name: string) => {
      if (installed === undefined) return undefined;
      const redis = await newRedis();
      fillPasswords(redis, template);
      const given = { directory: join(onDisk, name), installation: template, redis };
      const peer: FreeRadius = await startFreeRadius(installed.path, given);
      stops.push(peer.stop);
      return { ...peer, counted: [peer.pid, redis.pid()] };
    };
    const bench: Bench = { client, installation: template, rounds, requests, logins, say };
    say(heading(installed?.version));

    const measure: Readonly<Record<Part, () => Promise<readonly Row[]>>> = {
      async tickets() {
        const shared = await startGateway(join(onDisk, 'tickets'), { redis: await newRedis() });
        const peer = await startPeer('freeradius');
        const embedded = {
          'on disk': await startGateway(join(onDisk, 'embedded')),
          ...(inMemory === undefined ? {} : { 'on tmpfs': await startGateway(join(inMemory, 'embedded')) }),
        };
        const rows = await ticketRows(bench, shared, peer, embedded);
        return ended(rows, shared, peer, ...Object.values(embedded));
      },
      async logins() {
        const shared = await startGateway(join(onDisk, 'logins'), { redis: await newRedis() });
        const peer = await startPeer('freeradius-logins');
        return ended(await loginRows(bench, shared, peer), shared, peer);
      },
      async resumed() {
        const shared = await startGateway(join(onDisk, 'resumed'), { redis: await newRedis(), resumption: 'machine' });
        return ended(await resumedRows(bench, shared), shared);
      },
      memory: () =>
        memoryRows(
          bench,
          index => startGateway(join(onDisk, `memory-${index}`)),
          () => startPeer('freeradius-memory'),
        ),
    };
    for (const part of parts) if (chosen.has(part)) say(`\n${table(await measure[part]())}\n`);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    say(`${remarks}\nIt took ${seconds} s.`);
    return policiesHold ? 0 : 1;
  } catch (error) {
    // Whatever was under way lost its servers: that is no news.
    if (ending.signal.aborted) return 130;
    throw error;
  } finally {
    await tidyUp();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

async function ended(rows: readonly Row[], ...servers: readonly (Server | undefined)[]): Promise<readonly Row[]> {
  for (const server of servers) await server?.stop();
  return rows;
}

const remarks = `CPU is user and system time of all threads of the server and of its Redis. "Ratio" is ours over FreeRADIUS, of the medians.
Redis: one for each side, with an append-only file (everysec). FreeRADIUS reads the password and writes the session there. The
gateway reads ticket, report, person and open sessions, asks the policy, and writes session, use of the ticket and a chained
decision record. EAP-TLS: laptop P-384, server P-256, lists of revoked certificates checked by both.`;

function heading(version: string | undefined): string {
  const peer =
    version === undefined ? 'FreeRADIUS with freeradius-redis is not installed: ours alone' : `FreeRADIUS ${version}`;
  const [cpu] = cpus();
  return `${cpu?.model ?? 'unknown CPU'}, ${availableParallelism()} cores; Node ${process.versions.node}; ${peer}`;
}

function readPart(text: string): Part {
  const part = parts.find(each => each === text);
  if (part === undefined) throw new RangeError(`--only takes ${parts.join(', ')}, policy`);
  return part;
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value > 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));
