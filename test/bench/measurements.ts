// What is measured: tickets, EAP-TLS logins, memory. Each returns the rows of the report.

import { join } from 'node:path';
import type { Row } from './comparison.ts';
import type { LoadDriver } from './load-driver.ts';
import type { Job, LaptopLogin, Sent, TlsVersion } from './load-job.ts';
import { cpuMsOf, residentBytesOf } from './process-cost.ts';
import { type FilledInstallation, storeBytesOf, trustName } from './sluis-installation.ts';

export interface Server {
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<unknown>;
}

export interface Gateway extends Server {
  readonly accountingPort: number;
  readonly directory: string;
}

export interface Bench {
  readonly client: LoadDriver;
  readonly installation: FilledInstallation;
  readonly rounds: number;
  /** Tickets per round. */
  readonly requests: number;
  /** For the memory of sessions. */
  readonly sessions: number;
  readonly say: (text: string) => void;
}

type Side = 'ours' | 'theirs';

/** Collects samples under a row's name, in the order in which the rows were first named. */
class Rows {
  readonly #rows = new Map<string, { unit: string; ours: number[]; theirs: number[] }>();

  add(what: string, unit: string, side: Side, sample: number): void {
    const row = this.#rows.get(what) ?? { unit, ours: [], theirs: [] };
    row[side].push(sample);
    this.#rows.set(what, row);
  }

  list(): readonly Row[] {
    return [...this.#rows].map(([what, { unit, ours, theirs }]) => ({
      what,
      unit,
      ours,
      ...(theirs.length > 0 ? { theirs } : {}),
    }));
  }
}

const inFlight = 64;
const concurrency = 4;
const warmUpLogins = 40;

export async function ticketRows(
  bench: Bench,
  gateway: Gateway,
  tmpfs: Gateway | undefined,
  peer: Server | undefined,
): Promise<readonly Row[]> {
  const rows = new Rows();
  const pass = async (what: string, side: Side, server: Server): Promise<void> => {
    const { cpuMs, sent } = await measured(bench, server, { do: 'send', inFlight });
    expectAll(sent, bench.requests, `${what} (${side})`);
    rows.add(`${what}: rate`, '1/s', side, sent.answered / (sent.elapsedMs / 1000));
    rows.add(`${what}: CPU`, 'µs', side, (cpuMs * 1000) / sent.answered);
  };
  for (let round = 0; round < bench.rounds; round++) {
    const { requests, installation } = bench;
    const tickets = installation.tickets.slice(round * requests, (round + 1) * requests);
    const prepare = (server: Server) =>
      bench.client.run({ do: 'prepare-tickets', port: server.port, secret: installation.secret, tickets });
    for (const [side, server] of sides(gateway, peer)) {
      await prepare(server);
      await pass('Ticket PAP, first use', side, server);
      await prepare(server);
      await pass('Ticket PAP, same answer again', side, server);
      await pass('Retransmission', side, server);
    }
    if (tmpfs !== undefined) {
      await prepare(tmpfs);
      await pass('Ticket PAP, first use, store on tmpfs', 'ours', tmpfs);
    }
    bench.say(`tickets: round ${round + 1} of ${bench.rounds}`);
  }
  return rows.list();
}

export async function loginRows(bench: Bench, gateway: Gateway, peer: Server | undefined): Promise<readonly Row[]> {
  const rows = new Rows();
  const { laptops } = bench.installation;
  // Code that never ran is slow in both, and in ours much more.
  for (const [, server] of sides(gateway, peer)) {
    await bench.client.run(logins(bench, server, laptops.slice(0, warmUpLogins), 'TLSv1.3'));
  }
  for (let round = 0; round < bench.rounds; round++) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const what = `EAP-TLS, full, TLS ${version.slice(4)}: CPU`;
      for (const [side, server] of sides(gateway, peer)) {
        const { cpuMs, sent } = await measured(bench, server, logins(bench, server, laptops, version));
        expectAll(sent, laptops.length, `${what} (${side})`);
        rows.add(what, 'ms', side, cpuMs / sent.accepted);
      }
    }
    bench.say(`EAP-TLS: round ${round + 1} of ${bench.rounds}`);
  }
  return rows.list();
}

/** On fresh processes: what ran before leaves memory behind that would be used first. */
export async function memoryRows(
  bench: Bench,
  startGateway: (index: number) => Promise<Gateway>,
  startPeer: () => Promise<Server | undefined>,
): Promise<readonly Row[]> {
  const rows = new Rows();
  const [gateway, peer] = [await startGateway(0), await startPeer()];
  const { laptops, tickets, secret, storeBytes } = bench.installation;
  const many = Array.from({ length: Math.ceil(halfLogins / laptops.length) }, () => laptops)
    .flat()
    .slice(0, halfLogins);
  for (const [, server] of sides(gateway, peer)) await bench.client.run(logins(bench, server, laptops, 'TLSv1.3'));
  for (let round = 0; round < bench.rounds; round++) {
    for (const [side, server] of sides(gateway, peer)) {
      const before = residentBytesOf(server.pid);
      await bench.client.run(logins(bench, server, many, 'TLSv1.3', true));
      rows.add(
        'Half-done EAP-TLS conversation: memory',
        'KiB',
        side,
        (residentBytesOf(server.pid) - before) / 1024 / halfLogins,
      );
    }
  }
  rows.add('Process with half-done conversations: memory', 'MiB', 'ours', residentBytesOf(gateway.pid) / mebibyte);
  if (peer !== undefined)
    rows.add('Process with half-done conversations: memory', 'MiB', 'theirs', residentBytesOf(peer.pid) / mebibyte);
  await Promise.all([gateway.stop(), peer?.stop()]);
  bench.say('memory: conversations');

  const other = await startGateway(1);
  const perRound = Math.floor(bench.sessions / (bench.rounds + 1));
  for (let round = 0; round <= bench.rounds; round++) {
    const before = residentBytesOf(other.pid);
    const some = tickets.slice(round * perRound, (round + 1) * perRound);
    await bench.client.run({ do: 'prepare-tickets', port: other.port, secret, tickets: some });
    expectAll(await bench.client.run({ do: 'send', inFlight }), perRound, 'tickets');
    await bench.client.run({ do: 'prepare-accounting', port: other.accountingPort, secret });
    expectAll(await bench.client.run({ do: 'send', inFlight }), perRound, 'accounting');
    // The first round warms it up.
    if (round > 0)
      rows.add('Live session: memory', 'KiB', 'ours', (residentBytesOf(other.pid) - before) / 1024 / perRound);
  }
  rows.add('Process with live sessions: memory', 'MiB', 'ours', residentBytesOf(other.pid) / mebibyte);
  await other.stop();
  const sessions = perRound * (bench.rounds + 1);
  rows.add(
    'Live session and its decision record: disk',
    'KiB',
    'ours',
    (storeBytesOf(other.directory) - storeBytes) / 1024 / sessions,
  );
  bench.say('memory: sessions');
  return rows.list();
}

const mebibyte = 1024 * 1024;
const halfLogins = 500;

function logins(
  { installation }: Bench,
  server: Server,
  laptops: readonly LaptopLogin[],
  version: TlsVersion,
  half = false,
): Job {
  const trust = join(installation.directory, trustName);
  return { do: 'logins', port: server.port, secret: installation.secret, laptops, version, concurrency, trust, half };
}

function sides(gateway: Server, peer: Server | undefined): readonly (readonly [Side, Server])[] {
  return [['ours', gateway] as const, ...(peer === undefined ? [] : [['theirs', peer] as const])];
}

async function measured(
  bench: Bench,
  server: Server,
  job: Job,
): Promise<{ readonly cpuMs: number; readonly sent: Sent }> {
  const before = cpuMsOf(server.pid);
  const sent = await bench.client.run(job);
  return { cpuMs: cpuMsOf(server.pid) - before, sent };
}

/** A figure made of refusals or lost packets would be a figure of something else. */
function expectAll({ accepted, lost }: Sent, asked: number, what: string): void {
  if (accepted !== asked) throw new Error(`${what}: ${accepted} of ${asked} accepted, ${lost} without an answer`);
}
