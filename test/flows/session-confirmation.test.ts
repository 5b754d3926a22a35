// Confirming a session from inside its tunnel: by that machine, from that address, over that connection, and by nobody else.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionConfirmed } from '../../gateway/contract/challenge.ts';
import type { Refused } from '../../gateway/contract/reason.ts';
import { agentHandlers } from '../../gateway/flows/agent-handlers.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import type { AgentConnection, Commit } from '../../gateway/ports.ts';
import { type AgentPki, type Holder, makeAgentPki } from '../support/agent-pki.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  requestOver,
  tenant,
} from '../support/agent-world.ts';
import { liveSession } from '../io/live-session.ts';

const inTunnel = '10.8.0.7';
const outside = '203.0.113.9';

let pki: AgentPki;
let world: AgentWorld;
beforeAll(() => {
  pki = makeAgentPki();
});
afterAll(() => pki.remove());
beforeEach(async () => {
  world = await makeAgentWorld(pki);
});
afterEach(() => world.close());

async function open(id: string, fields: Partial<Session> = {}): Promise<void> {
  const now = world.now();
  const quarantined = { ...liveSession().decision, outcome: 'quarantine', segment: 'quarantine' } as const;
  const session = liveSession({
    ...{ tenant, id, device: pki.laptop.key, framedAddress: inTunnel, decision: quarantined },
    ...{ decidedAt: now, startedAt: now, lastSeenAt: now },
    ...fields,
  });
  await world.store.commit({ tenant, at: now, session: { session, expectedVersion: 0 } });
}

function confirm(holder: Holder, from: string, body: object = {}): Promise<SessionConfirmed | Refused> {
  const connection = connectionFor(holder, false, from);
  return over(connection, { machineKey: holder.key, exporter: connection.exporter, ...body });
}
const over = (connection: AgentConnection, body: { machineKey: string; exporter: string }) =>
  world.handlers.sessionConfirmation(requestOver(connection, body));
const bindingOf = async (id: string) => (await world.store.session(tenant, id))?.binding;

describe('a session is confirmed', () => {
  it('by its machine, from its own address, and is then judged again', async () => {
    await open('S-1');
    expect(await confirm(pki.laptop, inTunnel)).toMatchObject({ confirmed: true, binding: 'confirmed' });
    expect(await world.store.session(tenant, 'S-1')).toMatchObject({ binding: 'confirmed', version: 3 });
    expect(world.changed).toEqual([`${tenant} S-1 binding-confirmed`]);
    expect(world.counted).toContain('sluis_session_confirmations_total confirmed');
  });

  it('once: a second confirmation writes nothing, and has it judged again all the same', async () => {
    await open('S-1');
    await confirm(pki.laptop, inTunnel);
    expect(await confirm(pki.laptop, inTunnel)).toMatchObject({ confirmed: true, binding: 'confirmed' });
    expect(await world.store.session(tenant, 'S-1')).toMatchObject({ version: 3 });
    expect(world.changed).toHaveLength(2);
  });

  it('and never bound more weakly by it', async () => {
    await open('S-1', { binding: 'one-conversation' });
    expect(await confirm(pki.laptop, inTunnel)).toMatchObject({ confirmed: true, binding: 'one-conversation' });
    expect(await bindingOf('S-1')).toBe('one-conversation');
  });

  it('though accounting writes it at the same moment', async () => {
    await open('S-1');
    let disturbances = 2;
    const store = {
      ...world.store,
      commit: async (asked: Commit) => {
        const before = await world.store.session(tenant, 'S-1');
        if (disturbances-- > 0 && before !== undefined) {
          const moved = { ...before, inputOctets: before.inputOctets + 1, version: before.version + 1 };
          await world.store.commit({
            tenant,
            at: world.now(),
            session: { session: moved, expectedVersion: before.version },
          });
        }
        return world.store.commit(asked);
      },
    };
    const connection = connectionFor(pki.laptop, false, inTunnel);
    const body = { machineKey: pki.laptop.key, exporter: connection.exporter };
    const handlers = agentHandlers({ ...world.ports, store });
    expect(await handlers.sessionConfirmation(requestOver(connection, body))).toMatchObject({ confirmed: true });
    expect(await world.store.session(tenant, 'S-1')).toMatchObject({ binding: 'confirmed', inputOctets: 2 });
  });

  it('and the answer says what it may do now, not what the concentrator would not do', async () => {
    const { decision } = liveSession();
    const change = { kind: 'coa', because: 'binding-confirmed', askedAt: 1, stateAt: 1 } as const;
    await open('S-1', { decision, change: { ...change, state: 'seen' } });
    expect(await confirm(pki.laptop, inTunnel)).toMatchObject({ outcome: 'grant' });
    await open('S-2', { decision, framedAddress: '10.8.0.8', change: { ...change, state: 'refused' } });
    expect(await confirm(pki.laptop, '10.8.0.8')).toMatchObject({ confirmed: true, outcome: 'quarantine' });
  });
});

describe('a session is not confirmed', () => {
  const untouched = async (answer: Promise<SessionConfirmed | Refused>, more: object = {}) => {
    expect(accepted(await answer)).toMatchObject({ confirmed: false, ...more });
    expect(world.changed).toEqual([]);
  };

  it('from any other address', async () => {
    await open('S-1');
    await untouched(confirm(pki.laptop, outside), { binding: 'ticket', outcome: 'quarantine' });
    await untouched(confirm(pki.laptop, ''), { binding: 'ticket' });
    expect(await bindingOf('S-1')).toBe('ticket');
  });

  it('by another machine, which learns nothing of it', async () => {
    await open('S-1', { decision: liveSession().decision });
    await untouched(confirm(pki.otherLaptop, inTunnel), { binding: 'none', outcome: 'quarantine' });
    expect(await bindingOf('S-1')).toBe('ticket');
  });

  it('when its address was given out anew since, even to the same machine’s loss', async () => {
    await open('S-old');
    await open('S-new', { device: pki.otherLaptop.key, startedAt: world.now() + 1 });
    await untouched(confirm(pki.laptop, inTunnel));
    expect(await confirm(pki.otherLaptop, inTunnel)).toMatchObject({ confirmed: true });
    expect([await bindingOf('S-old'), await bindingOf('S-new')]).toEqual(['ticket', 'confirmed']);
  });

  it.each<[string, Partial<Session>]>([
    ['not open yet', { state: 'decided' }],
    ['over', { state: 'stopped' }],
    ['nobody’s', { device: 'ab'.repeat(32) }],
    [
      'ending',
      { change: { kind: 'disconnect', because: 'operator', askedAt: 1, stateAt: 9e12, state: 'acknowledged' } },
    ],
    ['of another tenant', { tenant: 'village' }],
  ])('when it is %s', async (_, fields) => {
    const session = liveSession({ tenant, id: 'S-1', device: pki.laptop.key, framedAddress: inTunnel, ...fields });
    const { tenant: of } = session;
    await world.store.commit({ tenant: of, at: world.now(), session: { session, expectedVersion: 0 } });
    await untouched(confirm(pki.laptop, inTunnel));
    expect((await world.store.session(of, 'S-1'))?.binding).toBe('ticket');
  });
});

describe('a request is refused', () => {
  it('that names another machine, or was made for another connection', async () => {
    await open('S-1');
    expect(await confirm(pki.laptop, inTunnel, { machineKey: pki.otherLaptop.key })).toMatchObject({
      refused: 'report-device-mismatch',
    });
    const stolen = connectionFor(pki.laptop, false, inTunnel).exporter;
    expect(await confirm(pki.laptop, inTunnel, { exporter: stolen })).toMatchObject({
      refused: 'channel-binding-wrong',
    });
    expect(await bindingOf('S-1')).toBe('ticket');
  });

  it('over a key that no machine certified', async () => {
    const stranger = pki.sessionHolder();
    const connection = connectionFor(stranger, true, inTunnel);
    expect(await over(connection, { machineKey: stranger.key, exporter: connection.exporter })).toMatchObject({
      refused: 'session-key-unproven',
    });
  });
});

describe('a verdict', () => {
  it('is judged by the binding of the session that is open, else by the one that the agent will bring about', async () => {
    const asked: string[] = [];
    const decide: AgentWorld['ports']['decide'] = (question, at) => {
      asked.push(question.binding);
      return world.ports.decide(question, at);
    };
    const { verdict } = agentHandlers({ ...world.ports, decide });
    await verdict(requestOver(connectionFor(pki.laptop), undefined));
    await open('S-1');
    await verdict(requestOver(connectionFor(pki.laptop), undefined));
    expect(asked).toEqual(['confirmed', 'ticket']);
  });
});
