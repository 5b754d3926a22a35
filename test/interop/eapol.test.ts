// Debian's eapol_test logs in at a real gateway: which certificates get in, with which keys, and how the others are told.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reason } from '../../gateway/contract/reason.ts';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { certificatePolicies, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { type EapolResult, eapolTest } from './eapol-client.ts';
import { makeRsaCards } from './rsa-cards.ts';

describeWith(['eapol_test', 'openssl'], 'eapol_test', eapol => {
  const rsa = { made: undefined as ReturnType<typeof makeRsaCards> | undefined };
  let gateway: TestGateway | undefined;

  beforeAll(async () => {
    const cards = makeRsaCards();
    rsa.made = cards;
    gateway = await startTestGateway({ policies: certificatePolicies, laptops: ['lt-1.example'], cards });
  });
  afterAll(async () => gateway?.stop());

  const running = (): TestGateway => {
    if (gateway === undefined) throw new Error('the gateway did not start');
    return gateway;
  };
  const logIn = (chainPem: string, keyPem: string, tls: '1.2' | '1.3', fragmentBytes?: number) => {
    const certificate = running().put('client.pem', chainPem);
    const key = running().put('client.key', keyPem);
    const size = fragmentBytes === undefined ? {} : { fragmentBytes };
    return eapolTest(eapol, running(), { name: 'anonymous', certificate, key, tls, ...size });
  };
  const issued = (what: Issued, tls: '1.2' | '1.3', fragmentBytes?: number) =>
    logIn(what.chainPem, what.privateKeyPem, tls, fragmentBytes);
  const rsaCard = (name: 'RSA' | 'RSA, four certificates', tls: '1.2' | '1.3', fragmentBytes?: number) => {
    const [leaf, ...above] = rsa.made?.cards[name] ?? [];
    if (leaf === undefined) throw new Error('no card was made');
    return logIn([leaf, ...above].map(({ pem }) => pem).join(''), leaf.keyPem, tls, fragmentBytes);
  };
  const expectIn = (result: EapolResult, tls: string) => {
    expect(result, result.output.slice(-3000)).toMatchObject({
      success: true,
      tls: `TLSv${tls}`,
      keysMatch: true,
    });
  };

  describe.each(['1.2', '1.3'] as const)('TLS %s', tls => {
    it('a P-384 card gets in, and both ends hold the same keys', async () => {
      expectIn(await issued(running().installation.ca.people.valid, tls), tls);
    });
    it('an RSA card gets in', async () => {
      expectIn(await rsaCard('RSA', tls), tls);
    });
    it('a machine certificate gets in', async () => {
      expectIn(await issued(running().installation.ca.machines.valid, tls), tls);
    });
    it('four RSA certificates in fragments of 500 octets get in', async () => {
      const result = await rsaCard('RSA, four certificates', tls, 500);
      expectIn(result, tls);
      expect(result.fragmentsSent).toBeGreaterThanOrEqual(7);
    });

    const refusals: readonly {
      readonly what: string;
      readonly of: (ca: TestGateway['installation']['ca']) => Issued;
      readonly reason: Reason;
      readonly alert: string;
    }[] = [
      {
        what: 'an expired card',
        of: ca => ca.people.expired,
        reason: 'certificate-expired',
        alert: 'certificate expired',
      },
      {
        what: 'a revoked card',
        of: ca => ca.people.revoked,
        reason: 'certificate-revoked',
        alert: 'certificate revoked',
      },
      {
        what: 'a card on hold',
        of: ca => ca.people.onHold,
        reason: 'certificate-on-hold',
        alert: 'certificate revoked',
      },
      {
        what: 'the signature certificate of a card',
        of: ca => ca.people.signature,
        reason: 'certificate-usage-wrong',
        alert: 'unsupported certificate',
      },
      {
        what: 'a card of an authority with the right name',
        of: ca => ca.people.lookAlike,
        reason: 'certificate-anchor-unknown',
        alert: 'unknown CA',
      },
      {
        what: 'an expired machine certificate',
        of: ca => ca.machines.expired,
        reason: 'certificate-expired',
        alert: 'certificate expired',
      },
      {
        what: 'a revoked machine certificate',
        of: ca => ca.machines.revoked,
        reason: 'certificate-revoked',
        alert: 'certificate revoked',
      },
      {
        what: 'a certificate for servers only',
        of: ca => ca.machines.serverOnly,
        reason: 'certificate-purpose-wrong',
        alert: 'unsupported certificate',
      },
    ];
    it.each(refusals)('$what is refused as $reason', async ({ of, reason, alert }) => {
      const before = await running().denials();
      const result = await issued(of(running().installation.ca), tls);
      expect(result, result.output.slice(-3000)).toMatchObject({ success: false, rejected: true, alert });
      const [newest, ...older] = await running().denials();
      expect(older).toHaveLength(before.length);
      expect(newest).toMatchObject({ kind: 'refusal', outcome: 'deny', reasons: [reason] });
    });
  });

  it('no session is left of anyone who was refused', async () => {
    const sessions = await running().sessions();
    expect(sessions.map(({ decision }) => decision.outcome)).toEqual(sessions.map(() => 'grant'));
    expect(sessions).toHaveLength(8);
  });
});

describeWith('eapol_test', 'eapol_test that comes back with its TLS session', eapol => {
  let gateway: TestGateway | undefined;
  beforeAll(async () => {
    gateway = await startTestGateway({
      policies: certificatePolicies,
      laptops: ['lt-1.example'],
      resumption: 'machine',
    });
  });
  afterAll(async () => gateway?.stop());

  it.each([
    ['a machine resumes it, and is decided upon again', 'machines', [false, true]],
    ['a person does not: the card must be in the reader', 'people', [false, false]],
  ] as const)('%s', async (_, kind, resumed) => {
    if (gateway === undefined) throw new Error('the gateway did not start');
    const { installation, put, sessions } = gateway;
    const { chainPem, privateKeyPem } = installation.ca[kind].valid;
    const [certificate, key] = [put('client.pem', chainPem), put('client.key', privateKeyPem)];
    const before = await sessions();
    const result = await eapolTest(eapol, gateway, { name: 'anonymous', certificate, key, tls: '1.2', twice: true });
    expect(result, result.output.slice(-3000)).toMatchObject({ success: true, resumed });
    expect(result.output).toContain('MPPE keys OK: 2  mismatch: 0');
    expect(await sessions()).toHaveLength(before.length + 2);
  });
});
