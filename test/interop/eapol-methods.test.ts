// One EAP method served and no other: eapol_test gets in by it, and by nothing else.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EapMethod } from '../../gateway/eap/method.ts';
import { describeWith } from '../support/programs.ts';
import { type EapolLogin, eapolTest } from './eapol-client.ts';
import { type EapolWorld, startEapolWorld } from './eapol-world.ts';

describeWith('eapol_test', 'an EAP method alone', (eapol = '') => {
  let at: EapolWorld;
  let methods: readonly EapMethod[] = [];
  beforeAll(async () => {
    at = await startEapolWorld(ports => ({
      // A way that a password in clear may take.
      nasOf: address => {
        const nas = ports.nasOf(address);
        return nas && { ...nas, path: 'ipsec', eapMethods: methods };
      },
    }));
  });
  afterAll(() => at.stop());

  const inside = { 'eap-ttls': 'auth=PAP', peap: 'auth=GTC', 'eap-mschapv2': '', 'eap-gtc': '' } as const;
  const words = { 'eap-ttls': 'TTLS', peap: 'PEAP', 'eap-mschapv2': 'MSCHAPV2', 'eap-gtc': 'GTC' } as const;
  type ByTicket = keyof typeof inside;
  async function logIn(method: 'eap-tls' | ByTicket): ReturnType<typeof eapolTest> {
    if (method === 'eap-tls') {
      const { chainPem, privateKeyPem } = at.world.ca.machines.valid;
      const [certificate, key] = [at.put('machine.pem', chainPem), at.put('machine.key', privateKeyPem)];
      return eapolTest(eapol, at, { name: 'laptop', certificate, key, tls: '1.3' });
    }
    const { handle, secret } = await at.world.ticket();
    const login: EapolLogin = {
      name: handle,
      // EAP-GTC has no name of its own.
      ...(method === 'eap-gtc' ? { outer: handle } : {}),
      method: words[method],
      tls: '1.3',
      inside: { phase2: inside[method], password: secret },
    };
    return eapolTest(eapol, at, login);
  }

  it.each(['eap-tls', 'eap-ttls', 'peap', 'eap-mschapv2', 'eap-gtc'] as const)('%s', async method => {
    methods = [method];
    const result = await logIn(method);
    expect(result, result.output).toMatchObject({ success: true });
    if (method !== 'eap-gtc') expect(result.keysMatch).toBe(true);
    // What comes next is the method that this client would rather have.
    const another = method === 'peap' ? 'eap-ttls' : 'peap';
    const refused = await logIn(another);
    expect(refused).toMatchObject({ success: false, rejected: true });
    const [denial] = await at.world.store.decisions({ tenant: 'town', only: 'refused', limit: 1 });
    expect(denial).toMatchObject({ reasons: ['eap-method-off'], detail: `the peer wants ${another}` });
  });
});
