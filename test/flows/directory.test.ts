// The directory on the two ways in: what the agent is told, what the concentrator gets, and how long either waits.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentHandlers } from '../../gateway/flows/agent-handlers.ts';
import { radiusRequest } from '../../gateway/flows/radius-request.ts';
import { knownPeople } from '../../gateway/io/directory-cache.ts';
import type { DirectoryAnswer } from '../../gateway/pdp/directory.ts';
import { type KnownPeople, Unavailable } from '../../gateway/ports.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { text } from '../../gateway/radius/attributes.ts';
import { type AgentPki, makeAgentPki } from '../support/agent-pki.ts';
import { signedProof, signedReport } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  nonceOver,
  requestOver,
} from '../support/agent-world.ts';
import { ask, goodDevice, makeRadiusWorld, pap, type RadiusWorld } from '../support/radius-world.ts';

const nothing = () => undefined;
const staff: DirectoryAnswer = { found: true, groups: ['staff'], disabled: false };

interface Switched {
  readonly people: KnownPeople;
  readonly asked: string[];
  answer: () => Promise<DirectoryAnswer>;
}

/** The real memory before a directory that does what the test says. */
function switched(now: () => number): Switched {
  const asked: string[] = [];
  const found: Switched = {
    asked,
    answer: async () => staff,
    people: knownPeople({
      directory: {
        person: (tenant, pseudonym) => {
          asked.push(`${tenant}/${pseudonym}`);
          return found.answer();
        },
      },
      clock: { now },
      cacheMs: 300_000,
      meter: { count: nothing, observe: nothing, gauge: nothing },
      log: { info: nothing, warn: nothing, error: nothing },
    }),
  };
  return found;
}
const down = () => Promise.reject(new Unavailable('down'));
const never = () => new Promise<never>(nothing);

describe('the agent', () => {
  let pki: AgentPki;
  let world: AgentWorld;
  let directory: Switched;
  beforeAll(() => {
    pki = makeAgentPki();
  });
  afterAll(() => {
    pki.remove();
  });
  beforeEach(async () => {
    world = await makeAgentWorld(pki);
    directory = switched(world.now);
  });
  afterEach(async () => {
    await world.close();
  });

  async function reported({ person = true } = {}) {
    const handlers = agentHandlers({ ...world.ports, people: directory.people });
    const connection = connectionFor(pki.laptop);
    const { exporter } = connection;
    if (person) {
      const { nonce } = await nonceOver(world, connection, 'identity-proof');
      const proof = signedProof(pki.person, { nonce, exporter, machineKey: pki.laptop.key });
      accepted(await handlers.identityProof(requestOver(connection, proof)));
    }
    const { nonce } = await nonceOver(world, connection, 'report');
    const report = signedReport(pki.laptop, world.now(), { nonce, exporter });
    return accepted(await handlers.report(requestOver(connection, report)));
  }

  it('has its person looked up once, at the proof, and is granted', async () => {
    expect(await reported()).toMatchObject({ outcome: 'grant' });
    expect(directory.asked).toHaveLength(1);
  });

  it('is told that something is unknown, not that something is wrong, while the directory is down', async () => {
    directory.answer = down;
    const verdict = await reported();
    expect(verdict.outcome).toBe('quarantine');
    expect(verdict.reasons.map(({ word }) => word)).toEqual(['requirement-unknown']);
    expect(verdict.smallestChange).toBeUndefined();
  });

  it('without a person asks the directory about nobody', async () => {
    await reported({ person: false });
    expect(directory.asked).toEqual([]);
  });

  it('waits for two seconds at most', async () => {
    directory.answer = never;
    const startedAt = performance.now();
    expect(await reported()).toMatchObject({ outcome: 'quarantine' });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('the concentrator', () => {
  let world: RadiusWorld;
  let directory: Switched;
  let person = 0;
  beforeAll(async () => {
    world = await makeRadiusWorld();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    directory = switched(world.now);
    person += 1;
  });

  /** The segment that a ticket of a proven person leads to; undefined for a reject. */
  async function login(): Promise<string | undefined> {
    const pseudonym = `p-${person}`;
    const at = world.now();
    await world.store.commit({
      tenant: 'town',
      at,
      person: {
        tenant: 'town',
        device: goodDevice,
        profile: 'be-eid-test',
        pseudonym,
        name: 'A. Person',
        assurance: 'high',
        certificateNotAfter: at + 86_400_000,
        provenAt: at,
        expiresAt: at + 36_000_000,
      },
    });
    const handler = radiusRequest(
      { ...world.ports, people: directory.people, recent: recentRequests() },
      'authentication',
    );
    const reply = await ask(
      { ...world, handlers: { ...world.handlers, authentication: handler } },
      pap(await world.ticket({ person: pseudonym })),
    );
    return reply?.code === 2 ? text(reply.attributes, 'Filter-Id') : undefined;
  }

  it('gets the segment of a person whom the directory knows', async () => {
    expect(await login()).toBe('machines');
    expect(directory.asked).toEqual([`town/p-${person}`]);
  });

  it('waits for one second at most, and gets what the degraded rules say', async () => {
    directory.answer = never;
    const startedAt = performance.now();
    expect(await login()).toBe('quarantine');
    expect(performance.now() - startedAt).toBeLessThan(1_800);
  });

  it('waits for nothing while the answer is fresh', async () => {
    expect(await login()).toBe('machines');
    directory.answer = never;
    const startedAt = performance.now();
    expect(await login()).toBe('machines');
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('is given no refusal that would be counted as one', async () => {
    directory.answer = down;
    expect(await login()).toBe('quarantine');
    const [last] = await world.store.decisions({ tenant: 'town', limit: 1 });
    expect(last).toMatchObject({ outcome: 'quarantine', reasons: ['requirement-unknown'] });
  });
});
