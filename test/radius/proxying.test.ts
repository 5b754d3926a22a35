// What is passed on and back reads on each way as it was meant: checked by the functions of a server and of a client, which know
// nothing of proxies.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import {
  all,
  type Attribute,
  attribute,
  eapAttributes,
  first,
  vendorAttribute,
} from '../../gateway/radius/attributes.ts';
import { signReply, signRequest, verifyReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { packetCodes } from '../../gateway/radius/code.ts';
import { readCredentials } from '../../gateway/radius/credentials.ts';
import { hideKey, hidePassword, revealKey } from '../../gateway/radius/hiding.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { isFinal, passedBack, passedOn } from '../../gateway/radius/proxying.ts';
import { sessionKeyAttributes } from '../../gateway/radius/session-keys.ts';

const ofNas = Buffer.from('secret-of-the-nas');
const ofAuthority = Buffer.from('secret-of-the-authority');
const rules = { requireMessageAuthenticator: true };
const hex = (octets: Uint8Array | undefined) => Buffer.from(octets ?? '').toString('hex');
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

function packet(bytes: unknown): Packet {
  if (!(bytes instanceof Uint8Array)) throw new Error(`refused: ${JSON.stringify(bytes)}`);
  const read = decode(bytes);
  if (isRefused(read)) throw new Error(read.refused);
  return read;
}
const fresh = () => ({ identifier: 200, authenticator: randomBytes(16) });

function request(attributes: readonly Attribute[], authenticator: Uint8Array = randomBytes(16), code = 1): Packet {
  return packet(signRequest({ code, identifier: 7, authenticator, attributes }, ofNas));
}

describe('a request that is passed on', () => {
  it('is signed for the authority, and a password reads the same there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), octets(16), (said, authenticator) => {
        // Zero octets at the end are padding on any way.
        const password = Uint8Array.of(...said, 1);
        const hidden = { type: 2, bytes: hidePassword(password, authenticator, ofNas) };
        const passed = packet(
          passedOn(request([attribute('User-Name', 'jan'), hidden], authenticator), ofNas, ofAuthority, fresh()),
        );
        expect(verifyRequest(passed, ofAuthority, rules)).toBe(true);
        const read = readCredentials(passed, ofAuthority);
        expect(isRefused(read) || read.kind !== 'password' ? read : [...read.password]).toEqual([...password]);
        expect(passed.identifier).toBe(200);
      }),
    );
  });
  it('keeps every other attribute, in order, those of other proxies among them', () => {
    const attributes = [
      attribute('Proxy-State', Buffer.from('a')),
      attribute('User-Name', 'jan'),
      attribute('State', Buffer.from('of the authority')),
      ...eapAttributes(randomBytes(600)),
      vendorAttribute(9, 1, Buffer.from('mdm-tlv=device-platform=linux')),
      attribute('Proxy-State', Buffer.from('b')),
    ];
    const passed = packet(passedOn(request(attributes), ofNas, ofAuthority, fresh()));
    const kept = passed.attributes.filter(({ type }) => type !== 80);
    expect(kept.map(({ type, bytes }) => [type, Buffer.from(bytes).toString('hex')])).toEqual(
      attributes.map(({ type, bytes }) => [type, Buffer.from(bytes).toString('hex')]),
    );
  });
  it('[RFC2865-2.2] has the challenge of CHAP, which was the authenticator', () => {
    const authenticator = randomBytes(16);
    const response = attribute('CHAP-Password', randomBytes(17));
    const passed = packet(passedOn(request([response], authenticator), ofNas, ofAuthority, fresh()));
    const read = readCredentials(passed, ofAuthority);
    expect(isRefused(read) || read.kind !== 'chap' ? read : hex(read.challenge)).toBe(hex(authenticator));
    const own = attribute('CHAP-Challenge', randomBytes(16));
    expect(
      all(packet(passedOn(request([response, own]), ofNas, ofAuthority, fresh())).attributes, 'CHAP-Challenge'),
    ).toHaveLength(1);
  });
  it('is believed as accounting, too', () => {
    const told = request([attribute('Acct-Session-Id', 'a1')], randomBytes(16), packetCodes['Accounting-Request']);
    const passed = packet(passedOn(told, ofNas, ofAuthority, fresh()));
    expect(verifyRequest(passed, ofAuthority, rules)).toBe(true);
  });
  it('reads the same when it came in clear', () => {
    const clear = { type: 2, bytes: Buffer.from('right') };
    const passed = packet(passedOn(request([clear]), 'in-clear', ofAuthority, fresh()));
    const read = readCredentials(passed, ofAuthority);
    expect(isRefused(read) || read.kind !== 'password' ? read : Buffer.from(read.password).toString()).toBe('right');
    const long = { type: 2, bytes: randomBytes(129) };
    expect(passedOn(request([long]), 'in-clear', ofAuthority, fresh())).toMatchObject({
      refused: 'password-malformed',
    });
  });
  it('that would not fit, or whose password cannot be read, is not passed on', () => {
    const much = Array.from({ length: 15 }, () => attribute('Proxy-State', randomBytes(253)));
    const withMore = (length: number) => request([...much, { type: 33, bytes: randomBytes(length) }]);
    expect(packet(passedOn(withMore(230), ofNas, ofAuthority, fresh())).bytes.length).toBeLessThanOrEqual(4096);
    const tight = [...much, { type: 33, bytes: randomBytes(232) }, { type: 33, bytes: new Uint8Array(0) }];
    const full = packet(
      signRequest({ code: 4, identifier: 7, authenticator: new Uint8Array(16), attributes: tight }, ofNas),
    );
    expect(passedOn({ ...full, code: 1 }, ofNas, ofAuthority, fresh())).toMatchObject({ refused: 'reply-too-large' });
    expect(passedOn(request([{ type: 2, bytes: randomBytes(17) }]), ofNas, ofAuthority, fresh())).toMatchObject({
      refused: 'password-malformed',
    });
  });
});

describe('an answer that is passed back', () => {
  const asked = { secret: ofAuthority, authenticator: randomBytes(16) };
  const nas = { secret: ofNas, authenticator: randomBytes(16) };
  /** The authority's, as it arrives here. */
  function answer(attributes: readonly Attribute[], code: number = packetCodes['Access-Accept']): Packet {
    const to = { code: 1, identifier: 200, authenticator: asked.authenticator, attributes: [] };
    return packet(signReply({ code, attributes }, to, ofAuthority));
  }
  function back(
    attributes: readonly Attribute[],
    way: typeof nas | { secret: 'in-clear'; authenticator: Uint8Array } = nas,
  ) {
    const passed = passedBack(answer(attributes), asked, way);
    if (isRefused(passed)) throw new Error(passed.refused);
    return passed;
  }

  it('is signed for the NAS, with the Proxy-States of its request and no signature but ours', () => {
    const told = request([attribute('User-Name', 'jan'), attribute('Proxy-State', Buffer.from('px'))]);
    const reply = passedBack(answer([attribute('Filter-Id', 'staff')]), asked, {
      ...nas,
      authenticator: told.authenticator,
    });
    const signed = packet(isRefused(reply) ? reply : signReply(reply, told, ofNas));
    expect(verifyReply(signed, told, ofNas)).toBe(true);
    expect(Buffer.from(first(signed.attributes, 'Filter-Id') ?? '').toString()).toBe('staff');
    expect(all(signed.attributes, 'Message-Authenticator')).toHaveLength(1);
  });
  it('carries the keys of EAP under the secret of the NAS', () => {
    fc.assert(
      fc.property(octets(64), octets(4), (msk, salts) => {
        const keys = sessionKeyAttributes(
          { receive: msk.subarray(0, 32), send: msk.subarray(32) },
          salts,
          asked.authenticator,
          ofAuthority,
        );
        const { attributes } = back(keys);
        const received = first(attributes, 'MS-MPPE-Recv-Key') ?? new Uint8Array();
        const sent = first(attributes, 'MS-MPPE-Send-Key') ?? new Uint8Array();
        expect(revealKey(received, nas.authenticator, ofNas)).toEqual(msk.subarray(0, 32));
        expect(revealKey(sent, nas.authenticator, ofNas)).toEqual(msk.subarray(32));
        expect(received.subarray(0, 2)).not.toEqual(sent.subarray(0, 2));
      }),
    );
  });
  it('carries keys that share one Vendor-Specific attribute, and leaves what stands beside them', () => {
    const key = randomBytes(32);
    const hidden = hideKey(key, Uint8Array.of(0x80, 1), asked.authenticator, ofAuthority);
    const policy = Uint8Array.of(7, 6, 0, 0, 0, 2);
    const value = Buffer.concat([Uint8Array.of(0, 0, 1, 55), policy, Uint8Array.of(16, hidden.length + 2), hidden]);
    const { attributes } = back([{ type: 26, bytes: value }]);
    const shown = revealKey(first(attributes, 'MS-MPPE-Send-Key') ?? new Uint8Array(), nas.authenticator, ofNas);
    expect(hex(shown)).toBe(hex(key));
    expect(hex(first(attributes, 'MS-MPPE-Encryption-Policy'))).toBe('00000002');
  });
  it('carries a Tunnel-Password with its tag, and MS-CHAP keys that end in zero octets', () => {
    const hidden = hideKey(Buffer.from('tunnel'), Uint8Array.of(0x90, 2), asked.authenticator, ofAuthority);
    const keys = new Uint8Array(32).fill(9, 0, 10);
    const chap = vendorAttribute(311, 12, hidePassword(keys, asked.authenticator, ofAuthority));
    const { attributes } = back([{ type: 69, bytes: Buffer.concat([Uint8Array.of(3), hidden]) }, chap]);
    const tunnel = first(attributes, 'Tunnel-Password') ?? new Uint8Array();
    expect(tunnel[0]).toBe(3);
    expect(Buffer.from(revealKey(tunnel.subarray(1), nas.authenticator, ofNas) ?? '').toString()).toBe('tunnel');
    expect(hex(first(attributes, 'MS-CHAP-MPPE-Keys'))).toBe(hex(hidePassword(keys, nas.authenticator, ofNas)));
  });
  it('carries keys in clear where the way to the NAS needs no hiding', () => {
    const msk = randomBytes(64);
    const keys = sessionKeyAttributes(
      { receive: msk.subarray(0, 32), send: msk.subarray(32) },
      randomBytes(4),
      asked.authenticator,
      ofAuthority,
    );
    const { attributes } = back(keys, { secret: 'in-clear', authenticator: nas.authenticator });
    expect(Buffer.from(first(attributes, 'MS-MPPE-Recv-Key') ?? '')).toEqual(Buffer.from(msk.subarray(0, 32)));
  });
  it('with a key that cannot be read is no answer', () => {
    const broken = vendorAttribute(311, 16, randomBytes(20));
    expect(passedBack(answer([broken]), asked, nas)).toMatchObject({ refused: 'password-malformed' });
  });
  it('says anything about a login only when it ends it', () => {
    expect(isFinal({ code: packetCodes['Access-Accept'] })).toBe(true);
    expect(isFinal({ code: packetCodes['Access-Reject'] })).toBe(true);
    expect(isFinal({ code: packetCodes['Access-Challenge'] })).toBe(false);
    expect(isFinal({ code: packetCodes['Accounting-Response'] })).toBe(false);
  });
});
