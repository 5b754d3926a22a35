// Tickets without their store: handles, derived secrets, and what a ticket says to whoever offers it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import {
  isTicketHandle,
  redeemable,
  type Redemption,
  ticketHandle,
  ticketKey,
  ticketSecret,
} from '../../gateway/identity/ticket.ts';
import type { Ticket } from '../../gateway/ports.ts';

const tenant = 'town';

describe('a handle', () => {
  const bytes = (count: number) => fc.uint8Array({ minLength: count, maxLength: count });

  it('spells the bytes of a handle in base32 (RFC 4648)', () => {
    // RFC 4648 section 10: BASE32("foobar") begins MZXW6YTBOI.
    expect(ticketHandle(Buffer.from('foobarfoob'))).toBe('t-mzxw6ytbojtg633c');
    expect(ticketHandle(new Uint8Array(10))).toBe('t-aaaaaaaaaaaaaaaa');
    expect(ticketHandle(new Uint8Array(10).fill(255))).toBe('t-7777777777777777');
  });

  it('loses nothing: other bytes are another handle', () => {
    const value = (handle: string) =>
      Array.from(handle.slice(2)).reduce(
        (sum, letter) => sum * 32n + BigInt('abcdefghijklmnopqrstuvwxyz234567'.indexOf(letter)),
        0n,
      );
    fc.assert(
      fc.property(bytes(10), random => {
        const handle = ticketHandle(random);
        expect(isTicketHandle(handle)).toBe(true);
        expect(value(handle)).toBe(BigInt(`0x${Buffer.from(random).toString('hex')}`));
      }),
    );
  });

  it('takes exactly as many bytes as a handle shows', () => {
    expect(() => ticketHandle(new Uint8Array(9))).toThrow(RangeError);
    expect(() => ticketHandle(new Uint8Array(11))).toThrow(RangeError);
  });

  it.each([
    '',
    't-',
    'jan',
    'T-aaaaaaaaaaaaaaaa',
    't-aaaaaaaaaaaaaaa',
    't-aaaaaaaaaaaaaaaaa',
    't-aaaaaaaaaaaaaaa1',
    't-aaaaaaaaaaaaaaaa\n',
  ])('%j is no handle', userName => {
    expect(isTicketHandle(userName)).toBe(false);
  });
});

describe('a secret', () => {
  const master = Uint8Array.from({ length: 32 }, (_, index) => index);
  const key = ticketKey(master);

  it('is the same wherever the key is: computed by another program', () => {
    expect(Buffer.from(key).toString('hex')).toBe('2d203b49f59e61c5f729997c593354ef3ef4418cca9cef03ee8e2e7bc620c4b7');
    expect(ticketSecret(key, 'town', 't-mzxw6ytbojtg633c')).toBe('-IiK2GZlwH_cBzKg-FUa1w');
    expect(ticketSecret(key, 'village', 't-mzxw6ytbojtg633c')).toBe('k3XOTzmRigF_Wn6P2eF_wA');
    expect(ticketSecret(key, 'città', 't-aaaaaaaaaaaaaaaa')).toBe('I3isQQglh0syyTDJt3SvSQ');
  });

  it('is another one for every other key, tenant or handle, and has always 22 characters', () => {
    const field = fc.oneof(fc.string(), fc.constantFrom('town', 'to', 't-aaaaaaaaaaaaaaaa', 'wnt-aaaaaaaaaaaaaaaa'));
    const whose = fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), field, field);
    fc.assert(
      fc.property(whose, whose, fc.subarray([0, 1, 2], { maxLength: 2 }), (one, other, shared) => {
        const second = other.map((value, index) => (shared.includes(index) ? one[index] : value)) as typeof other;
        fc.pre(JSON.stringify(spelled(one)) !== JSON.stringify(spelled(second)));
        const [first, next] = [secretOf(one), secretOf(second)];
        expect(first).toMatch(/^[A-Za-z0-9_-]{22}$/);
        expect(next).not.toBe(first);
      }),
    );
    function spelled([master, of, handle]: readonly [Uint8Array, string, string]) {
      return [
        Buffer.from(master).toString('hex'),
        Buffer.from(of).toString('hex'),
        Buffer.from(handle).toString('hex'),
      ];
    }
    function secretOf([master, of, handle]: readonly [Uint8Array, string, string]) {
      return ticketSecret(ticketKey(master), of, handle);
    }
  });

  it('does not run tenant and handle together', () => {
    expect(ticketSecret(key, 'town', 't-a')).not.toBe(ticketSecret(key, 'townt', '-a'));
    expect(ticketSecret(key, '', 'towna')).not.toBe(ticketSecret(key, 'towna', ''));
  });

  it('takes no short key', () => {
    expect(() => ticketKey(master.subarray(1))).toThrow(RangeError);
    expect(() => ticketSecret(new Uint8Array(0), 'town', 't-a')).toThrow(RangeError);
    // The key of the installation is never used as it is, whatever its length.
    expect(Buffer.from(key).equals(master)).toBe(false);
  });
});

describe('redeeming a ticket', () => {
  const issuedAt = 1_800_000_000_000;
  const key = ticketKey(Buffer.from('k'.repeat(32)));
  const handle = 't-aaaaaaaaaaaaaaaa';
  const secret = ticketSecret(key, tenant, handle);
  const fresh: Ticket = {
    tenant,
    handle,
    device: 'd'.repeat(64),
    deviceName: 'lt-0001',
    deviceCertificateNotAfter: issuedAt + 1e9,
    binding: 'ticket',
    traceId: 'abcdef0123456789',
    issuedAt,
    expiresAt: issuedAt + 120_000,
  };
  const at = issuedAt + 1_000;
  const redeemed = { at, nasGroup: 'hall', caller: '192.0.2.1', sessionId: 'S-1' };
  const used: Ticket = { ...fresh, redeemed };
  const bound: Ticket = { ...fresh, nasGroups: ['hall', 'barn'] };
  const use = (fields: Partial<Redemption> = {}): Redemption => ({
    secret,
    nasGroup: 'hall',
    caller: '192.0.2.1',
    now: at,
    accountingStarted: false,
    ...fields,
  });
  const outcome = (ticket: Ticket, redemption: Redemption) => {
    const result = redeemable(ticket, key, redemption);
    return isRefused(result) ? result.refused : result;
  };

  it.each<[string, Ticket, Partial<Redemption>, ReturnType<typeof outcome>]>([
    ['is fresh the first time', fresh, {}, 'fresh'],
    ['is fresh until its last millisecond', fresh, { now: fresh.expiresAt - 1 }, 'fresh'],
    ['expires after two minutes', fresh, { now: fresh.expiresAt }, 'ticket-expired'],
    ['needs its secret', fresh, { secret: secret.slice(0, -1) }, 'ticket-secret-wrong'],
    ['needs some secret', fresh, { secret: '' }, 'ticket-secret-wrong'],
    ['needs no more than its secret', fresh, { secret: `${secret}=` }, 'ticket-secret-wrong'],
    ['needs the secret of its tenant', { ...fresh, tenant: 'village' }, {}, 'ticket-secret-wrong'],
    ['needs the secret of its handle', { ...fresh, handle: 't-aaaaaaaaaaaaaaab' }, {}, 'ticket-secret-wrong'],
    ['opens a NAS group that it is made for', bound, {}, 'fresh'],
    ['and another one of them', bound, { nasGroup: 'barn' }, 'fresh'],
    ['is none at any other', bound, { nasGroup: 'annex' }, 'ticket-unknown'],
    ['is none there when it has expired', bound, { nasGroup: 'annex', now: fresh.expiresAt }, 'ticket-unknown'],
    ['is none there when it was used', { ...bound, redeemed }, { nasGroup: 'annex' }, 'ticket-unknown'],
    ['wants its secret there first', bound, { nasGroup: 'annex', secret: 'x' }, 'ticket-secret-wrong'],
    ['is none anywhere when it is made for no group', { ...fresh, nasGroups: [] }, {}, 'ticket-unknown'],
    ['gives the same answer to the same caller at once', used, {}, { replay: 'S-1' }],
    ['and for a minute', used, { now: at + 59_999 }, { replay: 'S-1' }],
    ['and not longer', used, { now: at + 60_000 }, 'ticket-used'],
    ['and not once accounting has started', used, { accountingStarted: true }, 'ticket-used'],
    ['and not to another concentrator group', used, { nasGroup: 'annex' }, 'ticket-used'],
    ['and not to another caller', used, { caller: '192.0.2.2' }, 'ticket-used'],
    ['and not without the secret', used, { secret: 'x' }, 'ticket-secret-wrong'],
    [
      'repeats even when the ticket has meanwhile expired',
      { ...used, expiresAt: at + 1 },
      { now: at + 2 },
      { replay: 'S-1' },
    ],
  ])('%s', (_, ticket, fields, expected) => {
    expect(outcome(ticket, use(fields))).toEqual(expected);
  });

  it('tells nothing to whoever has not the secret, whatever the state of the ticket', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.boolean(),
        fc.integer({ min: -1e6, max: 1e6 }),
        fc.boolean(),
        (guess, first, shift, started) => {
          fc.pre(guess !== secret);
          const redemption = use({ secret: guess, now: at + shift, accountingStarted: started });
          expect(outcome(first ? fresh : used, redemption)).toBe('ticket-secret-wrong');
        },
      ),
    );
  });

  it('is never fresh twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.boolean(), fc.string(), (shift, started, caller) => {
        expect(outcome(used, use({ now: at + shift, accountingStarted: started, caller }))).not.toBe('fresh');
      }),
    );
  });

  it('takes a secret under its own key alone', () => {
    const other = ticketKey(Buffer.from('x'.repeat(32)));
    expect(redeemable(fresh, other, use())).toEqual({ refused: 'ticket-secret-wrong' });
    expect(redeemable(fresh, other, use({ secret: ticketSecret(other, tenant, handle) }))).toBe('fresh');
  });
});
