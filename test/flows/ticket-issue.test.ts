// Tickets: issued to a proven machine, redeemed once, and repeated only to the one who lost the answer.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import {
  isTicketHandle,
  redeemable,
  type Redemption,
  secretHash,
  ticketHandle,
  ticketSecret,
} from '../../gateway/identity/ticket.ts';
import type { Ticket } from '../../gateway/ports.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { signedProof } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  nonceOver,
  requestOver,
  tenant,
} from '../support/agent-world.ts';

describe('issuing a ticket', () => {
  let pki: AgentPki;
  let world: AgentWorld;

  beforeAll(() => {
    pki = makeAgentPki();
  });
  afterAll(() => {
    pki.remove();
  });
  beforeEach(async () => {
    world = await makeAgentWorld(pki);
  });
  afterEach(async () => {
    await world.close();
  });

  it('gives a handle and a secret for five minutes, and keeps of the secret only its hash', async () => {
    const connection = connectionFor(pki.laptop);
    const body = { machineKey: pki.laptop.key, exporter: connection.exporter };
    const ticket = accepted(await world.handlers.ticket(requestOver(connection, body)));
    expect(ticket.handle).toMatch(/^t-[a-z2-7]{16}$/);
    expect(ticket.secret).toMatch(/^[A-Za-z0-9_-]{24,}$/);
    expect(ticket).toMatchObject({ expiresAt: world.now() + 300_000, traceId: 'abcdef0123456789' });
    const kept = await world.store.ticket(tenant, ticket.handle);
    expect(kept).toMatchObject({
      secretHash: createHash('sha256').update(ticket.secret).digest('hex'),
      device: pki.laptop.key,
      deviceName: 'lt-0001.town.example',
      binding: 'ticket',
      traceId: 'abcdef0123456789',
    });
    expect(kept).not.toHaveProperty('person');
    expect(JSON.stringify(kept)).not.toContain(ticket.secret);
    expect(kept?.deviceCertificateNotAfter).toBeGreaterThan(world.now() + 29 * 24 * 3600_000);
  });

  it('is for the person who is proven on that machine', async () => {
    const connection = connectionFor(pki.laptop);
    const { nonce } = await nonceOver(world, connection, 'identity-proof');
    const { exporter } = connection;
    const proof = signedProof(pki.person, { nonce, exporter, machineKey: pki.laptop.key });
    const { pseudonym } = accepted(await world.handlers.identityProof(requestOver(connection, proof)));
    const body = { machineKey: pki.laptop.key, exporter };
    const { handle } = accepted(await world.handlers.ticket(requestOver(connection, body)));
    expect(await world.store.ticket(tenant, handle)).toMatchObject({ person: pseudonym });
    const other = connectionFor(pki.otherLaptop);
    const otherBody = { machineKey: pki.otherLaptop.key, exporter: other.exporter };
    const second = accepted(await world.handlers.ticket(requestOver(other, otherBody)));
    expect(await world.store.ticket(tenant, second.handle)).not.toHaveProperty('person');
  });

  it('takes the machine of this connection, and a request made for it', async () => {
    const connection = connectionFor(pki.laptop);
    const ask = async (machineKey: string, exporter: string) => {
      const answer = await world.handlers.ticket(requestOver(connection, { machineKey, exporter }));
      return isRefused(answer) ? answer.refused : 'issued';
    };
    expect(await ask(pki.otherLaptop.key, connection.exporter)).toBe('report-device-mismatch');
    expect(await ask(pki.laptop.key, connectionFor(pki.laptop).exporter)).toBe('channel-binding-wrong');
    expect(await ask(pki.laptop.key, connection.exporter)).toBe('issued');
  });

  it('is nothing for an unproven key', async () => {
    const holder = pki.sessionHolder();
    const stranger = connectionFor(holder, true);
    const body = { machineKey: holder.key, exporter: stranger.exporter };
    expect(await world.handlers.ticket(requestOver(stranger, body))).toEqual({ refused: 'session-key-unproven' });
  });
});

describe('handle and secret', () => {
  const bytes = (count: number) => fc.uint8Array({ minLength: count, maxLength: count });

  it('spell the bytes in base32 and base64url (RFC 4648)', () => {
    // RFC 4648 section 10: BASE32("foobar") begins MZXW6YTBOI.
    expect(ticketHandle(Buffer.from('foobarfoob'))).toBe('t-mzxw6ytbojtg633c');
    expect(ticketHandle(new Uint8Array(10))).toBe('t-aaaaaaaaaaaaaaaa');
    expect(ticketHandle(new Uint8Array(10).fill(255))).toBe('t-7777777777777777');
    expect(ticketSecret(new Uint8Array(24))).toBe('A'.repeat(32));
  });

  it('lose nothing: other bytes are another handle', () => {
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

  it('take exactly as many bytes as they show', () => {
    expect(() => ticketHandle(new Uint8Array(9))).toThrow(RangeError);
    expect(() => ticketSecret(new Uint8Array(25))).toThrow(RangeError);
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

describe('redeeming a ticket', () => {
  const issuedAt = 1_800_000_000_000;
  const secret = 'S'.repeat(32);
  const fresh: Ticket = {
    tenant,
    handle: 't-aaaaaaaaaaaaaaaa',
    secretHash: secretHash(secret),
    device: 'd'.repeat(64),
    deviceName: 'lt-0001',
    deviceCertificateNotAfter: issuedAt + 1e9,
    binding: 'ticket',
    traceId: 'abcdef0123456789',
    issuedAt,
    expiresAt: issuedAt + 300_000,
  };
  const at = issuedAt + 1_000;
  const used: Ticket = { ...fresh, redeemed: { at, nasGroup: 'hall', caller: '192.0.2.1', sessionId: 'S-1' } };
  const use = (fields: Partial<Redemption> = {}): Redemption => ({
    secret,
    nasGroup: 'hall',
    caller: '192.0.2.1',
    now: at,
    accountingStarted: false,
    ...fields,
  });
  const outcome = (ticket: Ticket, redemption: Redemption) => {
    const result = redeemable(ticket, redemption);
    return isRefused(result) ? result.refused : result;
  };

  it.each<[string, Ticket, Partial<Redemption>, ReturnType<typeof outcome>]>([
    ['is fresh the first time', fresh, {}, 'fresh'],
    ['is fresh until its last millisecond', fresh, { now: fresh.expiresAt - 1 }, 'fresh'],
    ['expires after five minutes', fresh, { now: fresh.expiresAt }, 'ticket-expired'],
    ['needs its secret', fresh, { secret: 'S'.repeat(31) }, 'ticket-secret-wrong'],
    ['needs some secret', fresh, { secret: '' }, 'ticket-secret-wrong'],
    ['gives the hash no secret of its own', fresh, { secret: fresh.secretHash }, 'ticket-secret-wrong'],
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

  it('refuses a stored hash that is none', () => {
    expect(outcome({ ...fresh, secretHash: '' }, use())).toBe('ticket-secret-wrong');
    expect(outcome({ ...fresh, secretHash: 'zz' }, use())).toBe('ticket-secret-wrong');
  });
});
