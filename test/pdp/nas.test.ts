// The NAS table: exact addresses before networks, narrow networks before wide ones, IPv4 seen through IPv6 sockets.

import { describe, expect, it } from 'vitest';
import { type Nas, nasTable, parseNasAddress } from '../../gateway/pdp/nas.ts';

const nas = (name: string, address: string): Nas => ({
  name,
  address,
  tenant: 'main',
  group: name,
  secret: Buffer.from('secret of test'),
  requireMessageAuthenticator: true,
  profile: 'generic',
});

describe('nasTable', () => {
  const find = nasTable([
    nas('wide', '192.0.2.0/24'),
    nas('narrow', '192.0.2.128/25'),
    nas('one', '192.0.2.200'),
    nas('six', '2001:db8::/32'),
  ]);

  it.each([
    ['192.0.2.200', 'one'],
    ['192.0.2.201', 'narrow'],
    ['192.0.2.1', 'wide'],
    ['::ffff:192.0.2.200', 'one'],
    ['::ffff:192.0.2.1', 'wide'],
    ['2001:db8::7', 'six'],
  ])('%s is %s', (address, expected) => {
    expect(find(address)?.name).toBe(expected);
  });

  it.each(['198.51.100.1', '2001:db9::1', '', 'not an address'])('%s is nobody', address => {
    expect(find(address)).toBeUndefined();
  });
});

describe('parseNasAddress', () => {
  it.each(['127.0.0.1', '::1', '10.0.0.0/8', '2001:db8::/32'])('takes %s', text => {
    expect(parseNasAddress(text)).toBe(text);
  });
  it.each(['vpn.example', '10.0.0.0/33', '10.0.0.0/8/9', '10.0.0/8', '::/129', '10.0.0.0/-1'])('refuses %s', text => {
    expect(parseNasAddress(text)).toBeUndefined();
  });
});
