import { describe, expect, it } from 'vitest';
import { type Attribute, attribute } from '../../gateway/radius/attributes.ts';
import { clockSkewMs, readAccounting, sessionClass } from '../../gateway/radius/accounting.ts';

const now = Date.UTC(2026, 0, 1, 12);
const status = (type: number) => attribute('Acct-Status-Type', type);
const id = attribute('Acct-Session-Id', '0000002a');
const read = (...attributes: Attribute[]) => readAccounting({ attributes }, now);

describe('readAccounting', () => {
  it('Start', () => {
    expect(read(status(1), id, attribute('Framed-IP-Address', '10.8.0.7'))).toEqual({
      kind: 'start',
      acctSessionId: '0000002a',
      at: now,
      framedAddress: '10.8.0.7',
    });
  });
  it('what the NAS calls itself [RFC5176-3], and where it says that the session is', () => {
    expect(
      read(
        status(3),
        id,
        attribute('NAS-Identifier', 'gw'),
        attribute('NAS-IPv6-Address', '2001:db8::1'),
        attribute('Framed-IPv6-Address', '2001:db8::7'),
        attribute('Filter-Id', 'quarantine'),
        attribute('Class', Buffer.from('OU=update')),
        attribute('Class', Buffer.from('S-1')),
      ),
    ).toMatchObject({
      nasIdentifier: 'gw',
      nasAddress: '2001:db8::1',
      framedAddress: '2001:db8::7',
      segments: ['quarantine', 'update'],
    });
    // Sent back, it has to be what was sent.
    expect(read(status(3), id, attribute('NAS-Identifier', 'gw\u0000'))).not.toHaveProperty('nasIdentifier');
  });
  it('Interim-Update with counters beyond 32 bits [RFC2869-5.1]', () => {
    const counters = [
      attribute('Acct-Input-Octets', 5),
      attribute('Acct-Input-Gigawords', 2),
      attribute('Acct-Output-Octets', 0xffff_ffff),
    ];
    expect(read(status(3), id, ...counters)).toEqual({
      kind: 'interim',
      acctSessionId: '0000002a',
      at: now,
      inputOctets: 2 * 2 ** 32 + 5,
      outputOctets: 2 ** 32 - 1,
    });
  });
  it('Stop after the counters went around, and how long it lasted', () => {
    const counters = [attribute('Acct-Output-Octets', 7), attribute('Acct-Output-Gigawords', 1)];
    expect(read(status(2), id, ...counters, attribute('Acct-Session-Time', 90))).toMatchObject({
      kind: 'stop',
      outputOctets: 2 ** 32 + 7,
      sessionMs: 90_000,
    });
  });
  it('our Class, among those of others', () => {
    const named = (...texts: string[]) =>
      sessionClass({ attributes: texts.map(text => attribute('Class', Buffer.from(text))) });
    expect(named('OU=office', 'S-AbC_-0123456789ab', 'x')).toBe('S-AbC_-0123456789ab');
    expect(named('OU=office', 'S-', 'S-a b', ' S-a')).toBeUndefined();
    expect(named()).toBeUndefined();
  });
  it('counters stay exact integers, whatever the NAS claims', () => {
    const event = read(
      status(3),
      id,
      attribute('Acct-Input-Octets', 0xffff_ffff),
      attribute('Acct-Input-Gigawords', 0xffff_ffff),
    );
    expect(event).toMatchObject({ inputOctets: Number.MAX_SAFE_INTEGER });
  });
  it.each([
    [1, 'user-request'],
    [5, 'session-timeout'],
    [6, 'admin-reset'],
    [11, 'nas-reboot'],
    [18, 'host-request'],
    [99, 'cause-99'],
  ])('Stop for cause %i: %s', (cause, word) => {
    expect(read(status(2), id, attribute('Acct-Terminate-Cause', cause))).toMatchObject({
      kind: 'stop',
      terminateCause: word,
    });
  });
  it('a cause belongs to Stop alone', () => {
    expect(read(status(3), id, attribute('Acct-Terminate-Cause', 1))).not.toHaveProperty('terminateCause');
  });
  it.each([
    [7, 'on'],
    [8, 'off'],
    [9, 'other'],
    [14, 'other'],
    [15, 'other'],
    [4711, 'other'],
  ])('status type %i is about the NAS: %s', (type, kind) => {
    expect(read(status(type))).toEqual({ kind, at: now });
  });
  it.each<[string, Attribute[]]>([
    ['without Acct-Status-Type', [id]],
    ['with a status type of three octets', [{ type: 40, bytes: new Uint8Array(3) }, id]],
    ['without Acct-Session-Id', [status(1)]],
    ['with an empty Acct-Session-Id', [status(1), { type: 44, bytes: new Uint8Array() }]],
  ])('%s is refused', (_what, attributes) => {
    expect(read(...attributes)).toMatchObject({ refused: 'accounting-malformed' });
  });
});

describe('the clock of the NAS', () => {
  const skewMs = (...attributes: Attribute[]) => clockSkewMs({ attributes }, 1_000_000_000);
  it('is Event-Timestamp and the delay since, less ours [RFC2869-5.3] [RFC2866-5.2]', () => {
    expect(skewMs(attribute('Event-Timestamp', 1_000_000))).toBe(0);
    expect(skewMs(attribute('Event-Timestamp', 999_000), attribute('Acct-Delay-Time', 1_000))).toBe(0);
    expect(skewMs(attribute('Event-Timestamp', 999_000))).toBe(-1_000_000);
    expect(skewMs(attribute('Event-Timestamp', 1_000_400))).toBe(400_000);
  });
  it('is not known without one', () => {
    expect(skewMs(attribute('Acct-Delay-Time', 3))).toBeUndefined();
  });
});

describe('when it happened', () => {
  const seconds = now / 1000;
  it.each<[string, Attribute[], number]>([
    ['Event-Timestamp [RFC2869-5.3]', [attribute('Event-Timestamp', seconds - 90)], now - 90_000],
    ['now less Acct-Delay-Time [RFC2866-5.2]', [attribute('Acct-Delay-Time', 30)], now - 30_000],
    [
      'Event-Timestamp before Acct-Delay-Time',
      [attribute('Acct-Delay-Time', 30), attribute('Event-Timestamp', seconds - 90)],
      now - 90_000,
    ],
    ['a clock a little ahead: now', [attribute('Event-Timestamp', seconds + 60)], now],
    ['a clock far ahead: not believed', [attribute('Event-Timestamp', seconds + 3600)], now],
    [
      'a clock that was never set: the delay instead',
      [attribute('Event-Timestamp', 12), attribute('Acct-Delay-Time', 7)],
      now - 7000,
    ],
    ['a delay of 136 years: now', [attribute('Acct-Delay-Time', 0xffff_ffff)], now],
    ['nothing said: now', [], now],
  ])('%s', (_what, attributes, at) => {
    expect(read(status(1), id, ...attributes)).toMatchObject({ at });
  });
});
