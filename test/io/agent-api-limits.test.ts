// Limits of the agent API, over real sockets: bodies too large or of the wrong shape, the slow, and the many.

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Refusal } from '../../gateway/contract/verdict.ts';
import { signedReport } from '../support/agent-signatures.ts';
import { rawConnection } from './agent-api-client.ts';
import { tenant } from '../support/agent-world.ts';
import { nonceFor, serveForTests } from './agent-api-server.ts';

const served = serveForTests();

describe('bodies', () => {
  it.each<[string, string, string, number, string]>([
    ['no JSON', '/v1/challenge', '{', 400, 'request-malformed'],
    ['nothing', '/v1/challenge', '', 400, 'request-malformed'],
    ['an unknown purpose', '/v1/challenge', '{"purpose":"all"}', 400, 'request-malformed'],
    ['a field too many', '/v1/challenge', '{"purpose":"report","admin":true}', 400, 'request-malformed'],
    ['a number for text', '/v1/report', '{"protected":1,"payload":2,"signature":3}', 400, 'report-malformed'],
    ['a list', '/v1/report', '[]', 400, 'report-malformed'],
    ['the prototype', '/v1/report', '{"__proto__":{"protected":"A"}}', 400, 'report-malformed'],
    ['a thousand levels', '/v1/report', `${'['.repeat(1000)}${']'.repeat(1000)}`, 400, 'report-malformed'],
    ['a hundred thousand levels', '/v1/report', `${'['.repeat(1e5)}${']'.repeat(1e5)}`, 400, 'report-malformed'],
    ['a large challenge', '/v1/challenge', `"${'x'.repeat(5000)}"`, 413, 'report-too-large'],
    ['a large report', '/v1/report', `"${'x'.repeat(256 * 1024)}"`, 413, 'report-too-large'],
  ])('of %s are refused', async (_, path, body, status, refused) => {
    const answer = await served.client(served.pki.laptop).postText<Refusal>(path, body);
    expect(answer).toMatchObject({ status, body: { refused } });
  });

  it('of another type are refused', async () => {
    const answer = await served
      .client(served.pki.laptop)
      .postText<Refusal>('/v1/report', '<xml/>', { 'content-type': 'text/xml' });
    expect(answer).toMatchObject({ status: 400, body: { refused: 'report-malformed' } });
  });

  it('signed and a thousand levels deep inside are refused before they are parsed', async () => {
    const laptop = served.client(served.pki.laptop);
    const fields = { nonce: await nonceFor(laptop, 'report'), exporter: await laptop.exporter() };
    const report = signedReport(served.pki.laptop, served.world.now(), {
      ...fields,
      payload: '['.repeat(1000) + ']'.repeat(1000),
    });
    expect(await laptop.post('/v1/report', report)).toMatchObject({
      status: 400,
      body: { refused: 'report-too-deep' },
    });
  });

  const tenMegabytes = 10 * 1024 * 1024;
  const piece = Buffer.alloc(64 * 1024, 'A');

  it.each([
    ['with its length announced', `Content-Length: ${tenMegabytes}`, false],
    ['in chunks', 'Transfer-Encoding: chunked', true],
  ])('of 10 MB %s are cut early', async (_, header, chunked) => {
    const socket = await rawConnection(served.pki, served.api.port, served.pki.laptop);
    let answer = '';
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1');
    });
    socket.write(`POST /v1/report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${header}\r\n\r\n`);
    let written = 0;
    while (!socket.closed && written < tenMegabytes) {
      socket.write(
        chunked ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]) : piece,
      );
      written += piece.length;
      await new Promise(resolve => setTimeout(resolve, 2));
    }
    if (!socket.closed) await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('report-too-large');
    expect(written).toBeLessThan(tenMegabytes / 2);
  });
});

describe('the slow', () => {
  const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600, handshakeTimeoutMs: 300, idleTimeoutMs: 300 };
  const hello = 'POST /v1/report HTTP/1.1\r\nHost: localhost\r\n';
  const body = `${hello}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"protected":"`;

  beforeEach(async () => {
    await served.relisten(limits);
  });

  it.each([
    ['say nothing at all', '', ''],
    ['never end their headers', hello, 'X-More: 1\r\n'],
    ['never end their body', body, 'A'],
  ])('who %s are cut off', async (_, opening, drip) => {
    const socket = await rawConnection(served.pki, served.api.port, served.pki.laptop);
    const start = Date.now();
    socket.resume();
    if (opening !== '') socket.write(opening);
    const dripping = setInterval(() => {
      if (drip !== '') socket.write(drip);
    }, 50);
    await once(socket, 'close');
    clearInterval(dripping);
    expect(Date.now() - start).toBeLessThan(4_000);
  });

  it('who never begin TLS are cut off', async () => {
    const socket = connectTcp(served.api.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const start = Date.now();
    socket.resume();
    await once(socket, 'close');
    expect(Date.now() - start).toBeLessThan(4_000);
  });

  it('do not hold up the quick', async () => {
    const slow = await Promise.all([1, 2, 3].map(() => rawConnection(served.pki, served.api.port, served.pki.laptop)));
    for (const socket of slow) socket.write(body);
    expect((await served.client(served.pki.otherLaptop).post('/v1/challenge', { purpose: 'report' })).status).toBe(200);
    for (const socket of slow) socket.destroy();
  });
});

describe('the many', () => {
  it('requests of one key are limited, those of another are not', async () => {
    await served.relisten({ requestsPerMinute: 3, reportsPerMinute: 2 });
    const laptop = served.client(served.pki.laptop);
    const statuses = [];
    for (let count = 0; count < 4; count++)
      statuses.push((await laptop.post('/v1/challenge', { purpose: 'report' })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const again = served.client(served.pki.laptop);
    const refused = await again.post<Refusal>('/v1/challenge', { purpose: 'report' });
    expect(refused).toMatchObject({ status: 429, body: { refused: 'too-many-requests' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await served.client(served.pki.otherLaptop).post('/v1/challenge', { purpose: 'report' })).status).toBe(200);
    expect((await again.post('/v1/report', {})).status).toBe(400);
    expect((await again.post('/v1/report', {})).status).toBe(400);
    expect((await again.post('/v1/report', {})).status).toBe(429);
  });

  it('keys of one address share a limit, and even those without a certificate count', async () => {
    await served.relisten({ addressPerMinute: 4 });
    for (const holder of [served.pki.laptop, served.pki.otherLaptop, undefined, undefined]) {
      expect((await served.client(holder).get('/v1/verdict')).status).not.toBe(429);
    }
    const answer = await served.client(served.pki.person).get<Refusal>('/v1/verdict');
    expect(answer).toMatchObject({ status: 429, body: { refused: 'too-many-requests' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('closing', () => {
  it('waits for nobody: not for the silent, nor for those who never begin TLS', async () => {
    const silent = await rawConnection(served.pki, served.api.port, served.pki.laptop);
    const tcp = connectTcp(served.api.port, '127.0.0.1');
    await once(tcp, 'connect');
    const start = Date.now();
    const gone = Promise.all([once(silent.resume(), 'close'), once(tcp.resume(), 'close')]);
    await served.relisten({});
    await gone;
    expect(Date.now() - start).toBeLessThan(3_000);
  });

  it('lets a request finish that is under way', async () => {
    const { verdict } = served.world.handlers;
    let arrived = (): void => undefined;
    const arrival = new Promise<void>(resolve => {
      arrived = resolve;
    });
    await served.relisten(
      {},
      {
        verdict: async request => {
          arrived();
          await new Promise(resolve => setTimeout(resolve, 300));
          return verdict(request);
        },
      },
    );
    const answer = served.client(served.pki.laptop).get('/v1/verdict');
    await arrival;
    await served.relisten({});
    expect((await answer).status).toBe(200);
  });
});

describe('enrolment', () => {
  it('is limited by address, for a new key costs nothing', async () => {
    const asking = async () => {
      const pc = served.client(served.pki.sessionHolder());
      const body = { name: 'PC', os: { family: 'windows', version: '10' }, exporter: await pc.exporter() };
      return pc.post<Refusal>('/v1/device-enrolment', body);
    };
    for (let count = 0; count < 10; count++) expect((await asking()).status).toBe(200);
    expect(await asking()).toMatchObject({ status: 429, body: { refused: 'too-many-requests' } });
    expect(await served.world.store.keptAll(tenant, 'device-enrolment', 100)).toHaveLength(10);
  });
});
