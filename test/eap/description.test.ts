// What a line says of a packet: of real handshakes, and of octets that are nothing.

import { connect, type TLSSocket } from 'node:tls';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeEap } from '../../gateway/eap/description.ts';
import { encodeEap } from '../../gateway/eap/packet.ts';
import { cutMessage, encodeFragment, startData } from '../../gateway/eap/tls-fragments.ts';

const packet = (code: 'request' | 'response', type: number, data: Uint8Array | readonly number[] = []) =>
  describeEap(encodeEap({ code, identifier: 7, type, data: Uint8Array.from(data) }));
const tls = (octets: Uint8Array) => packet('response', 13, encodeFragment({ more: false, data: octets }));

/** The first octets that a client of that version says. */
function clientHello(maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const wire = new Duplex({ read: () => undefined, write: chunk => resolve(chunk as Buffer) });
    const client: TLSSocket = connect({ socket: wire, minVersion: 'TLSv1.2', maxVersion });
    client.once('error', reject);
  });
}

describe('describeEap', () => {
  it.each([
    ['Identity response', packet('response', 1, Buffer.from('jan'))],
    ['EAP-TLS request, start', packet('request', 13, startData)],
    ['PEAP request, start', packet('request', 25, startData)],
    ['EAP-TTLS response, acknowledgement', packet('response', 21, [0])],
    ['Nak response, wants PEAP or EAP-MSCHAPv2', packet('response', 3, [25, 26])],
    ['Nak response, wants nothing that is offered', packet('response', 3, [0])],
    ['Nak response, wants nothing that is offered', packet('response', 3)],
    ['EAP-MSCHAPv2 response, response', packet('response', 26, [2, 7, 0, 59])],
    ['EAP-GTC response', packet('response', 6, Buffer.from('a-password'))],
    ['type 99 request', packet('request', 99, [1])],
    ['Success', describeEap(Uint8Array.of(3, 7, 0, 4))],
    ['Failure', describeEap(Uint8Array.of(4, 7, 0, 4))],
    ['no EAP packet: 2 octets are no EAP header', describeEap(Uint8Array.of(1, 2))],
  ])('%s', (expected, described) => {
    expect(described).toBe(expected);
  });

  it('says what a client offers', async () => {
    const hello = await clientHello('TLSv1.2');
    expect(tls(hello)).toBe(`EAP-TLS response, ${hello.length} octets of TLS: ClientHello (TLS 1.2)`);
    expect(tls(await clientHello('TLSv1.3'))).toMatch(/: ClientHello \(TLS 1\.3, TLS 1\.2\)$/);
  });
  it('says so of the first of several fragments, and what the others are of', async () => {
    const [first, second] = cutMessage(await clientHello('TLSv1.3'), 150);
    if (first === undefined || second === undefined) throw new Error('it was cut into one');
    expect(packet('response', 13, encodeFragment(first))).toMatch(
      /^EAP-TLS response, 150 octets of TLS of \d+ in all, more to come: ClientHello/,
    );
    expect(packet('response', 13, encodeFragment(second))).toMatch(
      /^EAP-TLS response, \d+ octets of TLS(, more to come)?$/,
    );
  });
  it('says what a server sends in clear, and what is sealed', () => {
    const record = (type: number, body: readonly number[]) => [type, 3, 3, 0, body.length, ...body];
    const message = (type: number, body: readonly number[] = []) => [type, 0, 0, body.length, ...body];
    const flight = record(22, [...message(11, [1, 2]), ...message(12), ...message(13), ...message(14)]);
    expect(tls(Uint8Array.from(flight))).toMatch(
      /: Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone$/,
    );
    const finished = [...record(20, [1]), ...record(22, [11, 200, 3, 4, 5])];
    expect(tls(Uint8Array.from(finished))).toMatch(/: ChangeCipherSpec, encrypted handshake$/);
    expect(tls(Uint8Array.from([...record(23, [1]), ...record(23, [2])]))).toMatch(/: encrypted$/);
    expect(tls(Uint8Array.from(record(21, [2, 48])))).toMatch(/: fatal alert "unknown CA"$/);
    expect(tls(Uint8Array.from(record(21, [1, 0])))).toMatch(/: alert "close notify"$/);
    expect(tls(Uint8Array.from(record(21, [9, 9, 9, 9])))).toMatch(/: encrypted alert$/);
  });
  it('is one short line for any octets, and never holds what a method carries', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), octets => {
        expect(describeEap(octets)).toMatch(/^[\x20-\x7e]{1,600}$/);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(1, 4, 6, 26, 254, 99), type => {
        expect(packet('response', type, Buffer.from('a-password-that-nobody-sees'))).not.toContain('password');
      }),
    );
  });
});
