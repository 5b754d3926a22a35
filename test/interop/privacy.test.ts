// What must never be found again once a person has logged in: the national number, in whatever field a client put it, and
// secrets. Everything the gateway wrote or says is searched: its log, its store on disk, the read API and the metrics.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProbeServer, probeAccounting, probeEapTls, probePassword } from '../../gateway/io/radius-probe.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { certificatePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';

/** The number on the card of the throw-away authority's first person. */
const nationalNumber = '85073003328';
const spellings = [nationalNumber, '85.07.30-033.28', '850730 033 28', '850730-033-28'];

describe('after a person has logged in every way there is', () => {
  let gateway: TestGateway;
  let written: { readonly log: string; readonly store: string; readonly told: string };
  let ticketSecret = '';

  beforeAll(async () => {
    gateway = await startTestGateway({ policies: certificatePolicies, laptops: ['lt-1.example'] });
    const { installation, ports, secret } = gateway;
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
    const files = readdirSync(gateway.directory).filter(name => name.startsWith('sluis.db'));
    written = {
      log: gateway.lines().join('\n'),
      store: files.map(name => readFileSync(join(gateway.directory, name), 'latin1')).join('\n'),
      told: await gateway.everything(),
    };
  });
  afterAll(async () => gateway.stop());

  it('there is something to search', () => {
    expect(written.log).toContain('"decided"');
    expect(written.log).toContain('certificate-expired');
    expect(written.store.length).toBeGreaterThan(10_000);
    expect(written.store).toContain('certificate-expired');
    expect(written.told).toContain('eap-tls-identity');
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
