// Revocation on the way of the agent: the responder is asked when a person proves who they are and when a machine
// connects; what it says decides, and what it does not say is decided by the profile. Sessions are named when it turns.

import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRefused, refused } from '../../gateway/contract/reason.ts';
import { agentHandlers } from '../../gateway/flows/agent-handlers.ts';
import { prove, withRevocation } from '../../gateway/identity/identify.ts';
import { type IdentityProfile, readProfile } from '../../gateway/identity/profile.ts';
import { startRevocationUpkeep, type RevocationUpkeep } from '../../gateway/io/revocation-upkeep.ts';
import type { RevokedSessions } from '../../gateway/io/revocation-watch.ts';
import { openMeter } from '../../gateway/io/meter.ts';
import { systemRandom } from '../../gateway/io/system.ts';
import { decide, type RunningPolicy } from '../../gateway/pdp/decide.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import type { AgentConnection } from '../../gateway/ports.ts';
import { ocspQuestion } from '../../posture-client/ocsp-staple.ts';
import { type AgentPki, type Holder, holderOf, makeAgentPki } from '../support/agent-pki.ts';
import { signedProof } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  requestOver,
  tenant,
} from '../support/agent-world.ts';
import { type EidCertificate, type EidPki, makeEidPki } from '../support/eid-pki.ts';
import { freePort, ocspSigner, startOpensslResponder } from '../support/ocsp-responder.ts';
import { checkText, compiled, policyText } from '../policy/sample-set.ts';
import { describeWith } from '../support/programs.ts';
import { contextAt } from '../support/revocation-profile.ts';
import { session as sampleSession } from '../contracts/admission-store-samples.ts';

describeWith('openssl', 'revocation', () => {
  let machines: AgentPki;
  let cards: EidPki;
  let root: EidCertificate;
  let responder: EidCertificate;
  let person: Holder;
  let personCard: EidCertificate;
  let world: AgentWorld;
  let connection: AgentConnection;
  let upkeep: RevocationUpkeep;
  let port: number;
  const named: RevokedSessions[] = [];
  const closers: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    machines = makeAgentPki();
    cards = makeEidPki();
    root = cards.authority('root', { subject: '/CN=Card CA', key: 'P-256' });
    responder = cards.leaf('responder', 'root', { subject: '/CN=Responder', key: 'P-256', extensions: ocspSigner });
    personCard = cards.leaf('card', 'root', { subject: '/CN=Test/serialNumber=85073003328' });
    const { pem, keyPem } = personCard;
    const files = { certificateFile: '', chainFile: '', keyFile: '' };
    person = holderOf({ certificatePem: pem, keyPem, chainPem: pem, ...files });
    port = await freePort();
    named.length = 0;
    world = await makeAgentWorld(machines);
    closers.push(() => world.close());
    connection = connectionFor(machines.laptop);
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    machines.remove();
    cards.remove();
  });

  function cardProfileWith(unavailable: 'deny' | 'allow'): IdentityProfile {
    const document = `
schema: identity-profile/1
id: card
kind: identity-certificate
environment: test
assurance: high
trust: { anchors: [root.pem], acceptFromPeer: yes, maxDepth: 3 }
leaf: { keyUsage: { all: [digitalSignature] } }
identifier:
  sources: [{ from: subject, oid: 2.5.4.5, pattern: "^(?<id>[0-9]{11})$" }]
  canonical: "PNOBE-{id}"
revocation:
  order: [ocsp]
  allowHosts: ["127.0.0.1:${port}"]
  ocsp: { url: "http://127.0.0.1:${port}/", timeout: 2 seconds, maxAge: 10 seconds }
  decision: { unavailable: ${unavailable} }
`;
    const read = readProfile(document, 'card.yaml', () => Buffer.from(root.pem), { environment: 'test' });
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    return read.profile;
  }

  /** The agent's handlers as the gateway puts them together, with this profile beside those of the machines. */
  function handlersWith(profile: IdentityProfile) {
    return agentHandlers({ ...world.ports, ...portsWith(profile) });
  }
  function portsWith(profile: IdentityProfile) {
    const profiles = [...machines.profiles, profile];
    const { ports } = world;
    const context = (now: number) => contextAt(now, upkeep.answers);
    const judge = (chain: readonly Uint8Array[], of: string, now: number) => {
      const proven = prove(chain, profiles, context(now));
      if (isRefused(proven)) return proven;
      upkeep.remember(chain, of, proven);
      return withRevocation(proven, context(now));
    };
    upkeep = startRevocationUpkeep({
      crls: { directory: '/nonexistent' },
      profiles,
      changed: () => undefined,
      prove: (chain, _tenant, now) => prove(chain, profiles, context(now)),
      watch: {
        store: world.store,
        judge,
        revoked: found => named.push(found),
        everyMs: { least: 0, most: 0 },
      },
      ports: { clock: ports.clock, random: systemRandom, log: ports.log, meter: openMeter() },
    });
    closers.push(() => upkeep.close());
    return { identify: judge, freshenRevocation: upkeep.freshen };
  }

  async function proveWith(handlers: ReturnType<typeof handlersWith>, ocsp?: string): Promise<string> {
    const { nonce } = accepted(
      await handlers.challenge(requestOver(connection, { purpose: 'identity-proof' as const })),
    );
    const fields = { nonce, exporter: connection.exporter, machineKey: machines.laptop.key };
    const proof = { ...signedProof(person, fields), ...(ocsp === undefined ? {} : { ocsp }) };
    const answer = await handlers.identityProof(requestOver(connection, proof));
    return isRefused(answer) ? answer.refused : 'accepted';
  }
  async function respond(): Promise<void> {
    const running = await startOpensslResponder(cards, port, 'root', responder);
    closers.push(() => running.stop());
  }

  it('a card that its authority calls good is accepted', async () => {
    await respond();
    expect(await proveWith(handlersWith(cardProfileWith('deny')))).toBe('accepted');
  });

  it('a revoked card proves nobody, and the refusal is on record', async () => {
    cards.revoke(personCard, 'keyCompromise');
    await respond();
    expect(await proveWith(handlersWith(cardProfileWith('allow')))).toBe('certificate-revoked');
    expect(await world.store.personProof(tenant, machines.laptop.key, world.now())).toBeUndefined();
    const [record] = await world.store.decisions({ tenant, only: 'refused', limit: 5 });
    expect(record).toMatchObject({ device: machines.laptop.key, reasons: ['certificate-revoked'] });
  });

  it('a suspended card has its own word', async () => {
    cards.revoke(personCard, 'certificateHold');
    await respond();
    expect(await proveWith(handlersWith(cardProfileWith('deny')))).toBe('certificate-on-hold');
  });

  it.each([
    ['deny', 'revocation-unknown'],
    ['allow', 'accepted'],
  ] as const)('a responder that is down, and a profile that says %s: %s', async (unavailable, expected) => {
    expect(await proveWith(handlersWith(cardProfileWith(unavailable)))).toBe(expected);
  });

  describe('an answer that the agent brings, where the gateway reaches no responder', () => {
    /** What the agent would get from a responder of its own side, base64url. */
    async function fetched(card: EidCertificate): Promise<string> {
      const near = await freePort();
      const running = await startOpensslResponder(cards, near, 'root', responder);
      const [leaf, issuer] = [new X509Certificate(card.der), new X509Certificate(root.der)];
      const body = Buffer.from(ocspQuestion(leaf, issuer));
      const answer = await fetch(`http://127.0.0.1:${near}/`, { method: 'POST', body });
      const bytes = Buffer.from(await answer.arrayBuffer());
      await running.stop();
      return bytes.toString('base64url');
    }

    it('counts as if the gateway had fetched it', async () => {
      const good = await fetched(personCard);
      const handlers = handlersWith(cardProfileWith('deny'));
      expect(await proveWith(handlers)).toBe('revocation-unknown');
      expect(await proveWith(handlers, good)).toBe('accepted');
    });

    it('is as none once it is old, about another card, or no answer at all', async () => {
      const good = await fetched(personCard);
      const another = await fetched(cards.leaf('neighbour', 'root', { subject: '/CN=Other/serialNumber=85073003328' }));
      const handlers = handlersWith(cardProfileWith('deny'));
      // Of `openssl ocsp -nmin 5`: fresh for five minutes.
      world.advance(6 * 60_000);
      for (const answer of [good, another, 'AAAA', 'A', '']) {
        expect(await proveWith(handlers, answer)).toBe('revocation-unknown');
      }
    });

    it('revokes, and no good answer of before lifts that', async () => {
      const good = await fetched(personCard);
      cards.revoke(personCard, 'keyCompromise');
      const revoked = await fetched(personCard);
      const handlers = handlersWith(cardProfileWith('allow'));
      expect(await proveWith(handlers, good)).toBe('accepted');
      expect(await proveWith(handlers, revoked)).toBe('certificate-revoked');
      expect(await proveWith(handlers, good)).toBe('certificate-revoked');
    });
  });

  it('a card revoked while its sessions last: they are named, once each', async () => {
    const first = await startOpensslResponder(cards, port, 'root', responder);
    const handlers = handlersWith(cardProfileWith('deny'));
    expect(await proveWith(handlers)).toBe('accepted');
    await first.stop();
    const pseudonym = (await world.store.personProof(tenant, machines.laptop.key, world.now()))?.pseudonym ?? '';
    const session = sampleSession('S-live', {
      tenant,
      person: pseudonym,
      device: machines.laptop.key,
      decidedAt: world.now(),
    });
    await world.store.commit({ tenant, at: world.now(), session: { session, expectedVersion: 0 } });
    cards.revoke(personCard, 'keyCompromise');
    await respond();
    // The answer at hand is still young: nobody is asked yet.
    await upkeep.watched();
    expect(named).toEqual([]);
    world.advance(11_000);
    await upkeep.watched();
    await upkeep.watched();
    expect(named).toEqual([
      { tenant, reason: 'certificate-revoked', profile: 'card', person: pseudonym, sessions: ['S-live'] },
    ]);
    // Nothing that a login brings changes it, though the responder is gone.
    expect(await proveWith(handlers)).toBe('certificate-revoked');
  });

  describe('a policy that says what follows when nobody can tell', () => {
    const set = compiled([
      {
        path: 'degraded.yaml',
        text: `
no report yet: quarantine
report too old: quarantine
revocation: [{ issuer: card, keep last answer for: 1 hour, then: quarantine }]
`,
      },
      { path: 'checks/person.yaml', text: checkText('person', 'person.proven', 'yes') },
      { path: 'access/staff.yaml', text: policyText('staff', { person: 'deny' }) },
    ]);
    const policy: RunningPolicy = { hash: '', evaluate: (subject, facts, at) => evaluate(set, subject, facts, at) };
    const nobody = { devices: new Map(), groupsByPerson: new Map(), groupsByProfile: new Map() };

    /** The same handlers, with this policy. */
    const judging = (profile: IdentityProfile) => {
      const { identify, freshenRevocation } = portsWith(profile);
      const known = { identify, freshenRevocation, revocationNow: upkeep.known };
      return agentHandlers({ ...world.ports, ...known, decide: (request, at) => decide(request, policy, nobody, at) });
    };
    const verdictOf = async (handlers: ReturnType<typeof judging>) => {
      const { outcome, reasons } = accepted(await handlers.verdict(requestOver(connection, undefined)));
      return [outcome, ...reasons.map(({ word }) => word)];
    };

    it('keeps out a person about whose card nobody ever told, and no longer than that', async () => {
      const handlers = judging(cardProfileWith('allow'));
      expect(await proveWith(handlers)).toBe('accepted');
      expect(await verdictOf(handlers)).toEqual(['quarantine', 'revocation-unknown']);
      await respond();
      // As the watch asks again while a session lasts.
      world.advance(60_000);
      await upkeep.freshen(person.chain, tenant, world.now());
      expect(await verdictOf(handlers)).toEqual(['grant']);
    });

    it('lets in for an hour after the last good answer', async () => {
      const running = await startOpensslResponder(cards, port, 'root', responder);
      const handlers = judging(cardProfileWith('allow'));
      expect(await proveWith(handlers)).toBe('accepted');
      await running.stop();
      world.advance(30 * 60_000);
      expect(await proveWith(handlers)).toBe('accepted');
      expect(await verdictOf(handlers)).toEqual(['grant']);
      world.advance(31 * 60_000);
      expect(await verdictOf(handlers)).toEqual(['quarantine', 'revocation-unknown']);
    });

    it('has no say over a card that is revoked', async () => {
      cards.revoke(personCard, 'keyCompromise');
      const handlers = judging(cardProfileWith('allow'));
      expect(await proveWith(handlers)).toBe('accepted');
      await respond();
      world.advance(60_000);
      await upkeep.freshen(person.chain, tenant, world.now());
      expect(await verdictOf(handlers)).toEqual(['quarantine', 'revocation-unknown']);
      expect(await proveWith(handlers)).toBe('certificate-revoked');
    });
  });

  it('a machine is asked about when it connects, before it is judged', async () => {
    let asked = 0;
    const { ports } = world;
    const handlers = agentHandlers({
      ...ports,
      freshenRevocation: async chain => {
        await Promise.resolve();
        expect(chain).toBe(connection.chain);
        asked += 1;
      },
      identify: (chain, of, at) => (asked > 0 ? refused('certificate-revoked') : ports.identify(chain, of, at)),
    });
    const answer = await handlers.verdict(requestOver(connection, undefined));
    expect([asked, answer]).toEqual([1, { refused: 'certificate-revoked' }]);
  });
});
