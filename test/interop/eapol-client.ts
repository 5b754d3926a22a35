// Debian's `eapol_test`: the EAP-TLS client of wpa_supplicant, with a RADIUS client around it. What it tries, and what its
// output says came of it.

import { spawn } from 'node:child_process';
import type { TestGateway } from '../support/gateway.ts';

export interface EapolLogin {
  readonly name: string;
  /** PEM files; the certificate's has the chain, too. */
  readonly certificate: string;
  readonly key: string;
  readonly tls: '1.2' | '1.3';
  /** Logs in a second time with what it kept of the first. */
  readonly twice?: boolean;
  /** Octets of TLS data in one fragment of the client. */
  readonly fragmentBytes?: number;
}

export interface EapolResult {
  readonly success: boolean;
  readonly rejected: boolean;
  readonly tls: string | undefined;
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
} as const;

export async function eapolTest(program: string, gateway: TestGateway, login: EapolLogin): Promise<EapolResult> {
  const { installation, ports, secret, put } = gateway;
  const lines = [
    'key_mgmt=WPA-EAP',
    'eap=TLS',
    `identity="${login.name}"`,
    `ca_cert="${installation.trustFile}"`,
    `client_cert="${login.certificate}"`,
    `private_key="${login.key}"`,
    'domain_suffix_match="localhost"',
    `phase1="${versions[login.tls]}"`,
    ...(login.fragmentBytes === undefined ? [] : [`fragment_size=${login.fragmentBytes}`]),
  ];
  const network = put('eapol.conf', `network={\n${lines.map(line => ` ${line}\n`).join('')}}\n`);
  const at = ['-a', '127.0.0.1', '-p', String(ports.authentication), '-A', '127.0.0.1', '-s', secret];
  const again = login.twice === true ? ['-r', '1'] : [];
  const output = await outputOf(program, ['-c', network, ...at, '-t', '10', '-M', '02:00:00:00:00:01', ...again]);
  return {
    success: output.trimEnd().endsWith('SUCCESS'),
    rejected: output.includes('code=3 (Access-Reject)'),
    tls: /Using TLS version (\S+)/.exec(output)?.[1],
    keysMatch: output.includes('MPPE keys OK: 1  mismatch: 0'),
    alert: /SSL3 alert: read \(remote end reported an error\):fatal:([a-zA-Z ]+)/.exec(output)?.[1],
    fragmentsSent: output.split('SSL: sending ').length - 1,
    resumed: [...output.matchAll(/Handshake finished - resumed=(\d)/g)].map(([, word]) => word === '1'),
    output,
  };
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
