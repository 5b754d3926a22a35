// Look-ups at real responders: that of openssl, and servers on loopback that behave as badly as responders have been seen to.

import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { withRevocation } from '../../gateway/identity/identify.ts';
import { certIdOf } from '../../gateway/identity/ocsp-request.ts';
import type { Proven } from '../../gateway/identity/identify.ts';
import { RevocationAnswers } from '../../gateway/identity/revocation-answers.ts';
import { openRevocationClient, type RevocationClient } from '../../gateway/io/revocation-client.ts';
import type { BreakerLimits } from '../../gateway/io/revocation-breaker.ts';
import { outwardLookup } from '../../gateway/io/revocation-fetch.ts';
import { systemRandom } from '../../gateway/io/system.ts';
import { type EidCertificate, type EidPki, makeEidPki } from '../support/eid-pki.ts';
import {
  type AnswerParts,
  freePort,
  nonceIn,
  ocspAnswer,
  type OcspServer,
  ocspSigner,
  startOcspServer,
  startOpensslResponder,
  statusOnly,
} from '../support/ocsp-responder.ts';
import { describeWith } from '../support/programs.ts';
import { cardProfile, contextAt, provenUnder } from '../support/revocation-profile.ts';

const minute = 60_000;

describeWith('openssl', 'look-ups', () => {
  let pki: EidPki;
  let root: EidCertificate;
  let twin: EidCertificate;
  let card: EidCertificate;
  let responder: EidCertificate;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(() => {
    pki = makeEidPki();
    root = pki.authority('root', { subject: '/CN=Card CA', key: 'P-256' });
    twin = pki.authority('twin', { subject: '/CN=Card CA', key: 'P-256' });
    responder = pki.leaf('responder', 'root', { subject: '/CN=Responder', key: 'P-256', extensions: ocspSigner });
    card = pki.leaf('card', 'root', { key: 'P-256' });
  });
  afterAll(() => pki.remove());
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  interface World {
    readonly answers: RevocationAnswers;
    readonly client: RevocationClient;
    readonly logged: string[];
    readonly results: string[];
    readonly advance: (ms: number) => void;
    readonly now: () => number;
  }
  function world(breaker: Partial<BreakerLimits> = {}): World {
    let ahead = 0;
    const now = () => Date.now() + ahead;
    const logged: string[] = [];
    const results: string[] = [];
    const answers = new RevocationAnswers();
    const log = (event: string, fields: object = {}) => void logged.push(`${event} ${JSON.stringify(fields)}`);
    const nothing = () => undefined;
    const client = openRevocationClient({
      answers,
      clock: { now },
      random: systemRandom,
      log: { info: log, warn: log, error: log },
      meter: { count: (_, labels) => results.push(labels?.['result'] ?? ''), observe: nothing, gauge: nothing },
      breaker,
    });
    closers.push(() => client.close());
    return { answers, client, logged, results, now, advance: ms => (ahead += ms) };
  }

  const profileOf = (host: string, ocsp = '{ timeout: 1 second }', more = '') =>
    cardProfile(
      root,
      `{ order: [ocsp], allowHosts: ["${host}"], ocsp: ${ocsp}, decision: { unavailable: deny }${more} }`,
    );
  const server = async (answer: (body: Buffer, response: ServerResponse) => void): Promise<OcspServer> => {
    const started = await startOcspServer(answer);
    closers.push(() => started.close());
    return started;
  };
  const urlOf = (at: OcspServer, more = '') => `{ url: "${at.url}", timeout: 1 second${more} }`;
  const outcome = (proven: Proven, { answers, now }: World): string => {
    const judged = withRevocation(proven, contextAt(now(), answers));
    return isRefused(judged) ? judged.refused : judged.revocation;
  };
  const goodAnswer = (body: Buffer, parts: Partial<AnswerParts> = {}): Buffer => {
    const { certificates } = provenUnder(profileOf('localhost'), card).path;
    const nonce = nonceIn(body);
    return ocspAnswer({
      id: certIdOf(certificates[0], certificates[1], 'sha1'),
      thisUpdate: Date.now(),
      nextUpdate: Date.now() + minute,
      signer: responder,
      certificates: [responder],
      ...(nonce === undefined ? {} : { nonce }),
      ...parts,
    });
  };
  async function timed(work: Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work;
    return performance.now() - started;
  }

  it('at the responder that the certificate names: good, revoked, on hold', async () => {
    const port = await freePort();
    const names = (cn: string) =>
      pki.leaf(cn, 'root', {
        key: 'P-256',
        extensions: [
          'basicConstraints=critical,CA:false',
          'keyUsage=critical,digitalSignature',
          `authorityInfoAccess=OCSP;URI:http://127.0.0.1:${port}/`,
        ],
      });
    const [good, revoked, held] = [names('named-good'), names('named-revoked'), names('named-held')];
    pki.revoke(revoked, 'keyCompromise');
    pki.revoke(held, 'certificateHold');
    const running = await startOpensslResponder(pki, port, 'root', responder);
    closers.push(() => running.stop());
    const here = world();
    const profile = profileOf(`127.0.0.1:${port}`, '{ nonce: require }');
    for (const [leaf, expected] of [
      [good, 'good'],
      [revoked, 'certificate-revoked'],
      [held, 'certificate-on-hold'],
    ] as const) {
      const proven = provenUnder(profile, leaf);
      expect(outcome(proven, here)).toBe('revocation-unknown');
      await here.client.freshen(proven);
      expect(outcome(proven, here)).toBe(expected);
    }
    // No longer fresh, then no longer within the grace.
    here.advance(2 * 60 * minute);
    expect(outcome(provenUnder(profile, good), here)).toBe('last-good');
    here.advance(3 * 60 * minute);
    expect(outcome(provenUnder(profile, good), here)).toBe('revocation-unknown');
    expect(outcome(provenUnder(profile, revoked), here)).toBe('certificate-revoked');
  });

  const bad: [string, (body: Buffer, response: ServerResponse) => void, string, string][] = [
    ['is silent after accept', () => undefined, 'too-slow', 'revocation-unknown'],
    [
      'drips',
      (_, response) => {
        response.writeHead(200);
        const dripping = setInterval(() => response.write('.'), 50);
        response.on('close', () => clearInterval(dripping));
      },
      'too-slow',
      'revocation-unknown',
    ],
    ['hangs up', (_, response) => void response.destroy(), 'unreachable', 'revocation-unknown'],
    ['answers 500', (_, response) => void response.writeHead(500).end(), 'unreachable', 'revocation-unknown'],
    ['says try later', (_, response) => void response.end(statusOnly(3)), 'try-later', 'revocation-unknown'],
    ['says unauthorized', (_, response) => void response.end(statusOnly(6)), 'not-served', 'revocation-unknown'],
    [
      'sends another nonce',
      (body, response) => void response.end(goodAnswer(body, { nonce: randomBytes(32) })),
      'nonce-wrong',
      'revocation-unknown',
    ],
    [
      'signs with another key',
      (body, response) => void response.end(goodAnswer(body, { signer: twin, named: responder })),
      'signature-wrong',
      'revocation-unknown',
    ],
    [
      'sends an old answer',
      (body, response) =>
        void response.end(
          goodAnswer(body, { thisUpdate: Date.now() - 60 * minute, nextUpdate: Date.now() - 50 * minute }),
        ),
      'too-old',
      'revocation-unknown',
    ],
    [
      'knows no such card',
      (body, response) => void response.end(goodAnswer(body, { state: 'unknown' })),
      'unknown',
      'revocation-unknown',
    ],
    [
      'sends 10 MB',
      (_, response) => {
        for (let part = 0; part < 160; part++) response.write(Buffer.alloc(64 * 1024));
        response.end();
      },
      'unreachable',
      'revocation-unknown',
    ],
    [
      'sends a page',
      (_, response) => void response.end('<html>log in to the guest network</html>'),
      'malformed',
      'revocation-unknown',
    ],
    [
      'revokes',
      (body, response) => void response.end(goodAnswer(body, { state: 'revoked' })),
      'revoked',
      'certificate-revoked',
    ],
    ['answers', (body, response) => void response.end(goodAnswer(body)), 'good', 'good'],
  ];
  it.each(bad)('a responder that %s', async (_, answer, result, expected) => {
    const at = await server(answer);
    const here = world();
    const proven = provenUnder(profileOf(at.host, urlOf(at)), card);
    expect(await timed(here.client.freshen(proven))).toBeLessThan(1_500);
    expect(here.results).toEqual([result]);
    expect(outcome(proven, here)).toBe(expected);
    // The same where the profile lets people in: only silence is forgiven.
    const lenient = {
      ...proven.profile,
      revocation: proven.profile.revocation && { ...proven.profile.revocation, unavailable: 'allow' as const },
    };
    const forgiven = expected === 'revocation-unknown' && result !== 'unknown' ? 'unavailable' : expected;
    expect(outcome({ ...proven, profile: lenient }, here)).toBe(forgiven);
  });

  it('[RFC6960-4.2.2.2.1] a signer in a list of its authority answers for nobody', async () => {
    const extensions = ocspSigner.filter(line => !line.startsWith('noCheck'));
    const signer = pki.leaf('withdrawn', 'root', { subject: '/CN=Withdrawn', key: 'P-256', extensions });
    const at = await server(
      (body, response) => void response.end(goodAnswer(body, { signer, certificates: [signer] })),
    );
    const asked = async (): Promise<string> => {
      const revocation = `{ order: [ocsp, crl], allowHosts: ["${at.host}"], ocsp: ${urlOf(at)}, crls: [list], unavailable: deny }`;
      // A list in parts, of which this is another: it clears nobody.
      const part = ['issuingDistributionPoint=critical,@part', '[part]', 'fullname=URI:http://localhost/other'];
      const here = world();
      const proven = provenUnder(cardProfile(root, revocation, { list: pki.crl('root', part) }), card);
      await here.client.freshen(proven);
      return `${here.results.join()} ${outcome(proven, here)}`;
    };
    expect(await asked()).toBe('good good');
    pki.revoke(signer, 'keyCompromise');
    expect(await asked()).toBe('signer-wrong revocation-unknown');
  });

  describe('an answer that is brought along', () => {
    const away = (more = '') => profileOf('localhost:9', `{ url: "http://localhost:9/", timeout: 1 second${more} }`);
    const brought = (bytes: Uint8Array, profile = away()) => {
      const here = world();
      const proven = provenUnder(profile, card);
      here.client.hear(proven, bytes);
      return { here, proven, state: outcome(proven, here) };
    };
    const made = (parts: Partial<AnswerParts> = {}) => goodAnswer(Buffer.of(), parts);
    const idOf = (leaf: EidCertificate, hash: 'sha1' | 'sha256' = 'sha1') => {
      const { certificates } = provenUnder(away(), leaf).path;
      return certIdOf(certificates[0], certificates[1], hash);
    };
    const hourAgo = () => Date.now() - 60 * minute;

    it.each<[string, () => Uint8Array, string]>([
      ['good', () => made(), 'good'],
      ['good, by the other hash', () => made({ id: idOf(card, 'sha256') }), 'good'],
      ['good, for somebody else’s nonce', () => made({ nonce: randomBytes(32) }), 'good'],
      ['good, and still current', () => made({ thisUpdate: hourAgo() }), 'good'],
      ['on hold', () => made({ state: 'on-hold' }), 'certificate-on-hold'],
      ['revoked', () => made({ state: 'revoked' }), 'certificate-revoked'],
      ['revoked, long ago', () => made({ state: 'revoked', thisUpdate: 0, nextUpdate: 1_000 }), 'certificate-revoked'],
      ['old', () => made({ thisUpdate: hourAgo(), nextUpdate: hourAgo() + minute }), 'revocation-unknown'],
      ['about another card', () => made({ id: idOf(pki.leaf('neighbour', 'root')) }), 'revocation-unknown'],
      ['signed by another', () => made({ signer: twin, named: responder }), 'revocation-unknown'],
      ['an excuse', () => statusOnly(3), 'revocation-unknown'],
      ['a page', () => Buffer.from('<html>'), 'revocation-unknown'],
      ['nothing', () => Buffer.of(), 'revocation-unknown'],
    ])('%s', (_, make, state) => {
      const heard = brought(make());
      expect(heard.state).toBe(state);
      // Refusing it says why, and nothing of what it was.
      const refused = heard.here.logged.filter(line => line.startsWith('brought-answer-refused'));
      expect(refused).toHaveLength(state === 'revocation-unknown' ? 1 : 0);
      expect(refused.join()).not.toContain('answer":');
    });

    it('counts only against the card where the profile wants a nonce', () => {
      expect(brought(made(), away(', nonce: require')).state).toBe('revocation-unknown');
      expect(brought(made({ state: 'revoked' }), away(', nonce: require')).state).toBe('certificate-revoked');
    });

    it('means nothing where responders are not believed', () => {
      const profile = cardProfile(root, '{ check: crl, crls: [list], unavailable: deny }', {
        list: pki.crl('twin'),
      });
      expect(brought(made({ state: 'revoked' }), profile).state).toBe('revocation-unknown');
    });

    it('does not keep us from asking unless it is as young as our own would be', async () => {
      const at = await server((body, response) => void response.end(goodAnswer(body, { state: 'revoked' })));
      const young = brought(made(), profileOf(at.host, urlOf(at)));
      await young.here.client.freshen(young.proven);
      expect([at.requests(), outcome(young.proven, young.here)]).toEqual([0, 'good']);
      const old = brought(made({ thisUpdate: hourAgo() }), profileOf(at.host, urlOf(at)));
      await old.here.client.freshen(old.proven);
      expect([at.requests(), outcome(old.proven, old.here)]).toEqual([1, 'certificate-revoked']);
      old.here.client.hear(old.proven, made({ thisUpdate: Date.now() + minute }));
      expect(outcome(old.proven, old.here)).toBe('certificate-revoked');
    });
  });

  it('a redirect is not followed', async () => {
    const target = await server((body, response) => void response.end(goodAnswer(body)));
    const at = await server((_, response) => void response.writeHead(307, { location: target.url }).end());
    const here = world();
    const proven = provenUnder(profileOf(at.host, urlOf(at), ''), card);
    await here.client.freshen(proven);
    expect([here.results, target.requests()]).toEqual([['unreachable'], 0]);
  });

  it('a certificate that names a foreign host makes us call nobody', async () => {
    const at = await server((body, response) => void response.end(goodAnswer(body)));
    const extensions = [
      'basicConstraints=critical,CA:false',
      'keyUsage=critical,digitalSignature',
      `authorityInfoAccess=OCSP;URI:${at.url}`,
    ];
    const forger = pki.leaf('forger', 'root', { key: 'P-256', extensions });
    const here = world();
    for (const host of ['ocsp.example.org', '127.0.0.1', `${at.host}/other`, `${at.host}/oc`]) {
      await here.client.freshen(provenUnder(profileOf(host), forger));
      here.advance(minute);
    }
    expect([here.results, at.requests()]).toEqual([Array(4).fill('no-responder'), 0]);
    await here.client.freshen(provenUnder(profileOf(`${at.host}/ocsp`), forger));
    expect(at.requests()).toBe(1);
  });

  it.each([
    ['127.0.0.1', 'refused'],
    ['::1', 'refused'],
    ['169.254.169.254', 'refused'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
  ])('a name that leads to %s: %s', async (address, expected) => {
    const found = await new Promise(resolve => {
      outwardLookup(address, {}, (error, at) => resolve(error === null ? at : 'refused'));
    });
    expect(found).toBe(expected);
  });

  it('is asked once by many at once, and not again while the answer is young', async () => {
    const at = await server((body, response) => void setTimeout(() => response.end(goodAnswer(body)), 50));
    const here = world();
    const proven = provenUnder(profileOf(at.host, urlOf(at)), card);
    await Promise.all(Array.from({ length: 50 }, () => here.client.freshen(proven)));
    await here.client.freshen(proven);
    expect(at.requests()).toBe(1);
    here.advance(5 * minute + 1);
    await here.client.freshen(proven);
    expect(at.requests()).toBe(2);
  });

  it('a failure is tried once more at once, and forgotten within 30 seconds', async () => {
    let down = true;
    const at = await server((body, response) => (down ? response.destroy() : response.end(goodAnswer(body))));
    const here = world();
    const proven = provenUnder(profileOf(at.host, urlOf(at)), card);
    await here.client.freshen(proven);
    expect(at.requests()).toBe(2);
    await here.client.freshen(proven);
    expect(at.requests()).toBe(2);
    down = false;
    here.advance(30_000);
    await here.client.freshen(proven);
    expect(outcome(proven, here)).toBe('good');
  });

  it('what was revoked stays so, whatever the responder says later; a hold is lifted by a newer answer', async () => {
    const said: AnswerParts['state'][] = ['on-hold', 'good', 'revoked', 'good'];
    const at = await server(
      (body, response) =>
        void response.end(goodAnswer(body, { state: said.shift() ?? 'good', thisUpdate: here.now() })),
    );
    const here = world();
    const proven = provenUnder(profileOf(at.host, urlOf(at)), card);
    const outcomes: string[] = [];
    for (let round = 0; round < 4; round++) {
      await here.client.freshen(proven);
      outcomes.push(outcome(proven, here));
      here.advance(6 * minute);
    }
    expect(outcomes).toEqual(['certificate-on-hold', 'good', 'certificate-revoked', 'certificate-revoked']);
    expect(said).toHaveLength(1);
  });

  it('600 logins at a dead responder cost one deadline together, and the breaker spares the next', async () => {
    const at = await server(() => undefined);
    const here = world({ openMs: 1_000 });
    const profile = profileOf(at.host, urlOf(at));
    const one = provenUnder(profile, card);
    const [leaf, issuer] = one.path.certificates;
    const many = Array.from({ length: 600 }, (_, index): Proven => {
      const serial = `01${index.toString(16).padStart(6, '0')}`;
      return { ...one, path: { certificates: [{ ...leaf, serial }, issuer] } };
    });
    expect(await timed(Promise.all(many.map(each => here.client.freshen(each))))).toBeLessThan(1_500);
    expect(at.requests()).toBeLessThanOrEqual(24);
    expect(here.logged.filter(line => line.startsWith('responder-given-up'))).toHaveLength(1);
    expect(await timed(here.client.freshen(one))).toBeLessThan(100);
    expect(here.results.at(-1)).toBe('breaker-open');
    expect(outcome(one, here)).toBe('revocation-unknown');
  });

  it('one question finds out that a responder is back', async () => {
    let down = true;
    const at = await server((body, response) => (down ? response.destroy() : response.end(goodAnswer(body))));
    const here = world({ openMs: 300, failures: 2 });
    const proven = provenUnder(profileOf(at.host, urlOf(at)), card);
    await here.client.freshen(proven);
    expect(here.logged.some(line => line.startsWith('responder-given-up'))).toBe(true);
    down = false;
    here.advance(minute);
    await here.client.freshen(proven);
    expect(here.results.at(-1)).toBe('breaker-open');
    await new Promise(resolve => setTimeout(resolve, 350));
    here.advance(minute);
    await here.client.freshen(proven);
    expect(outcome(proven, here)).toBe('good');
    expect(here.logged.some(line => line.startsWith('responder-is-back'))).toBe(true);
  });

  it('where lists come first and clear the card, its authority does not learn who connects', async () => {
    const at = await server((body, response) => void response.end(goodAnswer(body)));
    const here = world();
    const revocation = (order: string) =>
      `{ order: ${order}, allowHosts: ["${at.host}"], ocsp: ${urlOf(at)}, crls: [list.crl], decision: { unavailable: deny } }`;
    const files = { 'list.crl': pki.crl('root') };
    await here.client.freshen(provenUnder(cardProfile(root, revocation('[crl, ocsp]'), files), card));
    expect(at.requests()).toBe(0);
    await here.client.freshen(provenUnder(cardProfile(root, revocation('[ocsp, crl]'), files), card));
    expect(at.requests()).toBe(1);
  });

  it('close ends what is under way', async () => {
    const at = await server(() => undefined);
    const here = world();
    const asked = here.client.freshen(
      provenUnder(profileOf(at.host, '{ url: "' + at.url + '", timeout: 15 seconds }'), card),
    );
    expect(await timed(here.client.close())).toBeLessThan(1_000);
    await asked;
  });
});
