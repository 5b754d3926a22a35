// Both sides of EAP-TLS against each other, without RADIUS, through the real TLS engine.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { beginConversation, judged, received, tlsAnswered } from '../../gateway/eap/conversation.ts';
import type { Judgement } from '../../gateway/eap/conversation-state.ts';
import { defaultEapLimits } from '../../gateway/eap/limits.ts';
import { decodeEap, encodeEap } from '../../gateway/eap/packet.ts';
import { type EapTlsPeer, type EapTlsPeerOptions, eapTlsPeer } from '../../gateway/eap/peer.ts';
import { type EapNeed, type TlsAlert, type TlsPeer, tlsAlerts } from '../../gateway/eap/step.ts';
import { TlsHandshakes } from '../../gateway/io/tls-handshakes.ts';
import { type TlsPeerSettings, tlsPeerEngine } from '../../gateway/io/tls-peer.ts';
import { type Credential, makeOpensslPki, type OpensslPki, pemToDer } from '../support/openssl-pki.ts';

const now = 1_700_000_000_000;
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

interface Ended {
  readonly need: Extract<EapNeed, { need: 'succeed' | 'fail' }>;
  readonly judgedPeer: TlsPeer | undefined;
  readonly requests: number;
}

/** Carries packets between a peer and a conversation until that is over. */
async function converse(
  engine: TlsHandshakes,
  peer: EapTlsPeer,
  fragmentBytes: number,
  judgement: Judgement = { accept: true },
): Promise<Ended> {
  const asked = await peer.answer(encodeEap({ code: 'request', identifier: 3, type: 1, data: new Uint8Array() }));
  if (asked === undefined || isRefused(asked)) throw new Error('no identity');
  const identity = decodeEap(asked);
  if (isRefused(identity)) throw new Error(identity.detail);
  const limits = { ...defaultEapLimits, fragmentBytes };
  const beginning = { limits, methods: ['eap-tls'], challenge: new Uint8Array(16) } as const;
  let turn = beginConversation('c1', identity, beginning, now);
  let judgedPeer: TlsPeer | undefined;
  for (let requests = 0; ; ) {
    const { conversation, need } = turn;
    switch (need.need) {
      case 'tls':
        turn = tlsAnswered(conversation, await engine.step('c1', need.bytes), now);
        break;
      case 'settle':
        turn = tlsAnswered(conversation, await engine.settle('c1', need.settlement), now);
        break;
      case 'judge':
        judgedPeer = need.peer;
        turn = judged(conversation, judgement, now);
        break;
      case 'send': {
        requests++;
        // The largest fragment, its flags and length, and the EAP header.
        expect(need.packet.length).toBeLessThanOrEqual(fragmentBytes + 10);
        const response = await peer.answer(need.packet);
        if (response === undefined || isRefused(response)) throw new Error('the peer has no answer');
        const packet = decodeEap(response);
        if (isRefused(packet)) throw new Error(packet.detail);
        turn = received(conversation, packet, now);
        break;
      }
      case 'seal':
      case 'verify':
      case 'password':
      case 'mschapv2':
        throw new Error(`EAP-TLS needs ${need.need}`);
      case 'succeed':
      case 'fail':
        expect(await peer.answer(need.packet)).toBeUndefined();
        engine.close('c1');
        expect(engine.size).toBe(0);
        return { need, judgedPeer, requests };
    }
  }
}

describe('EAP-TLS, both sides', () => {
  let pki: OpensslPki;
  let engine: TlsHandshakes;
  const people = new Map<string, Credential>();

  beforeAll(() => {
    pki = makeOpensslPki(2);
    const server = pki.leaf({ name: 'server', key: 'p256', usage: 'serverAuth', dnsName: 'radius.sluis.example' });
    people.set('EC', pki.leaf({ name: 'person-ec', key: 'p384', usage: 'clientAuth' }));
    people.set('RSA', pki.leaf({ name: 'person-rsa', key: 'rsa2048', usage: 'clientAuth' }));
    people.set('large', pki.leaf({ name: 'person-large', key: 'p384', usage: 'clientAuth', ballastBytes: 6_500 }));
    engine = new TlsHandshakes({ certificatePem: server.chainPem, keyPem: server.keyPem });
  });
  afterAll(() => {
    pki.remove();
  });

  const person = (name: string): Credential => {
    const credential = people.get(name);
    if (credential === undefined) throw new Error(`nobody is called ${name}`);
    return credential;
  };
  const peerOf = (
    name: string,
    version: (typeof versions)[number],
    options: Partial<EapTlsPeerOptions> = {},
    settings: TlsPeerSettings = {},
  ): EapTlsPeer => {
    const { chainPem, keyPem } = person(name);
    const own = { certificatePem: chainPem, keyPem, authoritiesPem: [pki.rootPem], maxVersion: version };
    const tls = tlsPeerEngine({ ...own, minVersion: version, serverName: 'radius.sluis.example', ...settings });
    return eapTlsPeer({ identity: '@sluis.example', engine: tls, fragmentBytes: 1_000, ...options });
  };

  const sizes = [100, 253, 700, 1_000, 1_400] as const;
  const cases = versions.flatMap(version =>
    ['EC', 'RSA'].flatMap(kind => sizes.map(size => [version, kind, size] as const)),
  );
  it.each(cases)('%s, %s, fragments of %d octets: success and one key', async (version, kind, size) => {
    const peer = peerOf(kind, version, { fragmentBytes: size });
    const { need, judgedPeer } = await converse(engine, peer, size);
    expect(judgedPeer).toMatchObject({ version, resumed: false, chain: pemToDer(person(kind).chainPem) });
    const result = peer.result();
    expect(result).toMatchObject({ ended: 'success', tls: { finished: true, version, successIndicated: true } });
    expect(need.need === 'succeed' && need.msk).toEqual(result.msk);
    expect(result.msk).toHaveLength(64);
  });

  it.each(versions)('%s: a certificate of 7 kB, length on every fragment', async version => {
    const peer = peerOf('large', version, { fragmentBytes: 300, lengthAlways: true });
    const { need, judgedPeer, requests } = await converse(engine, peer, 300);
    expect(need.need).toBe('succeed');
    expect(judgedPeer?.chain).toEqual(pemToDer(person('large').chainPem));
    expect(requests).toBeGreaterThan(25);
    expect(requests).toBeLessThan(defaultEapLimits.maxRounds);
  });

  const refusals = versions.flatMap(version =>
    (['certificate-revoked', 'access-denied', 'unknown-ca'] as const).map(alert => [version, alert] as const),
  );
  it.each(refusals)('%s: a refusal as %s is read by the peer', async (version, alert: TlsAlert) => {
    const peer = peerOf('EC', version);
    const refusal = { accept: false, alert, reason: 'requirement-failed', detail: 'too old' } as const;
    const { need } = await converse(engine, peer, 1_000, refusal);
    expect(need).toMatchObject({ need: 'fail', reason: 'requirement-failed', detail: 'too old' });
    expect(peer.result()).toMatchObject({ ended: 'failure', alert: tlsAlerts[alert] });
    expect(peer.result().msk).toBeUndefined();
  });

  it.each(versions)('%s: a peer that does not trust the server tells it so', async version => {
    const strangers = makeOpensslPki(0);
    try {
      const peer = peerOf('EC', version, {}, { authoritiesPem: [strangers.rootPem] });
      const { need } = await converse(engine, peer, 1_000);
      expect(need.need).toBe('fail');
      expect(peer.result()).toMatchObject({ ended: 'failure' });
      expect(peer.result().detail).toMatch(/^server certificate: /);
    } finally {
      strangers.remove();
    }
  });

  it('in TLS 1.3 a peer that expects another server name sends no certificate', async () => {
    const peer = peerOf('EC', 'TLSv1.3', {}, { serverName: 'elsewhere.example' });
    const { need, judgedPeer } = await converse(engine, peer, 1_000);
    expect(need).toMatchObject({ need: 'fail', reason: 'server-certificate-refused' });
    expect(judgedPeer).toBeUndefined();
    expect(peer.result().detail).toBe('server certificate: ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('a peer without a common version ends with the alert of the server', async () => {
    const { keyPem, chainPem } = person('EC');
    const old = new TlsHandshakes({ certificatePem: chainPem, keyPem, maxVersion: 'TLSv1.2' });
    const peer = peerOf('EC', 'TLSv1.3');
    const { need } = await converse(old, peer, 1_000);
    expect(need).toMatchObject({ need: 'fail', reason: 'tls-version-refused' });
    expect(peer.result()).toMatchObject({ ended: 'failure', alert: 70 });
  });

  it('[RFC9190-2.1.1] a success without its indication is none to the peer', async () => {
    const peer = peerOf('EC', 'TLSv1.3');
    await peer.answer(Uint8Array.of(1, 9, 0, 6, 13, 0x20));
    expect(await peer.answer(Uint8Array.of(3, 9, 0, 4))).toBeUndefined();
    expect(peer.result()).toMatchObject({
      ended: 'failure',
      detail: 'EAP-Success without a protected success indication',
    });
  });

  it('[RFC3748-5.3.1] a peer that is offered another method names its own', async () => {
    const peer = peerOf('EC', 'TLSv1.3');
    expect(await peer.answer(Uint8Array.of(1, 9, 0, 6, 25, 0x20))).toEqual(Uint8Array.of(2, 9, 0, 6, 3, 13));
    expect(await peer.answer(Uint8Array.of(2, 9, 0, 6, 13, 0))).toMatchObject({ refused: 'eap-unexpected' });
    expect(await peer.answer(Uint8Array.of(9))).toMatchObject({ refused: 'eap-malformed' });
  });
});
