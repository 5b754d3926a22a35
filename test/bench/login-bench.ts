// EAP-TLS logins: of a laptop that was never seen (cold), of one that was (warm), and with a session of its last login.

import { join } from 'node:path';
import type { Row } from './comparison.ts';
import type { Job, LaptopLogin, Pace, TlsVersion } from './load-job.ts';
import { type Bench, expectAll, measured, Rows, type Server, sides, sum } from './rows.ts';
import { hierarchies, trustName } from './sluis-installation.ts';

const pace: Pace = { atOnce: 4 };
const warmUp = 40;
const perSecond = 30;

export function laptopsNeeded({ rounds, logins }: Pick<Bench, 'rounds' | 'logins'>): number {
  return warmUp + rounds * logins;
}

export async function loginRows(bench: Bench, gateway: Server, peer: Server | undefined): Promise<readonly Row[]> {
  const rows = new Rows();
  const { laptops } = bench.installation;
  // Code that never ran is slow in both, and in ours much more.
  for (const [, server] of sides(gateway, peer)) {
    for (const hierarchy of hierarchies) {
      for (const version of ['TLSv1.2', 'TLSv1.3', 'TLSv1.3'] as const) {
        await bench.client.run(logins(bench, server, laptops[hierarchy].slice(0, warmUp), { version }));
      }
    }
  }
  for (let round = 0; round < bench.rounds; round++) {
    for (const hierarchy of hierarchies) {
      const from = warmUp + round * bench.logins;
      const some = laptops[hierarchy].slice(from, from + bench.logins);
      for (const [what, version] of [
        ['TLS 1.3, cold', 'TLSv1.3'],
        ['TLS 1.3, warm', 'TLSv1.3'],
        ['TLS 1.2, warm', 'TLSv1.2'],
      ] as const) {
        for (const [side, server] of sides(gateway, peer, round)) {
          const { cpuMs, sent } = await measured(bench, server, logins(bench, server, some, { version }));
          expectAll(sent, some.length, `EAP-TLS, ${hierarchy}, ${what} (${side})`);
          rows.add(`EAP-TLS, ${hierarchy}, ${what}: CPU`, 'ms', side, sum(cpuMs) / some.length);
        }
      }
    }
    for (const [side, server] of sides(gateway, peer, round)) {
      const some = laptops['P-384 issuing authority'].slice(0, Math.min(bench.logins, 2 * perSecond));
      const job = logins(bench, server, some, { version: 'TLSv1.3', pace: { perSecond } });
      const { latencyMs } = await bench.client.run(job);
      rows.add(`EAP-TLS 1.3 at ${perSecond}/s, whole login: median`, 'ms', side, latencyMs.median);
      rows.add(`EAP-TLS 1.3 at ${perSecond}/s, whole login: p99`, 'ms', side, latencyMs.p99);
    }
    bench.say(`EAP-TLS: round ${round + 1} of ${bench.rounds}`);
  }
  return rows.list();
}

/** On a gateway that keeps sessions. Ours alone: what counts is the ratio to the full login that began the session. */
export async function resumedRows(bench: Bench, gateway: Server): Promise<readonly Row[]> {
  const rows = new Rows();
  const hierarchy = 'P-384 issuing authority';
  const laptops = bench.installation.laptops[hierarchy];
  const some = laptops.slice(warmUp, warmUp + bench.logins);
  const pass = async (): Promise<number> => {
    const job = logins(bench, gateway, some, { version: 'TLSv1.2', resume: true });
    const { cpuMs, sent } = await measured(bench, gateway, job);
    expectAll(sent, some.length, 'EAP-TLS with sessions');
    return sum(cpuMs) / some.length;
  };
  for (let round = -1; round < bench.rounds; round++) {
    await bench.client.run({ do: 'forget-sessions' });
    const full = await pass();
    const resumed = await pass();
    // The first round only warms up.
    if (round < 0) continue;
    rows.add(`EAP-TLS 1.2, ${hierarchy}, full: CPU`, 'ms', 'ours', full);
    rows.add(`EAP-TLS 1.2, ${hierarchy}, resumed: CPU`, 'ms', 'ours', resumed);
    rows.add('Resumed, as a share of full', '', 'ours', resumed / full);
    bench.say(`EAP-TLS resumed: round ${round + 1} of ${bench.rounds}`);
  }
  return rows.list();
}

interface LoginOptions {
  readonly version: TlsVersion;
  readonly pace?: Pace;
  readonly half?: boolean;
  readonly resume?: boolean;
}

export function logins(
  { installation }: Bench,
  { port }: Server,
  laptops: readonly LaptopLogin[],
  options: LoginOptions,
): Job {
  const trust = join(installation.directory, trustName);
  const { secret } = installation;
  return { do: 'logins', port, secret, laptops, trust, pace, half: false, ...options };
}
