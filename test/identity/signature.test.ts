// JWS signatures: what node:crypto signs verifies, and no algorithm is taken for a key it does not fit.

import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SignatureAlgorithm, signatureAlgorithms } from '../../gateway/contract/proof.ts';
import { verifySignature } from '../../gateway/identity/signature.ts';
import { certificate, extensions, name, utf8 } from './der-writer.ts';

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
const ec = (namedCurve: string): Keys => generateKeyPairSync('ec', { namedCurve });
const keys = {
  'P-256': ec('P-256'),
  'P-384': ec('P-384'),
  'P-521': ec('P-521'),
  secp256k1: ec('secp256k1'),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }) as Keys,
  'rsa-1024': generateKeyPairSync('rsa', { modulusLength: 1024 }) as Keys,
  'rsa-pss': generateKeyPairSync('rsa-pss', { modulusLength: 2048 }) as Keys,
  ed25519: generateKeyPairSync('ed25519') as Keys,
};
type KeyName = keyof typeof keys;
const fitting: Record<SignatureAlgorithm, readonly KeyName[]> = {
  ES256: ['P-256'],
  ES384: ['P-384'],
  ES512: ['P-521'],
  RS256: ['rsa'],
  RS384: ['rsa'],
  RS512: ['rsa'],
  PS256: ['rsa', 'rsa-pss'],
};
const algorithms = Object.keys(signatureAlgorithms) as SignatureAlgorithm[];
const data = Buffer.from('what is signed');
const spkiOf = ({ publicKey }: Keys) => publicKey.export({ format: 'der', type: 'spki' });

/** The best that this key can do towards this algorithm. */
function signAs(algorithm: SignatureAlgorithm, { privateKey }: Keys): Buffer | undefined {
  const { hash } = signatureAlgorithms[algorithm];
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  switch (privateKey.asymmetricKeyType) {
    case 'ec':
      return sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    case 'rsa':
      return sign(hash, data, { key: privateKey, ...(algorithm === 'PS256' ? pss : {}) });
    case 'rsa-pss':
      return sign(hash, data, { key: privateKey, ...pss });
    default:
      return sign(null, data, privateKey);
  }
}

describe('JWS signatures', () => {
  const cases = algorithms.flatMap(algorithm => (Object.keys(keys) as KeyName[]).map(key => [algorithm, key] as const));

  it.each(cases)('%s with a %s key', (algorithm, keyName) => {
    const signature = signAs(algorithm, keys[keyName]) ?? Buffer.of();
    const accepted = verifySignature(algorithm, spkiOf(keys[keyName]), data, signature);
    expect(accepted).toBe(fitting[algorithm].includes(keyName));
  });

  it('take the key out of a certificate as well', () => {
    const der = certificate({
      issuer: name(['2.5.4.3', utf8('x')]),
      subject: name(['2.5.4.3', utf8('x')]),
      spki: spkiOf(keys['P-384']),
      extensions: [extensions.notAuthority],
      signer: keys['P-384'].privateKey,
    });
    const signature = signAs('ES384', keys['P-384']) ?? Buffer.of();
    expect(verifySignature('ES384', der, data, signature)).toBe(true);
    expect(verifySignature('ES384', der, Buffer.from('else'), signature)).toBe(false);
  });

  it('refuse other data, another key, a changed or cut signature, and the DER form of an EC signature', () => {
    for (const algorithm of algorithms) {
      const key = keys[fitting[algorithm][0] ?? 'rsa'];
      const signature = signAs(algorithm, key) ?? Buffer.of();
      const changed = Buffer.from(signature);
      changed[5] = (changed[5] ?? 0) ^ 1;
      expect(verifySignature(algorithm, spkiOf(key), Buffer.from('else'), signature)).toBe(false);
      expect(verifySignature(algorithm, spkiOf(key), data, changed)).toBe(false);
      expect(verifySignature(algorithm, spkiOf(key), data, signature.subarray(1))).toBe(false);
      expect(verifySignature(algorithm, spkiOf(key), data, Buffer.of())).toBe(false);
    }
    const plain = sign('sha384', data, keys['P-384'].privateKey);
    expect(verifySignature('ES384', spkiOf(keys['P-384']), data, plain)).toBe(false);
    const other = ec('P-384');
    expect(verifySignature('ES384', spkiOf(other), data, signAs('ES384', keys['P-384']) ?? Buffer.of())).toBe(false);
  });

  it('refuse zeros: r = s = 0', () => {
    expect(verifySignature('ES256', spkiOf(keys['P-256']), data, Buffer.alloc(64))).toBe(false);
  });

  it('answer no, without an error, to what is no key', () => {
    for (const junk of [Buffer.of(), Buffer.from('junk'), Buffer.of(0x30, 0), Buffer.of(0x30, 2, 0x30, 0)]) {
      expect(verifySignature('ES256', junk, data, Buffer.alloc(64))).toBe(false);
    }
    const offCurve = Buffer.from(spkiOf(keys['P-256']));
    offCurve[offCurve.length - 1] = (offCurve.at(-1) ?? 0) ^ 1;
    expect(verifySignature('ES256', offCurve, data, Buffer.alloc(64, 1))).toBe(false);
  });
});
