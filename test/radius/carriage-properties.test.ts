// What RADIUS carries comes out as it went in, through every layer at once: an EAP packet, a password, a change.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import {
  all,
  type Attribute,
  attribute,
  eapAttributes,
  eapMessage,
  vendorAttribute,
} from '../../gateway/radius/attributes.ts';
import { signReply, signRequest, verifyReply, verifyRequest } from '../../gateway/radius/authenticator.ts';
import { passwordRequest } from '../../gateway/radius/client-requests.ts';
import { packetCodes } from '../../gateway/radius/code.ts';
import { readCredentials } from '../../gateway/radius/credentials.ts';
import { changeRequest, readChangeAnswer } from '../../gateway/radius/dynamic-authorization.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';

const identifier = fc.nat(255);
const authenticator = fc.uint8Array({ minLength: 16, maxLength: 16 });
// HMAC pads its key with zeros: two secrets must differ by more than those at their ends.
const secret = fc.uint8Array({ min: 1, minLength: 1, maxLength: 60 });
const anyText = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter(text => !text.includes('\0') && Buffer.byteLength(text) <= 253);
const proxyStates = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 });
const strict = { requireMessageAuthenticator: true } as const;

function read(octets: Uint8Array): Packet {
  const packet = decode(octets);
  if (isRefused(packet)) throw new Error(`${packet.refused} ${packet.detail ?? ''}`);
  return packet;
}

const proxied = (states: readonly Uint8Array[]): readonly Attribute[] =>
  states.map(state => attribute('Proxy-State', state));

describe('an EAP packet', () => {
  it('goes in a request and comes back in its reply, Proxy-State around it in order [RFC3579-3.1] [RFC2865-5.33]', () => {
    const sent = fc.record({ identifier, authenticator, secret, states: proxyStates });
    const eap = fc.uint8Array({ minLength: 1, maxLength: 3_500 });
    fc.assert(
      fc.property(sent, eap, (asked, octets) => {
        const { states, ...rest } = asked;
        const attributes = [attribute('User-Name', 'anonymous'), ...eapAttributes(octets), ...proxied(states)];
        const request = read(signRequest({ code: 1, ...rest, attributes }, asked.secret));
        expect(verifyRequest(request, asked.secret, strict)).toBe(true);
        expect(readCredentials(request, asked.secret)).toEqual({ kind: 'eap', packet: octets });
        const reply = signReply({ code: 11, attributes: eapAttributes(octets) }, request, asked.secret);
        if (isRefused(reply)) throw new Error(reply.refused);
        const answered = read(reply);
        expect(verifyReply(answered, request, asked.secret)).toBe(true);
        expect(eapMessage(answered.attributes)).toEqual(octets);
        expect(all(answered.attributes, 'Proxy-State')).toEqual(states);
      }),
    );
  });
});

describe('a password', () => {
  it('is hidden from whoever has another secret, and comes out for who has this one [RFC2865-5.2]', () => {
    fc.assert(
      fc.property(identifier, authenticator, secret, secret, anyText, (id, random, own, other, password) => {
        const whole = new Uint8Array(Buffer.from(password));
        fc.pre(whole.length <= 128 && Buffer.compare(own, other) !== 0);
        const asked = { identifier: id, authenticator: random, secret: own, userName: 'jan', password };
        const request = read(passwordRequest(asked));
        expect(readCredentials(request, own)).toEqual({ kind: 'password', password: whole });
        expect(readCredentials(request, other)).not.toEqual({ kind: 'password', password: whole });
        expect(isRefused(verifyRequest(request, other, strict))).toBe(true);
      }),
    );
  });
});

describe('a change', () => {
  const named: fc.Arbitrary<readonly Attribute[]> = fc
    .tuple(anyText, anyText, fc.option(fc.ipV4(), { nil: undefined }))
    .map(([userName, session, framed]) => [
      attribute('User-Name', userName),
      attribute('Acct-Session-Id', session),
      ...(framed === undefined ? [] : [attribute('Framed-IP-Address', framed)]),
    ]);
  const changes: fc.Arbitrary<readonly Attribute[]> = fc
    .tuple(
      fc.array(anyText, { minLength: 1, maxLength: 3 }),
      fc.nat(0xffff_ffff),
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 3 }),
    )
    .map(([filters, timeout, vendors]) => [
      ...filters.map(filter => attribute('Filter-Id', filter)),
      attribute('Session-Timeout', timeout),
      ...vendors.map(value => vendorAttribute(9, 1, value)),
    ]);
  const change = fc.record({
    kind: fc.constantFrom('coa' as const, 'disconnect' as const),
    identifier,
    secret,
    at: fc.nat(0xffff_ffff).map(seconds => seconds * 1000),
    identification: named,
    changes,
  });

  it('parses back to what was asked, in its order, and ends with its time [RFC5176-2.3] [RFC5176-6.3]', () => {
    fc.assert(
      fc.property(change, asked => {
        const wanted = asked.kind === 'coa' ? asked.changes : [];
        const packet = read(changeRequest({ ...asked, changes: wanted }));
        expect(packet).toMatchObject({
          code: packetCodes[asked.kind === 'coa' ? 'CoA-Request' : 'Disconnect-Request'],
          identifier: asked.identifier,
        });
        expect(verifyRequest(packet, asked.secret, strict)).toBe(true);
        const [signature, ...rest] = packet.attributes.map(({ type, bytes }) => ({
          type,
          bytes: new Uint8Array(bytes),
        }));
        expect(signature?.type).toBe(80);
        const sent = [...asked.identification, ...wanted, attribute('Event-Timestamp', asked.at / 1000)];
        expect(rest).toEqual(sent.map(({ type, bytes }) => ({ type, bytes: new Uint8Array(bytes) })));
      }),
    );
  });

  it('is answered by what this NAS alone can have said, with its Error-Cause [RFC5176-3.5]', () => {
    fc.assert(
      fc.property(change, secret, fc.nat(0xffff_ffff), fc.boolean(), (asked, other, errorCause, consents) => {
        const wanted = asked.kind === 'coa' ? asked.changes : [];
        const request = read(changeRequest({ ...asked, changes: wanted }));
        const [ack, nak] =
          asked.kind === 'coa' ? (['CoA-ACK', 'CoA-NAK'] as const) : (['Disconnect-ACK', 'Disconnect-NAK'] as const);
        const attributes = consents ? [] : [attribute('Error-Cause', errorCause)];
        const code = packetCodes[consents ? ack : nak];
        const octets = signReply({ code, attributes }, request, asked.secret);
        if (isRefused(octets)) throw new Error(octets.refused);
        const answer = read(octets);
        expect(verifyReply(answer, request, asked.secret, 'none')).toBe(true);
        expect(readChangeAnswer(answer)).toMatchObject(consents ? { answer: 'ack' } : { answer: 'nak', errorCause });
        fc.pre(Buffer.compare(asked.secret, other) !== 0);
        expect(isRefused(verifyReply(answer, request, other, 'none'))).toBe(true);
      }),
    );
  });
});
