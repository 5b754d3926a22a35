// What must never be found again once a person has logged in: the national number, in whatever field a client put it, and
// secrets. Everything the gateway wrote or says is searched: its log, its store on disk, the operator API and the metrics.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { listenRadius, type RadiusListener } from '../../gateway/io/radius-udp.ts';
import { type ProbeServer, probeAccounting, probeEapTls, probePassword } from '../../gateway/io/radius-probe.ts';
import { attribute, text } from '../../gateway/radius/attributes.ts';
import { signReply } from '../../gateway/radius/authenticator.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { certificatePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';

/** The number on the card of the throw-away authority's first person. */
const nationalNumber = '85073003328';
const spellings = [nationalNumber, '85.07.30-033.28', '850730 033 28', '850730-033-28'];

describe('after a person has logged in every way there is', () => {
  let gateway: TestGateway;
  let concentrator: RadiusListener;
  const asked: string[] = [];
  let written: { readonly log: string; readonly store: string; readonly told: string };
  let ticketSecret = '';

  beforeAll(async () => {
    const shared = { secret: Buffer.alloc(0) as Uint8Array };
    concentrator = await listenRadius({
      address: '127.0.0.1',
      port: 0,
      handler: async datagram => {
        const request = decode(datagram);
        if (isRefused(request)) throw new Error(request.refused);
        asked.push(text(request.attributes, 'User-Name') ?? '');
        const reply = signReply({ code: 41, attributes: [] }, request, shared.secret);
        return isRefused(reply) ? undefined : reply;
      },
    });
    gateway = await startTestGateway({
      policies: certificatePolicies,
      laptops: ['lt-1.example'],
      byNameAlone: true,
      changesAt: concentrator.port,
    });
    const { installation, ports, secret } = gateway;
    shared.secret = Buffer.from(secret);
    const server = (port: number): ProbeServer => ({ address: '127.0.0.1', port, secret: Buffer.from(secret) });
    const { valid, expired } = installation.ca.people;
    for (const card of [valid, expired]) {
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        await probeEapTls(server(ports.authentication), {
          identity: `${nationalNumber}@eid.example`,
          tls: {
            certificatePem: card.chainPem,
            keyPem: card.privateKeyPem,
            minVersion: version,
            maxVersion: version,
          },
          attributes: spellings.map(spelling => attribute('Calling-Station-Id', spelling)),
        });
      }
    }
    for (const userName of spellings) {
      await probePassword(server(ports.authentication), { userName, password: 'a password that someone tried' });
      await probeAccounting(server(ports.accounting), {
        status: 'start',
        acctSessionId: 'a-1',
        attributes: [attribute('User-Name', userName)],
      });
    }
    const ticket = await obtainTicket(gateway, 'lt-1.example');
    ticketSecret = ticket.secret;
    const login = { userName: ticket.handle, password: ticket.secret };
    expect((await probePassword(server(ports.authentication), login)).verdict).toBe('accept');
    const open = (await gateway.sessions()).find(({ way, userName }) => way === 'eap-tls-identity' && userName !== '');
    expect(await gateway.disconnect(open?.id ?? '')).toEqual({ state: 'acknowledged' });
    const files = readdirSync(gateway.directory).filter(name => name.startsWith('sluis.db'));
    written = {
      log: gateway.lines().join('\n'),
      store: files.map(name => readFileSync(join(gateway.directory, name), 'latin1')).join('\n'),
      told: await gateway.everything(),
    };
  });
  afterAll(async () => {
    await gateway.stop();
    await concentrator.close();
  });

  it('a session is ended by the name that its concentrator knows, which nobody else is told', () => {
    expect(asked).toEqual([`${nationalNumber}@eid.example`]);
  });

  it('there is something to search', () => {
    expect(written.log).toContain('"decided"');
    expect(written.log).toContain('certificate-expired');
    expect(written.store.length).toBeGreaterThan(10_000);
    expect(written.store).toContain('certificate-expired');
    expect(written.told).toContain('eap-tls-identity');
    // The one exception: closed, for the concentrator that needs it back, and for nobody to see.
    expect(written.store.includes('"sealedUserName":"sluis-sealed/1 ')).toBe(true);
    expect(written.told.includes('sealedUserName')).toBe(false);
  });

  it.each(['log', 'store', 'told'] as const)('the national number is nowhere in the %s', where => {
    for (const spelling of spellings) expect(written[where]).not.toContain(spelling);
  });

  it.each(['log', 'store', 'told'] as const)('no secret is in the %s', where => {
    const key = readFileSync(join(gateway.directory, 'pseudonym.key'), 'utf8');
    for (const secret of [gateway.secret, ticketSecret, 'a password that someone tried', key]) {
      expect(written[where]).not.toContain(secret);
    }
  });

  it('the log names nobody', () => {
    expect(written.log).not.toMatch(/\bJan\b/);
  });
});
