// A Web eID token over the wire: mutual TLS, the shape of the request, and the same endpoint as the agent's own proof.

import { createHash, sign } from 'node:crypto';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { beforeEach, expect, it } from 'vitest';
import type { IdentityAccepted } from '../../gateway/contract/challenge.ts';
import { agentHandlers } from '../../gateway/flows/agent-handlers.ts';
import { nonceFor, serveForTests } from '../io/agent-api-server.ts';
import { tlsOptions } from '../io/agent-api-client.ts';

const origin = 'https://gateway.town.example:8443';
const served = serveForTests();
beforeEach(() => served.relisten({}, agentHandlers({ ...served.world.ports, webEidOrigin: origin })));

function tokenOver(nonce: string): Readonly<Record<string, unknown>> {
  const { person } = served.pki;
  const digests = [origin, Buffer.from(nonce, 'base64url').toString('base64')].map(text =>
    createHash('sha384').update(text).digest(),
  );
  const signature = sign('sha384', Buffer.concat(digests), { key: person.privateKey, dsaEncoding: 'ieee-p1363' });
  return {
    format: 'web-eid:1.0',
    nonce,
    unverifiedCertificate: Buffer.from(person.chain[0] ?? []).toString('base64'),
    algorithm: 'ES384',
    signature: signature.toString('base64'),
    appVersion: 'https://web-eid.eu/web-eid-app/releases/2.0.2+565',
  };
}

it('is accepted from a machine that proved itself', async () => {
  const client = served.client(served.pki.laptop);
  const token = tokenOver(await nonceFor(client, 'identity-proof'));
  const { status, body } = await client.post<IdentityAccepted>('/v1/identity-proof', token);
  expect(status).toBe(200);
  expect(body.profile).toBe('citizen');
});

it('is refused from a key that no authority vouches for, whoever the person is', async () => {
  const laptop = served.client(served.pki.laptop);
  const token = tokenOver(await nonceFor(laptop, 'identity-proof'));
  const stranger = served.client(served.pki.sessionHolder());
  expect(await stranger.post('/v1/identity-proof', token)).toMatchObject({ body: { refused: 'session-key-unproven' } });
});

it('has no way in without a client certificate', async () => {
  const socket = connect(tlsOptions(served.pki, served.api.port));
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write('GET /v1/verdict HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [answer] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])) as [
    Buffer | string,
  ];
  expect(String(answer)).not.toMatch(/^HTTP\/1.1 2/);
  socket.destroy();
});

it.each([
  ['another format', { format: 'saml:1.0' }],
  ['a field of nobody', { person: 'me' }],
  ['a chain of its own', { chain: ['AAAA'] }],
  ['no nonce', { nonce: undefined }],
  ['a certificate in base64url', { unverifiedCertificate: '_-__' }],
  ['a number as signature', { signature: 7 }],
])('with %s has a shape that is refused', async (_, change) => {
  const client = served.client(served.pki.laptop);
  const token = { ...tokenOver(await nonceFor(client, 'identity-proof')), ...change };
  const { status } = await client.post('/v1/identity-proof', token);
  expect(status).toBe(400);
});
