// OCSP answers: openssl's own, read back by openssl's own client, and hand-written ones with one deviation each.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Certificate, readCertificate } from '../../gateway/identity/certificate.ts';
import { CrlSet, parseCrl } from '../../gateway/identity/crl.ts';
import { type OcspRules, readOcspAnswer } from '../../gateway/identity/ocsp.ts';
import { certIdHashes, certIdOf, ocspRequest } from '../../gateway/identity/ocsp-request.ts';
import { type EidCertificate, type EidPki, makeEidPki } from '../support/eid-pki.ts';
import { type AnswerParts, basicResponse, ocspAnswer, ocspSigner, statusOnly } from '../support/ocsp-responder.ts';
import { describeWith } from '../support/programs.ts';
import { bits, extension, nothing, oid, sequence } from './der-writer.ts';

const minute = 60_000;
// Whole seconds, as the times in answers are.
const now = Math.floor(Date.now() / 1000) * 1000 + 2_000;
const rules: OcspRules = {
  nonce: 'prefer',
  maxAgeMs: 5 * minute,
  skewMs: 5 * minute,
  hashes: ['sha256', 'sha384', 'sha512'],
  rsaMinBits: 2048,
  curves: ['P-256', 'P-384', 'P-521'],
  crls: new CrlSet([]),
};

function read(bytes: Uint8Array): Certificate {
  const certificate = readCertificate(bytes);
  if (isRefused(certificate)) throw new Error(certificate.detail);
  return certificate;
}

describeWith('openssl', 'OCSP', () => {
  let pki: EidPki;
  let ca: EidCertificate;
  let twin: EidCertificate;
  let responder: EidCertificate;
  const signers = new Map<string, EidCertificate>();
  const cards = new Map<string, EidCertificate>();

  beforeAll(() => {
    pki = makeEidPki();
    ca = pki.authority('ca', { subject: '/CN=Citizen CA', key: 'P-256' });
    // The same name with another key.
    twin = pki.authority('twin', { subject: '/CN=Citizen CA', key: 'P-256' });
    responder = pki.leaf('responder', 'ca', { subject: '/CN=Responder', key: 'P-256', extensions: ocspSigner });
    for (const card of ['good', 'revoked', 'held']) cards.set(card, pki.leaf(card, 'ca', { key: 'P-256' }));
    pki.revoke(card('revoked'), 'keyCompromise');
    pki.revoke(card('held'), 'certificateHold');
    const without = (word: string) => ocspSigner.filter(line => !line.startsWith(word));
    const made: Record<string, () => EidCertificate> = {
      'of another key of that name': () =>
        pki.leaf('alien', 'twin', { subject: '/CN=Responder', key: 'P-256', extensions: ocspSigner }),
      'without the purpose': () =>
        pki.leaf('plain', 'ca', { subject: '/CN=Responder', key: 'P-256', extensions: without('extendedKeyUsage') }),
      'for other purposes': () => pki.leaf('client', 'ca', { subject: '/CN=Responder', key: 'P-256' }),
      'out of date': () =>
        pki.leaf('old', 'ca', {
          subject: '/CN=Responder',
          key: 'P-256',
          extensions: ocspSigner,
          start: '20200101000000Z',
          end: '20210101000000Z',
        }),
      'with a weak key': () =>
        pki.leaf('weak', 'ca', { subject: '/CN=Responder', key: 'rsa-1024', extensions: ocspSigner }),
      'that may not sign': () =>
        pki.leaf('mute', 'ca', {
          subject: '/CN=Responder',
          key: 'P-256',
          extensions: [...without('keyUsage'), 'keyUsage=critical,keyAgreement'],
        }),
    };
    for (const [what, make] of Object.entries(made)) signers.set(what, make());
  });
  afterAll(() => pki.remove());

  function card(name: string): EidCertificate {
    const found = cards.get(name);
    if (found === undefined) throw new Error(`no card ${name}`);
    return found;
  }
  const nonce = new Uint8Array(randomBytes(32));
  const question = (hash: 'sha1' | 'sha256' = 'sha1', of = card('good')) => ({
    id: certIdOf(read(of.der), read(ca.der), hash),
    issuer: read(ca.der),
    nonce,
  });
  const answer = (parts: Partial<AnswerParts> = {}) => {
    const usual = { id: question().id, thisUpdate: now - minute, nextUpdate: now + minute, nonce };
    return ocspAnswer({ ...usual, signer: responder, certificates: [responder], ...parts });
  };
  const judge = (bytes: Uint8Array, changes: Partial<OcspRules> = {}, at = now) => {
    const read = readOcspAnswer(bytes, question(), { ...rules, ...changes }, at);
    return 'state' in read ? read.state : read.unusable;
  };
  /** `openssl ocsp` as responder, offline. */
  const asked = (request: Uint8Array, signer: EidCertificate): Uint8Array => {
    writeFileSync(join(pki.directory, 'request.der'), request);
    const by = ['-rsigner', `${signer.name}.pem`, '-rkey', `${signer.name}.key`, '-nmin', '5'];
    const words = ['-index', 'ca.index', '-CA', 'ca.pem', '-reqin', 'request.der', '-respout', 'response.der'];
    execFileSync('openssl', ['ocsp', ...words, ...by], { cwd: pki.directory, stdio: 'ignore' });
    return readFileSync(join(pki.directory, 'response.der'));
  };

  it.each(certIdHashes)('asks as openssl asks, with %s', hash => {
    const words = ['-issuer', 'ca.pem', `-${hash}`, '-cert', 'good.pem', '-no_nonce', '-reqout', 'theirs.der'];
    execFileSync('openssl', ['ocsp', ...words], { cwd: pki.directory, stdio: 'ignore' });
    const theirs = readFileSync(join(pki.directory, 'theirs.der'));
    expect(Buffer.from(ocspRequest(question(hash).id, undefined)).toString('hex')).toBe(theirs.toString('hex'));
  });

  it.each([
    ['good', 'good'],
    ['revoked', 'revoked'],
    ['held', 'on-hold'],
  ] as const)('openssl answers about the card that is %s, by whom the authority named or by itself', (name, state) => {
    for (const hash of certIdHashes) {
      for (const signer of [responder, ca]) {
        const about = question(hash, card(name));
        const bytes = asked(ocspRequest(about.id, nonce), signer);
        const found = readOcspAnswer(bytes, about, { ...rules, nonce: 'require' }, Date.now());
        expect(found).toMatchObject({ state });
      }
    }
  });

  it('openssl does not know a card of another authority with that name', () => {
    const stranger = pki.leaf('stranger', 'twin', { key: 'P-256' });
    const id = certIdOf(read(stranger.der), read(ca.der), 'sha1');
    const bytes = asked(ocspRequest(id, nonce), responder);
    expect(readOcspAnswer(bytes, { id, issuer: read(ca.der), nonce }, rules, Date.now())).toMatchObject({
      state: 'unknown',
    });
  });

  it('hand-written answers are what openssl understands too', () => {
    writeFileSync(
      join(pki.directory, 'ours.der'),
      answer({ thisUpdate: Date.now() - minute, nextUpdate: Date.now() + minute }),
    );
    const words = ['-respin', 'ours.der', '-issuer', 'ca.pem', '-cert', 'good.pem', '-CAfile', 'ca.pem', '-no_nonce'];
    const said = execFileSync('openssl', ['ocsp', ...words], { cwd: pki.directory, encoding: 'utf8', stdio: 'pipe' });
    expect(said).toContain('good.pem: good');
  });

  it.each<[string, () => Uint8Array, string]>([
    ['as it should be', () => answer(), 'good'],
    ['by key', () => answer({ byKey: true }), 'good'],
    ['by the authority itself', () => answer({ signer: ca, certificates: [] }), 'good'],
    ['by the authority itself, by key', () => answer({ signer: ca, byKey: true, certificates: [] }), 'good'],
    ['with the chain', () => answer({ certificates: [ca, responder] }), 'good'],
    ['without nonce', () => ocspAnswer({ id: question().id, thisUpdate: now, signer: ca }), 'good'],
    ['on hold', () => answer({ state: 'on-hold' }), 'on-hold'],
    ['unknown', () => answer({ state: 'unknown' }), 'unknown'],
    ['revoked', () => answer({ state: 'revoked' }), 'revoked'],
    ['"removed"', () => answer({ state: 'removed' }), 'malformed'],
    ['another nonce', () => answer({ nonce: randomBytes(32) }), 'nonce-wrong'],
    ['about another card', () => answer({ id: question('sha1', card('revoked')).id }), 'other-certificate'],
    ['with the other hash', () => answer({ id: question('sha256').id }), 'other-certificate'],
    ['without the responder', () => answer({ certificates: [] }), 'signer-wrong'],
    ['by another than is named', () => answer({ signer: twin, named: responder }), 'signature-wrong'],
    ['by another key of that name', () => answer({ signer: twin, certificates: [twin] }), 'signature-wrong'],
    ['with SHA-1', () => answer({ algorithm: sequence(oid('1.2.840.10045.4.1')), digest: 'sha1' }), 'signature-wrong'],
    ['with an algorithm of nobody', () => answer({ algorithm: sequence(oid('1.2.3.4')) }), 'signature-wrong'],
    ['a critical extension', () => answer({ responseExtensions: [extension('1.2.3', nothing, true)] }), 'malformed'],
    ['a harmless extension', () => answer({ responseExtensions: [extension('1.2.3', nothing)] }), 'good'],
    ['try later', () => statusOnly(3), 'try-later'],
    ['internal error', () => statusOnly(2), 'try-later'],
    ['unauthorized', () => statusOnly(6), 'not-served'],
    ['malformed request', () => statusOnly(1), 'not-served'],
    ['success and nothing', () => statusOnly(0), 'malformed'],
    ['nothing', () => Buffer.of(), 'malformed'],
    ['a web page', () => Buffer.from('<html>welcome to the guest network</html>'), 'malformed'],
    ['octets behind', () => Buffer.concat([answer(), Buffer.of(0)]), 'malformed'],
    [
      'an empty basic response',
      () => basicResponse(sequence(nothing, sequence(oid('1.2.3')), bits(Buffer.of(0)))),
      'malformed',
    ],
    ['too large', () => Buffer.alloc(64 * 1024 + 1, 0x30), 'too-large'],
  ])('%s', (_, make, found) => {
    expect(judge(make())).toBe(found);
  });

  it.each([
    'of another key of that name',
    'without the purpose',
    'for other purposes',
    'out of date',
    'with a weak key',
    'that may not sign',
  ])('a responder %s answers for nobody, not even "revoked" [RFC6960-4.2.2.2]', what => {
    const signer = signers.get(what);
    if (signer === undefined) throw new Error(what);
    const rsa = what === 'with a weak key' ? { algorithm: sequence(oid('1.2.840.113549.1.1.11'), nothing) } : {};
    for (const state of ['good', 'revoked'] as const) {
      expect(judge(answer({ signer, certificates: [signer], state, ...rsa }))).toBe('signer-wrong');
    }
  });

  describe('[RFC6960-4.2.2.2.1] a signer whose authority has withdrawn it', () => {
    let checked: EidCertificate;
    let unchecked: EidCertificate;
    const lists = () => {
      const crl = parseCrl(pki.crl('ca'));
      if (isRefused(crl)) throw new Error(crl.detail);
      return new CrlSet([crl]);
    };
    const byWhom = (signer: EidCertificate, state: 'good' | 'revoked' = 'good') =>
      answer({ signer, certificates: [signer], state });

    beforeAll(() => {
      const make = (name: string, extensions: readonly string[]) =>
        pki.leaf(name, 'ca', { subject: `/CN=${name}`, key: 'P-256', extensions });
      unchecked = make('unchecked', ocspSigner);
      checked = make(
        'checked',
        ocspSigner.filter(line => !line.startsWith('noCheck')),
      );
    });

    it('answers while no list says so, and where there is none', () => {
      for (const crls of [new CrlSet([]), lists()]) expect(judge(byWhom(checked), { crls })).toBe('good');
    });

    it.each([
      ['on hold', 'certificateHold', 'its certificate is on-hold'],
      ['revoked', 'keyCompromise', 'its certificate is revoked'],
    ])('answers for nobody once it is %s, not even "revoked"', (_, reason, detail) => {
      const signer = pki.leaf(reason, 'ca', {
        subject: `/CN=${reason}`,
        key: 'P-256',
        extensions: ocspSigner.filter(line => !line.startsWith('noCheck')),
      });
      pki.revoke(signer, reason);
      const crls = lists();
      for (const state of ['good', 'revoked'] as const) {
        const read = readOcspAnswer(byWhom(signer, state), question(), { ...rules, crls }, now);
        expect(read).toEqual({ unusable: 'signer-wrong', detail });
      }
      // The list of another key of that name says nothing about it.
      const crl = parseCrl(pki.crl('twin'));
      expect(judge(byWhom(signer), { crls: new CrlSet(isRefused(crl) ? [] : [crl]) })).toBe('good');
    });

    it('is believed all the same when its authority says that nobody need ask', () => {
      pki.revoke(unchecked, 'keyCompromise');
      expect(judge(byWhom(unchecked), { crls: lists() })).toBe('good');
    });
  });

  it.each<[string, Partial<AnswerParts>, string]>([
    ['of a moment ahead', { thisUpdate: now + 5 * minute }, 'good'],
    ['of too far ahead', { thisUpdate: now + 5 * minute + 1_000, nextUpdate: now + 10 * minute }, 'too-early'],
    ['up to its own end', { thisUpdate: now - 60 * minute, nextUpdate: now }, 'good'],
    [
      'after its own end, and older than we take',
      { thisUpdate: now - 60 * minute, nextUpdate: now - 1_000 },
      'too-old',
    ],
    ['after its own end, but young', { thisUpdate: now - 4 * minute, nextUpdate: now - 3 * minute }, 'good'],
    ['without an end, young', { thisUpdate: now - 5 * minute, nextUpdate: undefined as never }, 'good'],
    ['without an end, old', { thisUpdate: now - 5 * minute - 1_000, nextUpdate: undefined as never }, 'too-old'],
  ])('an answer %s', (_, parts, found) => {
    expect(judge(answer(parts))).toBe(found);
    const lasting = found === 'good' ? found : 'revoked';
    expect(judge(answer({ ...parts, state: found === 'good' ? 'good' : 'revoked' }))).toBe(lasting);
  });

  it('a nonce is wanted as the profile says', () => {
    const without = ocspAnswer({ id: question().id, thisUpdate: now, signer: ca });
    expect(judge(without, { nonce: 'require' })).toBe('nonce-wrong');
    expect(judge(without, { nonce: 'prefer' })).toBe('good');
    expect(judge(answer({ nonce: randomBytes(32) }), { nonce: 'off' })).toBe('good');
  });

  it('no changed octet makes another answer of it', () => {
    const bytes = answer({ state: 'revoked' });
    const states = new Set<string>();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        states.add(judge(changed));
      }),
      { numRuns: 1_000 },
    );
    // The certificates behind the signature may change in parts that nobody reads.
    for (const state of ['good', 'on-hold', 'unknown']) expect(states).not.toContain(state);
  });

  it('any octets at all are a value, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        expect(readOcspAnswer(bytes, question(), rules, now)).not.toHaveProperty('state');
      }),
    );
  });
});
