// A real slapd with the people of the contract: its own configuration and database in a temporary folder, TLS on a loopback
// port from the first octet, and its log read to count what it was asked.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DirectoryMeeting } from '../contracts/directory.ts';
import { type DirectoryEntry, entries, hiddenFromAnonymous, reader, root } from '../contracts/directory-people.ts';
import { makeOpensslPki } from '../support/openssl-pki.ts';

/** What Active Directory has and OpenLDAP's schemas do not, under the numbers that they have there. */
const schema = `
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl'
  EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.159 NAME 'accountExpires'
  EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.32473.1.1 NAME 'testAccount' SUP top AUXILIARY
  MAY ( userAccountControl $ accountExpires ) )
`;

const ldif = (all: readonly DirectoryEntry[]): string =>
  all
    .map(({ dn, attributes }) => {
      const lines = Object.entries(attributes).flatMap(([name, values]) =>
        values.map(value => `${name}:: ${Buffer.from(value).toString('base64')}\n`),
      );
      return `dn: ${dn}\n${lines.join('')}`;
    })
    .join('\n');

const startsWithinMs = 10_000;

export async function startSlapd(slapd: string, more: readonly DirectoryEntry[] = []): Promise<DirectoryMeeting> {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-slapd-'));
  const pki = makeOpensslPki(0);
  const leaf = pki.leaf({ name: 'directory', key: 'p256', usage: 'serverAuth', dnsName: 'localhost' });
  const file = (name: string): string => join(directory, name);
  mkdirSync(file('db'));
  writeFileSync(file('test.schema'), schema);
  writeFileSync(file('people.ldif'), ldif([...entries, ...more]));
  writeFileSync(
    file('slapd.conf'),
    `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
include ${file('test.schema')}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${file('slapd.pid')}
TLSCertificateFile ${leaf.chainFile}
TLSCertificateKeyFile ${leaf.keyFile}
database mdb
maxsize 16777216
suffix "${root}"
directory ${file('db')}
index objectClass,employeeNumber,member eq
access to attrs=userPassword by anonymous auth by * none
access to dn.exact="${hiddenFromAnonymous}" by dn.exact="${reader.dn}" read by * none
access to * by * read
`,
  );
  execFileSync(join(dirname(slapd), 'slapadd'), ['-q', '-f', file('slapd.conf'), '-l', file('people.ldif')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await freePort();
  let log = '';
  let running = await run();

  /** Resolves once it says that it serves. */
  async function run(): Promise<ChildProcess> {
    const from = log.length;
    const child = spawn(slapd, ['-f', file('slapd.conf'), '-h', `ldaps://127.0.0.1:${port}/`, '-d', 'stats'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => {
        reject(new Error(`slapd does not start:\n${log.slice(from)}`));
      };
      const timer = setTimeout(fail, startsWithinMs);
      child.once('exit', fail);
      child.stderr.on('data', (octets: Buffer) => {
        log += octets.toString('utf8');
        if (!log.slice(from).includes('slapd starting')) return;
        clearTimeout(timer);
        child.off('exit', fail);
        resolve();
      });
    });
    await listening(port);
    return child;
  }

  async function stop(): Promise<void> {
    const gone = new Promise(resolve => running.once('exit', resolve));
    if (running.exitCode === null && running.signalCode === null && running.kill('SIGTERM')) await gone;
  }

  return {
    port,
    ca: pki.rootPem,
    searches: () => log.split(' SRCH base=').length - 1,
    stop,
    start: async () => {
      running = await run();
    },
    close: async () => {
      await stop();
      pki.remove();
      rmSync(directory, { recursive: true });
    },
  };
}

/** "slapd starting" is said a moment before it listens. */
async function listening(port: number): Promise<void> {
  const until = Date.now() + startsWithinMs;
  while (Date.now() < until) {
    const open = await new Promise<boolean>(resolve => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await delay(10);
  }
  throw new Error('slapd does not listen');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}
