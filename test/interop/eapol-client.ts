// Debian's `eapol_test`: the EAP client of wpa_supplicant, with a RADIUS client around it. What it tries, and what its output
// says came of it.

import { spawn } from 'node:child_process';
import type { TestGateway } from '../support/gateway.ts';

/** Where it logs in, and where its files are put. */
export type EapolServer = Pick<TestGateway, 'secret' | 'put'> & {
  readonly installation: Pick<TestGateway['installation'], 'trustFile'>;
  readonly ports: Pick<TestGateway['ports'], 'authentication'>;
};

export interface EapolLogin {
  readonly name: string;
  /** What is said outside a tunnel; `anonymous` when absent. */
  readonly outer?: string;
  /** EAP-TLS when absent. */
  readonly method?: 'TLS' | 'TTLS' | 'PEAP' | 'TEAP' | 'MSCHAPV2' | 'GTC' | 'MD5';
  /** PEM files; the certificate's has the chain, too. Of a tunnel: what is shown outside. */
  readonly certificate?: string;
  readonly key?: string;
  /** The versions that the client allows. */
  readonly tls: '1.2' | '1.3' | 'any';
  /** The address that it comes from; 127.0.0.1 when absent. */
  readonly from?: string;
  /** What is said inside a tunnel, in the client's words, and who says it. */
  readonly inside?: {
    readonly phase2: string;
    readonly password?: string;
    readonly certificate?: string;
    readonly key?: string;
  };
  /** Whatever else the client is told, line by line in its own words. */
  readonly more?: readonly string[];
  /** The name that the gateway's certificate must end in; its own when absent. */
  readonly expects?: string;
  /** The gateway must send an OCSP answer about its certificate. */
  readonly stapled?: boolean;
  /** Logs in a second time with what it kept of the first. */
  readonly twice?: boolean;
  /** Octets of TLS data in one fragment of the client. */
  readonly fragmentBytes?: number;
  /** What the RADIUS client says of its link, and thereby how large our packets may be. */
  readonly framedMtu?: number;
}

export interface EapolResult {
  readonly success: boolean;
  readonly rejected: boolean;
  readonly tls: string | undefined;
  /** Of each handshake that came to its end. */
  readonly versions: readonly string[];
  /** With which the client signed, by its number in TLS. */
  readonly signature: number | undefined;
  /** The keys of Access-Accept are those of the client's own TLS. */
  readonly keysMatch: boolean;
  /** The alert that the gateway sent, in OpenSSL's words. */
  readonly alert: string | undefined;
  readonly fragmentsSent: number;
  /** Of each handshake that came to its end. */
  readonly resumed: readonly boolean[];
  readonly output: string;
}

const versions = {
  '1.2': 'tls_disable_tlsv1_3=1',
  '1.3': 'tls_disable_tlsv1_0=1 tls_disable_tlsv1_1=1 tls_disable_tlsv1_2=1 tls_disable_tlsv1_3=0',
  any: 'tls_disable_tlsv1_3=0',
} as const;

export async function eapolTest(program: string, gateway: EapolServer, login: EapolLogin): Promise<EapolResult> {
  const { installation, ports, secret, put } = gateway;
  const lines = [
    'key_mgmt=WPA-EAP',
    `eap=${login.method ?? 'TLS'}`,
    `identity="${login.name}"`,
    `ca_cert="${installation.trustFile}"`,
    `domain_suffix_match="${login.expects ?? 'localhost'}"`,
    ...(login.stapled === true ? ['ocsp=2'] : []),
    `phase1="${versions[login.tls]}"`,
    ...settings({
      client_cert: login.certificate,
      private_key: login.key,
      anonymous_identity: login.inside && (login.outer ?? 'anonymous'),
      phase2: login.inside?.phase2,
      password: login.inside?.password,
      ca_cert2: login.inside?.certificate && installation.trustFile,
      client_cert2: login.inside?.certificate,
      private_key2: login.inside?.key,
    }),
    ...(login.more ?? []),
    ...(login.fragmentBytes === undefined ? [] : [`fragment_size=${login.fragmentBytes}`]),
  ];
  const network = put('eapol.conf', `network={\n${lines.map(line => ` ${line}\n`).join('')}}\n`);
  const at = ['-a', '127.0.0.1', '-p', String(ports.authentication), '-A', login.from ?? '127.0.0.1', '-s', secret];
  const again = login.twice === true ? ['-r', '1'] : [];
  // EAP-GTC makes none, and the client waits for them otherwise.
  const keyless = login.method === 'GTC' ? ['-n'] : [];
  const mtu = login.framedMtu === undefined ? [] : ['-N', `12:d:${login.framedMtu}`];
  const output = await outputOf(program, [
    '-c',
    network,
    ...at,
    '-t',
    '10',
    '-M',
    '02:00:00:00:00:01',
    ...mtu,
    ...keyless,
    ...again,
  ]);
  return {
    success: output.trimEnd().endsWith('SUCCESS'),
    rejected: output.includes('code=3 (Access-Reject)'),
    // Told with every message: before the first answer it is what the client would like.
    tls: versionsIn(output.split('Handshake finished')[0] ?? '').at(-1),
    versions: output
      .split('Handshake finished')
      .slice(0, -1)
      .flatMap(part => versionsIn(part).at(-1) ?? []),
    signature: signatureIn(output),
    keysMatch: output.includes('MPPE keys OK: 1  mismatch: 0'),
    alert: /SSL3 alert: read \(remote end reported an error\):fatal:([a-zA-Z ]+)/.exec(output)?.[1],
    fragmentsSent: output.split('SSL: sending ').length - 1,
    resumed: [...output.matchAll(/Handshake finished - resumed=(\d)/g)].map(([, word]) => word === '1'),
    output,
  };
}

function versionsIn(output: string): readonly string[] {
  return [...output.matchAll(/Using TLS version (\S+)/g)].map(([, version = '']) => version);
}

/** From the last CertificateVerify that it sent (RFC 8446 section 4.4.3): type, length, algorithm. */
function signatureIn(output: string): number | undefined {
  const sent =
    /OpenSSL: TX ver=\S+ content_type=22 \(handshake\/certificate verify\)\nOpenSSL: Message - hexdump\(len=\d+\): 0f( \w\w){3} (\w\w) (\w\w)/g;
  const [, , high, low] = [...output.matchAll(sent)].at(-1) ?? [];
  return high === undefined ? undefined : Number.parseInt(`${high}${low ?? ''}`, 16);
}

function settings(values: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${value}"`]));
}

function outputOf(program: string, words: readonly string[]): Promise<string> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}
