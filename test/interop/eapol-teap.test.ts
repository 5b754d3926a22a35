// wpa_supplicant's TEAP, built from Debian's source: version 2.10, older than RFC 9930. It chains MSKs and EMSKs apart from one
// another and makes its keys of the former, so it comes together with us where the MSK alone binds; and it does not know that
// MSCHAPv2 counts as in EAP-FAST. Both are told here as they are.

import { X509Certificate, createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import type { Reason } from '../../gateway/contract/reason.ts';
import type { BindingKeys } from '../../gateway/eap/teap-binding.ts';
import { certificatePolicies, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { teapClient } from '../support/teap-client.ts';
import { type EapolLogin, type EapolResult, eapolTest } from './eapol-client.ts';
import { type EapolWorld, startEapolWorld } from './eapol-world.ts';

const missing = existsSync(teapClient) ? '' : 'no eapol_test with TEAP; npm test builds it as root on Debian';
const suite = missing === '' ? describe : describe.skip;
const title = missing === '' ? '' : ` [skipped: ${missing}]`;

suite.each<BindingKeys>(['msk', 'both'])(`eapol_test, through TEAP, bound by %s${title}`, bindingKeys => {
  let at: EapolWorld;
  beforeAll(async () => {
    at = await startEapolWorld(() => ({
      methods: ['eap-tls', 'teap'],
      teap: {
        authorityId: 'gateway-1',
        bindingKeys,
        identities: [
          { type: 'machine', optional: true },
          { type: 'user', optional: false },
        ],
      },
    }));
  });
  afterAll(async () => at.stop());

  const denials = () => at.world.store.decisions({ tenant: 'town', only: 'refused', limit: 1000 });
  const lastSession = async () => (await at.world.store.sessions({ tenant: 'town', limit: 1 }))[0];
  const files = (name: string, { chainPem, privateKeyPem }: Issued) => ({
    certificate: at.put(`${name}.pem`, chainPem),
    key: at.put(`${name}.key`, privateKeyPem),
  });
  const logIn = (machine: Issued | undefined, user: Issued, more: Partial<EapolLogin> = {}) =>
    eapolTest(teapClient, at, {
      name: 'somebody',
      method: 'TEAP',
      tls: '1.2',
      inside: { phase2: 'auth=TLS', ...files('user', user) },
      ...more,
      // It wants a place for PACs, though nobody gives it one.
      more: ['pac_file="blob://pac"', ...(machine === undefined ? [] : asMachine(files('machine', machine)))],
    });
  const asMachine = ({ certificate, key }: ReturnType<typeof files>) => [
    'machine_identity="host/laptop"',
    'machine_phase2="auth=TLS"',
    `machine_ca_cert="${at.installation.trustFile}"`,
    `machine_client_cert="${certificate}"`,
    `machine_private_key="${key}"`,
  ];
  const expectIn = (result: EapolResult) => {
    expect(result, result.output.slice(-3000)).toMatchObject({ success: true, tls: 'TLSv1.2', keysMatch: true });
  };
  const expectRefused = async (result: EapolResult, reason: Reason) => {
    expect(result, result.output.slice(-3000)).toMatchObject({ success: false, rejected: true });
    expect((await denials())[0]?.reasons).toEqual([reason]);
  };

  if (bindingKeys === 'both') {
    it('one method: the binding holds, by both MACs, and its own key is another', async () => {
      const result = await logIn(undefined, at.world.ca.people.valid);
      expect(result.output).toContain('Flags 3 SubType 1');
      expect(result.output).toContain('EAP authentication completed successfully');
      expect(result.keysMatch).toBe(false);
      expect(await lastSession()).toMatchObject({ way: 'eap-tls-identity' });
    });
    it('two methods: the second binding does not hold, as it is of another chain', async () => {
      const result = await logIn(at.world.ca.machines.valid, at.world.ca.people.valid);
      expect(result.output).toContain('MSK Compound MAC did not match');
      await expectRefused(result, 'eap-crypto-binding-wrong');
    });
    return;
  }
  it('a card alone, as a machine may be missing', async () => {
    expectIn(await logIn(undefined, at.world.ca.people.valid));
    expect(await lastSession()).toMatchObject({ way: 'eap-tls-identity', binding: 'none' });
  });
  it('a machine and then its user are one admission', async () => {
    const { machines, people } = at.world.ca;
    expectIn(await logIn(machines.valid, people.valid));
    const both = { way: 'eap-tls-both', binding: 'one-conversation', device: keyOf(machines.valid) };
    expect(await lastSession()).toMatchObject(both);
  });
  it.each([200, 1_400])('in fragments of %i octets', async fragmentBytes => {
    const { machines, people } = at.world.ca;
    expectIn(await logIn(machines.valid, people.valid, { fragmentBytes, framedMtu: fragmentBytes + 10 }));
  });
  it.each<[string, (ca: EapolWorld['world']['ca']) => [Issued, Issued], Reason]>([
    ['a revoked machine', ca => [ca.machines.revoked, ca.people.valid], 'certificate-revoked'],
    ['an expired card', ca => [ca.machines.valid, ca.people.expired], 'certificate-expired'],
    ['a card as a machine', ca => [ca.people.second, ca.people.valid], 'credentials-conflicting'],
    ['a machine that the policy denies', ca => [ca.machines.second, ca.people.valid], 'policy-gap'],
  ])('%s is refused', async (_what, of, reason) => {
    const result = await logIn(...of(at.world.ca));
    await expectRefused(result, reason);
    expect(result.output).toContain('Server rejected authentication');
  });
  it('MSCHAPv2 with its keys in the order of before is taken for somebody else', async () => {
    const { handle, secret } = await at.world.ticket();
    const inside = { phase2: 'auth=MSCHAPV2', password: secret };
    const result = await logIn(undefined, at.world.ca.people.valid, { name: handle, inside });
    expect(result.output).toContain('MSK Compound MAC did not match');
    await expectRefused(result, 'eap-crypto-binding-wrong');
  });
});

suite(`eapol_test, through TEAP, at a gateway with a configuration${title}`, () => {
  let gateway: TestGateway | undefined;
  beforeAll(async () => {
    const eap = 'methods: [eap-tls, teap], experimental: [teap], teap: { identities: [user], crypto-binding: msk }';
    gateway = await startTestGateway({ policies: certificatePolicies, eap });
  });
  afterAll(async () => gateway?.stop());

  it('gets in with a card, and its keys are those of the concentrator', async () => {
    if (gateway === undefined) throw new Error('the gateway did not start');
    const { chainPem, privateKeyPem } = gateway.installation.ca.people.valid;
    const inside = {
      phase2: 'auth=TLS',
      certificate: gateway.put('user.pem', chainPem),
      key: gateway.put('user.key', privateKeyPem),
    };
    const login: EapolLogin = { name: 'somebody', method: 'TEAP', tls: '1.2', inside, more: ['pac_file="blob://pac"'] };
    const result = await eapolTest(teapClient, gateway, login);
    expect(result, result.output.slice(-3000)).toMatchObject({ success: true, keysMatch: true });
  });
});

/** SHA-256 of the key: what a machine is called everywhere. */
function keyOf({ chainPem }: Issued): string {
  const spki = new X509Certificate(chainPem).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}
