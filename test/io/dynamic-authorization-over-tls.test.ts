// Changes on the connection that the concentrator opened: real TLS, and a concentrator that answers on it while it asks as well.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, type Issued, issue, makeAuthority } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { openDynamicAuthorization } from '../../gateway/io/dynamic-authorization.ts';
import { listenRadiusTls } from '../../gateway/io/radius-tls.ts';
import { type ConnectedPeers, connectedPeers } from '../../gateway/io/radius-tls-peers.ts';
import { systemClock, systemRandom } from '../../gateway/io/system.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { attribute, type Attributes, text } from '../../gateway/radius/attributes.ts';
import { signReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { encodeInClear } from '../../gateway/radius/in-clear.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { connectRadiusTls, type RadiusTlsClient } from '../support/radius-tls-client.ts';
import { concentrator, liveSession } from './live-session.ts';

const secret = Buffer.from('radsec');
const day = 86_400_000;
const nas: Nas = { ...concentrator(), dynamicAuthorization: 'over-tls' };
const end = { kind: 'disconnect', session: liveSession(), attributes: [] } as const;
const toUpdate = { kind: 'coa', session: liveSession(), attributes: [{ name: 'Filter-Id', value: 'update' }] } as const;

let authority: Authority;
let server: Issued;
let vpn: Issued;
beforeAll(async () => {
  const now = Date.now();
  const validity = { notBefore: now - day, notAfter: now + day };
  authority = await makeAuthority({ subject: [['2.5.4.3', 'NAS CA']], validity, keyType: 'P-256' });
  const leaf = (use: 'serverAuth' | 'clientAuth', dns: string) =>
    issue(authority, {
      subject: [['2.5.4.3', dns]],
      ...validity,
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: [use],
      dns: [dns],
      ...(use === 'serverAuth' ? { ip: ['127.0.0.1'] } : {}),
    });
  server = await leaf('serverAuth', 'localhost');
  vpn = await leaf('clientAuth', 'vpn.example');
});

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** The gateway's end. Requests of the concentrator are answered by themselves. */
async function gateway({ overTlsMs = 2_000 } = {}) {
  const peers: ConnectedPeers = connectedPeers();
  const events: string[] = [];
  const note = (event: string) => void events.push(event);
  const log = { info: note, warn: note, error: note };
  const listener = await listenRadiusTls({
    address: '127.0.0.1',
    port: 0,
    certificate: server.chainPem,
    key: server.privateKeyPem,
    clientCa: authority.pem,
    versions: ['1.0', '1.1'],
    admit: () => ({ nas: nas.name, handler: async packet => packet }),
    peers,
    log,
    meter: { count: () => undefined, observe: () => undefined, gauge: () => undefined },
  });
  open.push(() => listener.close());
  const client = openDynamicAuthorization({ log, clock: systemClock, random: systemRandom, peers, overTlsMs });
  open.push(() => client.close());
  const connect = async (version: '1.0' | '1.1' = '1.0'): Promise<RadiusTlsClient> => {
    const before = events.filter(event => event === 'radius-tls-connected').length;
    const connected = await connectRadiusTls({
      port: listener.port,
      trust: authority.pem,
      certificate: vpn,
      ...(version === '1.1' ? { ALPNProtocols: ['radius/1.1'] } : {}),
    });
    open.push(() => connected.close());
    while (events.filter(event => event === 'radius-tls-connected').length === before) await sleep(2);
    return connected;
  };
  return { client, connect, events };
}

async function asked(connection: RadiusTlsClient, inClear = false): Promise<Packet> {
  const octets = await connection.next();
  const packet = octets === undefined ? undefined : decode(octets, { unsigned: inClear });
  if (packet === undefined || isRefused(packet)) throw new Error('no request came');
  if (!inClear) expect(verifyRequest(packet, secret, { requireMessageAuthenticator: true })).toBe(true);
  return packet;
}

function reply(request: Packet, code: number, attributes: Attributes = [], by: Uint8Array = secret): Uint8Array {
  const signed = signReply({ code, attributes }, request, by);
  if (isRefused(signed)) throw new Error(signed.refused);
  return signed;
}

describe('over RADIUS/1.0', () => {
  it('a change goes down the connection, and the answer comes back on it', async () => {
    const { client, connect } = await gateway();
    const connection = await connect();
    const answer = client.ask(nas, toUpdate);
    const request = await asked(connection);
    expect([request.code, text(request.attributes, 'Filter-Id')]).toEqual([43, 'update']);
    connection.socket.write(reply(request, 45, [attribute('Error-Cause', 405)]));
    expect(await answer).toMatchObject({ answer: 'nak', errorCause: 405 });
    const again = client.ask(nas, end);
    connection.socket.write(reply(await asked(connection), 41));
    expect(await again).toEqual({ answer: 'ack' });
  });

  it('requests of both ends with the same identifiers do not mix [RFC6613-2.6.5]', async () => {
    const { client, connect } = await gateway();
    const connection = await connect();
    const answers = Array.from({ length: 20 }, () => client.ask(nas, end));
    const requests: Packet[] = [];
    for (let each = 0; each < 20; each++) requests.push(await asked(connection));
    for (const request of requests.toReversed()) {
      const own = Buffer.alloc(20);
      own.writeUInt8(1, 0);
      own.writeUInt8(request.identifier, 1);
      own.writeUInt16BE(20, 2);
      connection.socket.write(Buffer.concat([own, reply(request, 41)]));
      // What it asked itself comes back from the handler.
      expect(await connection.next()).toEqual(own);
    }
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 20 }, () => ({ answer: 'ack' })));
  });

  it('nothing is sent twice on a stream, and silence is silence [RFC3539-3.1]', async () => {
    const { client, connect } = await gateway({ overTlsMs: 400 });
    const connection = await connect();
    expect(await client.ask(nas, end)).toEqual({ answer: 'silent', copiesSent: 1 });
    const request = await asked(connection);
    // Its answer comes too late, and the connection goes on.
    connection.socket.write(reply(request, 41));
    const next = client.ask(nas, end);
    connection.socket.write(reply(await asked(connection), 41));
    expect(await next).toEqual({ answer: 'ack' });
  });

  it('is asked again on the next connection when this one ends before the answer', async () => {
    const { client, connect } = await gateway();
    const connection = await connect();
    const answer = client.ask(nas, end);
    await asked(connection);
    connection.close();
    const next = await connect();
    next.socket.write(reply(await asked(next), 41));
    expect(await answer).toEqual({ answer: 'ack' });
  });

  it('waits for a concentrator that is not connected, and no longer than said', async () => {
    const { client, connect } = await gateway({ overTlsMs: 300 });
    expect(await client.ask(nas, end)).toEqual({ answer: 'silent', copiesSent: 0, networkError: 'not-connected' });
    const answer = client.ask(nas, end);
    const connection = await connect();
    connection.socket.write(reply(await asked(connection), 41));
    expect(await answer).toEqual({ answer: 'ack' });
  });

  it('an answer that is signed wrongly ends the connection [RFC6613-2.6.4]', async () => {
    const { client, connect, events } = await gateway({ overTlsMs: 500 });
    const connection = await connect();
    const answer = client.ask(nas, end);
    connection.socket.write(reply(await asked(connection), 41, [], Buffer.from('not radsec')));
    await connection.closed;
    expect(events).toContain('radius-tls-cut');
    expect(await answer).toEqual({ answer: 'silent', copiesSent: 1, networkError: 'not-connected' });
  });

  it('whoever never asked is not answered for: an answer out of nothing is let go', async () => {
    const { client, connect } = await gateway();
    const connection = await connect();
    const answer = client.ask(nas, end);
    const request = await asked(connection);
    const invented = reply({ ...request, identifier: (request.identifier + 1) & 0xff }, 41);
    connection.socket.write(Buffer.concat([invented, reply(request, 42, [attribute('Error-Cause', 503)])]));
    expect(await answer).toMatchObject({ answer: 'nak', then: 'session-gone' });
  });

  it('a gateway that closes waits for nobody', async () => {
    const { client, connect } = await gateway({ overTlsMs: 60_000 });
    const connection = await connect();
    const answers = [client.ask(nas, end), client.ask({ ...nas, name: 'elsewhere' }, end)];
    await asked(connection);
    client.close();
    expect(await Promise.all(answers)).toMatchObject([{ answer: 'silent' }, { answer: 'silent' }]);
  });
});

describe('over RADIUS/1.1', () => {
  it('a change has a Token of its own and no signature; an answer with that Token is its answer [RFC9765-4.1]', async () => {
    const { client, connect } = await gateway();
    const connection = await connect('1.1');
    const answers = [client.ask(nas, end), client.ask(nas, end)];
    const requests = [await asked(connection, true), await asked(connection, true)];
    const tokens = requests.map(({ bytes }) => Buffer.from(bytes).readUInt32BE(4));
    expect(new Set(tokens).size).toBe(2);
    expect(requests.every(({ messageAuthenticatorAt }) => messageAuthenticatorAt === undefined)).toBe(true);
    connection.socket.write(
      encodeInClear({ code: 42, identifier: tokens[1] ?? 0, attributes: [attribute('Error-Cause', 503)] }),
    );
    connection.socket.write(encodeInClear({ code: 41, identifier: tokens[0] ?? 0, attributes: [] }));
    expect(await Promise.all(answers)).toMatchObject([{ answer: 'ack' }, { answer: 'nak', errorCause: 503 }]);
  });

  it('a Protocol-Error is no answer', async () => {
    const { client, connect } = await gateway();
    const connection = await connect('1.1');
    const answer = client.ask(nas, end);
    const { bytes } = await asked(connection, true);
    connection.socket.write(
      encodeInClear({ code: 52, identifier: Buffer.from(bytes).readUInt32BE(4), attributes: [] }),
    );
    expect(await answer).toEqual({ answer: 'silent', copiesSent: 1 });
    expect(connection.socket.closed).toBe(false);
  });
});

it('a connection that its own gateway closes is over for what is under way on it', async () => {
  const { client, connect } = await gateway({ overTlsMs: 500 });
  const connection = await connect();
  const answer = client.ask(nas, end);
  await asked(connection);
  const ended = once(connection.socket, 'close');
  connection.socket.end();
  await ended;
  expect(await answer).toEqual({ answer: 'silent', copiesSent: 1, networkError: 'not-connected' });
});
