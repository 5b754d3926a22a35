// A gateway process with little room, over real UDP: more laptops at once than may begin a handshake, a concentrator that
// retransmits, and rejects that leave later than they were made.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchange } from '../../gateway/io/radius-client.ts';
import { passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { eapLogins } from '../bench/eap-load.ts';
import { certificatePolicies, startTestGateway, type TestGateway } from '../support/gateway.ts';

const names = Array.from({ length: 30 }, (_, index) => `lt-${index}.example`);
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    policies: certificatePolicies,
    laptops: names,
    limits: '{ in-work: 4, waiting: 8, conversations-per-tls-worker: 3 }',
  });
});
afterAll(() => gateway.stop());

it('30 laptops at once where three handshakes may run and eight wait: all are let in, none is refused', async () => {
  const laptops = names.map(name => ({
    name,
    ...(gateway.installation.laptops.get(name) ?? { certificate: '', key: '' }),
  }));
  const sent = await eapLogins({
    do: 'logins',
    laptops,
    version: 'TLSv1.3',
    pace: { atOnce: 30 },
    trust: gateway.installation.trustFile,
    half: false,
    port: gateway.ports.authentication,
    secret: gateway.secret,
  });
  expect(sent).toMatchObject({ accepted: 30, lost: 0 });
  expect(await gateway.denials()).toEqual([]);
  expect(await gateway.sessions()).toHaveLength(30);
  // Not all of them were served at the first copy.
  expect(await gateway.count('sluis_shed_total', { what: 'queue-full' })).toBeGreaterThan(0);
});

it('a reject leaves after most of a second; meanwhile others are answered at once', async () => {
  const target = { address: '127.0.0.1', port: gateway.ports.authentication, secret: Buffer.from(gateway.secret) };
  const asked = { identifier: 1, secret: target.secret };
  const guess = passwordRequest({
    ...asked,
    authenticator: randomBytes(16),
    userName: 't-aaaaaaaaaaaaaaaa',
    password: 'x',
  });
  const rejected = exchange({ ...target, request: guess });
  const alive = await exchange({ ...target, request: statusRequest({ ...asked, authenticator: randomBytes(16) }) });
  expect(alive).toMatchObject({ result: 'reply', reply: { code: 2 } });
  const answer = await rejected;
  expect(answer).toMatchObject({ result: 'reply', reply: { code: 3 }, copiesSent: 1 });
  expect(answer.result === 'reply' && answer.elapsedMs).toBeGreaterThan(745);
  expect(alive.result === 'reply' && alive.elapsedMs).toBeLessThan(700);
});
