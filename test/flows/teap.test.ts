// TEAP through the whole flow, with a peer of its own: one inner method, a machine and its user as one admission, both ways of
// binding, and everything that must be refused. What the policy says is that of the other logins.

import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import type { Reason } from '../../gateway/contract/reason.ts';
import type { TeapSettings } from '../../gateway/eap/teap.ts';
import type { RadiusPorts } from '../../gateway/flows/radius-request.ts';
import { mschapv2Peer } from '../support/mschapv2-peer.ts';
import { describeWith } from '../support/programs.ts';
import { makeRadiusWorld, type RadiusWorld } from '../support/radius-world.ts';
import { teapLogin, type TeapLogin, type TeapPeerOptions, tlvType } from '../support/teap-peer.ts';
import { word } from '../support/teap-peer-inside.ts';

let world: RadiusWorld;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
afterAll(() => world.close());

const asked = (...types: readonly ('machine' | 'user' | 'machine?' | 'user?')[]): TeapSettings['identities'] =>
  types.map(each => ({ type: each.startsWith('machine') ? 'machine' : 'user', optional: each.endsWith('?') }));
const served = (
  identities = asked('machine', 'user'),
  bindingKeys: TeapSettings['bindingKeys'] = 'both',
): RadiusPorts => ({
  ...world.ports,
  methods: ['eap-tls', 'teap'],
  teap: { authorityId: 'gateway-1', identities, bindingKeys },
});
const denials = () => world.store.decisions({ tenant: 'town', only: 'refused', limit: 1000 });
const sessions = () => world.store.sessions({ tenant: 'town', limit: 1000 });
const people = () => world.ca.people;
const machines = () => world.ca.machines;

const expectIn = ({ answer, msk }: TeapLogin) => {
  if (answer.answer !== 'accept') throw new Error(`${answer.answer}: ${JSON.stringify(answer)}`);
  // [RFC9930-6.4] What the concentrator gets is what the peer made out of everything.
  expect(Buffer.from(answer.msk).toString('hex')).toBe(msk?.toString('hex'));
  return answer.session;
};
/** Rejected, told inside by this error, recorded, and without a session. */
const expectRefused = async (reason: Reason, error: number | undefined, login: Promise<TeapLogin>) => {
  const open = (await sessions()).length;
  const { answer, heard } = await login;
  expect(answer).toMatchObject({ answer: 'reject', refused: { refused: reason } });
  const last = heard.at(-1) ?? [];
  if (error !== undefined) {
    expect(last.find(([type]) => type === tlvType.result)?.[1]).toEqual(word(0, 2));
    expect(last.find(([type]) => type === tlvType.error)?.[1].readUInt32BE()).toBe(error);
  }
  expect((await denials())[0]?.reasons).toEqual([reason]);
  expect(await sessions()).toHaveLength(open);
};

describe('one inner method', () => {
  it('a card, by EAP-TLS, is a person', async () => {
    const login = await teapLogin(served(asked('user')), { user: people().valid });
    expect(expectIn(login)).toMatchObject({ way: 'eap-tls-identity', binding: 'none' });
    expect(login.version).toBe('TLSv1.2');
    // Asked, bound, told: each by itself.
    expect(login.heard.map(tlvs => tlvs.map(([type]) => type).join()).filter(types => types !== '9')).toEqual([
      '2,9',
      '10,12',
      '3',
    ]);
  });
  it('a machine is a machine', async () => {
    const session = expectIn(await teapLogin(served(asked('machine')), { machine: machines().valid }));
    expect(session).toMatchObject({ way: 'eap-tls-machine', device: keyOf(machines().valid) });
  });
  it.each(['emsk', 'msk', 'both'] as const)('[RFC9930-6.2] a peer that binds by %s', async binds => {
    expectIn(await teapLogin(served(asked('user')), { user: people().valid, binds }));
  });
  it('asked for a binding by the MSK alone, a peer gives that', async () => {
    expectIn(await teapLogin(served(asked('user'), 'msk'), { user: people().valid }));
  });
  it('[RFC9930-4.1] what the peer says beside TLS is bound too', async () => {
    const outer = Buffer.from('0007000400000137', 'hex');
    expectIn(await teapLogin(served(asked('user')), { user: people().valid, outer }));
  });
});

describe('a machine and then its user', () => {
  it.each<[TeapSettings['bindingKeys'], TeapPeerOptions['binds']]>([
    ['both', 'emsk'],
    ['both', 'msk'],
    ['both', 'both'],
    ['msk', 'msk'],
  ])('asked for %s, answered by %s, are one admission', async (keys, binds) => {
    const before = (await sessions()).length;
    const who = { machine: machines().valid, user: people().valid };
    const session = expectIn(
      await teapLogin(served(asked('machine', 'user'), keys), { ...who, ...(binds && { binds }) }),
    );
    expect(session).toMatchObject({
      way: 'eap-tls-both',
      binding: 'one-conversation',
      device: keyOf(machines().valid),
    });
    expect(session.person).toMatch(/./);
    expect(await sessions()).toHaveLength(before + 1);
  });
  it('each must be what was asked for, even alone', async () => {
    await expectRefused(
      'credentials-conflicting',
      1004,
      teapLogin(served(asked('machine')), { machine: people().valid }),
    );
    await expectRefused('credentials-conflicting', 1004, teapLogin(served(asked('user')), { user: machines().valid }));
  });
  it('in the other order too', async () => {
    const who = { machine: machines().valid, user: people().valid };
    expect(expectIn(await teapLogin(served(asked('user', 'machine')), who))).toMatchObject({ way: 'eap-tls-both' });
  });
  it.each<[string, () => TeapPeerOptions, Reason, number | undefined]>([
    ['a revoked machine', () => ({ machine: machines().revoked, user: people().valid }), 'certificate-revoked', 1020],
    ['an expired card', () => ({ machine: machines().valid, user: people().expired }), 'certificate-expired', 1020],
    [
      'a card in place of a machine',
      () => ({ machine: people().second, user: people().valid }),
      'credentials-conflicting',
      1004,
    ],
    [
      'a machine in place of a card',
      () => ({ machine: machines().valid, user: machines().second }),
      'credentials-conflicting',
      1004,
    ],
    [
      'a machine that no policy is for',
      () => ({ machine: machines().second, user: people().valid }),
      'policy-gap',
      1004,
    ],
  ])('%s is refused, and nobody gets in by half', async (_what, who, reason, error) => {
    const open = (await sessions()).filter(({ decision }) => decision.outcome !== 'deny').length;
    const { answer, heard } = await teapLogin(served(), who());
    expect(answer).toMatchObject({ answer: 'reject', refused: { refused: reason } });
    expect(
      heard
        .at(-1)
        ?.find(([type]) => type === tlvType.error)?.[1]
        .readUInt32BE(),
    ).toBe(error);
    expect((await denials())[0]?.reasons).toEqual([reason]);
    expect((await sessions()).filter(({ decision }) => decision.outcome !== 'deny')).toHaveLength(open);
  });
});

describe('[RFC9930-4.2.3] who has not what is asked for', () => {
  it('may be missing where the configuration says so', async () => {
    const alone = await teapLogin(served(asked('machine?', 'user')), { user: people().valid });
    expect(expectIn(alone)).toMatchObject({ way: 'eap-tls-identity' });
    const unmanned = await teapLogin(served(asked('machine', 'user?')), { machine: machines().valid });
    expect(expectIn(unmanned)).toMatchObject({ way: 'eap-tls-machine' });
  });
  it('says so by an empty identity as well', async () => {
    const options: TeapPeerOptions = {
      machine: machines().valid,
      user: people().valid,
      change: (moment, tlvs, nth) =>
        moment === 'identity' && nth === 1
          ? tlvs.map(([type, value]) => [type, type === 9 ? emptied(value) : value])
          : tlvs,
    };
    expect(expectIn(await teapLogin(served(asked('machine', 'user?')), options))).toMatchObject({
      way: 'eap-tls-machine',
    });
    await expectRefused('credentials-missing', 1019, teapLogin(served(), options));
  });
  it.each<[string, TeapSettings['identities'], () => TeapPeerOptions]>([
    ['a machine is demanded', asked('machine', 'user'), () => ({ user: people().valid })],
    ['a user is demanded', asked('machine', 'user'), () => ({ machine: machines().valid })],
    ['nothing is left of what may be missing', asked('machine?'), () => ({ user: people().valid })],
  ])('is refused where %s', async (_what, identities, who) => {
    await expectRefused('credentials-missing', 1019, teapLogin(served(identities), who()));
  });
  it('[RFC9930-3.6.1] nobody proves a second time what was proven', async () => {
    const twice: TeapPeerOptions = {
      machine: machines().valid,
      user: people().valid,
      change: (moment, tlvs) =>
        moment === 'identity' ? tlvs.map(([type, value]) => [type, type === 2 ? word(0, 2) : value]) : tlvs,
    };
    await expectRefused('credentials-missing', 1019, teapLogin(served(), twice));
  });
});

describe('a binding that does not hold', () => {
  const spoiled = (at: number, nth = 0): TeapPeerOptions => ({
    machine: machines().valid,
    user: people().valid,
    change: (moment, tlvs, count) => (moment === 'binding' && count === nth ? tlvs.map(spoil(at)) : tlvs),
  });
  it.each<[string, () => TeapPeerOptions]>([
    ['a MAC of the first method', () => spoiled(40)],
    ['a MAC of the second', () => spoiled(40, 1)],
    ['the nonce', () => spoiled(10)],
    ['[RFC9930-3.1] the version that the peer heard of', () => spoiled(2)],
    ['the flags', () => spoiled(3)],
    [
      'all of it',
      () => ({ ...spoiled(0), change: (moment, tlvs) => (moment === 'binding' ? tlvs.slice(0, 1) : tlvs) }),
    ],
  ])('is the end: %s', async (_what, options) => {
    await expectRefused('eap-crypto-binding-wrong', 2001, teapLogin(served(), options()));
  });
  it('is the end where what stands beside TLS was changed on the way', async () => {
    const outer = Buffer.from('0007000400000137', 'hex');
    const options = { user: people().valid, outer };
    // The peer notices first, as the MAC of the gateway is over what the gateway sent.
    const heardOuter = Buffer.from('0001000465766c6c', 'hex');
    await expect(teapLogin(served(asked('user')), { ...options, heardOuter })).rejects.toThrow('their MAC by the MSK');
  });
  it('is the end where the peer says so', async () => {
    const compromised: TeapPeerOptions = {
      user: people().valid,
      change: (moment, tlvs) =>
        moment === 'binding'
          ? [
              [3, word(0, 2)],
              [5, word(0, 0, 7, 0xd1)],
            ]
          : tlvs,
    };
    await expectRefused('eap-crypto-binding-wrong', undefined, teapLogin(served(asked('user')), compromised));
  });
});

describe('what is said at the wrong time', () => {
  const saying = (when: string, what: TeapPeerOptions['change']): TeapPeerOptions => ({
    user: people().valid,
    change: (moment, tlvs, nth) => (moment === when ? (what?.(moment, tlvs, nth) ?? tlvs) : tlvs),
  });
  it.each<[string, string, TeapPeerOptions['change'], Reason, number | undefined]>([
    ['a result before anything', 'identity', () => [[3, word(0, 1)]], 'eap-unexpected', 2002],
    ['a result in the middle of a method', 'method', (_m, tlvs) => [...tlvs, [3, word(0, 1)]], 'eap-unexpected', 2002],
    [
      'a binding that was not asked for',
      'method',
      (_m, tlvs) => [...tlvs, [12, Buffer.alloc(76)]],
      'eap-unexpected',
      2002,
    ],
    ['two EAP packets', 'method', (_m, tlvs) => [...tlvs, ...tlvs], 'eap-unexpected', 2002],
    ['no EAP packet', 'method', () => [[2, word(0, 1)]], 'eap-unexpected', 2002],
    ['something that is no EAP', 'method', () => [[9, word(9, 9)]], 'eap-malformed', 2002],
    ['its own failure', 'method', () => [[3, word(0, 2)]], 'eap-unexpected', undefined],
    ['a method that fails for it', 'method', () => [[10, word(0, 2)]], 'eap-unexpected', 2002],
    ['no result of the method', 'binding', (_m, tlvs) => tlvs.slice(1), 'eap-unexpected', 2002],
    ['another end', 'result', () => [[3, word(0, 2)]], 'eap-unexpected', undefined],
    [
      'that it does not know a TLV of ours',
      'identity',
      () => [[4, word(0, 0, 0, 0, 0, 2)]],
      'eap-method-refused',
      1032,
    ],
    ['that it wants something else, or nothing', 'method', () => [[8, word(2, 2)]], 'eap-unexpected', 2002],
    ['[RFC9930-3.6.4] a tunnel inside', 'method', wish(21), 'eap-method-refused', 1032],
    ['[RFC9930-3.6.4] EAP-GTC inside', 'method', wish(6), 'eap-method-refused', 1032],
  ])('%s', async (_what, when, say, reason, error) => {
    const { answer, heard } = await teapLogin(served(asked('user')), saying(when, say));
    expect(answer).toMatchObject({ answer: 'reject', refused: { refused: reason } });
    const told = heard
      .at(-1)
      ?.find(([type]) => type === tlvType.error)?.[1]
      .readUInt32BE();
    if (error !== undefined) expect(told).toBe(error);
  });
  it('[RFC9930-4.2.5] is answered by a NAK where it is mandatory and not known, and may be said again', async () => {
    let first: readonly (readonly [number, Buffer])[] = [];
    const options: TeapPeerOptions = {
      user: people().valid,
      change: (moment, tlvs, nth) => {
        if (moment === 'identity') {
          first = tlvs;
          return [[99, word(1)], ...tlvs];
        }
        // The NAK holds no EAP, so the peer comes here, and says it without.
        return moment === 'method' && nth === 0 ? first : tlvs;
      },
    };
    const login = await teapLogin(served(asked('user')), options);
    expect(login.heard[1]).toEqual([[tlvType.nak, word(0, 0, 0, 0, 0, 99)]]);
    expectIn(login);
  });
  it('[RFC9930-4.2.9] wishes beyond the result are not granted, and the peer says what follows', async () => {
    const wishing = (status: number): TeapPeerOptions => ({
      user: people().valid,
      change: (moment, tlvs) => (moment === 'result' ? [[8, word(status, 2)]] : tlvs),
    });
    expectIn(await teapLogin(served(asked('user')), wishing(1)));
    const { answer } = await teapLogin(served(asked('user')), wishing(2));
    expect(answer).toMatchObject({ answer: 'reject', refused: { refused: 'eap-unexpected' } });
  });
});

describe('where TEAP is not served', () => {
  it('TLS 1.3 is refused by TLS itself', async () => {
    const { answer, version } = await teapLogin(served(asked('user')), { user: people().valid, tls: '1.3' });
    expect(answer).toMatchObject({ answer: 'reject', refused: { refused: 'tls-version-refused' } });
    expect(version).not.toBe('TLSv1.2');
  });
  it('nobody who was not told so offers it', async () => {
    const { answer } = await teapLogin(world.ports, { user: people().valid });
    expect(answer).toMatchObject({ answer: 'reject', refused: { refused: 'eap-method-off' } });
  });
});

describeWith('openssl', 'EAP-MSCHAPv2 inside TEAP', openssl => {
  const by = mschapv2Peer(openssl);
  it('[RFC5422-3.2.3] a ticket gets in, bound by the keys of MSCHAPv2', async () => {
    const ticket = { ...(await world.ticket()), by };
    expect(expectIn(await teapLogin(served(asked('user')), { ticket }))).toMatchObject({
      way: 'ticket',
      binding: 'ticket',
    });
  });
  it('a machine and then the ticket that was made for it', async () => {
    const ticket = { ...(await world.ticket({ device: keyOf(machines().valid) })), by };
    const session = expectIn(await teapLogin(served(), { machine: machines().valid, ticket }));
    expect(session).toMatchObject({ way: 'ticket', device: keyOf(machines().valid) });
  });
  it('another machine is refused, and the ticket is not used up', async () => {
    const ticket = { ...(await world.ticket()), by };
    const login = teapLogin(served(), { machine: machines().valid, ticket });
    await expectRefused('credentials-conflicting', 1004, login);
    expectIn(await teapLogin(served(asked('user')), { ticket }));
  });
  it('a wrong secret is refused', async () => {
    const ticket = { ...(await world.ticket()), secret: 'wrong', by };
    await expectRefused('ticket-secret-wrong', 1001, teapLogin(served(asked('user')), { ticket }));
  });
  it('before a machine a password is not offered, as it would decide too early', async () => {
    const ticket = { ...(await world.ticket()), by };
    const login = teapLogin(served(asked('user', 'machine')), { machine: machines().valid, ticket });
    await expectRefused('eap-method-refused', 1032, login);
  });
  it('whoever is let in by a ticket in a tunnel that somebody else holds is rejected, and it is on record', async () => {
    const ticket = { ...(await world.ticket()), by };
    const change: TeapPeerOptions['change'] = (moment, tlvs) => (moment === 'binding' ? tlvs.map(spoil(60)) : tlvs);
    const { answer } = await teapLogin(served(asked('user')), { ticket, change });
    expect(answer).toMatchObject({ answer: 'reject', refused: { refused: 'eap-crypto-binding-wrong' } });
    expect((await denials())[0]?.reasons).toEqual(['eap-crypto-binding-wrong']);
  });
});

/** In place of its answer to the method that is offered, the peer wants another. */
function wish(method: number): NonNullable<TeapPeerOptions['change']> {
  return (_moment, tlvs) =>
    tlvs.map(([type, value]) => [type, Buffer.concat([value.subarray(0, 2), word(0, 6, 3, method)])]);
}

/** One octet of the binding changed. */
function spoil(at: number) {
  return ([type, value]: readonly [number, Buffer]): readonly [number, Buffer] => {
    if (type !== tlvType.binding) return [type, value];
    const other = Buffer.from(value);
    other[at] = (other[at] ?? 0) ^ 0x40;
    return [type, other];
  };
}

/** The same identity response without an identity. */
function emptied(packet: Buffer): Buffer {
  return Buffer.concat([packet.subarray(0, 2), word(0, 5, 1)]);
}

/** SHA-256 of the key: what a machine is called everywhere. */
function keyOf({ chainPem }: Issued): string {
  const spki = new X509Certificate(chainPem).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}
