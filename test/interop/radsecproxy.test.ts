// RADIUS over TLS with a program of somebody else in between: radclient or eapol_test → radsecproxy → the gateway. And as a
// concentrator that speaks it itself, for what radsecproxy never does.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import type { Ticket } from '../../gateway/contract/challenge.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { all, type Attributes, attribute, first, text } from '../../gateway/radius/attributes.ts';
import { verifyReply } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { decode, encode, type Packet } from '../../gateway/radius/packet.ts';
import { certificatePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type Concentrators, makeConcentrators } from '../support/concentrator-pki.ts';
import { describeWith } from '../support/programs.ts';
import { connectRadiusTls, type RadiusTlsClient } from '../support/radius-tls-client.ts';
import { eapolTest } from './eapol-client.ts';
import { login, radclient, valueOf } from './radclient-client.ts';
import { type Radsecproxy, startRadsecproxy } from './radsecproxy.ts';

const laptop = 'lt-1.example';
const secret = 'between-concentrator-and-proxy';
const radsec = Buffer.from('radsec');

async function startOverTls(concentrators: Concentrators, policies?: string) {
  const nas = [
    '{ name: vpn-a, tls-name: vpn-a.example, group: vpn }',
    '{ name: vpn-b, tls-name: vpn-b.example, group: other }',
  ];
  const overTls = { clientCa: concentrators.ca.pem, nas };
  return startTestGateway({ laptops: [laptop], overTls, ...(policies === undefined ? {} : { policies }) });
}

const missing = (): never => {
  throw new Error('what the tests need did not start');
};

describeWith(['radclient', 'radsecproxy'], 'radclient through radsecproxy', (program, proxyProgram) => {
  let started: TestGateway | undefined;
  let proxied: Radsecproxy | undefined;
  let made: Concentrators | undefined;
  const concentrators = () => made ?? missing();
  const gateway = () => started ?? missing();
  const proxy = () => proxied ?? missing();
  beforeAll(async () => {
    made = await makeConcentrators();
    started = await startOverTls(made);
    proxied = await startRadsecproxy(proxyProgram, started, { name: 'near', certificate: made.a, secret });
    await proxied.said(/TLS connection to .* up/);
  });
  afterAll(async () => {
    await proxied?.stop();
    await started?.stop();
  });
  const ask = (lines: readonly string[], port = proxy().authentication) =>
    radclient(program, { kind: 'auth', port, secret, lines });
  const refused = (reason: string) => gateway().count('sluis_radius_tls_turned_away_total', { reason });

  it('is let in, and the log says who it is', async () => {
    const said = () =>
      gateway()
        .lines()
        .find(line => line.includes('radius-tls-connected'));
    const connected = await vi.waitUntil(said, 5_000);
    expect(JSON.parse(connected)).toMatchObject({ nas: 'vpn-a', version: '1.0', tls: 'TLSv1.3', address: '127.0.0.1' });
  });

  describe('a ticket', () => {
    let ticket: Ticket;
    let sessionId = '';
    beforeAll(async () => {
      ticket = await obtainTicket(gateway(), laptop);
    });

    it('opens nothing with a wrong secret', async () => {
      expect((await ask(login(ticket.handle, 'wrong'))).reply).toBe('Access-Reject');
    });
    it('opens its segment without a Message-Authenticator from the concentrator, and Proxy-State comes back in order', async () => {
      const states = ['Proxy-State = 0x7a7a', 'Proxy-State = 0x6161'];
      const result = await ask([...login(ticket.handle, ticket.secret), ...states]);
      expect(result.reply).toBe('Access-Accept');
      expect(result.attributes.filter(([name]) => name === 'Proxy-State').map(([, value]) => value)).toEqual([
        '0x7a7a',
        '0x6161',
      ]);
      sessionId = Buffer.from((valueOf(result, 'Class') ?? '').slice(2), 'hex').toString();
      const session = (await gateway().sessions()).find(({ id }) => id === sessionId);
      expect(session).toMatchObject({ nas: 'vpn-a', way: 'ticket', userName: ticket.handle });
      expect(valueOf(result, 'Filter-Id')).toBe(session?.decision.segment);
    });
    it('is accounted for over the same connection', async () => {
      const record = (status: string, ...more: readonly string[]) =>
        radclient(program, {
          kind: 'acct',
          port: proxy().accounting,
          secret,
          lines: [
            `User-Name = "${ticket.handle}"`,
            'Acct-Session-Id = "a1"',
            `Acct-Status-Type = ${status}`,
            'Calling-Station-Id = "192.0.2.5"',
            'NAS-IP-Address = 127.0.0.1',
            ...more,
          ],
        });
      const session = async () => (await gateway().sessions()).find(({ id }) => id === sessionId);
      expect((await record('Start', 'Framed-IP-Address = 10.8.0.7')).reply).toBe('Accounting-Response');
      expect(await session()).toMatchObject({ state: 'started', framedAddress: '10.8.0.7' });
      expect((await record('Stop', 'Acct-Terminate-Cause = User-Request')).reply).toBe('Accounting-Response');
      expect(await session()).toMatchObject({ state: 'stopped' });
      expect(await gateway().count('sluis_radius_tls_connections', { nas: 'vpn-a' })).toBe(1);
    });
  });

  it('50 requests at once are all answered', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(login('t-aaaaaaaaaaaaaaaa', 'whatever'))));
    expect(new Set(answers.map(({ reply }) => reply))).toEqual(new Set(['Access-Reject']));
  });

  it.each([
    ['of another authority', 'forged', 'certificate-anchor-unknown', undefined],
    ['that no concentrator has', 'unknown', 'unknown-nas', 'tls-name: vpn-c.example'],
  ] as const)('is not let in with a certificate %s', async (_what, which, reason, nasLine) => {
    const stranger = await startRadsecproxy(proxyProgram, gateway(), {
      name: `stranger-${which}`,
      certificate: concentrators()[which],
      secret,
    });
    try {
      expect((await ask(login('jan', 'whatever'), stranger.authentication)).reply).toBeUndefined();
      expect(await refused(reason)).toBeGreaterThan(0);
      const said = () =>
        gateway()
          .lines()
          .find(each => each.includes('turned-away') && each.includes(reason));
      const line = await vi.waitUntil(said, 5_000);
      expect(JSON.parse(line)).toMatchObject({
        reason,
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
      if (nasLine !== undefined) expect(JSON.parse(line)).toMatchObject({ nasLine });
    } finally {
      await stranger.stop();
    }
  });
});

describeWith(['eapol_test', 'radsecproxy'], 'eapol_test through radsecproxy', (eapol, proxyProgram) => {
  it.each(['1.2', '1.3'] as const)('EAP-TLS %s logs in with the right keys', async tls => {
    const concentrators = await makeConcentrators();
    const gateway = await startOverTls(concentrators, certificatePolicies);
    const proxy = await startRadsecproxy(proxyProgram, gateway, {
      name: 'near',
      certificate: concentrators.a,
      secret,
    });
    try {
      await proxy.said(/TLS connection to .* up/);
      const server = { ...gateway, secret, ports: { authentication: proxy.authentication } };
      const { person } = gateway.installation;
      const result = await eapolTest(eapol, server, { name: 'anonymous', ...person, tls });
      expect(result).toMatchObject({ success: true, keysMatch: true });
      expect((await gateway.sessions())[0]).toMatchObject({ nas: 'vpn-a' });
    } finally {
      await proxy.stop();
      await gateway.stop();
    }
  });
});

describe('a concentrator that speaks RADIUS over TLS itself', () => {
  let started: TestGateway | undefined;
  let made: Concentrators | undefined;
  const concentrators = () => made ?? missing();
  const gateway = () => started ?? missing();
  const open: RadiusTlsClient[] = [];
  beforeAll(async () => {
    made = await makeConcentrators();
    started = await startOverTls(made);
  });
  afterAll(async () => {
    for (const client of open) client.close();
    await started?.stop();
  });
  async function connectAs(certificate: Issued, version?: '1.0' | '1.1'): Promise<RadiusTlsClient> {
    const client = await connectRadiusTls({
      port: gateway().ports.radiusTls,
      trust: gateway().installation.ca.serverCa.pem,
      certificate,
      ...(version === undefined ? {} : { ALPNProtocols: [`radius/${version}`] }),
    });
    open.push(client);
    return client;
  }
  const packetOf = (octets: Uint8Array | undefined): Packet | undefined => {
    if (octets === undefined) return undefined;
    const packet = decode(octets);
    return isRefused(packet) ? missing() : packet;
  };
  /** The reply, verified. */
  async function exchange(client: RadiusTlsClient, request: Uint8Array): Promise<Packet | undefined> {
    client.socket.write(request);
    const reply = packetOf(await client.next());
    if (reply !== undefined) expect(verifyReply(reply, packetOf(request) ?? missing(), radsec)).toBe(true);
    return reply;
  }
  const asked = (identifier: number) => ({ identifier, secret: radsec, authenticator: randomBytes(16) });
  const accounted = (acctSessionId: string, attributes: Attributes) =>
    accountingRequest({ ...asked(9), status: 'start', acctSessionId, attributes });

  it('Status-Server, login and accounting share a connection', async () => {
    const client = await connectAs(concentrators().a, '1.0');
    expect((await exchange(client, statusRequest(asked(1))))?.code).toBe(2);
    const ticket = await obtainTicket(gateway(), laptop);
    const caller = [attribute('Calling-Station-Id', '192.0.2.5')];
    const request = passwordRequest({
      ...asked(2),
      userName: ticket.handle,
      password: ticket.secret,
      attributes: caller,
    });
    const accepted = await exchange(client, request);
    expect(accepted?.code).toBe(2);
    // [RFC5080-2.2.2] Sent again, it is answered again and decided once.
    expect((await exchange(client, request))?.bytes).toEqual(accepted?.bytes);
    const named = [...caller, attribute('Class', first(accepted?.attributes ?? [], 'Class') ?? missing())];
    expect((await exchange(client, accounted('s1', named)))?.code).toBe(5);
    expect((await gateway().sessions())[0]).toMatchObject({ nas: 'vpn-a', state: 'started', acctSessionId: 's1' });
  });

  it('who it is says the certificate, whatever the request says', async () => {
    const client = await connectAs(concentrators().b);
    const ticket = await obtainTicket(gateway(), laptop);
    const claims = [
      attribute('NAS-Identifier', 'vpn-a'),
      attribute('NAS-IP-Address', '127.0.0.1'),
      attribute('Calling-Station-Id', '192.0.2.5'),
    ];
    const { handle: userName, secret: password } = ticket;
    const accepted = await exchange(client, passwordRequest({ ...asked(1), userName, password, attributes: claims }));
    expect(accepted?.code).toBe(2);
    expect((await gateway().sessions()).find(each => each.userName === userName)).toMatchObject({ nas: 'vpn-b' });
    // And the session of another is not its to speak of.
    const mine = first(accepted?.attributes ?? [], 'Class') ?? missing();
    const another = await connectAs(concentrators().a);
    another.socket.write(accounted('stolen', [...claims, attribute('Class', mine)]));
    expect((await exchange(client, statusRequest(asked(3))))?.code).toBe(2);
    const session = (await gateway().sessions()).find(each => each.userName === userName);
    expect(session).toMatchObject({ nas: 'vpn-b', state: 'decided' });
  });

  it.each<[string, (octets: Buffer) => Uint8Array, string]>([
    [
      'signed with another secret',
      () => statusRequest({ ...asked(1), secret: Buffer.from('radius') }),
      'message-authenticator-wrong',
    ],
    ['with a broken attribute', octets => octets.fill(1, 21, 22), 'attribute-length-wrong'],
  ])('a request %s ends the connection [RFC6613-2.6.4]', async (_what, spoil, reason) => {
    const client = await connectAs(concentrators().a);
    const before = await gateway().count('sluis_radius_refused_total', { reason, nas: 'vpn-a' });
    client.socket.write(spoil(Buffer.from(statusRequest(asked(1)))));
    expect(await client.next()).toBeUndefined();
    expect(await gateway().count('sluis_radius_refused_total', { reason, nas: 'vpn-a' })).toBe(before + 1);
  });

  describe('in RADIUS/1.1', () => {
    const request = (code: number, token: number, attributes: Attributes): Uint8Array => {
      const field = Buffer.alloc(16);
      field.writeUInt32BE(token);
      return encode({ code, identifier: 0, authenticator: field, attributes });
    };
    const tokenOf = (reply: Packet | undefined) => Buffer.from(reply?.authenticator ?? []).toString('hex');

    it('logs in with a password in clear, without MD5 anywhere', async () => {
      const client = await connectAs(concentrators().a, '1.1');
      expect(client.socket.alpnProtocol).toBe('radius/1.1');
      const { handle, secret: password } = await obtainTicket(gateway(), laptop);
      const login = [
        attribute('User-Name', handle),
        attribute('User-Password', Buffer.from(password)),
        attribute('Calling-Station-Id', '192.0.2.5'),
        attribute('Proxy-State', Uint8Array.of(2)),
        attribute('Proxy-State', Uint8Array.of(1)),
      ];
      client.socket.write(request(1, 0xfffffffe, login));
      const accepted = packetOf(await client.next());
      expect(accepted?.code).toBe(2);
      expect(tokenOf(accepted)).toBe(`fffffffe${'00'.repeat(12)}`);
      expect(accepted?.messageAuthenticatorAt).toBeUndefined();
      expect(all(accepted?.attributes ?? [], 'Proxy-State').map(octets => octets[0])).toEqual([2, 1]);

      const named = attribute('Class', first(accepted?.attributes ?? [], 'Class') ?? missing());
      const start = [attribute('Acct-Status-Type', 1), attribute('Acct-Session-Id', 's11'), named];
      client.socket.write(Buffer.concat([request(4, 0xffffffff, start), request(12, 0, [])]));
      const replies = [packetOf(await client.next()), packetOf(await client.next())];
      expect(replies.map(reply => `${reply?.code ?? ''} ${tokenOf(reply).slice(0, 8)}`).sort()).toEqual([
        '2 00000000',
        '5 ffffffff',
      ]);
      const session = (await gateway().sessions()).find(each => each.userName === handle);
      expect(session).toMatchObject({ nas: 'vpn-a', state: 'started', acctSessionId: 's11' });
      expect(text(accepted?.attributes ?? [], 'Filter-Id')).toBe(session?.decision.segment);
    });

    it('says by Protocol-Error what it has no answer to [RFC9765-6.1]', async () => {
      const client = await connectAs(concentrators().a, '1.1');
      client.socket.write(request(4, 1, [attribute('Acct-Status-Type', 1)]));
      const reply = packetOf(await client.next());
      expect(reply?.code).toBe(52);
      expect(Buffer.from(first(reply?.attributes ?? [], 'Error-Cause') ?? [])).toEqual(Buffer.of(0, 0, 1, 250));
    });
  });
});
