// Against FreeRADIUS: its client asks us, and we ask its server. Runs where Debian's `freeradius` and
// `freeradius-utils` are installed.

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { exchange } from '../../gateway/io/radius-client.ts';
import { listenRadius, type RadiusListener } from '../../gateway/io/radius-udp.ts';
import { readAccounting } from '../../gateway/radius/accounting.ts';
import { attribute, type Attributes, text } from '../../gateway/radius/attributes.ts';
import { signReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { readCredentials } from '../../gateway/radius/credentials.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { replyCode, type ReplyOutcome, type ServerPort } from '../../gateway/radius/outcome.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';

const secretText = 'interop-secret';
const secret = Buffer.from(secretText);
const found = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
const radclient = found('radclient');
const freeradius = found('freeradius') || (existsSync('/usr/sbin/freeradius') ? '/usr/sbin/freeradius' : '');
const radclientVersion = radclient === '' ? '' : spawnSync(radclient, ['-v'], { encoding: 'utf8' }).stdout;
if (radclient === '') process.stdout.write('skipped: no radclient here (Debian: freeradius-utils)\n');
if (freeradius === '') process.stdout.write('skipped: no freeradius here (Debian: freeradius)\n');

describe.skipIf(radclient === '')('radclient asks us', () => {
  const passwords = new Map([
    ['nemo', 'arctangent'],
    ['long', 'a password of more than sixteen octets'],
  ]);
  let listeners: RadiusListener[] = [];
  let requireMessageAuthenticator = true;
  let answered = 0;
  const recorded: unknown[] = [];

  function judge(packet: Packet): { outcome: ReplyOutcome; attributes: Attributes } {
    if (packet.code === 12) return { outcome: 'answered', attributes: [] };
    if (packet.code === 4) {
      recorded.push(readAccounting(packet, Date.now()));
      return { outcome: 'answered', attributes: [] };
    }
    const credentials = readCredentials(packet, secret);
    if (isRefused(credentials) || credentials.kind !== 'password') return { outcome: 'reject', attributes: [] };
    const right = passwords.get(text(packet.attributes, 'User-Name') ?? '');
    if (Buffer.from(credentials.password).toString() !== right) return { outcome: 'reject', attributes: [] };
    return { outcome: 'accept', attributes: [attribute('Filter-Id', 'full'), attribute('Session-Timeout', 3600)] };
  }

  async function listen(port: ServerPort): Promise<RadiusListener> {
    const recent = recentRequests();
    return listenRadius({
      address: '127.0.0.1',
      port: 0,
      handler: async (datagram, from) => {
        const packet = decode(datagram);
        if (isRefused(packet)) return undefined;
        if (verifyRequest(packet, secret, { requireMessageAuthenticator }) !== true) return undefined;
        const key = { ...from, code: packet.code, identifier: packet.identifier };
        const seen = recent.look(key, packet.authenticator, Date.now());
        if (seen.seen !== 'new') return seen.seen === 'answered' ? seen.bytes : undefined;
        const { outcome, attributes } = judge(packet);
        const code = replyCode(port, packet.code, outcome);
        const reply = code === 'silence' ? undefined : signReply({ code, attributes }, packet, secret);
        if (reply === undefined || isRefused(reply)) return undefined;
        answered++;
        recent.answered(key, packet.authenticator, reply, Date.now());
        return reply;
      },
    });
  }

  beforeAll(async () => {
    listeners = [await listen('authentication'), await listen('accounting')];
  });
  afterAll(async () => {
    for (const listener of listeners) await listener.close();
  });

  async function ask(
    kind: 'auth' | 'acct' | 'status',
    port: number,
    lines: readonly string[],
    withSecret = secretText,
  ) {
    const child = spawn(radclient, ['-x', '-t', '1', '-r', '1', `127.0.0.1:${port}`, kind, withSecret]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stdin.end(`${lines.join('\n')}\n`);
    await new Promise(resolve => child.once('close', resolve));
    return output;
  }
  const port = (index: 0 | 1) => listeners[index]?.port ?? 0;
  const user = (name: string, password: string) => [`User-Name = ${name}`, `User-Password = "${password}"`];
  const signed = 'Message-Authenticator = 0x00';
  // Since 3.2.5 radclient signs by itself and has to be told not to; before, it signs when told to.
  const version = /version 3\.2\.(\d+)/.exec(radclientVersion)?.[1];
  const unsigned = version !== undefined && Number(version) < 5 ? [] : ['Message-Authenticator !* ANY'];

  it('a right password is accepted, with our attributes', async () => {
    for (const [name, password] of passwords) {
      const output = await ask('auth', port(0), [...user(name, password), signed]);
      const received = output.slice(output.indexOf('Received'));
      expect(received).toMatch(/Received Access-Accept/);
      // radclient verified it; it stands before everything else.
      expect(received).toMatch(
        /length \d+\s+Message-Authenticator = 0x[0-9a-f]{32}\s+Filter-Id = "full"\s+Session-Timeout = 3600/,
      );
    }
  });
  it('a wrong password is rejected', async () => {
    expect(await ask('auth', port(0), [...user('nemo', 'wrong'), signed])).toMatch(/Received Access-Reject/);
  });
  it('CHAP is understood as what it is, and rejected', async () => {
    expect(await ask('auth', port(0), ['User-Name = nemo', 'CHAP-Password = arctangent', signed])).toMatch(
      /Received Access-Reject/,
    );
  });
  it('Proxy-State comes back, in order', async () => {
    const states = ['Proxy-State = 0x7078', 'Proxy-State = 0x70783232'];
    const output = await ask('auth', port(0), [...user('nemo', 'arctangent'), ...states, signed]);
    expect(output.slice(output.indexOf('Received'))).toMatch(/Proxy-State = 0x7078\s+Proxy-State = 0x70783232/);
  });
  it('no answer without Message-Authenticator, unless the NAS is let off; then the reply has one all the same', async () => {
    const lines = [...user('nemo', 'arctangent'), ...unsigned];
    expect(await ask('auth', port(0), lines)).toMatch(/No reply/);
    requireMessageAuthenticator = false;
    const output = await ask('auth', port(0), lines);
    const withState = await ask('auth', port(0), [...lines, 'Proxy-State = 0x7078']);
    requireMessageAuthenticator = true;
    expect(output.slice(output.indexOf('Received'))).toMatch(/Access-Accept[^]*Message-Authenticator/);
    expect(withState).toMatch(/No reply/);
  });
  it('no answer with another secret', async () => {
    expect(await ask('auth', port(0), [...user('nemo', 'arctangent'), signed], 'another')).toMatch(/No reply/);
  });
  it('Status-Server is answered by kind of port', async () => {
    expect(await ask('status', port(0), [signed])).toMatch(/Received Access-Accept/);
    expect(await ask('status', port(1), [signed])).toMatch(/Received Accounting-Response/);
  });
  it('accounting is recorded and answered, and only at its own port', async () => {
    const lines = [
      'User-Name = nemo',
      'Acct-Session-Id = s1',
      'NAS-IP-Address = 127.0.0.1',
      'Framed-IP-Address = 10.8.0.7',
    ];
    const stop = [
      'Acct-Status-Type = Stop',
      'Acct-Input-Octets = 7',
      'Acct-Input-Gigawords = 1',
      'Acct-Terminate-Cause = Idle-Timeout',
    ];
    expect(await ask('acct', port(1), [...lines, 'Acct-Status-Type = Start'])).toMatch(/Received Accounting-Response/);
    expect(await ask('acct', port(1), [...lines, ...stop])).toMatch(/Received Accounting-Response/);
    expect(recorded).toMatchObject([
      { kind: 'start', acctSessionId: 's1', framedAddress: '10.8.0.7' },
      { kind: 'stop', acctSessionId: 's1', inputOctets: 2 ** 32 + 7, terminateCause: 'idle-timeout' },
    ]);
    expect(await ask('auth', port(1), [...user('nemo', 'arctangent'), signed])).toMatch(/No reply/);
  });
  it('worked once for each answer, whatever was sent again', () => {
    expect(answered).toBe(10);
  });
});

describe.skipIf(freeradius === '')('we ask freeradius', () => {
  let folder = '';
  let authPort = 0;
  let acctPort = 0;
  let server: ReturnType<typeof spawn> | undefined;
  const at = { address: '127.0.0.1', secret, timeoutMs: 1000, retransmits: 2 };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluis-freeradius-'));
    const silent = async () => undefined;
    const free = [0, 0].map(() => listenRadius({ address: '127.0.0.1', port: 0, handler: silent }));
    const [auth, acct] = await Promise.all(free);
    authPort = auth?.port ?? 0;
    acctPort = acct?.port ?? 0;
    await Promise.all([auth?.close(), acct?.close()]);
    mkdirSync(join(folder, 'run'));
    writeFileSync(
      join(folder, 'radiusd.conf'),
      `prefix = ${folder}
logdir = ${folder}
run_dir = ${folder}/run
pidfile = ${folder}/run/radiusd.pid
libdir = /usr/lib/freeradius
max_requests = 1024
security {
  allow_core_dumps = no
  status_server = yes
  allow_vulnerable_openssl = yes
}
modules {
  pap {
  }
  files {
    filename = ${folder}/users
  }
  always ok {
    rcode = ok
  }
}
client loopback {
  ipaddr = 127.0.0.1
  secret = ${secretText}
  require_message_authenticator = yes
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${authPort}
  }
  listen {
    type = acct
    ipaddr = 127.0.0.1
    port = ${acctPort}
  }
  authorize {
    files
    pap
  }
  authenticate {
    pap
  }
  accounting {
    ok
  }
}
`,
    );
    writeFileSync(join(folder, 'users'), 'nemo Cleartext-Password := "arctangent"\n\tFilter-Id = "full"\n');
    server = spawn(
      freeradius,
      ['-f', '-d', folder, '-D', '/usr/share/freeradius', '-n', 'radiusd', '-l', 'stdout', '-X'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    await new Promise<void>((resolve, reject) => {
      const take = (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('Ready to process requests')) resolve();
      };
      server?.stdout?.on('data', take);
      server?.stderr?.on('data', take);
      server?.once('exit', code => {
        reject(new Error(`freeradius ended with ${String(code)}:\n${output.slice(-2000)}`));
      });
    });
  });
  afterAll(async () => {
    if (server !== undefined && server.exitCode === null) {
      const gone = new Promise(resolve => server?.once('exit', resolve));
      server.kill();
      await gone;
    }
    rmSync(folder, { recursive: true });
  });

  // FreeRADIUS before 3.2.5 signs replies to PAP only by the Response Authenticator.
  const messageAuthenticator = 'none' as const;
  const pap = (userName: string, password: string, attributes: Attributes = []) =>
    passwordRequest({
      identifier: randomInt(256),
      secret,
      authenticator: randomBytes(16),
      userName,
      password,
      attributes,
    });

  it('our PAP request is accepted, and its reply verified', async () => {
    const request = pap('nemo', 'arctangent', [attribute('Proxy-State', Buffer.from('px1'))]);
    const result = await exchange({ ...at, port: authPort, request, messageAuthenticator });
    expect(result).toMatchObject({ result: 'reply', reply: { code: 2 } });
    if (result.result === 'reply') expect(text(result.reply.attributes, 'Filter-Id')).toBe('full');
  });
  it('a wrong password is rejected', async () => {
    const result = await exchange({
      ...at,
      port: authPort,
      request: pap('nemo', 'wrong'),
      messageAuthenticator,
      timeoutMs: 3000,
    });
    expect(result).toMatchObject({ result: 'reply', reply: { code: 3 } });
  });
  it('accounting is acknowledged', async () => {
    const request = accountingRequest({
      identifier: 9,
      secret,
      status: 'start',
      acctSessionId: 'a1',
      attributes: [attribute('NAS-IP-Address', '127.0.0.1')],
    });
    expect(await exchange({ ...at, port: acctPort, request })).toMatchObject({ result: 'reply', reply: { code: 5 } });
  });
  it('Status-Server is answered on both ports', async () => {
    for (const [port, code] of [
      [authPort, 2],
      [acctPort, 5],
    ] as const) {
      const request = statusRequest({ identifier: randomInt(256), secret, authenticator: randomBytes(16) });
      const result = await exchange({ ...at, port, request, messageAuthenticator, retransmits: 0 });
      expect(result).toMatchObject({ result: 'reply', reply: { code } });
    }
  });
  it('a request with another secret is not answered', async () => {
    const request = passwordRequest({
      identifier: 3,
      secret: Buffer.from('another'),
      authenticator: randomBytes(16),
      userName: 'nemo',
      password: 'arctangent',
    });
    expect(await exchange({ ...at, port: authPort, request, timeoutMs: 100, retransmits: 1 })).toMatchObject({
      result: 'no-reply',
    });
  });
});
