// The same requests to this gateway and to FreeRADIUS, where both know the same users, authorities and attributes: the same
// answers, but for the differences that are named in `differential-requests.ts`.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { first } from '../../gateway/radius/attributes.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { describeWith } from '../support/programs.ts';
import { radiusSecret } from '../support/radius-world.ts';
import { sendDatagrams } from './datagrams.ts';
import { differentialCases, passwordLogin } from './differential-requests.ts';
import { answerAt, type BothServers, compared, reply, startBothServers, type User } from './differential-world.ts';
import { eapolTest } from './eapol-client.ts';
import { login, radclient, signed } from './radclient-client.ts';

const countOfUsers = 12;
const servers = ['ours', 'theirs'] as const;
type Server = (typeof servers)[number];

describeWith(['freeradius', 'radclient', 'eapol_test'], 'as FreeRADIUS answers', (program, radclientPath, eapol) => {
  let both: BothServers;
  beforeAll(async () => {
    both = await startBothServers(program, countOfUsers);
  });
  afterAll(() => both.stop());
  const user = (index = 0): User => {
    const found = both.users[index];
    if (found === undefined) throw new Error(`no user ${index}`);
    return found;
  };

  describe.each(Array.from({ length: countOfUsers }, (_, index) => index))('user %i, by radclient', index => {
    const answerOf = async (server: Server, password: string) => {
      const lines = [...login(user(index).handle, password), signed];
      const asked = { kind: 'auth', port: both.ports[server].strict, secret: both.world.secret, lines } as const;
      const { reply: code, attributes } = await radclient(radclientPath, asked);
      return { code, attributes: attributes.filter(([name]) => compared.some(each => each === name)) };
    };
    it('comes in with what is known of them', async () => {
      const ours = await answerOf('ours', user(index).secret);
      expect(ours).toEqual({ code: 'Access-Accept', attributes: Object.entries(reply) });
      expect(await answerOf('theirs', user(index).secret)).toEqual(ours);
    });
    it('stays out with anything else', async () => {
      const ours = await answerOf('ours', `${user(index).secret}x`);
      expect(ours).toEqual({ code: 'Access-Reject', attributes: [] });
      expect(await answerOf('theirs', `${user(index).secret}x`)).toEqual(ours);
    });
  });

  describe('the same octets to both', () => {
    const cases = Object.entries(differentialCases(radiusSecret, user));
    it.each(cases)('%s', async (_title, { rule = 'strict', datagram, answer, theirs }) => {
      const octets = datagram();
      expect(await answerAt(both.ports.ours[rule], octets)).toEqual(answer);
      expect(await answerAt(both.ports.theirs[rule], octets)).toEqual(theirs?.answer ?? answer);
      // A difference that is none any more has lost its row.
      expect(theirs?.answer).not.toEqual(answer);
    });

    it.each(servers)('[RFC5080-2.2.2] a copy is answered as the first was, to the octet: %s', async server => {
      const request = passwordLogin(both.secret, user());
      const replies = await sendDatagrams(both.ports[server].strict, [request, request, request]);
      expect(replies.length).toBeGreaterThan(0);
      expect(new Set(replies.map(octets => octets.toString('hex'))).size).toBe(1);
    });

    it('what signs the answer stands first in ours, and in theirs if at all (CVE-2024-3596)', async () => {
      const request = passwordLogin(both.secret, user());
      const answered = async (server: Server) => {
        const [octets = Buffer.alloc(0)] = await sendDatagrams(both.ports[server].strict, [request], { expected: 1 });
        const packet = decode(octets);
        if (isRefused(packet)) throw new Error(packet.refused);
        return packet;
      };
      expect((await answered('ours')).attributes[0]?.type).toBe(80);
      // FreeRADIUS before 3.2.5 does not sign answers to passwords.
      const theirs = await answered('theirs');
      const signature = first(theirs.attributes, 'Message-Authenticator');
      expect(signature === undefined || theirs.attributes[0]?.type === 80).toBe(true);
    });
  });

  describe.each(['1.2', '1.3'] as const)('EAP-TLS %s by eapol_test', tls => {
    const logIn = (server: Server, who: Issued) => {
      const { world, ports } = both;
      const certificate = world.put('client.pem', who.chainPem);
      const key = world.put('client.key', who.privateKeyPem);
      const at = { ...world, ports: { authentication: ports[server].strict } };
      return eapolTest(eapol, at, { name: 'anonymous', certificate, key, tls });
    };
    it.each(servers)('a good certificate comes in, with keys: %s', async server => {
      const result = await logIn(server, both.world.world.ca.machines.valid);
      expect(result).toMatchObject({ success: true, rejected: false, keysMatch: true });
    });
    const refused: readonly ('expired' | 'revoked' | 'unknown authority' | 'wrong purpose')[] = [
      'expired',
      'revoked',
      'unknown authority',
      'wrong purpose',
    ];
    it.each(refused.flatMap(what => servers.map(server => [what, server] as const)))(
      'one that is %s stays out: %s',
      async (what, server) => {
        const { machines, people } = both.world.world.ca;
        const shown = {
          expired: machines.expired,
          revoked: machines.revoked,
          'unknown authority': people.lookAlike,
          'wrong purpose': machines.serverOnly,
        } as const;
        expect(await logIn(server, shown[what])).toMatchObject({ success: false, rejected: true });
      },
    );
  });
});
