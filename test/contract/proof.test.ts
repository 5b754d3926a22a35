// The bytes that are signed: golden values computed by another program (Python's hashlib), and what may never run together.

import { createHash, createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  identityProofBytes,
  reportSigningInput,
  sessionKeyBytes,
  signatureAlgorithms,
} from '../../gateway/contract/proof.ts';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

const person = {
  audience: 'sluis.example',
  nonce: 'bm9uY2U',
  machineKey: 'ab'.repeat(32),
  reportDigest: '',
  exporter: 'ZXhwb3J0ZXI',
};
const machine = {
  audience: 'sluis.example',
  nonce: 'bm9uY2U',
  sessionKey: 'cd'.repeat(32),
  notAfter: Date.UTC(2026, 10, 24, 12),
};

describe('identityProofBytes', () => {
  it('gives the golden value', () => {
    const bytes = identityProofBytes(person);
    expect(bytes.length).toBe(6 * 32);
    expect(Buffer.from(bytes.subarray(0, 32)).toString('hex')).toBe(sha256('sluis-identity-proof/1'));
    expect(sha256(bytes)).toBe('ec9dfedb3765b4c7c9db2585bbd264d598c4fc438e1a3e8d8c7a3a60bd7474a3');
  });

  it('lets no field run into its neighbour', () => {
    const text = fc.string({ minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const one = identityProofBytes({ ...person, audience: a + b, nonce: c });
        const other = identityProofBytes({ ...person, audience: a, nonce: b + c });
        expect(Buffer.compare(one, other)).not.toBe(0);
      }),
    );
  });

  for (const field of ['audience', 'nonce', 'machineKey', 'reportDigest', 'exporter'] as const) {
    it(`depends on ${field}, and on nothing in its place`, () => {
      const changed = Buffer.from(identityProofBytes({ ...person, [field]: `${person[field]}x` }));
      const original = Buffer.from(identityProofBytes(person));
      const at = ['audience', 'nonce', 'machineKey', 'reportDigest', 'exporter'].indexOf(field) + 1;
      for (let block = 0; block < 6; block++) {
        const same = changed
          .subarray(block * 32, block * 32 + 32)
          .equals(original.subarray(block * 32, block * 32 + 32));
        expect(same).toBe(block !== at);
      }
    });
  }

  it('takes text as UTF-8', () => {
    const block = identityProofBytes({ ...person, audience: 'sluis.é' }).subarray(32, 64);
    expect(Buffer.from(block).toString('hex')).toBe(sha256(Buffer.from('736c7569732ec3a9', 'hex')));
  });
});

describe('sessionKeyBytes', () => {
  it('gives the golden value', () => {
    expect(sha256(sessionKeyBytes(machine))).toBe('b5ef92ea60254f0315ef7994b4835ff25e240e65bbaf30db2217155cea04b13a');
  });

  it('is no identity proof, even over the same words', () => {
    const proof = identityProofBytes({
      audience: machine.audience,
      nonce: machine.nonce,
      machineKey: machine.sessionKey,
      reportDigest: String(machine.notAfter),
      exporter: '',
    });
    const key = Buffer.from(sessionKeyBytes(machine));
    expect(Buffer.from(proof).subarray(0, 32).equals(key.subarray(0, 32))).toBe(false);
    expect(Buffer.from(proof).subarray(32, 160).equals(key.subarray(32))).toBe(true);
  });

  it('writes the end of validity as whole milliseconds', () => {
    const block = sessionKeyBytes(machine).subarray(-32);
    expect(Buffer.from(block).toString('hex')).toBe(sha256('1795521600000'));
  });
});

describe('reportSigningInput', () => {
  it('[RFC7515-A.3] verifies the example of the RFC', () => {
    const protectedHeader = 'eyJhbGciOiJFUzI1NiJ9';
    const payload = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
    const signature = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
    const key = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
    });
    const { hash } = signatureAlgorithms.ES256;
    const signed = (input: Uint8Array) =>
      verify(hash, input, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
    expect(signed(reportSigningInput(protectedHeader, payload))).toBe(true);
    expect(signed(reportSigningInput(protectedHeader, `${payload}A`))).toBe(false);
    expect(signed(reportSigningInput(payload, protectedHeader))).toBe(false);
  });
});

describe('signatureAlgorithms', () => {
  it('has none without a key, and none with a shared secret', () => {
    expect(Object.keys(signatureAlgorithms).filter(name => !/^(ES|RS|PS)\d{3}$/.test(name))).toEqual([]);
  });

  it('uses the hash that its name says', () => {
    for (const [name, { hash }] of Object.entries(signatureAlgorithms)) expect(hash).toBe(`sha${name.slice(2)}`);
  });
});
