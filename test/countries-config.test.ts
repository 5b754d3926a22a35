// The country file: what is read from one, and what is told of one that is no country file.

import { describe, expect, it } from 'vitest';
import { readCountries } from '../gateway/countries-config.ts';
import type { Countries } from '../gateway/ports.ts';
import { mmdb, type Networks } from './support/mmdb.ts';

const networks: Networks = {
  '192.0.2.0/24': 'BE',
  '198.51.100.0/25': 'NL',
  '198.51.100.128/25': 'SG',
  '203.0.113.7/32': 'GB',
  '2001:db8::/48': 'BE',
  '2001:db8:1::/48': 'FR',
  '10.0.0.0/8': 'BE',
  '2002::/16': 'US',
  '1.0.0.0/8': 'EUROPE',
};

function readable(bytes: Uint8Array): Countries {
  const read = readCountries(bytes);
  if ('wrong' in read) throw new Error(read.wrong);
  return read;
}

function wrong(bytes: Uint8Array): string {
  const read = readCountries(bytes);
  if (!('wrong' in read)) throw new Error('it was taken for a country file');
  expect(read.remedy).toContain('.mmdb');
  return read.wrong;
}

describe('an address', () => {
  const countries = readable(mmdb(networks));

  it.each([
    ['192.0.2.77', 'BE'],
    ['192.0.2.255', 'BE'],
    ['198.51.100.127', 'NL'],
    ['198.51.100.128', 'SG'],
    ['203.0.113.7', 'GB'],
    ['2001:db8::1', 'BE'],
    ['2001:DB8:1:ffff::1', 'FR'],
    ['::ffff:192.0.2.77', 'BE'],
  ])('%s is in %s', (address, country) => {
    expect(countries.of(address)).toBe(country);
  });

  it.each([
    ['in no network', '203.0.113.8'],
    ['in no network of IPv6', '2001:db8:2::1'],
    ['private, whatever the file says', '10.1.2.3'],
    ['shared by the customers of a provider', '100.64.0.1'],
    ['of this machine', '127.0.0.1'],
    ['of this machine, in IPv6', '::1'],
    ['of this link, with its zone', 'fe80::1%eth0'],
    ['of a tunnel (6to4)', '2002:c000:24d::1'],
    ['of a tunnel (Teredo)', '2001:0:5ef5:79fd::1'],
    ['of something that is no country', '1.2.3.4'],
    ['none', '192.0.2.77[4500]'],
    ['none at all', ''],
    ['with too many groups', '1:2:3:4:5:6:7:8:9'],
  ])('that is %s is nowhere', (_, address) => {
    expect(countries.of(address)).toBeUndefined();
  });
});

describe('a file', () => {
  it('may write the code as others than MaxMind do', () => {
    const countries = readable(mmdb({ '192.0.2.0/24': 'BE' }, { entry: country => ({ country_code: country }) }));
    expect(countries.of('192.0.2.77')).toBe('BE');
  });

  it('of IPv4 alone says nothing of IPv6', () => {
    const countries = readable(mmdb({ '192.0.2.0/24': 'BE', '32.0.0.0/8': 'US' }, { ipVersion: 4 }));
    expect(countries.of('192.0.2.77')).toBe('BE');
    expect(countries.of('::ffff:192.0.2.77')).toBe('BE');
    expect(countries.of('2001:db8::1')).toBeUndefined();
  });

  it('with a code of its own for a network names no country there', () => {
    for (const code of ['be', 'B', '', 'BEL', 5, {}]) {
      const countries = readable(mmdb({ '192.0.2.0/24': 'BE' }, { entry: () => ({ country: { iso_code: code } }) }));
      expect(countries.of('192.0.2.77')).toBeUndefined();
    }
  });
});

describe('a file that is no country file', () => {
  const good = mmdb(networks);

  it.each([
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('network,country\n192.0.2.0/24,BE\n')],
    ['cut at its end', good.subarray(0, good.length - 60)],
    ['its first half', good.subarray(0, good.length / 2)],
    ['without its metadata', good.subarray(0, good.indexOf('MaxMind.com') + 11)],
  ])('is told: %s', (_, bytes) => {
    expect(wrong(bytes)).toBe('is not in the MaxMind DB format');
  });

  it('is told: its tree is gone, its metadata is there', () => {
    expect(wrong(good.subarray(good.indexOf('MaxMind.com') - 3))).toBe('is cut short');
  });

  it('is told: it says other things of addresses', () => {
    expect(wrong(mmdb(networks, { type: 'GeoLite2-ASN' }))).toBe('names no countries: its type is "GeoLite2-ASN"');
  });

  it.each(['GeoLite2-Country', 'GeoIP2-City', 'DBIP-Country-Lite', 'GeoIP2-Enterprise'])('is not %s', type => {
    expect(readable(mmdb(networks, { type })).of('192.0.2.1')).toBe('BE');
  });

  it('is not one with a damaged record, which is nowhere', () => {
    const damaged = Buffer.from(good);
    const record = damaged.indexOf('iso_code');
    damaged.fill(0xff, record, record + 11);
    const countries = readable(damaged);
    expect(countries.of('192.0.2.77')).toBeUndefined();
    expect(countries.of('198.51.100.1')).toBe('NL');
  });

  it('never makes a lookup throw, whichever octet is wrong', () => {
    for (let index = 0; index < good.length; index++) {
      const damaged = Buffer.from(good);
      damaged[index] = (damaged[index] ?? 0) ^ 0xff;
      const read = readCountries(damaged);
      if ('wrong' in read) continue;
      for (const address of ['192.0.2.77', '198.51.100.200', '2001:db8::1']) {
        expect(read.of(address) ?? 'XX').toMatch(/^[A-Z]{2}$/);
      }
    }
  });
});
