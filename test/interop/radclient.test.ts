// FreeRADIUS's radclient as the concentrator of a real gateway: tickets, what is met with silence, accounting.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ticket } from '../../gateway/contract/challenge.ts';
import { attribute, eapAttributes } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { basePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { sendDatagrams } from './datagrams.ts';
import { login, radclient, signed, valueOf } from './radclient-client.ts';

const laptop = 'lt-1.example';

describeWith('radclient', 'radclient', program => {
  let started: TestGateway | undefined;
  beforeAll(async () => {
    started = await startTestGateway({ laptops: [laptop], policies: basePolicies });
  });
  afterAll(async () => started?.stop());
  const gateway = (): TestGateway => {
    if (started === undefined) throw new Error('the gateway did not start');
    return started;
  };
  const ask = (lines: readonly string[], secret = gateway().secret) =>
    radclient(program, { kind: 'auth', port: gateway().ports.authentication, secret, lines });
  const account = (lines: readonly string[]) =>
    radclient(program, { kind: 'acct', port: gateway().ports.accounting, secret: gateway().secret, lines });
  const refusedSoFar = (reason: string, nas = 'vpn-demo') =>
    gateway().count('sluis_radius_refused_total', { reason, nas });

  describe('a ticket', () => {
    let ticket: Ticket;
    let sessionId = '';
    beforeAll(async () => {
      ticket = await obtainTicket(gateway(), laptop);
    });
    const use = (secret = ticket.secret, caller?: string) => ask([...login(ticket.handle, secret, caller), signed]);
    const record = (status: string, ...more: readonly string[]) =>
      account([
        `User-Name = "${ticket.handle}"`,
        'Acct-Session-Id = "a1"',
        `Acct-Status-Type = ${status}`,
        'Calling-Station-Id = "192.0.2.5"',
        'NAS-IP-Address = 127.0.0.1',
        ...more,
      ]);
    const session = async () => (await gateway().sessions()).find(({ id }) => id === sessionId);

    it('opens nothing with a wrong secret, and the record says why', async () => {
      const result = await use('wrong');
      expect(result.reply).toBe('Access-Reject');
      const [denial] = await gateway().denials();
      expect(denial?.reasons).toEqual(['ticket-secret-wrong']);
      expect(valueOf(result, 'Reply-Message')).toContain(denial?.caseCode);
    });
    it('opens the segment that the report deserves', async () => {
      const result = await use();
      expect(result.reply).toBe('Access-Accept');
      expect(result.attributes.map(([name]) => name)).toEqual([
        'Message-Authenticator',
        'Filter-Id',
        'Class',
        'Session-Timeout',
        'Acct-Interim-Interval',
      ]);
      expect(valueOf(result, 'Filter-Id')).toBe('office');
      sessionId = Buffer.from((valueOf(result, 'Class') ?? '').slice(2), 'hex').toString();
      expect(await session()).toMatchObject({ state: 'decided', way: 'ticket', userName: ticket.handle });
    });
    it('gets the same answer again: a reply may have been lost', async () => {
      const before = await gateway().count('sluis_decisions_total');
      const again = await use();
      expect(again.reply).toBe('Access-Accept');
      expect(Buffer.from((valueOf(again, 'Class') ?? '').slice(2), 'hex').toString()).toBe(sessionId);
      expect(await gateway().count('sluis_decisions_total')).toBe(before);
    });
    it('is used up for another caller', async () => {
      expect((await use(ticket.secret, '203.0.113.9')).reply).toBe('Access-Reject');
      expect((await gateway().denials())[0]?.reasons).toEqual(['ticket-used']);
    });
    it('is used up once accounting has started', async () => {
      expect((await record('Start', 'Framed-IP-Address = 10.8.0.7')).reply).toBe('Accounting-Response');
      expect(await session()).toMatchObject({ state: 'started', acctSessionId: 'a1', framedAddress: '10.8.0.7' });
      const before = await gateway().denials();
      expect((await use()).reply).toBe('Access-Reject');
      const [newest, ...older] = await gateway().denials();
      expect(older).toHaveLength(before.length);
      expect(newest).toMatchObject({ reasons: ['ticket-used'], detail: 'accounting has started' });
    });
    it('accounting follows the session to its end', async () => {
      const octets = ['Acct-Input-Octets = 7', 'Acct-Input-Gigawords = 1', 'Acct-Output-Octets = 9'];
      expect((await record('Interim-Update', ...octets)).reply).toBe('Accounting-Response');
      expect(await session()).toMatchObject({ state: 'started', inputOctets: 2 ** 32 + 7, outputOctets: 9 });
      expect((await record('Stop', 'Acct-Terminate-Cause = User-Request')).reply).toBe('Accounting-Response');
      expect(await session()).toMatchObject({ state: 'stopped', terminateCause: 'user-request', outputOctets: 9 });
    });
  });

  it('Accounting-On ends every session of that concentrator', async () => {
    const { handle, secret } = await obtainTicket(gateway(), laptop);
    expect((await ask([...login(handle, secret), signed])).reply).toBe('Access-Accept');
    const common = [`User-Name = "${handle}"`, 'Acct-Session-Id = "b1"', 'Calling-Station-Id = "192.0.2.5"'];
    await account([...common, 'Acct-Status-Type = Start', 'NAS-IP-Address = 127.0.0.1']);
    const mine = async () => (await gateway().sessions()).find(each => each.userName === handle);
    expect(await mine()).toMatchObject({ state: 'started' });
    const on = ['Acct-Status-Type = Accounting-On', 'Acct-Session-Id = "0"', 'NAS-IP-Address = 127.0.0.1'];
    expect((await account(on)).reply).toBe('Accounting-Response');
    expect(await mine()).toMatchObject({ state: 'stopped', terminateCause: 'NAS-Reboot' });
  });
  it('an unknown handle is refused, and so is anything that is no handle', async () => {
    for (const name of ['t-aaaaaaaaaaaaaaaa', 'jan']) {
      expect((await ask([...login(name, 'whatever'), signed])).reply).toBe('Access-Reject');
      expect((await gateway().denials())[0]?.reasons).toEqual(['ticket-unknown']);
    }
  });
  it('CHAP is refused', async () => {
    expect((await ask(['User-Name = jan', 'CHAP-Password = whatever', signed])).reply).toBe('Access-Reject');
  });
  it('Status-Server is answered on both ports', async () => {
    const { authentication, accounting } = gateway().ports;
    const status = (port: number) =>
      radclient(program, { kind: 'status', port, secret: gateway().secret, lines: [signed] });
    expect((await status(authentication)).reply).toBe('Access-Accept');
    expect((await status(accounting)).reply).toBe('Accounting-Response');
  });

  describe('silence, counted by its reason', () => {
    const good = () => ({ identifier: 1, authenticator: randomBytes(16), secret: Buffer.from(gateway().secret) });
    const pap = (messageAuthenticator = true) =>
      passwordRequest({ ...good(), userName: 'jan', password: 'whatever', messageAuthenticator });
    /** Signed, but about no session at all. */
    const nameless = () =>
      signRequest({ ...good(), code: 4, attributes: [attribute('Acct-Status-Type', 1)] }, good().secret);
    const changed = (octets: Uint8Array, at: number) => {
      const copy = Buffer.from(octets);
      copy[copy.length + at] = (copy.at(at) ?? 0) ^ 1;
      return copy;
    };
    const longer = (octets: Uint8Array) => {
      const copy = Buffer.from(octets);
      copy.writeUInt16BE(copy.length + 1, 2);
      return copy;
    };

    it('another shared secret', async () => {
      const before = await refusedSoFar('message-authenticator-wrong');
      expect((await ask([...login('jan', 'whatever'), signed], 'another-secret')).reply).toBeUndefined();
      expect(await refusedSoFar('message-authenticator-wrong')).toBe(before + 1);
    });
    it('no Message-Authenticator', async () => {
      const before = await refusedSoFar('message-authenticator-missing');
      expect((await ask(login('jan', 'whatever'))).reply).toBeUndefined();
      expect(await refusedSoFar('message-authenticator-missing')).toBe(before + 1);
    });
    it.each([
      ['message-authenticator-wrong', () => changed(statusRequest(good()), -1), 'authentication'],
      ['message-authenticator-missing', () => pap(false), 'authentication'],
      ['packet-too-short', () => pap().subarray(0, 19), 'authentication'],
      ['packet-length-wrong', () => longer(pap()), 'authentication'],
      ['attribute-length-wrong', () => changed(Buffer.concat([pap()]), -17), 'authentication'],
      [
        'request-authenticator-wrong',
        () => changed(accountingRequest({ ...good(), status: 'start', acctSessionId: 'x' }), -1),
        'accounting',
      ],
      [
        'code-not-served',
        () => accountingRequest({ ...good(), status: 'start', acctSessionId: 'x' }),
        'authentication',
      ],
      ['code-not-served', () => pap(), 'accounting'],
      ['accounting-malformed', () => nameless(), 'accounting'],
    ] as const)('%s', async (reason, make, port) => {
      const before = await refusedSoFar(reason);
      expect(await sendDatagrams(gateway().ports[port], [make()])).toEqual([]);
      expect(await refusedSoFar(reason)).toBe(before + 1);
    });
    it('a stranger, who is counted under no name of his own', async () => {
      const before = await refusedSoFar('unknown-nas', 'none');
      const { authentication, accounting } = gateway().ports;
      for (const port of [authentication, accounting]) {
        expect(await sendDatagrams(port, [pap(), statusRequest(good())], { from: '127.0.0.9' })).toEqual([]);
      }
      expect(await refusedSoFar('unknown-nas', 'none')).toBe(before + 4);
    });
  });

  it('[RFC5080-2.2.2] 256 copies of one request are decided once and answered alike', async () => {
    const { handle, secret } = await obtainTicket(gateway(), laptop);
    const request = passwordRequest({
      identifier: 77,
      authenticator: randomBytes(16),
      secret: Buffer.from(gateway().secret),
      userName: handle,
      password: secret,
      attributes: [attribute('Calling-Station-Id', '192.0.2.5')],
    });
    const before = await gateway().count('sluis_decisions_total');
    const copies = Array.from({ length: 256 }, () => request);
    const inWork = await refusedSoFar('duplicate-in-progress');
    const first = await sendDatagrams(gateway().ports.authentication, copies, { waitMs: 500 });
    expect(first.length + (await refusedSoFar('duplicate-in-progress')) - inWork).toBe(256);
    expect(new Set(first.map(reply => reply.toString('hex'))).size).toBe(1);
    expect(first[0]?.[0]).toBe(2);
    expect(await gateway().count('sluis_decisions_total')).toBe(before + 1);
    expect((await gateway().sessions()).filter(each => each.userName === handle)).toHaveLength(1);
  });
});

describeWith('radclient', 'radclient as a concentrator that is excused from Message-Authenticator', program => {
  let gateway: TestGateway | undefined;
  beforeAll(async () => {
    gateway = await startTestGateway({ laptops: [laptop], excused: true });
  });
  afterAll(async () => gateway?.stop());
  const ask = (lines: readonly string[]) => {
    if (gateway === undefined) throw new Error('the gateway did not start');
    return radclient(program, { kind: 'auth', port: gateway.ports.authentication, secret: gateway.secret, lines });
  };

  it('gets an answer without sending one, signed all the same, and is counted', async () => {
    if (gateway === undefined) throw new Error('the gateway did not start');
    const { handle, secret } = await obtainTicket(gateway, laptop);
    const result = await ask(login(handle, secret));
    expect(result.reply).toBe('Access-Accept');
    expect(result.attributes[0]?.[0]).toBe('Message-Authenticator');
    expect(await gateway.count('sluis_legacy_request_without_message_authenticator_total', { nas: 'vpn-demo' })).toBe(
      1,
    );
  });
  it('gets none when somebody could have put a Proxy-State in', async () => {
    expect((await ask([...login('jan', 'whatever'), 'Proxy-State = 0x7078'])).reply).toBeUndefined();
    expect(await gateway?.count('sluis_radius_refused_total', { reason: 'proxy-state-unsigned' })).toBe(1);
  });
  it('[RFC3579-3.1] gets none for EAP without one', async () => {
    if (gateway === undefined) throw new Error('the gateway did not start');
    const content = {
      code: 1,
      identifier: 9,
      authenticator: randomBytes(16),
      attributes: [attribute('User-Name', 'jan'), ...eapAttributes(Buffer.from('02010008016a616e', 'hex'))],
    };
    const request = signRequest(content, Buffer.from(gateway.secret), { messageAuthenticator: false });
    expect(await sendDatagrams(gateway.ports.authentication, [request])).toEqual([]);
    expect(await gateway.count('sluis_radius_refused_total', { reason: 'message-authenticator-missing' })).toBe(1);
  });
});
