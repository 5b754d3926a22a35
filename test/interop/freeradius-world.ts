// FreeRADIUS 3 beside a gateway: the same users, authorities and reply attributes, at a port that demands a
// Message-Authenticator and one that does not; and at a third one as a proxy in front of that gateway.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCa } from '../../gateway/cli/demo/test-ca.ts';
import { freePort } from '../support/coa-listener.ts';

export interface FreeRadiusWorld {
  readonly ports: Ports;
  readonly stop: () => Promise<void>;
}

export interface Ports {
  readonly strict: number;
  readonly lax: number;
  readonly proxy: number;
  readonly accounting: number;
}

export async function freePorts(): Promise<Ports> {
  return { strict: await freePort(), lax: await freePort(), proxy: await freePort(), accounting: await freePort() };
}

export interface FreeRadiusOptions {
  readonly secret: string;
  readonly users: readonly { readonly handle: string; readonly secret: string }[];
  readonly ca: TestCa;
  /** What everybody is sent who comes in, in the words of its dictionary. */
  readonly reply: Readonly<Record<string, string>>;
  /** Port of the gateway behind the proxy. */
  readonly behind: number;
  /** Chosen before; free ones when absent. */
  readonly ports?: Ports;
}

export async function startFreeRadiusWorld(program: string, options: FreeRadiusOptions): Promise<FreeRadiusWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-freeradius-'));
  const put = (name: string, content: string): void => writeFileSync(join(folder, name), content, { mode: 0o600 });
  const { ca, users } = options;
  put('clients.pem', ca.machineCa.pem + ca.crls.machine.pem);
  put('server.pem', ca.server.chainPem);
  put('server.key', ca.server.privateKeyPem);
  put('users', users.map(({ handle, secret }) => `${handle} Cleartext-Password := "${secret}"\n`).join(''));
  const ports = options.ports ?? (await freePorts());
  put('radiusd.conf', configuration(folder, ports, options));
  const child = spawn(program, ['-f', '-d', folder, '-n', 'radiusd', '-l', 'stdout'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise(resolve => child.once('exit', resolve));
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
    ports,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function configuration(folder: string, ports: Ports, { secret, reply, behind }: FreeRadiusOptions): string {
  const client = (name: string, signed: 'yes' | 'no'): string => `
clients ${name} {
  client loopback {
    ipaddr = 127.0.0.1
    secret = ${secret}
    require_message_authenticator = ${signed}
  }
}
`;
  const listen = (name: keyof Ports, clients: string, type = 'auth'): string => `
  listen {
    type = ${type}
    ipaddr = 127.0.0.1
    port = ${ports[name]}
    clients = ${clients}
  }`;
  return `
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/radiusd.pid
max_requests = 1024
cleanup_delay = 5
hostname_lookups = no
security {
  allow_core_dumps = no
  max_attributes = 200
  reject_delay = 0
  status_server = yes
  allow_vulnerable_openssl = yes
}
thread pool {
  start_servers = 1
  max_servers = 2
  min_spare_servers = 1
  max_spare_servers = 2
  max_requests_per_server = 0
}
modules {
  always ok {
    rcode = ok
  }
  pap {
  }
  files {
    filename = ${folder}/users
  }
  eap {
    default_eap_type = tls
    timer_expire = 60
    max_sessions = 1024
    tls-config common {
      certificate_file = ${folder}/server.pem
      private_key_file = ${folder}/server.key
      ca_file = ${folder}/clients.pem
      check_crl = yes
      fragment_size = 1000
      tls_min_version = "1.2"
      tls_max_version = "1.3"
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
${client('strict', 'yes')}${client('lax', 'no')}
proxy server {
  default_fallback = no
}
home_server gateway {
  type = auth
  ipaddr = 127.0.0.1
  port = ${behind}
  secret = ${secret}
  response_window = 5
  status_check = none
}
home_server_pool gateway {
  home_server = gateway
}
realm gateway {
  auth_pool = gateway
  nostrip
}
server users {${listen('strict', 'strict')}${listen('lax', 'lax')}${listen('accounting', 'strict', 'acct')}
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
  accounting {
    ok
  }
  post-auth {
    update reply {
${Object.entries(reply)
  .map(([name, value]) => `      ${name} := "${value}"\n`)
  .join('')}    }
  }
}
server in-front {${listen('proxy', 'strict')}
  authorize {
    update control {
      Proxy-To-Realm := "gateway"
    }
  }
}
`;
}
