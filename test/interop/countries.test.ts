// Countries in a running gateway: one laptop that logs in at home and then far away, over UDP; and one
// that does not start with a broken file.

import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { probePassword } from '../../gateway/io/radius-probe.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { obtainTicket, startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts';
import { mmdb } from '../support/mmdb.ts';
import { describeWith } from '../support/programs.ts';

const laptop = 'lt-1.example';
const withCountries = (bytes: Uint8Array): NonNullable<TestGatewayOptions['more']> => {
  return async (_, put) => {
    writeFileSync(put('countries.mmdb', ''), bytes);
    return '\ncountries: { file: countries.mmdb }\n';
  };
};

let gateway: TestGateway;

async function login(caller: string): Promise<void> {
  const { handle, secret } = await obtainTicket(gateway, laptop);
  const server = {
    address: '127.0.0.1',
    port: gateway.ports.authentication,
    secret: Buffer.from(gateway.secret, 'utf8'),
  };
  const { reply } = await probePassword(server, {
    userName: handle,
    password: secret,
    attributes: [attribute('Calling-Station-Id', caller)],
  });
  if (reply === undefined) throw new Error('no reply');
}

describeWith('openssl', 'a gateway with a country file', () => {
  beforeAll(async () => {
    const file = mmdb({ '192.0.2.0/24': 'BE', '198.51.100.0/24': 'NL', '203.0.113.0/24': 'SG' });
    gateway = await startTestGateway({ laptops: [laptop], more: withCountries(file) });
  });
  afterAll(() => gateway.stop());

  it('tells who came faster than a plane, and nobody else', { timeout: 60_000 }, async () => {
    await login('192.0.2.77[4500]');
    await login('198.51.100.9[4500]');
    expect(await gateway.count('sluis_impossible_travel_total')).toBe(0);
    await login('203.0.113.9[500]');
    expect(await gateway.count('sluis_impossible_travel_total')).toBe(1);
    const told = () => gateway.lines().filter(line => line.includes('"event":"impossible-travel"'));
    await expect.poll(told).toHaveLength(1);
    expect(JSON.parse(told()[0] ?? '')).toMatchObject({ from: 'NL', to: 'SG', caller: '203.0.113.9[500]' });
  });
});

describeWith('openssl', 'a gateway with a broken country file', () => {
  it('does not start, and says which file it is', { timeout: 60_000 }, async () => {
    const starting = startTestGateway({ more: withCountries(Buffer.from('x')) });
    await expect(starting).rejects.toThrow('countries.mmdb" is not in the MaxMind DB format');
  });
});
