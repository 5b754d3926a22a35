// MSCHAPv2 against the vectors of RFC 2759 and RFC 3079, and against a peer whose MD4 and DES are openssl's.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  authenticatorResponse,
  mschapv2MasterKeys,
  mschapv2Msk,
  type Mschapv2Exchange,
  verifyMschapv2,
} from '../../gateway/identity/mschapv2.ts';
import { mschapv2Peer } from '../support/mschapv2-peer.ts';
import { describeWith } from '../support/programs.ts';

const octets = (hex: string) => Buffer.from(hex, 'hex');

/** [RFC2759-9.2] */
const sample: Mschapv2Exchange = {
  userName: 'User',
  password: 'clientPass',
  authenticatorChallenge: octets('5B5D7C7D7B3F2F3E3C2C602132262628'),
  peerChallenge: octets('21402324255E262A28295F2B3A337C7E'),
  ntResponse: octets('82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF'),
};

describe('the response of the peer', () => {
  it('is that of RFC 2759 [RFC2759-9.2]', () => {
    expect(verifyMschapv2(sample)).toBe(true);
  });

  it.each(['DOMAIN\\User', '\\User'])('counts without the domain of %s [RFC2759-4]', userName => {
    expect(verifyMschapv2({ ...sample, userName })).toBe(true);
    expect(authenticatorResponse({ ...sample, userName })).toBe(authenticatorResponse(sample));
  });

  it.each<Partial<Mschapv2Exchange>>([
    { password: 'clientpass' },
    { password: 'clientPass ' },
    { password: '' },
    { userName: 'user' },
    { userName: 'User@domain' },
    { userName: 'User\\DOMAIN' },
    { userName: '' },
  ])('is wrong with %j', other => {
    expect(verifyMschapv2({ ...sample, ...other })).toBe(false);
  });

  it.each(['authenticatorChallenge', 'peerChallenge', 'ntResponse'] as const)('covers every bit of %s', field => {
    const bits = sample[field].length * 8;
    fc.assert(
      fc.property(fc.nat(bits - 1), bit => {
        const changed = Buffer.from(sample[field]);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(verifyMschapv2({ ...sample, [field]: changed })).toBe(false);
      }),
    );
  });

  it.each(['authenticatorChallenge', 'peerChallenge', 'ntResponse'] as const)(
    'is not asked about with half a %s',
    field => {
      expect(() => verifyMschapv2({ ...sample, [field]: sample[field].subarray(1) })).toThrow(RangeError);
      expect(() => authenticatorResponse({ ...sample, [field]: sample[field].subarray(1) })).toThrow(RangeError);
    },
  );
});

describe('the answer of the server', () => {
  it('is that of RFC 2759 [RFC2759-9.2]', () => {
    expect(authenticatorResponse(sample)).toBe('S=407A5589115FD0D6209F510FE9C04566932CDA56');
  });
});

describe('the keys', () => {
  // RFC 3079 gives the send key of the server; the other is published with implementations of EAP-MSCHAPv2.
  const send = '8b7cdc149b993a1ba118cb153f56dccb';
  const receive = 'd5f0e9521e3ea9589645e86051c82226';

  it('are those of RFC 3079 [RFC3079-3.5.3]', () => {
    const keys = mschapv2MasterKeys(sample);
    expect(Buffer.from(keys.send).toString('hex')).toBe(send);
    expect(Buffer.from(keys.receive).toString('hex')).toBe(receive);
  });

  it('make an MSK of 64 octets, what the server receives with first', () => {
    expect(Buffer.from(mschapv2Msk(mschapv2MasterKeys(sample))).toString('hex')).toBe(receive + send + '00'.repeat(32));
  });

  it('are not made of half a response', () => {
    expect(() => mschapv2MasterKeys({ password: 'x', ntResponse: sample.ntResponse.subarray(8) })).toThrow(RangeError);
  });
});

describeWith('openssl', 'a peer made of openssl', (openssl = '') => {
  const peer = mschapv2Peer(openssl);

  it('is a peer of RFC 2759', () => {
    expect(peer.response(sample)).toEqual(sample.ntResponse);
  });

  it('is believed with the right password and with no other', () => {
    const challenge = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(
        challenge,
        challenge,
        text,
        text,
        text,
        (peerChallenge, authenticatorChallenge, name, password, otherPassword) => {
          const account = name.replaceAll('\\', '');
          const known = { password, peerChallenge, authenticatorChallenge };
          const ntResponse = peer.response({ ...known, userName: account });
          const offered = { ...known, userName: `OFFICE\\${account}` };
          expect(verifyMschapv2({ ...offered, ntResponse })).toBe(true);
          expect(verifyMschapv2({ ...offered, password: otherPassword, ntResponse })).toBe(otherPassword === password);
        },
      ),
      { numRuns: 25 },
    );
  });
});
