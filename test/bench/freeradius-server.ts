// FreeRADIUS 3 as the other side of the comparison: its own process with a configuration of its own, the same names,
// passwords, certificates and reply attributes, and nothing switched on that the comparison does not need. Passwords are
// read from a Redis of its own and each session is written there: one read and one write for a request, by `rlm_redis`.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listenRadius } from '../../gateway/io/radius-udp.ts';
import { program } from '../support/programs.ts';
import type { TestRedis } from '../support/redis-server.ts';
import { type FilledInstallation, trustName } from './sluis-installation.ts';

export interface FreeRadius {
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Where Debian puts what `freeradius-redis` brings. */
const redisModule = '/usr/lib/freeradius/rlm_redis.so';

/** Path and version; absent where it or its Redis module is not installed. */
export function findFreeRadius(): { readonly path: string; readonly version: string } | undefined {
  const path = program('freeradius') ?? program('radiusd');
  if (path === undefined || !existsSync(redisModule)) return undefined;
  const { stdout } = spawnSync(path, ['-v'], { encoding: 'utf8' });
  const version = /FreeRADIUS Version (3\.\S+?),/.exec(stdout)?.[1];
  return version === undefined ? undefined : { path, version };
}

export interface FreeRadiusOptions {
  readonly directory: string;
  readonly installation: FilledInstallation;
  readonly redis: TestRedis;
}

export async function startFreeRadius(path: string, options: FreeRadiusOptions): Promise<FreeRadius> {
  const { directory, installation, redis } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const from = (name: string): string => readFileSync(join(installation.directory, name), 'utf8');
  const put = (name: string, content: string): void => writeFileSync(join(directory, name), content, { mode: 0o600 });
  put('clients.pem', installation.authorities.map(from).join(''));
  put('server.pem', from('server.pem') + from(trustName));
  put('server.key', from('server.key'));
  const port = await freePort();
  put('radiusd.conf', configuration({ directory, port, secret: installation.secret, redisPort: redis.port }));
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

/** Its passwords, before it starts. */
export function fillPasswords(redis: TestRedis, { tickets }: Pick<FilledInstallation, 'tickets'>): void {
  for (let at = 0; at < tickets.length; at += passwordsAtOnce) {
    const some = tickets.slice(at, at + passwordsAtOnce);
    redis.cli('MSET', ...some.flatMap(({ handle, secret }) => [`ticket:${handle}`, secret]));
  }
}

const passwordsAtOnce = 1_000;

/** Free a moment ago: it takes fixed ports only. */
async function freePort(): Promise<number> {
  const socket = await listenRadius({ address: '127.0.0.1', port: 0, handler: async () => undefined });
  await socket.close();
  return socket.port;
}

function configuration(of: {
  readonly directory: string;
  readonly port: number;
  readonly secret: string;
  readonly redisPort: number;
}): string {
  const { directory, port, secret, redisPort } = of;
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
  expr {
  }
  pap {
  }
  redis {
    server = 127.0.0.1
    port = ${redisPort}
    query_timeout = 5
    pool {
      start = 5
      min = 5
      max = 5
      spare = 5
      uses = 0
      retry_delay = 1
      lifetime = 0
      idle_timeout = 0
    }
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
    update control {
      &Cleartext-Password := "%{redis:GET ticket:%{User-Name}}"
    }
    pap
  }
  authenticate {
    pap
    eap
  }
  post-auth {
    update reply {
      &Filter-Id := "office"
      &Class := "S-%{randstr:hhhhhhhh}"
      &Session-Timeout := 36000
      &Acct-Interim-Interval := 600
    }
    update control {
      &Tmp-String-0 := "%{redis:SET session:%{reply:Class} %{User-Name},%{Calling-Station-Id},%{NAS-IP-Address},%l EX 36000}"
    }
  }
}
`;
}
