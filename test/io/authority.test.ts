// An authority is asked as often as the concentrator asks, and never more often.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { authorityClient } from '../../gateway/io/authority.ts';
import { openLog } from '../../gateway/io/log.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { signReply, signRequest } from '../../gateway/radius/authenticator.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';

const secret = Buffer.from('of-the-authority');
const request = signRequest(
  { code: 1, identifier: 9, authenticator: randomBytes(16), attributes: [attribute('User-Name', 'jan')] },
  secret,
);
const log = openLog({ gateway: 'g', level: 'silent' });
const socket = { current: createSocket('udp4'), heard: [] as Buffer[] };

beforeEach(async () => {
  socket.current = createSocket('udp4');
  socket.heard = [];
  socket.current.on('message', datagram => socket.heard.push(datagram));
  socket.current.bind(0, '127.0.0.1');
  await once(socket.current, 'listening');
});
afterEach(() => socket.current.close());

const authority = () => ({
  address: '127.0.0.1',
  authenticationPort: socket.current.address().port,
  accountingPort: 9,
  secret,
  requireMessageAuthenticator: true,
});

it('repeats when it is told to, octet for octet, and gives up', async () => {
  const ask = authorityClient({ log, timeoutMs: 700 });
  const again: (() => void)[] = [];
  const answer = ask(authority(), 'authentication', request, each => again.push(each));
  await vi.waitFor(() => expect(socket.heard).toHaveLength(1));
  for (const each of [...again, ...again]) each();
  expect(await answer).toBeUndefined();
  expect(socket.heard).toHaveLength(3);
  expect(new Set(socket.heard.map(each => each.toString('hex')))).toEqual(
    new Set([Buffer.from(request).toString('hex')]),
  );
});

it('takes the answer that verifies, and none else', async () => {
  const packet = decode(request) as Packet;
  const answer = (by: Uint8Array) => signReply({ code: 2, attributes: [] }, packet, by) as Uint8Array;
  socket.current.on('message', (_, { port }) => {
    socket.current.send(answer(Buffer.from('of-somebody-else')), port, '127.0.0.1');
    socket.current.send(answer(secret), port, '127.0.0.1');
  });
  const reply = await authorityClient({ log, timeoutMs: 2_000 })(
    authority(),
    'authentication',
    request,
    () => undefined,
  );
  expect(reply?.code).toBe(2);
});

it('has no more under way than it may, and goes on when one is over', async () => {
  const ask = authorityClient({ log, timeoutMs: 300, atOnce: 1 });
  const first = ask(authority(), 'authentication', request, () => undefined);
  expect(await ask(authority(), 'authentication', request, () => undefined)).toBeUndefined();
  await vi.waitFor(() => expect(socket.heard).toHaveLength(1));
  await first;
  await ask(authority(), 'authentication', request, () => undefined);
  expect(socket.heard).toHaveLength(2);
});
