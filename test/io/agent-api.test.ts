// The agent API over real mutual TLS 1.3 sockets, with the real flows and store behind it.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { IdentityAccepted, Ticket } from '../../gateway/contract/challenge.ts';
import { refused } from '../../gateway/contract/reason.ts';
import { listenAgentApi } from '../../gateway/io/agent-api.ts';
import { languages } from '../../gateway/contract/language.ts';
import type { Refusal, Verdict } from '../../gateway/contract/verdict.ts';
import { signedProof, signedReport, signedSessionKey } from '../support/agent-signatures.ts';
import { makeAgentWorld, tenant } from '../support/agent-world.ts';
import { rawConnection, tlsOptions } from './agent-api-client.ts';
import { nonceFor, serveForTests } from './agent-api-server.ts';

const served = serveForTests();
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const checkedIn = '../../docs/reference/agent-api.openapi.json';

describe('an agent', () => {
  it('proves its person, reports, asks and gets a ticket, all over one connection', async () => {
    const laptop = served.client(served.pki.laptop);
    const exporter = await laptop.exporter();
    const proof = signedProof(served.pki.person, {
      nonce: await nonceFor(laptop, 'identity-proof'),
      exporter,
      machineKey: served.pki.laptop.key,
    });
    const person = await laptop.post<IdentityAccepted>('/v1/identity-proof', proof);
    expect(person).toMatchObject({ status: 200, body: { profile: 'citizen' } });

    const report = signedReport(served.pki.laptop, served.world.now(), {
      nonce: await nonceFor(laptop, 'report'),
      exporter,
    });
    const reported = await laptop.post<Verdict>('/v1/report', report);
    expect(reported).toMatchObject({ status: 200, body: { outcome: 'grant', segment: 'office' } });
    expect(await laptop.get<Verdict>('/v1/verdict')).toMatchObject({ status: 200, body: { outcome: 'grant' } });

    const ticket = await laptop.post<Ticket>('/v1/ticket', { machineKey: served.pki.laptop.key, exporter });
    expect(ticket.status).toBe(200);
    expect(await served.world.store.ticket(tenant, ticket.body.handle)).toMatchObject({
      person: person.body.pseudonym,
    });
  });

  it('whose machine key cannot do TLS certifies a self-signed key first', async () => {
    const session = served.pki.sessionHolder();
    const laptop = served.client(session);
    const exporter = await laptop.exporter();
    expect(await laptop.get<Refusal>('/v1/verdict')).toMatchObject({
      status: 401,
      body: { refused: 'session-key-unproven' },
    });
    const nonce = await nonceFor(laptop, 'session-key');
    const body = signedSessionKey(served.pki.laptop, {
      nonce,
      sessionKey: session.key,
      notAfter: served.world.now() + 60_000,
    });
    expect(await laptop.post('/v1/session-key', body)).toMatchObject({
      status: 200,
      body: { device: served.pki.laptop.key },
    });
    const report = signedReport(served.pki.laptop, served.world.now(), {
      nonce: await nonceFor(laptop, 'report'),
      exporter,
    });
    expect((await laptop.post<Verdict>('/v1/report', report)).status).toBe(200);
  });

  it('cannot carry a report from one connection to another', async () => {
    const first = served.client(served.pki.laptop);
    const nonce = await nonceFor(first, 'report');
    const report = signedReport(served.pki.laptop, served.world.now(), { nonce, exporter: await first.exporter() });
    const second = served.client(served.pki.laptop);
    expect(await second.exporter()).not.toBe(await first.exporter());
    expect(await second.post('/v1/report', report)).toMatchObject({
      status: 403,
      body: { refused: 'channel-binding-wrong' },
    });
    expect((await first.post('/v1/report', report)).status).toBe(200);
    expect(await first.post('/v1/report', report)).toMatchObject({ status: 409, body: { refused: 'nonce-used' } });
  });

  it('cannot speak with the certificate of another laptop: TLS wants its key', async () => {
    const mixed = {
      ...served.pki.laptop,
      credential: { ...served.pki.laptop.credential, keyPem: served.pki.otherLaptop.credential.keyPem },
    };
    expect(() => connectTls(tlsOptions(served.pki, served.api.port, mixed))).toThrow(/mismatch/);
  });

  it('is told in four languages, with the trace id of its own request', async () => {
    const laptop = served.client(served.pki.laptop);
    const traceId = '0123456789abcdef0123';
    const answer = await laptop.post<Refusal>('/v1/report', {}, { 'x-trace-id': traceId });
    expect(answer).toMatchObject({ status: 400, body: { refused: 'report-malformed', traceId } });
    expect(answer.headers['x-trace-id']).toBe(traceId);
    expect(Object.keys(answer.body.text).sort()).toEqual([...languages].sort());
    expect(served.lines.filter(({ fields }) => fields['trace'] === traceId).map(({ event }) => event)).toContain(
      'agent-api-refused',
    );
  });

  it.each(['', 'x', '0123456789ABCDEF', '0'.repeat(33), '0123456789abcdef\u00e9'])(
    'cannot choose %j as its trace id',
    async wanted => {
      const { headers } = await served.client(served.pki.laptop).get('/v1/verdict', { 'x-trace-id': wanted });
      expect(headers['x-trace-id']).toMatch(/^[0-9a-f]{32}$/);
    },
  );
});

describe('TLS', () => {
  it('without a client certificate gets one answer only', async () => {
    const stranger = served.client();
    for (const path of ['/v1/verdict', '/v1/openapi.json', '/nowhere']) {
      expect(await stranger.get<Refusal>(path)).toMatchObject({
        status: 401,
        body: { refused: 'certificate-missing' },
      });
    }
    const body = { purpose: 'report' };
    expect(await stranger.post<Refusal>('/v1/challenge', body)).toMatchObject({ status: 401 });
    expect(served.world.counted).toContain('sluis_reports_refused_total certificate-missing');
  });

  it('of version 1.2 is not spoken', async () => {
    const socket = connectTls({
      ...tlsOptions(served.pki, served.api.port, served.pki.laptop),
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
    });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/protocol version/);
  });

  it('is never resumed: a resumed connection would hide the chain', async () => {
    let session: Buffer | undefined;
    const first = await rawConnection(served.pki, served.api.port, served.pki.laptop);
    first.on('session', (offered: Buffer) => {
      session = offered;
    });
    first.write('GET /v1/verdict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    first.resume();
    await once(first, 'close');
    const second = connectTls({
      ...tlsOptions(served.pki, served.api.port, served.pki.laptop),
      ...(session ? { session } : {}),
    });
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });

  it('of someone whom no profile knows ends with the reason of the profile', async () => {
    const answer = await served.client(served.pki.person).get<Refusal>('/v1/verdict');
    expect(answer).toMatchObject({ status: 401, body: { refused: 'certificate-purpose-wrong' } });
  });
});

describe('when the gateway itself is not able', () => {
  it('a dead store is "try again", never a refusal of anybody', async () => {
    const laptop = served.client(served.pki.laptop);
    await laptop.get('/v1/verdict');
    await served.world.store.close();
    expect(await laptop.get<Refusal>('/v1/verdict')).toMatchObject({ status: 503, body: { refused: 'try-again' } });
    served.world = await makeAgentWorld(served.pki);
  });

  it('a mistake of ours is "try again" too, and in the log with its cause', async () => {
    await served.relisten({}, { verdict: () => Promise.reject(new TypeError('a mistake')) });
    const answer = await served.client(served.pki.laptop).get<Refusal>('/v1/verdict');
    expect(answer).toMatchObject({ status: 500, body: { refused: 'try-again' } });
    expect(JSON.stringify(answer.body)).not.toContain('a mistake');
    const fault = served.lines.find(({ event }) => event === 'agent-api-fault');
    expect(fault?.fields).toMatchObject({ route: '/v1/verdict', trace: answer.body.traceId });
    expect(String(fault?.fields['error'])).toContain('a mistake');
  });
});

describe('a connection', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['::', '127.0.0.1', '127.0.0.1'],
    ['::', '::1', '::1'],
  ])('to a socket at %s from %s shows the address of its peer', async (address, host, shown) => {
    let seen: string | undefined;
    const { server, laptop, machineRoot } = served.pki;
    const api = await listenAgentApi({
      ...{ address, port: 0, certificate: server.chainPem, key: server.keyPem, tenant, log: quiet },
      handlers: {
        ...served.world.handlers,
        verdict: async ({ connection }) => {
          seen = connection.remoteAddress;
          return refused('try-again');
        },
      },
    });
    const { keyPem: key, chainPem: cert } = laptop.credential;
    const request = https.get({
      ...{
        host,
        port: api.port,
        path: '/v1/verdict',
        servername: 'localhost',
        ca: machineRoot,
        key,
        cert,
        agent: false,
      },
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await api.close();
    expect(seen).toBe(shown);
  });
});

describe('the document', () => {
  it('is served as it is checked in', async () => {
    const { status, body } = await served.client(served.pki.laptop).get<object>('/v1/openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(served.api.openapi())));
    // A missing file would be written instead of compared; after a wanted change, `vitest -u` writes it anew.
    expect(existsSync(new URL(checkedIn, import.meta.url))).toBe(true);
    await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot(checkedIn);
  });

  it('names every route with its answers and its refusals', () => {
    const document = served.api.openapi() as { paths: Record<string, Record<string, { responses: object }>> };
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => `${method} ${path} ${Object.keys(responses).join(' ')}`),
    );
    expect(routes.sort()).toEqual([
      'get /v1/acceptances 200 4XX 5XX',
      'get /v1/verdict 200 4XX 5XX',
      'post /v1/acceptances 200 4XX 5XX',
      'post /v1/challenge 200 4XX 5XX',
      'post /v1/device-enrolment 200 4XX 5XX',
      'post /v1/identity-proof 200 4XX 5XX',
      'post /v1/report 200 4XX 5XX',
      'post /v1/second-factor 200 4XX 5XX',
      'post /v1/session-confirmation 200 4XX 5XX',
      'post /v1/session-key 200 4XX 5XX',
      'post /v1/ticket 200 4XX 5XX',
    ]);
  });
});

describe('every answer', () => {
  it('forbids to be stored, framed or sniffed', async () => {
    const { headers } = await served.client(served.pki.laptop).get('/v1/verdict');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'strict-transport-security': expect.stringContaining('max-age=') as string,
    });
    expect(headers).not.toHaveProperty('server');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('at an address that does not exist is a refusal as well', async () => {
    const answer = await served.client(served.pki.laptop).get<Refusal>('/v1/nothing');
    expect(answer.status).toBe(404);
    expect(Object.keys(answer.body).sort()).toEqual(['refused', 'text', 'traceId']);
  });
});
