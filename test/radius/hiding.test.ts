import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { all, attribute } from '../../gateway/radius/attributes.ts';
import { hideKey, hidePassword, revealKey, revealPassword } from '../../gateway/radius/hiding.ts';
import { sessionKeyAttributes } from '../../gateway/radius/session-keys.ts';

const secret = Buffer.from('xyzzy5461');
const authenticator = Buffer.from('0f403f9473978057bd83d5cb98f4227a', 'hex');
const anySecret = fc.uint8Array({ minLength: 1, maxLength: 70 });
const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('User-Password [RFC2865-5.2]', () => {
  it('is the octets of RFC 2865 section 7.1', () => {
    const hidden = hidePassword(Buffer.from('arctangent'), authenticator, secret);
    expect(Buffer.from(hidden).toString('hex')).toBe('0dbe708d93d413ce3196e43f782a0aee');
  });
  it.each([
    [0, 16],
    [1, 16],
    [16, 16],
    [17, 32],
    [127, 128],
    [128, 128],
  ])('%i octets are sent as %i', (length, sent) => {
    expect(hidePassword(Buffer.alloc(length, 'p'), authenticator, secret)).toHaveLength(sent);
  });
  it('comes back, but for zero octets at its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 128 }), sixteen, anySecret, (password, random, key) => {
        const shown = revealPassword(hidePassword(password, random, key), random, key);
        if (isRefused(shown)) throw new Error(shown.refused);
        const end = password.findLastIndex(octet => octet !== 0) + 1;
        expect(Array.from(shown)).toEqual(Array.from(password.subarray(0, end)));
      }),
    );
  });
  it.each([0, 1, 15, 17, 31, 129, 144])('%i octets are malformed', length => {
    expect(revealPassword(new Uint8Array(length), authenticator, secret)).toMatchObject({
      refused: 'password-malformed',
    });
  });
  it('of 129 octets cannot be sent', () => {
    expect(() => hidePassword(new Uint8Array(129), authenticator, secret)).toThrow(RangeError);
  });
});

describe('salted keys [RFC2548-2.4.2]', () => {
  it('come back, with the top bit of the salt set', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 239 }),
        fc.uint8Array({ minLength: 2, maxLength: 2 }),
        sixteen,
        anySecret,
        (key, salt, random, with_) => {
          const hidden = hideKey(key, salt, random, with_);
          expect((hidden[0] ?? 0) & 0x80).toBe(0x80);
          expect((hidden.length - 2) % 16).toBe(0);
          expect(Array.from(revealKey(hidden, random, with_) ?? [])).toEqual(Array.from(key));
        },
      ),
    );
  });
  it('of another shape are none', () => {
    expect(revealKey(new Uint8Array(18), authenticator, secret)).toBeUndefined();
    expect(revealKey(Uint8Array.of(0x80, 0), authenticator, secret)).toBeUndefined();
    expect(revealKey(Uint8Array.of(0x80, 0, 1, 2, 3), authenticator, secret)).toBeUndefined();
    expect(revealKey(new Uint8Array(), authenticator, secret)).toBeUndefined();
  });
  it('need a salt of two octets and a key that fits', () => {
    expect(() => hideKey(new Uint8Array(32), new Uint8Array(1), authenticator, secret)).toThrow(RangeError);
    expect(() => hideKey(new Uint8Array(240), new Uint8Array(2), authenticator, secret)).toThrow(RangeError);
  });
});

describe('the session keys of an EAP method', () => {
  const msk = Uint8Array.from({ length: 64 }, (_, index) => index);
  const keys = { receive: msk.subarray(0, 32), send: msk.subarray(32) };
  it('are the two halves of the MSK: Recv first, then Send', () => {
    const made = sessionKeyAttributes(keys, Uint8Array.of(1, 2, 3, 4), authenticator, secret);
    const key = (name: 'MS-MPPE-Recv-Key' | 'MS-MPPE-Send-Key') =>
      all(made, name).map(value => Array.from(revealKey(value, authenticator, secret) ?? []));
    expect(key('MS-MPPE-Recv-Key')).toEqual([Array.from(msk.subarray(0, 32))]);
    expect(key('MS-MPPE-Send-Key')).toEqual([Array.from(msk.subarray(32))]);
    expect(made.map(({ bytes }) => bytes.length)).toEqual([56, 56]);
  });
  it('never share a salt, whatever was drawn', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), salts => {
        const [recv, send] = sessionKeyAttributes(keys, salts, authenticator, secret);
        expect(recv?.bytes.subarray(6, 8)).not.toEqual(send?.bytes.subarray(6, 8));
      }),
    );
  });
  it('have four octets of salt, and fit', () => {
    expect(() => sessionKeyAttributes(keys, new Uint8Array(3), authenticator, secret)).toThrow(RangeError);
    expect(() => attribute('MS-MPPE-Send-Key', new Uint8Array(248))).toThrow(RangeError);
  });
});
