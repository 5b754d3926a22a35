// Debian's eapol_test and how TLS is spoken to it: which profile it gets before its handshake, and what is told when it does not
// take our certificate.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { run as nas } from '../../gateway/cli/nas.ts';
import { certificatePolicies, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { type EapolLogin, type EapolResult, eapolTest } from './eapol-client.ts';
import { makeRsaCards } from './rsa-cards.ts';

const pkcs1 = '[ecdsa_secp384r1_sha384, ecdsa_secp256r1_sha256, rsa_pkcs1_sha256, rsa_pkcs1_sha384, rsa_pkcs1_sha512]';
const profiles = `tls-profiles: {
  legacy-card: { versions: [1.2], signature-algorithms: ${pkcs1} },
  modern: { versions: [1.3], groups: [X25519MLKEM768, X25519] }
}, by-realm: { legacy.example: legacy-card }`.replaceAll('\n', ' ');
/** By their numbers in TLS [RFC8446-4.2.3]. */
const [rsaPkcs1Sha256, rsaPssSha256] = [0x0401, 0x0804];

describeWith(['eapol_test', 'openssl'], 'eapol_test and the TLS that it gets', eapol => {
  let gateway: TestGateway | undefined;
  let cards: ReturnType<typeof makeRsaCards>;

  beforeAll(async () => {
    cards = makeRsaCards();
    gateway = await startTestGateway({
      policies: certificatePolicies,
      laptops: ['lt-1.example'],
      cards,
      eap: profiles,
      moreNas: ['{ name: strict, address: 127.0.0.2, secret-file: nas.secret, tls-profile: modern }'],
    });
  });
  afterAll(async () => gateway?.stop());

  const running = (): TestGateway => {
    if (gateway === undefined) throw new Error('the gateway did not start');
    return gateway;
  };
  const files = ({ chainPem, privateKeyPem }: Pick<Issued, 'chainPem' | 'privateKeyPem'>) => ({
    certificate: running().put('client.pem', chainPem),
    key: running().put('client.key', privateKeyPem),
  });
  const rsaCard = () => {
    const [leaf, issuer] = cards.cards.RSA;
    return files({ chainPem: leaf.pem + issuer.pem, privateKeyPem: leaf.keyPem });
  };
  const machine = () => files(running().installation.ca.machines.valid);
  const logIn = (login: EapolLogin) => eapolTest(eapol, running(), login);
  const expectIn = (result: EapolResult, tls: string) => {
    expect(result, result.output.slice(-3000)).toMatchObject({ success: true, tls: `TLSv${tls}`, keysMatch: true });
  };
  const newestDenial = async () => (await running().denials())[0];

  it('by its realm: an RSA card is asked for PKCS#1 in TLS 1.2, though the client knows TLS 1.3', async () => {
    const result = await logIn({ name: 'anonymous@Legacy.example', tls: 'any', ...rsaCard() });
    expectIn(result, '1.2');
    expect(result.signature).toBe(rsaPkcs1Sha256);
  });
  it.each(['any', '1.2'] as const)('another realm leaves it RSA-PSS: %s', async tls => {
    const result = await logIn({ name: 'anonymous@other.example', tls, ...rsaCard() });
    expectIn(result, tls === 'any' ? '1.3' : tls);
    // Why TLS 1.2 by itself is no help to an old card.
    expect(result.signature).toBe(rsaPssSha256);
  });
  it.each(['1.2', '1.3'] as const)('an old client whose ClientHello comes in several fragments: TLS %s', async tls => {
    const result = await logIn({ name: 'anonymous', tls, fragmentBytes: 100, framedMtu: 300, ...machine() });
    expectIn(result, tls);
    const beforeTheAnswer = result.output.split('read server hello')[0] ?? '';
    expect(beforeTheAnswer).toContain('more fragments will follow');
  });
  it('inside a tunnel by the realm that is said there', async () => {
    const { certificate, key } = rsaCard();
    const inside = { phase2: 'autheap=TLS', certificate, key };
    const result = await logIn({
      name: 'card@legacy.example',
      outer: '@other.example',
      method: 'TTLS',
      tls: 'any',
      inside,
    });
    expect(result, result.output.slice(-3000)).toMatchObject({
      success: true,
      keysMatch: true,
      versions: ['TLSv1.3', 'TLSv1.2'],
    });
    expect(result.signature).toBe(rsaPkcs1Sha256);
  });

  it('by its NAS: a client without TLS 1.3 is told, and the reason and the profile are in the record', async () => {
    const result = await logIn({ name: 'anonymous', tls: '1.2', from: '127.0.0.2', ...machine() });
    expect(result).toMatchObject({ success: false, rejected: true, alert: 'protocol version' });
    expect(await newestDenial()).toMatchObject({
      nas: 'strict',
      reasons: ['tls-version-refused'],
      detail: 'unsupported protocol (TLS profile modern)',
    });
    expectIn(await logIn({ name: 'anonymous', tls: 'any', from: '127.0.0.2', ...machine() }), '1.3');
  });
  it('the realm comes before the NAS', async () => {
    expectIn(await logIn({ name: '@legacy.example', tls: 'any', from: '127.0.0.2', ...machine() }), '1.2');
  });
  it('a client that wants TLS 1.3 where its realm has TLS 1.2', async () => {
    const result = await logIn({ name: '@legacy.example', tls: '1.3', ...machine() });
    expect(result).toMatchObject({ success: false, rejected: true });
    expect((await newestDenial())?.reasons).toEqual(['tls-version-refused']);
  });
  it('`sluis nas show` names the profile', async () => {
    const shown = async (name: string): Promise<string> => {
      let text = '';
      await nas(['show', name, '--config', running().installation.configFile], { write: said => (text += said) });
      return text;
    };
    expect(await shown('strict')).toMatch(/TLS profile +modern: TLS 1.3, but @legacy.example gets legacy-card/);
    expect(await shown('vpn-demo')).toMatch(/TLS profile +none: the settings of everybody, but @legacy.example gets/);
  });

  const ways: readonly Pick<EapolLogin, 'method' | 'inside'>[] = [
    { method: 'TLS' },
    { method: 'TTLS', inside: { phase2: 'auth=MSCHAPV2', password: 'x' } },
    { method: 'PEAP', inside: { phase2: 'auth=MSCHAPV2', password: 'x' } },
  ];
  it.each(ways.flatMap(way => (['1.2', '1.3'] as const).map(tls => ({ ...way, tls }))))(
    'our certificate refused over its authority or its name: $method, TLS $tls',
    async way => {
      const login = { name: 'anonymous', ...way, ...(way.method === 'TLS' ? machine() : {}) };
      const { installation, put } = running();
      const trustFile = put('other.pem', installation.ca.machineCa.pem);
      const stranger = await eapolTest(eapol, { ...running(), installation: { trustFile } }, login);
      expect(stranger).toMatchObject({ success: false, rejected: true });
      expect(await newestDenial()).toMatchObject({
        reasons: ['server-certificate-refused'],
        detail: expect.stringContaining('unknown CA: the client does not trust its authority; install that') as string,
      });
      expect(await logIn({ ...login, expects: 'other.example' })).toMatchObject({ success: false, rejected: true });
      expect(await newestDenial()).toMatchObject({
        reasons: ['server-certificate-refused'],
        detail: expect.stringContaining('perhaps over its name; compare the names') as string,
      });
    },
  );
});
