// Giving out second factors: by an operator, and by the person with the identity card; who may, what is kept of it, and what
// is good for nothing afterwards.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArgsOf } from '../../gateway/contract/acts.ts';
import type { Right } from '../../gateway/contract/operator.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { operatorAct } from '../../gateway/flows/operator-act.ts';
import { secondFactorEnrol } from '../../gateway/flows/operator-second-factor.ts';
import { useSecondFactor } from '../../gateway/flows/second-factor.ts';
import { secondFactorRenewal } from '../../gateway/flows/second-factor-renewal.ts';
import type { AgentConnection } from '../../gateway/ports.ts';
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
import { authenticator } from '../support/authenticator.ts';

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

type Given = { readonly uri: string; readonly recoveryCodes: readonly string[] };

const use = (person: string, code: string) =>
  useSecondFactor(world.ports, { tenant, pseudonyms: [person], code, now: world.now() });
const codeOf = ({ uri }: Given) => authenticator(uri)(world.now());
const factorOf = async (person: string) => (await world.store.kept(tenant, 'second-factor', person))?.value;
const lastRecord = async () => (await world.store.decisions({ tenant, limit: 1 }))[0];

/** Neither the record nor what is kept gives back anything of what the person was told. */
async function expectNothingKept({ uri, recoveryCodes }: Given, person: string, account?: string): Promise<void> {
  const kept = JSON.stringify([await factorOf(person), await world.store.decisions({ tenant, limit: 50 })]);
  const seed = new URL(uri).searchParams.get('secret') ?? uri;
  const secrets = [seed, ...recoveryCodes, ...recoveryCodes.map(code => code.replaceAll('-', ''))];
  for (const secret of [...secrets, ...(account === undefined ? [] : [account])]) expect(kept).not.toContain(secret);
}

describe('an operator', () => {
  const person = `k1-${'a'.repeat(26)}`;
  const enrol = (args: Partial<ArgsOf<'second-factor-enrol'>> = {}, rights: readonly Right[] = ['second-factor']) =>
    operatorAct(
      world.ports,
      secondFactorEnrol,
    )({
      tenant,
      operator: { name: 'desk', rights },
      traceId: 'trace-1',
      reason: 'showed their identity card at the desk',
      args: { person, account: 'jan@town.example', ...args },
    });

  it('gives one that opens, and tells its secrets to nobody else', async () => {
    const given = accepted(await enrol());
    expect(given.uri).toMatch(/^otpauth:\/\/totp\/Sluis%20town:jan%40town\.example\?secret=[A-Z2-7]{32}&/);
    expect(new Set(given.recoveryCodes).size).toBe(10);
    expect(await factorOf(person)).toMatchObject({ state: 'waiting', lastStep: -1 });
    await expectNothingKept(given, person, 'jan@town.example');
    expect(await lastRecord()).toMatchObject({
      kind: 'act',
      person,
      act: { operator: 'desk', what: 'enrol a second factor', reason: 'showed their identity card at the desk' },
    });
    expect(await use(person, codeOf(given))).toBe('totp');
    expect(await factorOf(person)).toMatchObject({ state: 'active' });
  });

  it('gives another while the first was never used, and the first is good for nothing', async () => {
    const first = accepted(await enrol());
    const second = accepted(await enrol());
    expect(await lastRecord()).toMatchObject({ act: { what: 'replace the waiting second factor' } });
    expect(await use(person, codeOf(first))).toMatchObject({ refused: 'second-factor-wrong' });
    expect(await use(person, first.recoveryCodes[0] ?? '')).toMatchObject({ refused: 'second-factor-wrong' });
    expect(await use(person, codeOf(second))).toBe('totp');
  });

  it('replaces one that is in use only when told so', async () => {
    const first = accepted(await enrol());
    await use(person, codeOf(first));
    const before = await factorOf(person);
    expect(await enrol()).toMatchObject({ refused: 'second-factor-active' });
    expect(await enrol({ replace: false })).toMatchObject({ refused: 'second-factor-active' });
    expect(await factorOf(person)).toEqual(before);
    expect(await lastRecord()).toMatchObject({ reasons: ['second-factor-active'], person });
    const second = accepted(await enrol({ replace: true }));
    expect(await lastRecord()).toMatchObject({ act: { what: 'replace the active second factor' } });
    expect(await use(person, first.recoveryCodes[0] ?? '')).toMatchObject({ refused: 'second-factor-wrong' });
    expect(await use(person, second.recoveryCodes[0] ?? '')).toBe('recovery-code');
  });

  it('needs the right for it', async () => {
    expect(await enrol({}, ['read', 'reveal', 'device', 'session'])).toMatchObject({ refused: 'right-missing' });
    expect(await factorOf(person)).toBeUndefined();
  });
});

describe('a person with the identity card', () => {
  let connection: AgentConnection;
  beforeEach(() => {
    connection = connectionFor(pki.laptop);
  });

  async function prove(): Promise<string> {
    const { nonce } = await nonceOver(world, connection, 'identity-proof');
    const proof = signedProof(pki.person, { nonce, exporter: connection.exporter, machineKey: pki.laptop.key });
    return accepted(await world.handlers.identityProof(requestOver(connection, proof))).pseudonym;
  }
  const renew = (fields: { readonly machineKey?: string; readonly exporter?: string } = {}) =>
    world.handlers.secondFactor(
      requestOver(connection, { machineKey: pki.laptop.key, exporter: connection.exporter, ...fields }),
    );

  it('gets one in place of the one before, recorded as their own act', async () => {
    const person = await prove();
    const first = accepted(await renew());
    await use(person, codeOf(first));
    const second = accepted(await renew());
    expect(await use(person, codeOf(first))).toMatchObject({ refused: 'second-factor-wrong' });
    expect(await use(person, codeOf(second))).toBe('totp');
    expect(second.traceId).toBe('abcdef0123456789');
    expect(second.uri).toContain(`otpauth://totp/Sluis%20town:${person}?`);
    await expectNothingKept(second, person);
    expect(await lastRecord()).toMatchObject({
      kind: 'act',
      person,
      device: pki.laptop.key,
      act: { operator: person, reason: 'self-service with identity certificate' },
    });
    expect(await world.store.verifyChain()).not.toHaveProperty('broken');
  });

  it('only within ten minutes of the proof', async () => {
    expect(await renew()).toMatchObject({ refused: 'identity-proof-missing' });
    const person = await prove();
    world.advance(10 * 60_000);
    const given = accepted(await renew());
    await use(person, codeOf(given));
    const before = await factorOf(person);
    world.advance(1);
    expect(await renew()).toMatchObject({ refused: 'identity-proof-missing' });
    expect(await factorOf(person)).toEqual(before);
    expect(world.counted).toContain('sluis_reports_refused_total identity-proof-missing');
  });

  it('only on the machine where they proved themselves, and over this connection', async () => {
    await prove();
    expect(await renew({ machineKey: pki.otherLaptop.key })).toMatchObject({ refused: 'report-device-mismatch' });
    expect(await renew({ exporter: connectionFor(pki.laptop).exporter })).toMatchObject({
      refused: 'channel-binding-wrong',
    });
    connection = connectionFor(pki.otherLaptop);
    expect(await renew({ machineKey: pki.otherLaptop.key })).toMatchObject({ refused: 'identity-proof-missing' });
  });

  it('is found by the pseudonym of today and by those of earlier keys', async () => {
    await prove();
    const proof = await world.store.personProof(tenant, pki.laptop.key, world.now());
    if (proof === undefined) throw new Error('no proof');
    const former = `k0-${'b'.repeat(26)}`;
    const store = {
      ...world.store,
      personProof: async () => ({ ...proof, name: 'An Peeters', formerPseudonyms: [former] }),
    };
    const answer = await secondFactorRenewal({ ...world.ports, store })(
      requestOver(connection, { machineKey: pki.laptop.key, exporter: connection.exporter }),
    );
    if (isRefused(answer)) throw new Error(answer.refused);
    expect(answer.uri).toContain(':An%20Peeters?');
    // Whichever of the two stands in the directory.
    expect(await use(former, answer.recoveryCodes[0] ?? '')).toBe('recovery-code');
    expect(await use(proof.pseudonym, codeOf(answer))).toBe('totp');
  });
});
