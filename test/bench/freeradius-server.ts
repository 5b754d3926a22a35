// FreeRADIUS 3 as the other side of the comparison: its own process with a configuration of its own, the same names,
// passwords, certificates and reply attributes, and nothing switched on that the comparison does not need.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listenRadius } from '../../gateway/io/radius-udp.ts';
import { program } from '../support/programs.ts';
import { type FilledInstallation, trustName } from './sluis-installation.ts';

export interface FreeRadius {
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Path and version; absent where it is not installed. */
export function findFreeRadius(): { readonly path: string; readonly version: string } | undefined {
  const path = program('freeradius') ?? program('radiusd');
  if (path === undefined) return undefined;
  const { stdout } = spawnSync(path, ['-v'], { encoding: 'utf8' });
  const version = /FreeRADIUS Version (3\.\S+?),/.exec(stdout)?.[1];
  return version === undefined ? undefined : { path, version };
}

export async function startFreeRadius(
  path: string,
  directory: string,
  installation: FilledInstallation,
): Promise<FreeRadius> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const from = (name: string): string => readFileSync(join(installation.directory, name), 'utf8');
  const put = (name: string, content: string): void => writeFileSync(join(directory, name), content, { mode: 0o600 });
  put('clients.pem', from('identity/anchors/machine-ca.pem') + from('identity/crls/machine-ca.pem'));
  put('server.pem', from('server.pem') + from(trustName));
  put('server.key', from('server.key'));
  put('users', installation.tickets.map(userEntry).join(''));
  const port = await freePort();
  put('radiusd.conf', configuration(directory, port, installation.secret));
  const child = spawn(path, ['-f', '-d', directory, '-n', 'radiusd', '-l', 'stdout'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      output = `${output}${chunk.toString()}`.slice(-4_000);
      if (output.includes('Ready to process requests')) resolve();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`FreeRADIUS ended with ${code ?? 'a signal'}:\n${output}`)));
  });
  return {
    pid: child.pid ?? 0,
    port,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function userEntry({ handle, secret }: { readonly handle: string; readonly secret: string }, index: number): string {
  const session = `S-${index.toString(16).padStart(16, '0')}`;
  return `${handle} Cleartext-Password := "${secret}"
\tFilter-Id = "office", Class = "${session}", Session-Timeout = 36000, Acct-Interim-Interval = 600
`;
}

/** Free a moment ago: it takes fixed ports only. */
async function freePort(): Promise<number> {
  const socket = await listenRadius({ address: '127.0.0.1', port: 0, handler: async () => undefined });
  await socket.close();
  return socket.port;
}

function configuration(directory: string, port: number, secret: string): string {
  return `
logdir = ${directory}
run_dir = ${directory}
pidfile = ${directory}/radiusd.pid
# An answer is remembered for cleanup_delay; a full table would drop what comes faster than that.
max_requests = 65536
cleanup_delay = 10
hostname_lookups = no
log {
  auth = no
}
security {
  allow_core_dumps = no
  max_attributes = 200
  reject_delay = 0
  status_server = yes
  allow_vulnerable_openssl = yes
}
thread pool {
  start_servers = 5
  max_servers = 5
  min_spare_servers = 1
  max_spare_servers = 5
  max_requests_per_server = 0
}
modules {
  pap {
  }
  files {
    filename = ${directory}/users
  }
  eap {
    default_eap_type = tls
    timer_expire = 120
    max_sessions = 16384
    tls-config common {
      certificate_file = ${directory}/server.pem
      private_key_file = ${directory}/server.key
      ca_file = ${directory}/clients.pem
      check_crl = yes
      fragment_size = 1000
      tls_min_version = "1.2"
      tls_max_version = "1.3"
      cipher_list = "ECDHE+AESGCM"
      ecdh_curve = "X25519:P-256:P-384"
      cache {
        enable = no
      }
    }
    tls {
      tls = common
    }
  }
}
client loopback {
  ipaddr = 127.0.0.1
  secret = ${secret}
  require_message_authenticator = yes
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    eap {
      ok = return
      updated = return
    }
    files
    pap
  }
  authenticate {
    pap
    eap
  }
}
`;
}
