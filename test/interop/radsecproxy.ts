// Debian's `radsecproxy` as it runs beside a concentrator that speaks UDP only: RADIUS/UDP in, RADIUS over TLS out.

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import type { TestGateway } from '../support/gateway.ts';

export interface Radsecproxy {
  /** UDP, both; the secret is the one that it was started with. */
  readonly authentication: number;
  readonly accounting: number;
  readonly lines: () => string;
  /** Waits for a line of its log. */
  readonly said: (what: RegExp) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startRadsecproxy(
  program: string,
  gateway: Pick<TestGateway, 'put' | 'ports' | 'installation'>,
  { name, certificate, secret }: { readonly name: string; readonly certificate: Issued; readonly secret: string },
): Promise<Radsecproxy> {
  const [authentication, accounting] = [await freePort(), await freePort()];
  const chain = gateway.put(`${name}.pem`, certificate.chainPem);
  const key = gateway.put(`${name}.key`, certificate.privateKeyPem);
  const configuration = gateway.put(
    `${name}.conf`,
    `listenUDP 127.0.0.1:${authentication}
listenUDP 127.0.0.1:${accounting}
logLevel 2
tls default {
  CACertificateFile ${gateway.installation.trustFile}
  CertificateFile ${chain}
  CertificateKeyFile ${key}
}
client 127.0.0.1 {
  type udp
  secret ${secret}
}
server gateway {
  type tls
  host 127.0.0.1
  port ${gateway.ports.radiusTls}
  secret radsec
  tls default
}
realm * {
  server gateway
  accountingServer gateway
}
`,
  );
  const child = spawn(program, ['-f', '-c', configuration], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close');
  return {
    authentication,
    accounting,
    lines: () => output,
    said: async what => {
      while (!what.test(output)) {
        if (child.exitCode !== null) throw new Error(`radsecproxy ended:\n${output}`);
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
