// `sluis radius probe`: asks a RADIUS server as a concentrator would, and shows what came back.
//   sluis radius probe status     --server ADDRESS:PORT --secret-file FILE
//   sluis radius probe pap        … --user NAME (password: --password-file FILE or PROBE_PASSWORD)
//   sluis radius probe eap-tls    … --certificate FILE --key FILE [--ca FILE] [--tls 1.2|1.3] [--fragment N]
//   sluis radius probe accounting … --status start|interim|stop|on|off --session ID [--user NAME]
// Each of them over RADIUS/TLS, with the certificate of a concentrator in place of the secret:
//   --over-tls --nas-certificate FILE --nas-key FILE --server-ca FILE [--server-name NAME] [--radius 1.0|1.1]
// Exit code 0 for accept or answer, 1 for reject or silence, 2 when the command is not understood.

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import {
  type ProbeResult,
  type ProbeServer,
  probeAccounting,
  probeEapTls,
  probePassword,
  probeStatus,
} from '../io/radius-probe.ts';
import type { ProbeTls } from '../io/radius-probe-path.ts';
import { readSecret } from '../io/secret-file.ts';
import { secretOverTls } from '../pdp/nas.ts';
import { type Attributes, attribute } from '../radius/attributes.ts';
import { dump } from '../radius/dump.ts';
import { radiusVersions } from '../radius-config.ts';

const options = {
  server: { type: 'string' },
  'secret-file': { type: 'string' },
  user: { type: 'string' },
  'password-file': { type: 'string' },
  'calling-station-id': { type: 'string' },
  certificate: { type: 'string' },
  key: { type: 'string' },
  ca: { type: 'string' },
  tls: { type: 'string' },
  fragment: { type: 'string', default: '1000' },
  'over-tls': { type: 'boolean', default: false },
  'nas-certificate': { type: 'string' },
  'nas-key': { type: 'string' },
  'server-ca': { type: 'string' },
  'server-name': { type: 'string' },
  radius: { type: 'string' },
  status: { type: 'string' },
  session: { type: 'string' },
  'no-message-authenticator': { type: 'boolean', default: false },
  'timeout-ms': { type: 'string', default: '2000' },
  json: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];
const statuses = ['start', 'interim', 'stop', 'on', 'off'] as const;

/** A command line that cannot be followed; its message is all the user sees. */
class NotUnderstood extends Error {}

export async function run(args: readonly string[], write: (text: string) => void = toStdout): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    const result = await ask(positionals[0], values);
    write(values.json ? `${JSON.stringify(summary(result))}\n` : `${describe(result).join('\n')}\n`);
    return result.verdict === 'accept' || result.verdict === 'answered' ? 0 : 1;
  } catch (error) {
    // Only what the user can mend: a wrong option, a file that is not there.
    if (error instanceof NotUnderstood || (error instanceof Error && 'code' in error)) {
      process.stderr.write(`sluis radius probe: ${error.message}\n`);
      return 2;
    }
    throw error;
  }
}

async function ask(what: string | undefined, values: Values): Promise<ProbeResult> {
  switch (what) {
    case 'status':
      return probeStatus(server(values));
    case 'pap': {
      const file = values['password-file'];
      const password = file === undefined ? process.env['PROBE_PASSWORD'] : readFileSync(file, 'utf8').trimEnd();
      if (password === undefined) throw new NotUnderstood('give the password by --password-file or PROBE_PASSWORD');
      const userName = demand(values.user, '--user');
      return probePassword(server(values), { userName, password, attributes: caller(values) });
    }
    case 'eap-tls':
      return probeEapTls(server(values), {
        identity: values.user ?? 'anonymous',
        fragmentBytes: wholeNumber(values.fragment, '--fragment', 64, 4000),
        attributes: caller(values),
        tls: {
          certificatePem: readFileSync(demand(values.certificate, '--certificate'), 'utf8'),
          keyPem: readFileSync(demand(values.key, '--key'), 'utf8'),
          ...(values.ca === undefined ? {} : { authoritiesPem: [readFileSync(values.ca, 'utf8')] }),
          ...tlsVersion(values.tls),
        },
      });
    case 'accounting': {
      const status = statuses.find(each => each === values.status);
      if (status === undefined) throw new NotUnderstood(`--status is one of ${statuses.join(', ')}`);
      const user = values.user === undefined ? [] : [attribute('User-Name', values.user)];
      const acctSessionId = demand(values.session, '--session');
      return probeAccounting(server(values), { status, acctSessionId, attributes: [...user, ...caller(values)] });
    }
    default:
      throw new NotUnderstood('say what to ask: status, pap, eap-tls or accounting');
  }
}

function server(values: Values): ProbeServer {
  const named = demand(values.server, '--server');
  const at = named.lastIndexOf(':');
  const address = named.slice(0, at).replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) throw new NotUnderstood('--server is ADDRESS:PORT, for example 127.0.0.1:1812');
  return {
    address,
    port: wholeNumber(named.slice(at + 1), 'the port of --server', 1, 65_535),
    ...(values['over-tls'] ? { secret: secretOverTls, overTls: overTls(values) } : { secret: sharedSecret(values) }),
    timeoutMs: wholeNumber(values['timeout-ms'], '--timeout-ms', 10, 60_000),
    messageAuthenticator: !values['no-message-authenticator'],
  };
}

function sharedSecret(values: Values): Uint8Array {
  const file = demand(values['secret-file'], '--secret-file');
  return Buffer.from(Buffer.from(readSecret(file)).toString('utf8').trim());
}

function overTls(values: Values): ProbeTls {
  const pem = (name: 'nas-certificate' | 'nas-key' | 'server-ca') =>
    readFileSync(demand(values[name], `--${name}`), 'utf8');
  const { radius, 'server-name': serverName } = values;
  const versions = radiusVersions.filter(version => radius === undefined || radius === version);
  if (versions.length === 0) throw new NotUnderstood('--radius is 1.0 or 1.1');
  return {
    certificatePem: pem('nas-certificate'),
    keyPem: pem('nas-key'),
    authoritiesPem: pem('server-ca'),
    ...(serverName === undefined ? {} : { serverName }),
    versions,
  };
}

function caller(values: Values): Attributes {
  const station = values['calling-station-id'];
  return [
    attribute('NAS-Identifier', 'sluis-probe'),
    ...(station === undefined ? [] : [attribute('Calling-Station-Id', station)]),
  ];
}

function tlsVersion(version: string | undefined) {
  if (version === undefined) return {};
  if (version !== '1.2' && version !== '1.3') throw new NotUnderstood('--tls is 1.2 or 1.3');
  const word = `TLSv${version}` as const;
  return { minVersion: word, maxVersion: word };
}

function demand(value: string | undefined, name: string): string {
  if (value === undefined) throw new NotUnderstood(`${name} is needed`);
  return value;
}

function wholeNumber(text: string, name: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new NotUnderstood(`${name} is a whole number from ${least} to ${most}`);
}

/** The result in lines for people. */
export function describe(result: ProbeResult): readonly string[] {
  const { verdict, roundTrips, elapsedMs, tls, keysMatch, notes, reply } = result;
  return [
    `${verdict} after ${roundTrips} round trip${roundTrips === 1 ? '' : 's'}, ${elapsedMs.toFixed(0)} ms`,
    ...(tls?.finished ? [`${tls.version} ${tls.cipher}`] : []),
    ...(keysMatch === undefined ? [] : [`session keys ${keysMatch ? 'agree' : 'DIFFER'}`]),
    ...notes,
    ...(reply ? dump(reply) : []),
  ];
}

function summary(result: ProbeResult): object {
  const { verdict, roundTrips, elapsedMs, tls, keysMatch, notes, reply } = result;
  const version = tls?.finished ? { tls: tls.version, cipher: tls.cipher } : {};
  return { verdict, roundTrips, elapsedMs, ...version, keysMatch, notes, reply: reply && dump(reply) };
}

function toStdout(text: string): void {
  process.stdout.write(text);
}
