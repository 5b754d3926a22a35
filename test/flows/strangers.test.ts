// Who asked without being a concentrator: what is remembered, what is believed of it, and what a flood leaves standing.

import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Strangers, strangers } from '../../gateway/flows/strangers.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { type Attributes, attribute } from '../../gateway/radius/attributes.ts';
import { encode } from '../../gateway/radius/packet.ts';
import { concentrator } from '../io/live-session.ts';

const fingerprint = 'ab'.repeat(32);
let now: number;
let table: Strangers;
beforeEach(() => {
  now = Date.UTC(2026, 10, 1);
  table = strangers({ clock: { now: () => now } }, [concentrator()] satisfies readonly Nas[]);
});

const request = (...attributes: Attributes) =>
  encode({ code: 1, identifier: 1, authenticator: randomBytes(16), attributes });

describe('a datagram', () => {
  it('is counted by its source, with the ports that it came to', () => {
    const began = now;
    table.datagram('192.0.2.9', 'authentication', request());
    now += 1000;
    table.datagram('192.0.2.9', 'accounting', request());
    table.datagram('192.0.2.8', 'authentication', Buffer.from('GET / HTTP/1.1'));
    expect(table.all()).toMatchObject([
      { address: '192.0.2.8', isRadius: false, count: 1, proposedName: 'nas-192-0-2-8' },
      {
        address: '192.0.2.9',
        ways: ['authentication', 'accounting'],
        count: 2,
        firstAt: began,
        lastAt: now,
        isRadius: true,
        claims: {},
      },
    ]);
  });

  it('says what it claims to be, cleaned, and its name is proposed where it could be one', () => {
    table.datagram(
      '192.0.2.9',
      'authentication',
      request(attribute('NAS-Identifier', 'VPN-Ghent'), attribute('NAS-IP-Address', '10.0.0.1')),
    );
    expect(table.all()).toMatchObject([
      { claims: { nasIdentifier: 'VPN-Ghent', nasIpAddress: '10.0.0.1' }, proposedName: 'vpn-ghent' },
    ]);
  });

  it.each([
    ['the name of another', 'vpn'],
    ['a command', 'x; rm -rf /'],
    ['an option', '--config'],
    ['control characters', '\u001b[31mred'],
  ])('does not lend %s to the command that adds it', (_what, name) => {
    table.datagram('2001:db8::9', 'authentication', request(attribute('NAS-Identifier', name)));
    const [found] = table.all();
    expect(found?.proposedName).toBe('nas-2001-db8-9');
    expect(found?.claims?.nasIdentifier).not.toContain('\u001b');
  });

  it('two that claim one name get two', () => {
    for (const address of ['192.0.2.8', '192.0.2.9']) {
      table.datagram(address, 'authentication', request(attribute('NAS-Identifier', 'router')));
    }
    expect(table.all().map(({ proposedName }) => proposedName)).toEqual(['router', 'nas-192-0-2-8']);
  });
});

describe('bounds', () => {
  it('a flood of invented addresses leaves the one that keeps trying', () => {
    for (let each = 0; each < 3; each++) table.datagram('192.0.2.9', 'authentication', request());
    for (let each = 0; each < 10_000; each++) {
      table.datagram(`10.${each >> 8}.${each & 255}.1`, 'authentication', Buffer.alloc(1));
    }
    const all = table.all();
    expect(all).toHaveLength(256);
    expect(all.some(({ address }) => address === '192.0.2.9')).toBe(true);
  });
  it('who has been silent for a day is forgotten when there is a newcomer', () => {
    table.datagram('192.0.2.9', 'authentication', request());
    now += 86_400_000;
    table.datagram('192.0.2.8', 'authentication', request());
    expect(table.all().map(({ address }) => address)).toEqual(['192.0.2.8']);
  });
});

describe('a peer that is turned away over TLS', () => {
  it('is known by its certificate, of which the names are kept that an entry could have', () => {
    table.turnedAway('192.0.2.9', 'unknown-nas', { names: ['*.example', 'vpn-c.example', 'a b'], fingerprint });
    table.turnedAway('192.0.2.9', 'certificate-missing', undefined);
    expect(table.all()).toMatchObject([
      { ways: ['tls'], reason: 'certificate-missing', proposedName: 'nas-192-0-2-9' },
      {
        reason: 'unknown-nas',
        certificate: { names: ['vpn-c.example'], fingerprint },
        proposedName: 'vpn-c.example',
      },
    ]);
  });
});
