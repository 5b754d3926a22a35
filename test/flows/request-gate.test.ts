// Who is let in, who waits, who hears nothing, and what has been computed for them until then.

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import { type GateLimits, requestGate, type Turn } from '../../gateway/flows/request-gate.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import { type Attributes, attribute } from '../../gateway/radius/attributes.ts';
import { nasProfile } from '../support/nas-profiles.ts';

const often = { perSecond: 1_000_000, burst: 1_000_000 };
const nasOf = (name: string, profile = 'generic'): Nas => ({
  name,
  tenant: 'town',
  group: name,
  address: '192.0.2.1',
  secret: Buffer.from('secret'),
  requireMessageAuthenticator: true,
  profile: nasProfile(profile),
  path: 'plain',
});
const identity = attribute('EAP-Message', Buffer.from([2, 0, 0, 5, 1]));
const liveState = attribute('State', Buffer.from('live'));

function setUp(limits: Partial<GateLimits> = {}, lively = 0) {
  let now = 1_000_000;
  let names = 0;
  const counted: string[] = [];
  const gauges = new Map<string, number>();
  const logged: string[] = [];
  const running = { lively };
  const gate = requestGate(
    {
      clock: { now: () => now },
      meter: {
        count: (name, labels) => void counted.push([name, ...Object.values(labels ?? {})].join(' ')),
        gauge: (name, value, labels) => void gauges.set([name, ...Object.values(labels ?? {})].join(' '), value),
        observe: () => undefined,
      },
      log: { info: () => undefined, warn: event => void logged.push(event), error: () => undefined },
      conversations: { holds: state => state === 'live', lively: () => running.lively },
    },
    { inWork: 2, waiting: 4, conversations: 2, nasLogins: often, callerLogins: often, ...limits },
  );
  const answers: string[] = [];
  const turns = new Map<string, Turn>();
  const ask = (
    name: string,
    attributes: Attributes = [],
    { nas = nasOf('vpn-1'), code = 1, wire = `${name} ${names++}` } = {},
  ) => {
    const packet = {
      code,
      identifier: 1,
      authenticator: randomBytes(16),
      attributes,
      bytes: new Uint8Array(20),
      messageAuthenticatorAt: undefined,
    };
    void gate.turn({ nas, packet, name: wire }).then((turn: Turn | Refused) => {
      answers.push(isRefused(turn) ? `${name}: ${turn.detail ?? turn.refused}` : name);
      if (!isRefused(turn)) turns.set(name, turn);
    });
  };
  return {
    gate,
    ask,
    /** What was answered since last asked. */
    told: async () => {
      await new Promise(resolve => setImmediate(resolve));
      return answers.splice(0);
    },
    end: (name: string) => turns.get(name)?.end(),
    later: (ms: number) => (now += ms),
    counted,
    gauges,
    logged,
    running,
  };
}

describe('turns', () => {
  it('are given at once while there is room, and to the newest when there is again', async () => {
    const { ask, told, end } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    expect(await told()).toEqual(['a', 'b']);
    end('a');
    expect(await told()).toEqual(['d']);
    end('a');
    expect(await told()).toEqual([]);
    end('b');
    expect(await told()).toEqual(['c']);
  });
  it('go to whoever leads on a conversation that is under way here, and not to who only says so', async () => {
    const { ask, told, end } = setUp({ inWork: 1 });
    ask('a');
    ask('live', [liveState]);
    ask('invented', [attribute('State', Buffer.from('invented'))]);
    end('a');
    expect(await told()).toEqual(['a']);
    end('a');
    expect(await told()).toEqual(['live']);
    end('live');
    expect(await told()).toEqual(['invented']);
  });
  it('of accounting are others than those of logins', async () => {
    const { ask, told } = setUp({ inWork: 1 });
    ask('a');
    ask('b');
    ask('report', [], { code: 4 });
    expect(await told()).toEqual(['a', 'report']);
  });
});

describe('EAP conversations', () => {
  it('begin while fewer are under way than may be; others pass them meanwhile', async () => {
    const { ask, told, end, running, gate } = setUp({ inWork: 8, conversations: 2 }, 1);
    ask('a', [identity]);
    ask('b', [identity]);
    ask('ticket');
    ask('live', [liveState]);
    expect(await told()).toEqual(['a', 'ticket', 'live']);
    end('a');
    end('live');
    expect(await told()).toEqual(['b']);
    running.lively = 2;
    ask('c', [identity]);
    expect(await told()).toEqual([]);
    end('b');
    expect(await told()).toEqual([]);
    // People who look for their card do not count any more.
    running.lively = 0;
    gate.tell();
    expect(await told()).toEqual(['c']);
  });
});

describe('silence', () => {
  it('is for requests that are older than their NAS waits, and only for these', async () => {
    const { ask, told, end, later, counted } = setUp({ inWork: 1 });
    ask('a');
    ask('generic');
    ask('patient', [], { nas: nasOf('vpn-2', 'ocserv') });
    ask('report', [], { code: 4 });
    ask('report 2', [], { code: 4 });
    expect(await told()).toEqual(['a', 'report']);
    later(10_000);
    end('a');
    end('report');
    expect(await told()).toEqual(['generic: too-old', 'patient', 'report 2']);
    expect(counted).toEqual(['sluis_shed_total too-old']);
  });
  it('is for what is above the bound, oldest first', async () => {
    const { ask, told, counted } = setUp({ inWork: 1, waiting: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) ask(name);
    expect(await told()).toEqual(['a', 'b: queue-full', 'c: queue-full']);
    for (const name of ['f', 'g', 'h', 'i']) ask(name, [], { code: 4 });
    expect(await told()).toEqual(['f', 'i: accounting-queue-full']);
    expect(counted).toEqual([
      'sluis_shed_total queue-full',
      'sluis_shed_total queue-full',
      'sluis_shed_total accounting-queue-full',
    ]);
  });
  it('is for a copy of what waits; once that is gone, the next copy is a request', async () => {
    const { ask, told, end, later } = setUp({ inWork: 1 });
    ask('a');
    ask('b', [], { wire: 'same' });
    ask('copy', [], { wire: 'same' });
    expect(await told()).toEqual(['a', 'copy: duplicate-in-progress']);
    later(10_000);
    ask('next', [], { wire: 'same' });
    expect(await told()).toEqual(['b: too-old']);
    end('a');
    expect(await told()).toEqual(['next']);
  });
  it('is for a caller who begins too many logins, whatever port it comes from; others behind the same NAS do not notice', async () => {
    const { ask, told, later, gate, gauges } = setUp({ inWork: 99, callerLogins: { perSecond: 1, burst: 2 } });
    const from = (station: string) => [attribute('Calling-Station-Id', station)];
    ask('a', from('192.0.2.7[4500]'));
    ask('b', from('192.0.2.7[4501]'));
    ask('c', from('192.0.2.7[4502]'));
    ask('live', [...from('192.0.2.7[4502]'), liveState]);
    ask('other', from('192.0.2.8'));
    ask('elsewhere', from('192.0.2.7[4502]'), { nas: nasOf('vpn-2') });
    for (let time = 0; time < 9; time++) ask(`nameless ${time}`);
    expect((await told()).filter(line => !line.startsWith('nameless'))).toEqual([
      'a',
      'b',
      'c: caller-rate',
      'live',
      'other',
      'elsewhere',
    ]);
    gate.tell();
    expect(gauges.get('sluis_buckets_refusing caller')).toBe(1);
    later(1_000);
    ask('d', from('192.0.2.7[4503]'));
    expect(await told()).toEqual(['d']);
  });
  it('is for a concentrator that sends too many, and never for its accounting', async () => {
    const { ask, told } = setUp({ inWork: 99, nasLogins: { perSecond: 1, burst: 1 } });
    for (const name of ['a', 'b']) ask(name);
    ask('other', [], { nas: nasOf('vpn-2') });
    for (const name of ['r1', 'r2']) ask(name, [], { code: 4 });
    expect((await told()).sort()).toEqual(['a', 'b: nas-rate', 'other', 'r1', 'r2']);
  });
});

it('a gateway that ends keeps nobody waiting for a turn that may never come; reports are still taken', async () => {
  const { ask, told, end, gate, counted, running } = setUp({ inWork: 1, conversations: 1 }, 1);
  ask('card', [identity]);
  ask('report', [], { code: 4 });
  ask('report 2', [], { code: 4 });
  ask('a');
  ask('b');
  expect(await told()).toEqual(['report', 'a']);
  gate.close();
  ask('late', [identity]);
  expect((await told()).sort()).toEqual(['b', 'card', 'late'].map(name => `${name}: this gateway ends`));
  end('report');
  expect(await told()).toEqual(['report 2']);
  running.lively = 0;
  end('a');
  expect(await told()).toEqual([]);
  expect(counted).toEqual([]);
});

it('a gateway that drops for five seconds is unfit, until it has dropped nothing for ten', async () => {
  const { ask, told, later, gate, logged, gauges } = setUp({ inWork: 1, waiting: 1 });
  for (let second = 0; second <= 5; second++) {
    ask('a');
    ask('b');
    ask('c');
    later(1_000);
  }
  await told();
  expect(gate.unfit()).toEqual(['overloaded']);
  gate.tell();
  expect(gauges.get('sluis_overloaded')).toBe(1);
  later(8_999);
  expect(gate.unfit()).toEqual(['overloaded']);
  expect(logged).toEqual(['overloaded']);
  later(1);
  expect(gate.unfit()).toEqual([]);
  expect(logged).toEqual(['overloaded', 'overload-over']);
});

it('gauges tell what waits, for how long, and what is worked on', async () => {
  const { ask, told, later, gate, gauges } = setUp({ inWork: 1 }, 1);
  ask('a', [identity]);
  ask('b');
  ask('report', [], { code: 4 });
  ask('report 2', [], { code: 4 });
  await told();
  later(2_500);
  gate.tell();
  expect(Object.fromEntries(gauges)).toMatchObject({
    'sluis_queue_waiting login': 1,
    'sluis_queue_oldest_seconds login': 2.5,
    'sluis_queue_in_work conversation': 1,
    'sluis_queue_waiting accounting': 1,
    'sluis_queue_in_work accounting': 1,
    sluis_handshakes_running: 2,
    sluis_overloaded: 0,
  });
});
