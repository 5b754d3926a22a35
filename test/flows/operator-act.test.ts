// Acts of operators on a real store: who may, with which reason, what is recorded, and in which order things happen.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionRecord } from '../../gateway/audit/record.ts';
import type { ActRequest, Right } from '../../gateway/contract/operator.ts';
import { refused } from '../../gateway/contract/reason.ts';
import { type Act, type ActPorts, operatorAct } from '../../gateway/flows/operator-act.ts';
import { policyGoOn } from '../../gateway/flows/operator-policy-go-on.ts';
import { type DisconnectPorts, sessionDisconnect } from '../../gateway/flows/operator-session-disconnect.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { systemRandom } from '../../gateway/io/system.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { deviceHash, now, session } from '../contracts/admission-store-samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluis-act-'));
let store: EmbeddedStore;
let counted: Readonly<Record<string, string>>[] = [];
let logged: Readonly<Record<string, unknown>>[] = [];

beforeAll(async () => {
  store = await openEmbeddedStore({ path: join(directory, 'sluis.db'), writer: 'gateway-1' });
  for (const each of [
    session('S-live', { state: 'started', device: deviceHash, person: 'k1-p7f3a' }),
    session('S-over', { state: 'stopped' }),
  ]) {
    await store.commit({ tenant: 'town', at: now, session: { session: each, expectedVersion: 0 } });
  }
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  counted = [];
  logged = [];
});

function ports(): ActPorts {
  return {
    store,
    clock: { now: () => now },
    random: systemRandom,
    meter: {
      count: (name, labels) => void counted.push({ name, ...labels }),
      observe: () => undefined,
      gauge: () => undefined,
    },
    log: {
      info: (event, fields) => void logged.push({ event, ...fields }),
      warn: () => undefined,
      error: () => undefined,
    },
  };
}

function request(fields: Partial<ActRequest<{ session: string }>> = {}, ...rights: Right[]) {
  return {
    tenant: 'town',
    operator: { name: 'an', rights: rights.length === 0 ? (['session'] as const) : rights },
    traceId: 'trace-9',
    reason: 'The laptop was reported lost',
    args: { session: 'S-live' },
    ...fields,
  };
}

/** Newest first. */
async function records(): Promise<readonly DecisionRecord[]> {
  return store.decisions({ tenant: 'town', limit: 50 });
}

const acknowledge: NonNullable<DisconnectPorts['disconnect']> = async () => ({ state: 'acknowledged' });
const disconnectWith = (disconnect: NonNullable<DisconnectPorts['disconnect']>) =>
  operatorAct({ ...ports(), disconnect }, sessionDisconnect);

describe('an act', () => {
  it('is recorded with operator, reason and whom it is about, and only then done', async () => {
    let before: readonly DecisionRecord[] = [];
    const act = disconnectWith(async (...asked) => {
      before = await records();
      expect(asked).toEqual(['town', 'S-live', 'operator']);
      return { state: 'refused', word: 'session-context-not-found' };
    });
    expect(await act(request())).toEqual({ state: 'refused', word: 'session-context-not-found' });
    expect(before[0]).toMatchObject({
      kind: 'act',
      outcome: 'done',
      reasons: [],
      traceId: 'trace-9',
      sessionId: 'S-live',
      device: deviceHash,
      person: 'k1-p7f3a',
      act: { operator: 'an', what: 'ask vpn-1 to end the session', reason: 'The laptop was reported lost' },
    });
    expect(await store.verifyChain()).not.toHaveProperty('broken');
    expect(counted).toEqual([{ name: 'sluis_acts_total', act: 'session-disconnect', result: 'done', tenant: 'town' }]);
    expect(logged).toMatchObject([{ event: 'act', operator: 'an', result: 'done', case: before[0]?.caseCode }]);
  });

  it('keeps no national number that stands in its reason', async () => {
    await disconnectWith(acknowledge)(request({ reason: '  asked by 85.07.30-033.28 at the desk ' }));
    expect((await records())[0]?.act?.reason).toBe('asked by [national-number] at the desk');
  });

  it('without its right is not done, and recorded as tried', async () => {
    let asked = 0;
    const act = disconnectWith(async () => ({ state: (asked++, 'acknowledged') }));
    const given = request({}, 'read', 'reveal', 'device', 'second-factor');
    expect(await act(given)).toMatchObject({ refused: 'right-missing' });
    expect(asked).toBe(0);
    expect((await records())[0]).toMatchObject({
      outcome: 'done',
      reasons: ['right-missing'],
      sessionId: 'S-live',
      act: { operator: 'an', what: 'session-disconnect: refused' },
    });
    expect(counted).toMatchObject([{ result: 'refused' }]);
  });

  it.each(['', '         x         ', 'lost'])('with the reason "%s" is not tried at all', async reason => {
    const before = await records();
    const act = disconnectWith(() => Promise.reject(new Error('asked')));
    expect(await act(request({ reason }))).toMatchObject({ refused: 'reason-missing' });
    expect(await records()).toEqual(before);
    expect(logged).toMatchObject([{ result: 'refused', reason: 'reason-missing' }]);
  });

  it('is no denial of anybody', async () => {
    await disconnectWith(acknowledge)(request({}, 'read'));
    expect(await store.decisions({ tenant: 'town', only: 'refused', limit: 50 })).toEqual([]);
  });

  it('that is refused by what comes afterwards is recorded twice: what was begun, and how it ended', async () => {
    const act = disconnectWith(async () => refused('act-not-configured', 'vpn-1'));
    expect(await act(request())).toMatchObject({ refused: 'act-not-configured' });
    const [ended, begun] = await records();
    expect(ended).toMatchObject({ reasons: ['act-not-configured'], detail: 'vpn-1' });
    expect(begun).toMatchObject({ reasons: [], act: { what: 'ask vpn-1 to end the session' } });
  });
});

describe('an act that changes something', () => {
  const version = async () => (await store.session('town', 'S-live'))?.version ?? 0;
  /** Writes the session with its next version; `disturb` comes between its reading and its writing. */
  const touching = (disturb: () => Promise<void>): Act<'session-disconnect'> => ({
    name: 'session-disconnect',
    run: async (_, { args }) => {
      const found = await store.session('town', args.session);
      if (found === undefined) return refused('session-unknown');
      await disturb();
      const next = { ...found, version: found.version + 1 };
      return {
        what: `touch at ${found.version}`,
        answer: { state: `touched ${next.version}` },
        effect: { session: { session: next, expectedVersion: found.version } },
      };
    },
  });
  const writeFirst = async () => {
    const found = await store.session('town', 'S-live');
    if (found === undefined) throw new Error('the session is gone');
    const next = { ...found, version: found.version + 1 };
    await store.commit({ tenant: 'town', at: now, session: { session: next, expectedVersion: found.version } });
  };

  it('changes it in one commit with its record', async () => {
    const before = await version();
    expect(
      await operatorAct(
        ports(),
        touching(async () => undefined),
      )(request()),
    ).toEqual({
      state: `touched ${before + 1}`,
    });
    expect(await version()).toBe(before + 1);
    expect((await records())[0]?.act?.what).toBe(`touch at ${before}`);
  });

  it('runs again when somebody else wrote first, and is recorded once', async () => {
    const before = await version();
    const recorded = (await records()).length;
    let disturbances = 2;
    const act = touching(async () => (disturbances-- > 0 ? writeFirst() : undefined));
    expect(await operatorAct(ports(), act)(request())).toEqual({ state: `touched ${before + 3}` });
    expect(await records()).toHaveLength(recorded + 1);
  });

  it('gives up at last, changes nothing, and says so', async () => {
    expect(await operatorAct(ports(), touching(writeFirst))(request())).toMatchObject({ refused: 'version-conflict' });
    expect((await records())[0]).toMatchObject({ reasons: ['version-conflict'] });
  });

  it('answers nothing when the store cannot record it', async () => {
    const down = { ...store, commit: () => Promise.reject(new Unavailable('made to fail')) };
    let asked = 0;
    const disconnect = async () => ({ state: (asked++, 'acknowledged') }) as const;
    const act = operatorAct({ ...ports(), store: down, disconnect }, sessionDisconnect);
    await expect(act(request())).rejects.toThrow(Unavailable);
    expect(asked).toBe(0);
  });
});

describe('session-disconnect', () => {
  it.each([
    ['S-none', 'session-unknown'],
    ['S-over', 'session-ended'],
  ])('of %s is refused as %s', async (id, word) => {
    const act = disconnectWith(() => Promise.reject(new Error('asked')));
    expect(await act(request({ args: { session: id } }))).toMatchObject({ refused: word });
    expect((await records())[0]).toMatchObject({ sessionId: id, reasons: [word] });
  });

  it('says that it is not set up where no concentrator can be asked', async () => {
    expect(await operatorAct(ports(), sessionDisconnect)(request())).toMatchObject({ refused: 'act-not-configured' });
  });
});

describe('letting a change of rules go on', () => {
  const hash = 'ab'.repeat(32);
  const goOn = (stage: 'waiting' | 'over', asked: string, ...has: Right[]) => {
    let went = 0;
    const wave = { state: () => ({ stage, because: 'policy-changed', ends: 31 }), goOn: () => (went++, 31) };
    const act = operatorAct({ ...ports(), wave, policyHash: () => hash }, policyGoOn);
    const answer = act({ ...request({}, ...has), args: { policy: asked } });
    return answer.then(said => ({ said, went }));
  };
  it('is recorded, with how many sessions it ends, and only then done', async () => {
    expect(await goOn('waiting', hash, 'policy')).toEqual({ said: { sessions: 31 }, went: 1 });
    const [record] = await store.decisions({ tenant: 'town', limit: 1 });
    expect(record?.act?.what).toBe(`policy-changed: 31 sessions may end, policy ${hash.slice(0, 12)}`);
  });
  it('needs its right, something that waits, and the policy that was looked at', async () => {
    expect(await goOn('waiting', hash, 'session')).toMatchObject({ said: { refused: 'right-missing' }, went: 0 });
    expect(await goOn('over', hash, 'policy')).toMatchObject({ said: { refused: 'nothing-waits' }, went: 0 });
    expect(await goOn('waiting', 'cd'.repeat(32), 'policy')).toMatchObject({
      said: { refused: 'version-conflict' },
      went: 0,
    });
  });
});
