// `sluis nas seen | strangers`: what a running gateway has seen of its concentrators since it started, and who asked without
// being one, with the command that would add them.

import type { SightingView, StrangerView } from '../io/operator-api-schema.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  readList,
  type Surroundings,
} from './read-client.ts';
import { plain, table, time } from './read-view.ts';

const usage = `sluis nas seen ${connectionUsage}
       sluis nas strangers ${connectionUsage}`;

/** A clock that is further off makes the times in accounting wrong. */
const clockOffS = 300;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, connectionOptions, usage);
    const [command = '', ...more] = positionals;
    if (more.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    switch (command) {
      case 'seen': {
        const nas = await readList<SightingView>(await connect(values, around, usage), '/v1/nas', 'nas');
        write(values.json === true ? `${JSON.stringify(nas, null, 2)}\n` : seenTable(nas));
        return 0;
      }
      case 'strangers': {
        const gateway = await connect(values, around, usage);
        const strangers = await readList<StrangerView>(gateway, '/v1/nas-strangers', 'strangers');
        write(
          values.json === true ? `${JSON.stringify(strangers, null, 2)}\n` : strangerPage(strangers, values.config),
        );
        return 0;
      }
      default:
        throw new CommandStopped(2, `Usage: ${usage}`);
    }
  });
}

function seenTable(all: readonly SightingView[]): string {
  if (all.length === 0) return 'No NAS was heard since the gateway started.\n';
  const rows = all.flatMap(({ nas, clockSkewS, unsigned, sources }) =>
    sources.map(({ address, secretAt, formerSecretAt, overTlsAt }) => [
      nas,
      address,
      time(Math.max(secretAt ?? 0, formerSecretAt ?? 0, overTlsAt ?? 0)),
      overTlsAt === undefined ? '-' : time(overTlsAt),
      secretAt === undefined ? '-' : time(secretAt),
      formerSecretAt === undefined ? '-' : time(formerSecretAt),
      unsigned === undefined ? '-' : `since ${time(unsigned.since).slice(0, 10)}`,
      clockSkewS === undefined ? '-' : clockOf(clockSkewS),
    ]),
  );
  return table(['NAME', 'FROM', 'LAST HEARD', 'OVER TLS', 'SECRET', 'FORMER SECRET', 'UNSIGNED', 'CLOCK'], rows);
}

function clockOf(skewS: number): string {
  const off = `${skewS > 0 ? '+' : ''}${skewS} s`;
  return Math.abs(skewS) > clockOffS ? `${off}, set it right` : off;
}

function strangerPage(all: readonly StrangerView[], config = 'sluis.yaml'): string {
  if (all.length === 0) return 'No stranger asked since the gateway started.\n';
  const rows = all.map(({ address, ways, count, firstAt, lastAt, isRadius, claims = {}, reason, certificate }) => [
    address,
    ways.join(', '),
    String(count),
    time(firstAt),
    time(lastAt),
    isRadius === undefined ? (reason ?? '-') : isRadius ? 'RADIUS' : 'something else',
    [claims.nasIdentifier, claims.nasIpAddress, ...(certificate?.names ?? [])]
      .filter(each => each !== undefined)
      .join(', '),
  ]);
  const head = ['FROM', 'PORT', 'COUNT', 'FIRST', 'LAST', 'WHAT', 'CALLS ITSELF (nobody has verified it)'];
  const lines = all.flatMap(each => addition(each, config));
  return `${table(head, rows)}${lines.length === 0 ? '' : `\nTo let one in, where you know whose it is:\n${lines.join('\n')}\n`}`;
}

/** What was no RADIUS gets no line, nor does a certificate that another entry would not help. */
function addition(
  { address, isRadius, certificate, reason, proposedName: name }: StrangerView,
  config: string,
): string[] {
  if (isRadius === true)
    return [`  sluis nas add --name ${name} --address ${plain(address)} --config ${plain(config)}`];
  if (certificate === undefined || reason !== 'unknown-nas') return [];
  const [named] = certificate.names;
  const known = named === undefined ? `tls-fingerprint: ${certificate.fingerprint}` : `tls-name: ${plain(named)}`;
  return [`  below nas: in ${plain(config)}   - { name: ${name}, ${known} }`];
}
