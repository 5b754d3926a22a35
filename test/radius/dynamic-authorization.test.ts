import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Attribute, attribute, integer, vendorAttribute } from '../../gateway/radius/attributes.ts';
import { verifyRequest } from '../../gateway/radius/authenticator.ts';
import {
  type ChangeRequest,
  changeRequest,
  namesSession,
  readChangeAnswer,
} from '../../gateway/radius/dynamic-authorization.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { readVectors } from './read-vectors.ts';

const secret = Buffer.from('posture-lab-secret');
const at = Date.parse('2026-01-01T00:00:00Z');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const vector = (name: string) =>
  readVectors().find(found => found.file === 'signed.txt' && found.name === name)?.octets ?? new Uint8Array();
const identification = [
  attribute('User-Name', 'laptop-07'),
  attribute('Acct-Session-Id', '0000002a'),
  attribute('NAS-IP-Address', '192.0.2.1'),
];
const disconnect: ChangeRequest = { kind: 'disconnect', identifier: 0x13, secret, at, identification, changes: [] };
const coa: ChangeRequest = {
  ...disconnect,
  kind: 'coa',
  identifier: 0x12,
  changes: [attribute('Session-Timeout', 300)],
};

function packetOf(octets: Uint8Array): Packet {
  const packet = decode(octets);
  if (isRefused(packet)) throw new Error(`${packet.refused} ${packet.detail ?? ''}`);
  return packet;
}

describe('changeRequest', () => {
  it('makes the octets that FreeRADIUS accepted', () => {
    expect(hex(changeRequest(coa))).toBe(hex(vector('coa request')));
    expect(hex(changeRequest(disconnect))).toBe(hex(vector('disconnect request')));
  });

  it('[RFC5176-6.3] makes another packet for every other second, and the same for the same', () => {
    expect(hex(changeRequest({ ...coa, at: at + 999 }))).toBe(hex(changeRequest(coa)));
    expect(hex(changeRequest({ ...coa, at: at + 1000 }))).not.toBe(hex(changeRequest(coa)));
  });

  it('always verifies, with Message-Authenticator first and Event-Timestamp last', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const anything = fc.record({
      identifier: fc.integer({ min: 0, max: 255 }),
      secret: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      at: fc.integer({ min: 0, max: 0xffff_ffff }).map(seconds => seconds * 1000),
      userName: text,
      filter: text,
      kind: fc.constantFrom('coa', 'disconnect'),
    });
    fc.assert(
      fc.property(anything, ({ userName, filter, kind, ...asked }) => {
        const changes = [kind === 'coa' ? attribute('Filter-Id', filter) : attribute('Reply-Message', filter)];
        const octets = changeRequest({
          ...asked,
          kind,
          identification: [attribute('User-Name', userName)],
          changes,
        });
        const packet = packetOf(octets);
        expect(verifyRequest(packet, asked.secret, { requireMessageAuthenticator: true })).toBe(true);
        expect(packet.messageAuthenticatorAt).toBe(22);
        expect(packet.attributes.at(-1)?.type).toBe(55);
        expect(integer(packet.attributes, 'Event-Timestamp')).toBe(asked.at / 1000);
        expect(packet.code).toBe(kind === 'coa' ? 43 : 40);
        expect(packet.identifier).toBe(asked.identifier);
      }),
    );
  });

  const allowed: readonly [string, Attribute, { coa: boolean; disconnect: boolean }][] = [
    ['Filter-Id', attribute('Filter-Id', 'update'), { coa: true, disconnect: false }],
    ['Session-Timeout', attribute('Session-Timeout', 60), { coa: true, disconnect: false }],
    ['Acct-Interim-Interval', attribute('Acct-Interim-Interval', 600), { coa: true, disconnect: false }],
    ['Tunnel-Type', attribute('Tunnel-Type', 9), { coa: true, disconnect: false }],
    ['Acct-Terminate-Cause', attribute('Acct-Terminate-Cause', 6), { coa: false, disconnect: true }],
    ['Class', attribute('Class', Uint8Array.of(1)), { coa: true, disconnect: true }],
    ['Reply-Message', attribute('Reply-Message', 'bye'), { coa: true, disconnect: true }],
    ['Vendor-Specific', vendorAttribute(9, 1, Buffer.from('x=y')), { coa: true, disconnect: true }],
    // Only with Authorize-Only, which is not asked for.
    ['State', attribute('State', Uint8Array.of(1)), { coa: false, disconnect: false }],
    ['Service-Type', attribute('Service-Type', 17), { coa: false, disconnect: false }],
    ['NAS-Port-Type', attribute('NAS-Port-Type', 5), { coa: false, disconnect: false }],
    ['Error-Cause', attribute('Error-Cause', 503), { coa: false, disconnect: false }],
    ['User-Password', attribute('User-Password', new Uint8Array(16)), { coa: false, disconnect: false }],
    ['Event-Timestamp', attribute('Event-Timestamp', 1), { coa: false, disconnect: false }],
    [
      'Message-Authenticator',
      attribute('Message-Authenticator', new Uint8Array(16)),
      { coa: false, disconnect: false },
    ],
    ['a second User-Name', attribute('User-Name', 'other'), { coa: false, disconnect: false }],
    ['Framed-IP-Address', attribute('Framed-IP-Address', '10.8.0.7'), { coa: false, disconnect: false }],
  ];
  describe.each(['coa', 'disconnect'] as const)('[RFC5176-3.6] in a %s request', kind => {
    it.each(allowed)('%s as a change: allowed or thrown', (_name, change, where) => {
      const make = () => changeRequest({ ...disconnect, kind, changes: [change] });
      if (where[kind]) expect(packetOf(make()).attributes).toHaveLength(6);
      else expect(make).toThrow(TypeError);
    });
    const changes = kind === 'coa' ? coa.changes : [];
    it.each([
      ['Framed-IP-Address', attribute('Framed-IP-Address', '10.8.0.7')],
      ['Calling-Station-Id', attribute('Calling-Station-Id', '198.51.100.7[4500]')],
      ['NAS-Identifier', attribute('NAS-Identifier', 'gw')],
      ['a Cisco session id', attribute('Cisco-AVPair', 'audit-session-id=c0a80101')],
    ])('%s identifies', (_name, more) => {
      const octets = changeRequest({ ...disconnect, kind, changes, identification: [...identification, more] });
      expect(packetOf(octets).attributes.map(({ type }) => type)).toContain(more.type);
    });
    it.each([
      ['Session-Timeout', attribute('Session-Timeout', 1)],
      ['Class', attribute('Class', Uint8Array.of(1))],
      ['a second Acct-Session-Id', attribute('Acct-Session-Id', 'other')],
    ])('%s does not identify', (_name, more) => {
      expect(() => changeRequest({ ...disconnect, kind, changes, identification: [...identification, more] })).toThrow(
        TypeError,
      );
    });
    it('what names the NAS only, or nothing, is no request', () => {
      const nas = [attribute('NAS-IP-Address', '192.0.2.1'), attribute('NAS-Identifier', 'gw')];
      for (const named of [[], nas]) {
        expect(namesSession(named)).toBe(false);
        expect(() => changeRequest({ ...disconnect, kind, changes, identification: named })).toThrow(/no session/);
      }
    });
  });

  it('a CoA-Request that changes nothing is a mistake', () => {
    expect(() => changeRequest({ ...coa, changes: [] })).toThrow(/without changes/);
  });
  it('many of what may be many', () => {
    const filters = [attribute('Filter-Id', 'a'), attribute('Filter-Id', 'b')];
    expect(packetOf(changeRequest({ ...coa, changes: filters })).attributes).toHaveLength(7);
    const timeouts = [attribute('Session-Timeout', 1), attribute('Session-Timeout', 2)];
    expect(() => changeRequest({ ...coa, changes: timeouts })).toThrow(/twice/);
  });
});

describe('readChangeAnswer', () => {
  const gone = { answer: 'nak', errorCause: 503, word: 'Session-Context-Not-Found', then: 'session-gone' };
  it.each([
    ['coa ack', { answer: 'ack' }],
    ['disconnect ack', { answer: 'ack' }],
    ['coa nak', gone],
    ['disconnect nak', gone],
  ])('%s', (name, answer) => {
    expect(readChangeAnswer(packetOf(vector(name)))).toEqual(answer);
  });

  it('[RFC5176-3.5] a success in an ACK stays a success', () => {
    expect(readChangeAnswer({ code: 41, attributes: [attribute('Error-Cause', 201)] })).toEqual({ answer: 'ack' });
  });
  it.each([
    ['CoA-NAK', 45, undefined, 'fall-back-to-disconnect'],
    ['CoA-NAK', 45, 'session-gone', 'fall-back-to-disconnect'],
    ['Disconnect-NAK', 42, undefined, 'give-up'],
    ['Disconnect-NAK', 42, 'session-gone', 'session-gone'],
  ] as const)('%s %i without a reason, where that means %s: %s', (_name, code, unexplained, then) => {
    const answer = { answer: 'nak', word: 'no-reason', then };
    expect(readChangeAnswer({ code, attributes: [] }, unexplained)).toEqual(answer);
    // Three octets are no number: the attribute is ignored, the refusal stays [RFC6929-2.8].
    const broken = [{ type: 101, bytes: Uint8Array.of(0, 1, 2) }];
    expect(readChangeAnswer({ code, attributes: broken }, unexplained)).toEqual(answer);
  });
  it.each([2, 3, 5, 40, 43, 99])('code %i answers no change', code => {
    expect(() => readChangeAnswer({ code, attributes: [] })).toThrow(TypeError);
  });
});
