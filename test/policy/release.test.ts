// Releases: what is written is what is read, and only signatures of those who are named count, each once.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  digestOf,
  readRelease,
  type Release,
  releaseText,
  signedBy,
  signedBytes,
  type Signer,
  signerOf,
  stages,
} from '../../gateway/policy/release.ts';

const at = fc.date({ min: new Date('2026-01-01'), max: new Date('2036-01-01'), noInvalidDate: true }).map(Number);
const counts = fc.integer({ min: 0, max: 1e9 });
const releases: fc.Arbitrary<Release> = fc
  .record({
    policy: fc.stringMatching(/^[0-9a-f]{64}$/),
    stage: fc.constantFrom(...stages),
    canary: fc.oneof(
      fc.record({ group: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/) }),
      fc.record({ percent: fc.integer({ min: 1, max: 1_000 }).map(tenths => tenths / 10) }),
    ),
    signedAt: at,
    validFrom: fc.option(at),
    forecast: fc.option(fc.record({ subjects: counts, stricter: counts })),
    margin: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ stage, canary, validFrom, forecast, margin, ...rest }) => ({
    ...rest,
    stage,
    ...(stage === 'canary' ? { canary } : {}),
    ...(validFrom === null ? {} : { validFrom }),
    ...(forecast === null ? {} : { forecast, denyMargin: margin / 100 }),
  }));

function signer(kind: 'ed25519' | 'P-256' | 'P-384'): {
  readonly key: KeyObject;
  readonly signer: Signer;
  readonly line: (text: string) => string;
} {
  const { privateKey, publicKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: kind });
  const found = signerOf(publicKey.export({ type: 'spki', format: 'pem' }));
  if (found === undefined) throw new Error(`${kind} should be a key that signs`);
  const line = (text: string) =>
    `${found.id} ${sign(digestOf(privateKey), signedBytes(text), privateKey).toString('base64')}\n`;
  return { key: privateKey, signer: found, line };
}

describe('a release', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(releases, release => {
        expect(readRelease(releaseText(release), 'release.yaml')).toEqual({ release });
      }),
    );
  });

  const good = releaseText({ policy: 'a'.repeat(64), stage: 'shadow', signedAt: 0 });
  const broken: readonly (readonly [string, string, string])[] = [
    ['a stage that there is not', good.replace('shadow', 'everywhere'), 'is not one of: shadow, canary, enforce'],
    ['a canary for nobody', good.replace('shadow', 'canary'), 'says not for whom the canary decides'],
    ['a canary without its stage', `${good}canary: { group: pilots }\n`, 'says not for whom the canary decides'],
    ['two canaries', good.replace('shadow', 'canary\ncanary: { group: a, percent: 5% }'), 'says not for whom'],
    ['no share', good.replace('shadow', 'canary\ncanary: { percent: 0% }'), 'is not a share above 0%'],
    ['more than all', good.replace('shadow', 'canary\ncanary: { percent: 101% }'), 'is not a share above 0%'],
    ['a day that there is not', good.replace(/signed at: .*/, 'signed at: 2026-13-01T00:00:00Z'), 'is not an instant'],
    ['a time without its zone', good.replace(/signed at: .*/, 'signed at: 2026-01-01T00:00:00'), 'is not an instant'],
    ['half a hash', good.replace('a'.repeat(64), 'a'.repeat(32)), 'is not a content hash'],
    ['something else', `${good}colour: red\n`, 'unknown key "colour"'],
  ];
  for (const [title, text, said] of broken) {
    it(`is refused with ${title}`, () => {
      const read = readRelease(text, 'release.yaml');
      expect('problems' in read && read.problems.map(({ message }) => message).join()).toContain(said);
    });
  }
});

describe('a signature', () => {
  it.each(['ed25519', 'P-256', 'P-384'] as const)('by %s holds for what was signed, and for nothing else', kind => {
    const { signer: mine, line } = signer(kind);
    const text = 'policy: x\n';
    expect(signedBy(text, line(text), [mine])).toEqual([mine]);
    expect(signedBy(`${text} `, line(text), [mine])).toEqual([]);
    expect(signedBy(text, line(text).replace(/ .{5}/, ' AAAAA'), [mine])).toEqual([]);
  });

  it('of somebody else counts for nothing, also under a name that counts', () => {
    const [one, other] = [signer('ed25519'), signer('ed25519')];
    const text = 'policy: x\n';
    expect(signedBy(text, other.line(text), [one.signer])).toEqual([]);
    expect(signedBy(text, other.line(text).replace(other.signer.id, one.signer.id), [one.signer])).toEqual([]);
  });

  it('counts once, however often it is there', () => {
    const [one, other] = [signer('ed25519'), signer('P-256')];
    const text = 'policy: x\n';
    expect(signedBy(text, one.line(text).repeat(3), [one.signer, other.signer])).toEqual([one.signer]);
    expect(signedBy(text, one.line(text) + other.line(text), [one.signer, other.signer])).toHaveLength(2);
  });

  it('is not held good in any text that somebody may put there', () => {
    const { signer: mine } = signer('ed25519');
    const bytes = fc
      .uint8Array({ maxLength: 80 })
      .map(octets => `${mine.id} ${Buffer.from(octets).toString('base64')}`);
    fc.assert(
      fc.property(fc.string(), fc.oneof(fc.string(), bytes), (text, said) => {
        expect(signedBy(text, said, [mine])).toEqual([]);
      }),
    );
  });

  it('is made by no RSA key, no other curve, and no text', () => {
    const { publicKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { publicKey: other } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    for (const key of [rsa, other]) {
      expect(signerOf(key.export({ type: 'spki', format: 'pem' }))).toBeUndefined();
    }
    expect(signerOf('not a key')).toBeUndefined();
  });
});
