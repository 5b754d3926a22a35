// Tickets by PAP, with a Redis on either side, and ours once more with the embedded store.

import type { Row } from './comparison.ts';
import { type Bench, expectAll, Rows, type Server, type Side, sides, sum } from './rows.ts';
import { measured } from './rows.ts';

const atOnce = 64;
/** Well below what either side can do. */
const perSecond = 300;
const openLoopSeconds = 4;
const warmUp = 1_000;

export function ticketsNeeded({ rounds, requests }: Pick<Bench, 'rounds' | 'requests'>): number {
  return warmUp + rounds * (requests + perSecond * openLoopSeconds);
}

/** `embedded`: with the store in a file, on a disk and in memory. */
export async function ticketRows(
  bench: Bench,
  gateway: Server,
  peer: Server | undefined,
  embedded: Readonly<Record<string, Server>>,
): Promise<readonly Row[]> {
  const rows = new Rows();
  const { installation, requests, client } = bench;
  let taken = 0;
  const take = (count: number) => installation.tickets.slice(taken, (taken += count));
  const prepare = (server: Server, tickets: typeof installation.tickets) =>
    client.run({ do: 'prepare-tickets', port: server.port, secret: installation.secret, tickets });
  const pass = async (what: string, side: Side, server: Server): Promise<void> => {
    const { cpuMs, sent } = await measured(bench, server, { do: 'send', pace: { atOnce } });
    expectAll(sent, requests, `${what} (${side})`);
    rows.add(`${what}: CPU`, 'µs', side, (sum(cpuMs) * 1000) / requests);
    const [, ofRedis] = cpuMs;
    if (ofRedis !== undefined) rows.add(`${what}: of that Redis`, 'µs', side, (ofRedis * 1000) / requests);
    rows.add(`${what}: rate`, '1/s', side, requests / (sent.elapsedMs / 1000));
    rows.add(`${what}: rate for a second of CPU`, '1/s', side, requests / (sum(cpuMs) / 1000));
  };
  const warming = take(warmUp);
  const files = Object.values(embedded);
  for (const server of [gateway, ...(peer === undefined ? [] : [peer]), ...files]) {
    await prepare(server, warming);
    await client.run({ do: 'send', pace: { atOnce } });
  }
  for (let round = 0; round < bench.rounds; round++) {
    const tickets = take(requests);
    const openLoop = take(perSecond * openLoopSeconds);
    for (const [side, server] of sides(gateway, peer, round)) {
      await prepare(server, tickets);
      await pass('Ticket PAP over Redis', side, server);
      await prepare(server, tickets);
      await pass('The same again within its minute', side, server);
      await pass('Retransmission', side, server);
    }
    for (const [side, server] of sides(gateway, peer, round)) {
      await prepare(server, openLoop);
      const { latencyMs, ...sent } = await client.run({ do: 'send', pace: { perSecond } });
      expectAll({ latencyMs, ...sent }, openLoop.length, `open loop (${side})`);
      rows.add(`Ticket PAP at ${perSecond}/s: median`, 'ms', side, latencyMs.median);
      rows.add(`Ticket PAP at ${perSecond}/s: p99`, 'ms', side, latencyMs.p99);
    }
    for (const [where, server] of Object.entries(embedded)) {
      await prepare(server, tickets);
      await pass(`Ticket PAP, embedded store ${where}`, 'ours', server);
    }
    bench.say(`tickets: round ${round + 1} of ${bench.rounds}`);
  }
  return rows.list();
}
