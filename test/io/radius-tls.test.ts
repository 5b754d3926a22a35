// The RADIUS/TLS listener with real TLS: who is let in, how a stream becomes requests, what is bounded, how it ends.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Authority,
  type Issued,
  issue,
  makeAuthority,
  selfSigned,
} from '../../gateway/cli/demo/test-authority.ts';
import { listenRadiusTls, type RadiusTlsOptions } from '../../gateway/io/radius-tls.ts';
import type { RadiusPeer } from '../../gateway/io/radius-tls-peer.ts';
import type { DatagramHandler, DatagramSource, RadiusListener } from '../../gateway/io/radius-udp.ts';
import { connectRadiusTls, type RadiusTlsClient, type RadiusTlsClientOptions } from '../support/radius-tls-client.ts';

const day = 86_400_000;
const now = Date.now();
const validity = { notBefore: now - day, notAfter: now + day };
let authority: Authority;
let other: Authority;
let server: Issued;
let vpn: Issued;

const leaf = (of: Authority, fields: Partial<Parameters<typeof issue>[1]> = {}): Promise<Issued> =>
  issue(of, {
    subject: [['2.5.4.3', 'some concentrator']],
    ...validity,
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['clientAuth'],
    dns: ['vpn-1.example'],
    ...fields,
  });

beforeAll(async () => {
  const root = { validity, keyType: 'P-256' } as const;
  authority = await makeAuthority({ ...root, subject: [['2.5.4.3', 'NAS CA']] });
  other = await makeAuthority({ ...root, subject: [['2.5.4.3', 'another CA']] });
  server = await leaf(authority, { extendedKeyUsage: ['serverAuth'], dns: ['localhost'], ip: ['127.0.0.1'] });
  vpn = await leaf(authority);
});

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Listening {
  readonly listener: RadiusListener;
  readonly peers: RadiusPeer[];
  /** Log events with their fields. */
  readonly lines: { readonly event: string; readonly [field: string]: unknown }[];
  /** As `name label label`. */
  readonly counted: string[];
  readonly gauges: number[];
}

async function listen(
  handler: DatagramHandler = async packet => packet,
  options: Partial<RadiusTlsOptions> = {},
): Promise<Listening> {
  const [peers, lines, counted, gauges]: [RadiusPeer[], Listening['lines'], string[], number[]] = [[], [], [], []];
  const line = (event: string, fields?: object) => void lines.push({ event, ...fields });
  const listener = await listenRadiusTls({
    address: '127.0.0.1',
    port: 0,
    certificate: server.chainPem,
    key: server.privateKeyPem,
    clientCa: authority.pem,
    versions: ['1.0', '1.1'],
    admit: peer => {
      peers.push(peer);
      return { nas: 'vpn-1', handler };
    },
    log: { info: line, warn: line, error: line },
    meter: {
      count: (name, labels) => void counted.push([name, ...Object.values(labels ?? {})].join(' ')),
      observe: () => undefined,
      gauge: (_name, value) => void gauges.push(value),
    },
    ...options,
  });
  open.push(() => listener.close());
  return { listener, peers, lines, counted, gauges };
}

async function client(
  { listener }: Listening,
  options: Partial<RadiusTlsClientOptions> = {},
): Promise<RadiusTlsClient> {
  const connected = await connectRadiusTls({ port: listener.port, trust: authority.pem, certificate: vpn, ...options });
  open.push(() => connected.close());
  return connected;
}

/** A packet by its Length field, with a mark in the octet after it. */
function packet(mark: number, length = 20): Buffer {
  const out = Buffer.alloc(length);
  out.writeUInt16BE(length, 2);
  out[4] = mark;
  return out;
}

/** Something that others wait for. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { passed: promise, open: () => resolve(undefined) };
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise(resolve => setTimeout(resolve, 5));
}

describe('who is let in', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a concentrator with a certificate of the authority, over %s',
    async maxVersion => {
      const listening = await listen();
      const connected = await client(listening, { maxVersion });
      connected.socket.write(packet(7));
      expect(await connected.next()).toEqual(packet(7));
      const fingerprint = new X509Certificate(vpn.pem).fingerprint256.replaceAll(':', '').toLowerCase();
      expect(listening.peers).toEqual([{ names: ['vpn-1.example'], fingerprint, version: '1.0' }]);
      expect(listening.lines).toMatchObject([
        { event: 'radius-tls-connected', nas: 'vpn-1', tls: maxVersion, fingerprint },
      ]);
      expect(connected.socket.getProtocol()).toBe(maxVersion);
    },
  );

  it.each<[string, () => Promise<Issued | undefined>, string]>([
    ['no certificate', async () => undefined, 'certificate-missing'],
    ['one of another authority', async () => leaf(other), 'certificate-anchor-unknown'],
    [
      'one that nobody vouches for',
      async () => selfSigned({ name: 'vpn-1.example', validity }),
      'certificate-anchor-unknown',
    ],
    [
      'an expired one',
      async () => leaf(authority, { notBefore: now - 3 * day, notAfter: now - day }),
      'certificate-expired',
    ],
    [
      'that of a server',
      async () => leaf(authority, { extendedKeyUsage: ['serverAuth'] }),
      'certificate-purpose-wrong',
    ],
  ])('not %s', async (_what, make, reason) => {
    const listening = await listen();
    const certificate = await make();
    const { listener } = listening;
    const base = { port: listener.port, trust: authority.pem };
    const connected = await connectRadiusTls(certificate === undefined ? base : { ...base, certificate });
    connected.socket.write(packet(7));
    await connected.closed;
    expect(listening.peers).toEqual([]);
    expect(listening.counted).toEqual([`sluis_radius_tls_turned_away_total ${reason}`]);
    expect(listening.lines).toMatchObject([{ event: 'radius-tls-turned-away', address: '127.0.0.1', reason }]);
  });

  it.each<[readonly string[], RegExp]>([
    [['vpn-9.example', 'other.example'], /^tls-name: vpn-9\.example$/],
    [[], /^tls-fingerprint: [0-9a-f]{64}$/],
  ])('not one whom nobody knows, and the log has the line that would change it: %j', async (dns, line) => {
    const listening = await listen(undefined, { admit: () => undefined });
    const stranger = await leaf(authority, { dns });
    const connected = await client(listening, { certificate: stranger });
    await connected.closed;
    expect(listening.counted).toEqual(['sluis_radius_tls_turned_away_total unknown-nas']);
    const fingerprint = new X509Certificate(stranger.pem).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(listening.lines).toMatchObject([
      { reason: 'unknown-nas', fingerprint, nasLine: expect.stringMatching(line) as string },
    ]);
  });

  it('does not fill the log with strangers, and counts them all', async () => {
    const listening = await listen(undefined, { admit: () => undefined });
    for (let times = 0; times < 33; times++) await (await client(listening)).closed;
    expect(listening.lines).toHaveLength(30);
    expect(listening.counted).toHaveLength(33);
  });

  it('not more connections of one concentrator than it may have', async () => {
    const listening = await listen(undefined, { limits: { connectionsPerNas: 2 } });
    const [first] = [await client(listening), await client(listening)];
    await (await client(listening)).closed;
    expect(listening.counted).toEqual(['sluis_radius_tls_turned_away_total overloaded']);
    expect(listening.gauges).toEqual([1, 2]);
    first.close();
    await first.closed;
    await until(() => listening.gauges.length === 3);
    const third = await client(listening);
    third.socket.write(packet(1));
    expect(await third.next()).toEqual(packet(1));
    expect(listening.gauges).toEqual([1, 2, 1, 2]);
  });

  it('not a client of TLS 1.1', async () => {
    const listening = await listen();
    await expect(client(listening, { maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });
});

describe('which RADIUS is spoken [RFC9765-3.3]', () => {
  const [old, fresh] = ['radius/1.0', 'radius/1.1'];
  it.each([
    [['1.0', '1.1'], undefined, '1.0', false],
    [['1.0', '1.1'], [old], '1.0', old],
    [['1.0', '1.1'], [old, fresh], '1.1', fresh],
    [['1.1', '1.0'], [fresh], '1.1', fresh],
    [['1.0'], [old, fresh], '1.0', old],
    [['1.1'], [old, fresh], '1.1', fresh],
  ] as const)('served %j, offered %j: %s', async (versions, offered, version, alpn) => {
    const listening = await listen(undefined, { versions });
    const connected = await client(listening, offered === undefined ? {} : { ALPNProtocols: [...offered] });
    connected.socket.write(packet(1));
    expect(await connected.next()).toEqual(packet(1));
    expect(listening.peers[0]?.version).toBe(version);
    expect(connected.socket.alpnProtocol).toBe(alpn);
  });

  it.each([
    [['1.0'], [fresh]],
    [['1.1'], [old]],
    [['1.0', '1.1'], ['h2']],
  ] as const)('served %j, offered %j: an alert that says so', async (versions, offered) => {
    const listening = await listen(undefined, { versions });
    await expect(client(listening, { ALPNProtocols: [...offered] })).rejects.toThrow(/alert/i);
    expect(listening.counted).toEqual(['sluis_radius_tls_turned_away_total tls-handshake-failed']);
  });

  it.each<[string, Partial<RadiusTlsOptions>, Partial<RadiusTlsClientOptions>]>([
    ['1.0 where only 1.1 is served', { versions: ['1.1'] }, {}],
    ['1.1 over TLS 1.2 [RFC9765-3.4]', {}, { maxVersion: 'TLSv1.2', ALPNProtocols: [fresh] }],
  ])('not %s', async (_what, options, wish) => {
    const listening = await listen(undefined, options);
    // In TLS 1.2 the client may see the end before it has seen the end of the handshake.
    const connected = await client(listening, wish).catch(() => undefined);
    await connected?.closed;
    expect(listening.peers).toEqual([]);
    expect(listening.lines).toMatchObject([{ reason: 'tls-handshake-failed' }]);
  });
});

describe('a stream of requests', () => {
  it('comes octet by octet, or many at once', async () => {
    const seen: { readonly mark: number; readonly from: DatagramSource }[] = [];
    const listening = await listen(async (octets, from) => {
      seen.push({ mark: octets[4] ?? 0, from });
      return octets;
    });
    const connected = await client(listening);
    for (const octet of packet(1, 40)) connected.socket.write(Uint8Array.of(octet));
    expect(await connected.next()).toEqual(packet(1, 40));
    connected.socket.write(Buffer.concat([packet(2), packet(3, 4096), packet(4)]));
    for (const mark of [2, 3, 4]) expect((await connected.next())?.[4]).toBe(mark);
    expect(seen.map(({ mark }) => mark)).toEqual([1, 2, 3, 4]);
    expect(seen[0]?.from).toEqual({ address: '127.0.0.1', port: connected.socket.localPort, socket: 'tls' });
  });

  it('is answered in the order in which answers are ready', async () => {
    const release = gate();
    const listening = await listen(async octets => {
      if (octets[4] === 1) await release.passed;
      return octets[4] === 2 ? undefined : octets;
    });
    const connected = await client(listening);
    connected.socket.write(Buffer.concat([packet(1), packet(2), packet(3)]));
    expect((await connected.next())?.[4]).toBe(3);
    release.open();
    expect((await connected.next())?.[4]).toBe(1);
  });

  it.each([0, 19, 4097, 65_535])('ends with a Length of %i [RFC6613-2.6.4]', async length => {
    const listening = await listen();
    const connected = await client(listening);
    connected.socket.write(packet(1));
    expect(await connected.next()).toEqual(packet(1));
    const wrong = packet(2);
    wrong.writeUInt16BE(length, 2);
    connected.socket.write(Buffer.concat([wrong, packet(3)]));
    expect(await connected.next()).toBeUndefined();
    expect(listening.counted).toEqual(['sluis_radius_refused_total packet-length-wrong vpn-1']);
  });

  it('ends with a request that cannot be believed', async () => {
    const listening = await listen(undefined, {
      admit: (_peer, disbelieved) => ({
        nas: 'vpn-1',
        handler: async octets => {
          if (octets[4] === 2) disbelieved({ refused: 'message-authenticator-wrong' });
          return octets;
        },
      }),
    });
    const connected = await client(listening);
    connected.socket.write(packet(1));
    expect(await connected.next()).toEqual(packet(1));
    connected.socket.write(Buffer.concat([packet(2), packet(3)]));
    expect(await connected.next()).toBeUndefined();
    expect(listening.lines).toContainEqual({
      event: 'radius-tls-cut',
      nas: 'vpn-1',
      address: '127.0.0.1',
      reason: 'message-authenticator-wrong',
    });
  });

  it('goes on when the handler throws', async () => {
    const listening = await listen(async octets => {
      if (octets[4] === 1) throw new Error('broken');
      return octets;
    });
    const connected = await client(listening);
    connected.socket.write(Buffer.concat([packet(1), packet(2)]));
    expect((await connected.next())?.[4]).toBe(2);
    expect(listening.lines).toMatchObject([{ event: 'radius-tls-connected' }, { event: 'radius-fault', nas: 'vpn-1' }]);
  });
});

describe('bounds', () => {
  it('reads no further while as many requests are in work as may be', async () => {
    const release = gate();
    let begun = 0;
    const listening = await listen(
      async octets => {
        begun++;
        await release.passed;
        return octets;
      },
      { limits: { requestsInWork: 3, packetTimeoutMs: 100 } },
    );
    const connected = await client(listening);
    const many = 3000;
    let written = false;
    // Twelve megabytes: what is not read stays with the sender.
    const octets = Buffer.concat(Array.from({ length: many }, (_, mark) => packet(mark % 256, 4096)));
    connected.socket.write(octets, () => (written = true));
    // Longer than a packet may take: it is not the peer who is late.
    await new Promise(resolve => setTimeout(resolve, 250));
    expect(begun).toBe(3);
    expect(written).toBe(false);
    release.open();
    for (let mark = 0; mark < many; mark++) expect((await connected.next())?.[4]).toBe(mark % 256);
  });

  it('cuts off who begins a packet and does not end it', async () => {
    const listening = await listen(undefined, { limits: { packetTimeoutMs: 100 } });
    const connected = await client(listening);
    const drip = setInterval(() => connected.socket.write(Uint8Array.of(0)), 20);
    open.push(() => clearInterval(drip));
    connected.socket.write(packet(1, 4096).subarray(0, 100));
    expect(await connected.next()).toBeUndefined();
    expect(listening.counted).toEqual(['sluis_radius_refused_total packet-too-short vpn-1']);
  });

  it('lets go of who sends and does not read', async () => {
    let begun = 0;
    const listening = await listen(
      async () => {
        begun++;
        return packet(1, 4096);
      },
      { limits: { requestsInWork: 64, packetTimeoutMs: 200 } },
    );
    const connected = await client(listening);
    connected.socket.pause();
    const asking = setInterval(
      () => connected.socket.write(Buffer.concat(Array.from({ length: 500 }, () => packet(0)))),
      1,
    );
    open.push(() => clearInterval(asking));
    await until(() => listening.gauges.at(-1) === 0);
    expect(begun).toBeGreaterThan(64);
  });

  it('ends a connection on which nothing is said', async () => {
    const listening = await listen(undefined, { limits: { idleTimeoutMs: 100 } });
    const connected = await client(listening);
    expect(await connected.next()).toBeUndefined();
    await until(() => listening.gauges.at(-1) === 0);
    expect(listening.lines.map(({ event }) => event)).toEqual(['radius-tls-connected', 'radius-tls-ended']);
  });

  it('waits for handshakes so long and so many of one address', async () => {
    const listening = await listen(undefined, { limits: { handshakeTimeoutMs: 200, handshakesPerAddress: 3 } });
    const silent = Array.from({ length: 5 }, () => connect(listening.listener.port, '127.0.0.1').resume());
    await Promise.all(silent.map(socket => once(socket, 'close')));
    expect(listening.counted.filter(each => each === 'sluis_shed_total tls-handshake')).toHaveLength(2);
    // Those who end theirs are not counted against the next.
    for (let times = 0; times < 5; times++) await client(listening);
    await until(() => listening.peers.length === 5);
  });

  it('takes no more connections than that in all', async () => {
    const listening = await listen(undefined, { limits: { connections: 2 } });
    await client(listening);
    await client(listening);
    await expect(client(listening)).rejects.toThrow();
    expect(listening.counted).toEqual(['sluis_shed_total tls-connection']);
  });
});

describe('close', () => {
  it('answers what is in work, takes no more and ends', async () => {
    const release = gate();
    const started = gate();
    let calls = 0;
    const listening = await listen(async octets => {
      calls++;
      started.open();
      await release.passed;
      return octets;
    });
    const connected = await client(listening);
    const idle = await client(listening);
    const half = connect(listening.listener.port, '127.0.0.1');
    await once(half, 'connect');
    connected.socket.write(packet(1));
    await started.passed;
    let closed = false;
    const closing = listening.listener.close().then(() => {
      closed = true;
    });
    connected.socket.write(packet(2));
    expect(await idle.next()).toBeUndefined();
    await new Promise(resolve => setTimeout(resolve, 30));
    expect(closed).toBe(false);
    release.open();
    expect(await connected.next()).toEqual(packet(1));
    expect(await connected.next()).toBeUndefined();
    await closing;
    expect(calls).toBe(1);
    // Closing twice is closing once.
    await listening.listener.close();
    await expect(client(listening)).rejects.toThrow();
    half.destroy();
  });

  it('fails when the port is taken', async () => {
    const { listener } = await listen();
    await expect(listen(undefined, { port: listener.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
