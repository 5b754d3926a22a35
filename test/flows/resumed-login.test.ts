// Coming back with a TLS session: a login like every other. Who it is, and what the rules say now, is judged afresh; and
// it is for those kinds of certificates only that the configuration names.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Issued } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { encodeEap } from '../../gateway/eap/packet.ts';
import { eapTlsPeer } from '../../gateway/eap/peer.ts';
import { type EapAnswer, eapRound } from '../../gateway/flows/eap-conversation.ts';
import { TlsHandshakes } from '../../gateway/io/tls-handshakes.ts';
import type { RadiusPorts } from '../../gateway/flows/radius-request.ts';
import { offeringClient } from '../contracts/tls-engine-client.ts';
import { caller, makeRadiusWorld, nasAddress, type RadiusWorld } from '../support/radius-world.ts';

type Resumption = 'off' | 'machine' | 'any';

let world: RadiusWorld;
let tls: TlsHandshakes;
beforeAll(async () => {
  world = await makeRadiusWorld();
});
beforeEach(() => {
  const { chainPem, privateKeyPem } = world.ca.server;
  tls = new TlsHandshakes({ certificatePem: chainPem, keyPem: privateKeyPem, resumption: {} });
});
afterAll(() => world.close());

const portsWith = (resumption?: Resumption): RadiusPorts => ({
  ...world.ports,
  tls,
  ...(resumption === undefined ? {} : { resumption }),
});

interface Login {
  readonly answer: Exclude<EapAnswer, { answer: 'challenge' }>;
  readonly challenges: number;
  readonly resumed: boolean;
  /** What the laptop makes of it. */
  readonly ended: 'success' | 'failure' | undefined;
  readonly msk: Uint8Array | undefined;
  readonly session: Buffer;
}

/** One login in TLS 1.2, to its end. */
async function logIn(ports: RadiusPorts, who: Issued, session?: Buffer): Promise<Login> {
  const nas = ports.nasOf(nasAddress.vpn);
  if (nas === undefined) throw new Error('no such NAS');
  const engine = offeringClient({
    cert: who.chainPem,
    key: who.privateKeyPem,
    maxVersion: 'TLSv1.2',
    ...(session === undefined ? {} : { session }),
  });
  const peer = eapTlsPeer({ identity: 'anonymous', engine, fragmentBytes: 1_000 });
  let eap = encodeEap({ code: 'response', identifier: 1, type: 1, data: Buffer.from('anonymous') });
  let state: string | undefined;
  let challenges = 0;
  let seen: Pick<Login, 'resumed' | 'session'> = { resumed: false, session: Buffer.alloc(0) };
  while (true) {
    const common = { nas, eap, userName: 'anonymous', callingStationId: caller };
    const answer = await eapRound(ports, state === undefined ? common : { ...common, state });
    if (answer.answer === 'challenge') {
      challenges++;
      state = answer.state;
      const next = await peer.answer(answer.eap);
      if (next === undefined || isRefused(next)) throw new Error('the laptop does not go on');
      eap = next;
      // The engine is closed when the conversation ends, and tells nothing then.
      if (engine.status().finished) seen = { resumed: engine.resumed(), session: engine.session() };
      continue;
    }
    if (answer.eap !== undefined) await peer.answer(answer.eap);
    engine.close();
    const { ended, msk } = peer.result();
    return { answer, challenges, ...seen, ended, msk };
  }
}

const denial = async () => (await world.store.decisions({ tenant: 'town', only: 'refused', limit: 1 }))[0];

describe('a login that comes back with its TLS session', () => {
  it.each([
    ['a machine', 'off', () => world.ca.machines.valid, false],
    ['a machine', undefined, () => world.ca.machines.valid, false],
    ['a machine', 'machine', () => world.ca.machines.valid, true],
    ['a machine', 'any', () => world.ca.machines.valid, true],
    ['a card', 'off', () => world.ca.people.valid, false],
    ['a card', 'machine', () => world.ca.people.valid, false],
    ['a card', 'any', () => world.ca.people.valid, true],
  ] as const)('%s under resumption %s', async (_, resumption, who, resumed) => {
    const ports = portsWith(resumption);
    const first = await logIn(ports, who());
    expect(first).toMatchObject({ answer: { answer: 'accept' }, resumed: false, ended: 'success' });
    const second = await logIn(ports, who(), first.session);
    expect(second).toMatchObject({ answer: { answer: 'accept' }, resumed, ended: 'success' });
    if (first.answer.answer !== 'accept' || second.answer.answer !== 'accept') throw new Error('checked above');
    expect(second.answer.msk).toEqual(second.msk);
    expect(second.answer.msk).not.toEqual(first.answer.msk);
    // A decision of its own, about the same device or person.
    const [one, two] = [first.answer.session, second.answer.session];
    expect(two.id).not.toBe(one.id);
    expect([two.way, two.binding, two.device, two.person]).toEqual([one.way, one.binding, one.device, one.person]);
  });

  it('[RFC5216-2.1.2] is answered by the success itself: Start and one flight are its only challenges', async () => {
    const ports = portsWith('machine');
    const first = await logIn(ports, world.ca.machines.valid);
    const second = await logIn(ports, world.ca.machines.valid, first.session);
    expect(second).toMatchObject({ resumed: true, challenges: 2 });
    expect(first.challenges).toBeGreaterThan(2);
  });

  it('of a kind that may not come back any more is refused, and the next full one is not', async () => {
    const { session } = await logIn(portsWith('any'), world.ca.people.valid);
    const ports = portsWith('machine');
    const back = await logIn(ports, world.ca.people.valid, session);
    expect(back).toMatchObject({ resumed: true, ended: 'failure', msk: undefined });
    expect(back.answer).toMatchObject({ answer: 'reject', refused: { refused: 'eap-unexpected' } });
    expect(await denial()).toMatchObject({ kind: 'refusal', reasons: ['eap-unexpected'] });
    const again = await logIn(ports, world.ca.people.valid, session);
    expect(again).toMatchObject({ answer: { answer: 'accept' }, resumed: false, ended: 'success' });
  });

  it('of a device that the rules do not want any more is denied, without an alert and without keys', async () => {
    const ports = portsWith('machine');
    const { session } = await logIn(ports, world.ca.machines.valid);
    const tenant = ports.tenant('town');
    const unwanted = { class: 'private-pc', state: 'active' } as const;
    const after: RadiusPorts = {
      ...ports,
      tenant: () => ({ ...tenant, register: { ...tenant.register, unlisted: unwanted } }),
    };
    const back = await logIn(after, world.ca.machines.valid, session);
    expect(back).toMatchObject({ resumed: true, challenges: 2, ended: 'failure', msk: undefined });
    expect(back.answer.answer).toBe('reject');
    expect(await denial()).toMatchObject({ kind: 'admission', outcome: 'deny', reasons: ['policy-gap'] });
  });

  it('with a certificate that ended meanwhile is refused for that', async () => {
    const ports = portsWith('machine');
    const { session } = await logIn(ports, world.ca.machines.valid);
    const later = world.now() + 400 * 86_400_000;
    const back = await logIn({ ...ports, clock: { now: () => later } }, world.ca.machines.valid, session);
    expect(back).toMatchObject({ resumed: true, ended: 'failure' });
    expect(back.answer).toMatchObject({ answer: 'reject', refused: { refused: 'certificate-expired' } });
  });
});
