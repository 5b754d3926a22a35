// FreeRADIUS as a proxy in front of this gateway: what it asks is what a concentrator asks, with a Proxy-State of its own.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../support/programs.ts';
import { passwordLogin, proxyStates, withProxyStates } from './differential-requests.ts';
import { accepted, answerAt, type BothServers, rejected, startBothServers, type User } from './differential-world.ts';
import { eapolTest } from './eapol-client.ts';

/** The proxy asks somebody first. */
const waitMs = 2_000;

describeWith(['freeradius', 'eapol_test'], 'behind FreeRADIUS', (program, eapol) => {
  let both: BothServers;
  beforeAll(async () => {
    both = await startBothServers(program, 4);
  });
  afterAll(() => both.stop());
  const user = (): User => {
    const [found] = both.users;
    if (found === undefined) throw new Error('no user at all');
    return found;
  };

  it('an accept passes with its attributes, and the Proxy-State of the client in its order [RFC2865-5.33]', async () => {
    const request = passwordLogin(both.secret, user(), { attributes: proxyStates });
    expect(await answerAt(both.proxy, request, waitMs)).toEqual(withProxyStates(accepted));
  });
  it('a reject passes, with the same', async () => {
    const request = passwordLogin(both.secret, user(), { password: 'wrong', attributes: proxyStates });
    expect(await answerAt(both.proxy, request, waitMs)).toEqual(withProxyStates(rejected));
  });
  it('one user after another comes in', async () => {
    for (const one of both.users) {
      expect(await answerAt(both.proxy, passwordLogin(both.secret, one), waitMs)).toEqual(accepted);
    }
  });

  describe.each(['1.2', '1.3'] as const)('EAP-TLS %s through it', tls => {
    const logIn = (which: 'valid' | 'expired') => {
      const { world, proxy } = both;
      const who = world.world.ca.machines[which];
      const certificate = world.put('client.pem', who.chainPem);
      const key = world.put('client.key', who.privateKeyPem);
      const at = { ...world, ports: { authentication: proxy } };
      return eapolTest(eapol, at, { name: 'anonymous', certificate, key, tls });
    };
    it('a good certificate comes in, and its keys come through, hidden anew on the way', async () => {
      expect(await logIn('valid')).toMatchObject({ success: true, keysMatch: true });
    });
    it('an expired one stays out', async () => {
      expect(await logIn('expired')).toMatchObject({ success: false, rejected: true });
    });
  });
});
