// MSCHAPv2 without EAP, as a MikroTik, RRAS or ASA sends it, by FreeRADIUS's radclient: its dictionary names what comes back and
// its decryption finds the keys; the client behind it is made of openssl.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { basePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { mschapv2Peer, type PeerExchange } from '../support/mschapv2-peer.ts';
import { describeWith } from '../support/programs.ts';
import { radclient, signed, valueOf } from './radclient-client.ts';

const laptop = 'lt-1.example';

describeWith(['radclient', 'openssl'], 'radclient with MSCHAPv2', (program = '', openssl = '') => {
  const peer = mschapv2Peer(openssl);
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ laptops: [laptop], policies: basePolicies });
  });
  afterAll(() => gateway.stop());

  const exchangeOf = (userName: string, password: string): PeerExchange => ({
    userName,
    password,
    authenticatorChallenge: randomBytes(16),
    peerChallenge: randomBytes(16),
  });
  const send = (exchange: PeerExchange, { caller = '192.0.2.5', secret = gateway.secret } = {}) => {
    const { userName, authenticatorChallenge, peerChallenge } = exchange;
    const value = Buffer.concat([Buffer.of(7, 0), peerChallenge, Buffer.alloc(8), peer.response(exchange)]);
    const lines = [
      `User-Name = "${userName}"`,
      `MS-CHAP-Challenge = 0x${Buffer.from(authenticatorChallenge).toString('hex')}`,
      `MS-CHAP2-Response = 0x${value.toString('hex')}`,
      `Calling-Station-Id = "${caller}"`,
      'NAS-IP-Address = 127.0.0.1',
      signed,
    ];
    return radclient(program, { kind: 'auth', port: gateway.ports.authentication, secret, lines });
  };
  const lastDenial = async () => (await gateway.denials())[0];

  it('a ticket opens its segment: the gateway proves itself, and both ends have the same keys', async () => {
    const ticket = await obtainTicket(gateway, laptop);
    const exchange = exchangeOf(ticket.handle, ticket.secret);
    const result = await send(exchange);
    expect(result.reply, result.output).toBe('Access-Accept');
    const proof = Buffer.from((valueOf(result, 'MS-CHAP2-Success') ?? '').slice(2), 'hex');
    expect([proof[0], proof.subarray(1).toString()]).toEqual([7, peer.serverProof(exchange)]);
    const { send: sent, receive } = peer.keys(exchange);
    expect(valueOf(result, 'MS-MPPE-Recv-Key')).toBe(`0x${sent}`);
    expect(valueOf(result, 'MS-MPPE-Send-Key')).toBe(`0x${receive}`);
    expect(valueOf(result, 'MS-MPPE-Encryption-Policy')).toBe('Encryption-Allowed');
    expect(valueOf(result, 'Filter-Id')).toBe('office');

    // The same response again: a lost reply. From elsewhere, or under another challenge: nothing.
    expect(valueOf(await send(exchange), 'Class')).toBe(valueOf(result, 'Class'));
    expect((await send(exchange, { caller: '203.0.113.9' })).reply).toBe('Access-Reject');
    expect((await lastDenial())?.reasons).toEqual(['ticket-used']);
  });
  it('a wrong password is an error of PPP, under a case', async () => {
    const ticket = await obtainTicket(gateway, laptop);
    const result = await send(exchangeOf(ticket.handle, 'wrong'));
    expect(result.reply, result.output).toBe('Access-Reject');
    const denial = await lastDenial();
    expect(denial?.reasons).toEqual(['ticket-secret-wrong']);
    expect(valueOf(result, 'MS-CHAP-Error')).toMatch(/E=691 R=0 C=[0-9A-F]{32} V=3 M=/);
    expect(valueOf(result, 'MS-CHAP-Error')).toContain(denial?.caseCode);
    expect((await send(exchangeOf(ticket.handle, ticket.secret))).reply).toBe('Access-Accept');
  });
  it('a person of the directory is told why not, in the record', async () => {
    expect((await send(exchangeOf('jan', 'geheim'))).reply).toBe('Access-Reject');
    expect((await lastDenial())?.reasons).toEqual(['password-method-refused']);
  });
  it('under a wrong shared secret there is no answer', async () => {
    const ticket = await obtainTicket(gateway, laptop);
    expect((await send(exchangeOf(ticket.handle, ticket.secret), { secret: 'another secret' })).reply).toBeUndefined();
  });
  it('version 1 is refused by name', async () => {
    const lines = ['User-Name = "jan"', 'MS-CHAP-Password = "geheim"', signed];
    const { secret, ports } = gateway;
    const result = await radclient(program, { kind: 'auth', port: ports.authentication, secret, lines });
    expect(result.reply, result.output).toBe('Access-Reject');
    await expect.poll(() => gateway.lines().join('\n')).toContain('MS-CHAP-Response is not served');
  });
});
