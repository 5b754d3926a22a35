// FreeRADIUS as a concentrator that can be told to change sessions: its `coa` listener reads every octet of a request, judges
// the signature, and says in its log what it received. RFC 5176.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { listenRadius } from '../../gateway/io/radius-udp.ts';

export interface CoaListener {
  /** The first match in what it has said since `forget`; it may come a little later than its answer. */
  readonly heard: (what: RegExp) => Promise<string>;
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
}

export interface CoaListenerOptions {
  readonly port: number;
  readonly secret: string;
  /** User name → Error-Cause with which everything about it is refused; '' for none. Others get what they ask for. */
  readonly refusing?: Readonly<Record<string, string>>;
}

/** Free a moment ago: FreeRADIUS takes fixed ports only. */
export async function freePort(): Promise<number> {
  const free = await listenRadius({ address: '127.0.0.1', port: 0, handler: async () => undefined });
  await free.close();
  return free.port;
}

export async function startCoaListener(program: string, options: CoaListenerOptions): Promise<CoaListener> {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-freeradius-'));
  writeFileSync(join(folder, 'radiusd.conf'), configuration(folder, options));
  const child = spawn(
    program,
    ['-f', '-d', folder, '-D', '/usr/share/freeradius', '-n', 'radiusd', '-l', 'stdout', '-X'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const ended = new Promise(resolve => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready to process requests')) resolve();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('exit', code => {
      reject(new Error(`freeradius ended with ${String(code)}:\n${output.slice(-2000)}`));
    });
  });
  return {
    heard: what =>
      vi.waitFor(() => {
        const [found] = what.exec(output) ?? [];
        if (found === undefined) throw new Error(`FreeRADIUS did not say ${what.source}`);
        return found;
      }, 5_000),
    forget: () => {
      output = '';
    },
    stop: async () => {
      if (child.exitCode === null) {
        child.kill();
        await ended;
      }
      rmSync(folder, { recursive: true });
    },
  };
}

function configuration(folder: string, { port, secret, refusing = {} }: CoaListenerOptions): string {
  const cases = Object.entries(refusing).map(([userName, cause]) => {
    const said = cause === '' ? '' : `\n        update reply {\n          Error-Cause := ${cause}\n        }`;
    return `
      case "${userName}" {${said}
        fail
      }`;
  });
  return `prefix = ${folder}
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/radiusd.pid
libdir = /usr/lib/freeradius
max_requests = 1024
security {
  allow_core_dumps = no
  allow_vulnerable_openssl = yes
}
modules {
  always ok {
    rcode = ok
  }
  always fail {
    rcode = fail
  }
}
client loopback {
  ipaddr = 127.0.0.1
  secret = ${secret}
  require_message_authenticator = yes
}
server changes {
  listen {
    type = coa
    ipaddr = 127.0.0.1
    port = ${port}
  }
  recv-coa {
    switch &User-Name {${cases.join('')}
      case {
        ok
      }
    }
  }
}
`;
}
