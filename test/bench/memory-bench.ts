// Memory of half-done conversations and of live sessions, on fresh processes: what ran before leaves memory behind that would
// be used first. Both with the embedded store: what Redis holds is its own.

import type { Row } from './comparison.ts';
import { logins } from './login-bench.ts';
import { residentBytesOf } from './process-cost.ts';
import { type Bench, expectAll, type Gateway, Rows, type Server, sides } from './rows.ts';
import { storeBytesOf } from './sluis-installation.ts';

const mebibyte = 1024 * 1024;
const halfLogins = 500;
const liveSessions = 5_000;
const pace = { atOnce: 64 };

export const memoryTickets = liveSessions;

export async function memoryRows(
  bench: Bench,
  startGateway: (index: number) => Promise<Gateway>,
  startPeer: () => Promise<Server | undefined>,
): Promise<readonly Row[]> {
  const rows = new Rows();
  await conversations(bench, rows, await startGateway(0), await startPeer());
  bench.say('memory: conversations');
  await sessions(bench, rows, await startGateway(1));
  bench.say('memory: sessions');
  return rows.list();
}

async function conversations(bench: Bench, rows: Rows, gateway: Gateway, peer: Server | undefined): Promise<void> {
  const laptops = bench.installation.laptops['P-256 root'];
  const many = Array.from({ length: Math.ceil(halfLogins / laptops.length) }, () => laptops)
    .flat()
    .slice(0, halfLogins);
  const version = 'TLSv1.3';
  for (const [, server] of sides(gateway, peer)) await bench.client.run(logins(bench, server, laptops, { version }));
  for (let round = 0; round < bench.rounds; round++) {
    for (const [side, server] of sides(gateway, peer)) {
      const before = residentBytesOf(server.pid);
      await bench.client.run(logins(bench, server, many, { version, half: true }));
      const grown = residentBytesOf(server.pid) - before;
      rows.add('Half-done EAP-TLS conversation: memory', 'KiB', side, grown / 1024 / halfLogins);
    }
  }
  for (const [side, server] of sides(gateway, peer)) {
    rows.add('Process with half-done conversations: memory', 'MiB', side, residentBytesOf(server.pid) / mebibyte);
    await server.stop();
  }
}

async function sessions(bench: Bench, rows: Rows, gateway: Gateway): Promise<void> {
  const { tickets, secret, storeBytes } = bench.installation;
  const perRound = Math.floor(liveSessions / (bench.rounds + 1));
  for (let round = 0; round <= bench.rounds; round++) {
    const before = residentBytesOf(gateway.pid);
    const some = tickets.slice(round * perRound, (round + 1) * perRound);
    await bench.client.run({ do: 'prepare-tickets', port: gateway.port, secret, tickets: some });
    expectAll(await bench.client.run({ do: 'send', pace }), perRound, 'tickets');
    await bench.client.run({ do: 'prepare-accounting', port: gateway.accountingPort, secret });
    expectAll(await bench.client.run({ do: 'send', pace }), perRound, 'accounting');
    const grown = residentBytesOf(gateway.pid) - before;
    // The first round warms it up.
    if (round > 0) rows.add('Live session: memory', 'KiB', 'ours', grown / 1024 / perRound);
  }
  rows.add('Process with live sessions: memory', 'MiB', 'ours', residentBytesOf(gateway.pid) / mebibyte);
  await gateway.stop();
  const grown = storeBytesOf(gateway.directory) - storeBytes;
  const row = 'Live session and its decision record: disk';
  rows.add(row, 'KiB', 'ours', grown / 1024 / (perRound * (bench.rounds + 1)));
}
