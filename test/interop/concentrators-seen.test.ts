// What a real gateway sees of concentrators: two secrets while one is replaced (radclient), strangers and the command that adds
// them, clocks, and a concentrator behind a firewall that is asked for changes on the connection that it opened.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, type Issued, issue, makeAuthority } from '../../gateway/cli/demo/test-authority.ts';
import { run as nas } from '../../gateway/cli/nas.ts';
import { run as nasSeen } from '../../gateway/cli/nas-seen.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { attribute, first, text } from '../../gateway/radius/attributes.ts';
import { signReply } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest } from '../../gateway/radius/client-requests.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { certificatePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { connectRadiusTls, type RadiusTlsClient } from '../support/radius-tls-client.ts';
import { login, radclient, signed } from './radclient-client.ts';

const laptop = 'lt-1.example';
const [secret, former] = ['the-secret-that-is-to-stay', 'the-secret-that-is-to-go'];
const radsec = Buffer.from('radsec');
const day = 86_400_000;

let gateway: TestGateway;
let known: Issued;
let unknown: Issued;
beforeAll(async () => {
  const validity = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  const ca: Authority = await makeAuthority({ subject: [['2.5.4.3', 'NAS CA']], validity });
  const leaf = (name: string) =>
    issue(ca, {
      subject: [['2.5.4.3', name]],
      ...validity,
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: ['clientAuth'],
      dns: [name],
    });
  known = await leaf('vpn-a.example');
  unknown = await leaf('vpn-c.example');
  const entries = [
    '{ name: rolling, address: 127.0.0.2, secret-file: rolling.secret, former-secret-file: former.secret }',
    '{ name: old-product, address: 127.0.0.3, secret-file: rolling.secret, reply-message-authenticator: no }',
    '{ name: vpn-a, tls-name: vpn-a.example, group: vpn }',
  ];
  gateway = await startTestGateway({
    laptops: [laptop],
    policies: certificatePolicies,
    overTls: { clientCa: ca.pem, nas: entries },
    more: async (_installation, put) => {
      put('rolling.secret', secret);
      put('former.secret', former);
      return '';
    },
  });
});
afterAll(async () => gateway.stop());

async function told(...args: readonly string[]): Promise<string> {
  let out = '';
  const { tokenFile } = gateway.installation;
  const connection = ['--url', `http://127.0.0.1:${gateway.ports.operatorApi}`, '--token-file', tokenFile];
  const code = await nasSeen([...args, ...connection], {
    write: said => (out += said),
    writeError: said => (out += said),
  });
  expect(code, out).toBe(0);
  return out;
}

const cells = (table: string, name: string) =>
  table
    .split('\n')
    .find(line => line.startsWith(`${name} `))
    ?.split(/ {2,}/);

describeWith('radclient', 'radclient as a concentrator whose secret is being replaced', program => {
  async function ask(by: string, address = '127.0.0.2', lines: readonly string[] = []) {
    const ticket = await obtainTicket(gateway, laptop);
    return radclient(program, {
      kind: 'auth',
      port: gateway.ports.authentication,
      secret: by,
      lines: [...login(ticket.handle, ticket.secret), signed, `Packet-Src-IP-Address = ${address}`, ...lines],
    });
  }

  it.each([secret, former])('is answered under %s, in a way that it can verify', async by => {
    expect((await ask(by)).reply).toBe('Access-Accept');
    const account = await radclient(program, {
      kind: 'acct',
      port: gateway.ports.accounting,
      secret: by,
      lines: ['Acct-Status-Type = Accounting-On', 'Packet-Src-IP-Address = 127.0.0.2', 'NAS-IP-Address = 127.0.0.2'],
    });
    expect(account.reply).toBe('Accounting-Response');
  });

  it('says who still has the former one', async () => {
    const [, address, , overTls, newAt, formerAt] = cells(await told('seen'), 'rolling') ?? [];
    expect([address, overTls]).toEqual(['127.0.0.2', '-']);
    expect(newAt).toMatch(/^\d{4}-/);
    expect(formerAt).toMatch(/^\d{4}-/);
    expect(await gateway.count('sluis_nas_former_secret_total', { nas: 'rolling' })).toBe(2);
    const lines = gateway.lines().filter(line => line.includes('former-secret-used'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ nas: 'rolling', sources: ['127.0.0.2'] });
  });

  it('is not answered under a third', async () => {
    expect((await ask('neither-of-the-two')).reply).toBeUndefined();
  });

  it('an old product gets replies without Message-Authenticator, and radclient takes them', async () => {
    const answer = await ask(secret, '127.0.0.3');
    expect(answer.reply).toBe('Access-Accept');
    expect(answer.attributes.map(([name]) => name)).not.toContain('Message-Authenticator');
  });

  it('a stranger gets silence, and is listed with the command that adds it', async () => {
    const stranger = await ask('whatever', '127.0.0.9', ['NAS-Identifier = "VPN-Ghent"', 'NAS-IP-Address := 10.1.2.3']);
    expect(stranger.reply).toBeUndefined();
    const page = await told('strangers');
    expect(cells(page, '127.0.0.9')?.[6]).toContain('VPN-Ghent');
    const command =
      /sluis nas (add --name vpn-ghent --address 127\.0\.0\.9) --config sluis\.yaml/.exec(page)?.[1] ?? '';
    const { configFile } = gateway.installation;
    expect(await nas([...command.split(' '), '--config', configFile], { write: () => undefined })).toBe(0);
    expect(readFileSync(configFile, 'utf8')).toMatch(/name: vpn-ghent\s+address: 127\.0\.0\.9/);
  });
});

describe('a concentrator over TLS', () => {
  const open: RadiusTlsClient[] = [];
  afterAll(() => open.forEach(each => each.close()));
  async function connect(certificate: Issued): Promise<RadiusTlsClient> {
    const { ports, installation } = gateway;
    const trust = readFileSync(installation.trustFile, 'utf8');
    const client = await connectRadiusTls({ port: ports.radiusTls, trust, certificate });
    open.push(client);
    return client;
  }
  async function packet(client: RadiusTlsClient): Promise<Packet> {
    const octets = await client.next();
    const found = octets === undefined ? undefined : decode(octets);
    if (found === undefined || isRefused(found)) throw new Error('no packet came');
    return found;
  }

  it('with a certificate that no entry names is listed with the line that does', async () => {
    const client = await connect(unknown);
    await client.closed;
    expect(await told('strangers')).toContain('- { name: vpn-c.example, tls-name: vpn-c.example }');
  });

  it('is asked to end a session on the connection that it opened, and its clock is seen', async () => {
    const client = await connect(known);
    const ticket = await obtainTicket(gateway, laptop);
    const caller = attribute('Calling-Station-Id', '192.0.2.5');
    const asked = { identifier: 1, secret: radsec, authenticator: randomBytes(16) };
    const { handle: userName, secret: password } = ticket;
    client.socket.write(passwordRequest({ ...asked, userName, password, attributes: [caller] }));
    const accepted = await packet(client);
    expect(accepted.code).toBe(2);
    const session = first(accepted.attributes, 'Class') ?? Buffer.alloc(0);
    const attributes = [
      attribute('User-Name', userName),
      caller,
      attribute('Class', session),
      attribute('Event-Timestamp', Math.floor(Date.now() / 1000) + 600),
    ];
    client.socket.write(accountingRequest({ ...asked, status: 'start', acctSessionId: 's1', attributes }));
    expect((await packet(client)).code).toBe(5);
    expect(await gateway.count('sluis_nas_clock_skew_seconds', { nas: 'vpn-a' })).toBeGreaterThan(590);
    expect(cells(await told('seen'), 'vpn-a')?.at(-1)).toMatch(/^\+(599|600) s, set it right$/);

    const change = gateway.disconnect(Buffer.from(session).toString());
    const request = await packet(client);
    expect([request.code, text(request.attributes, 'Acct-Session-Id')]).toEqual([40, 's1']);
    const reply = signReply({ code: 41, attributes: [] }, request, radsec);
    if (isRefused(reply)) throw new Error(reply.refused);
    client.socket.write(reply);
    expect(await change).toMatchObject({ state: 'acknowledged' });
  });
});
