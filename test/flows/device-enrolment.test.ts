// A private PC with a key of its own: it asks, waits, is decided about by an operator, and from then on is a machine like any
// other, but one that no authority vouches for.

import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deviceCode } from '../../gateway/audit/case-code.ts';
import type { DeviceEnrolled } from '../../gateway/contract/challenge.ts';
import type { Refused } from '../../gateway/contract/reason.ts';
import { agentHandlers } from '../../gateway/flows/agent-handlers.ts';
import { operatorAct } from '../../gateway/flows/operator-act.ts';
import { deviceApprove, deviceRefuse } from '../../gateway/flows/operator-device.ts';
import { enrolledDevices } from '../../gateway/pdp/device-enrolments.ts';
import type { EnrolledDevice, Register } from '../../gateway/pdp/register.ts';
import { type AgentPki, type Holder, makeAgentPki } from '../support/agent-pki.ts';
import { signedProof, signedReport } from '../support/agent-signatures.ts';
import {
  accepted,
  type AgentWorld,
  connectionFor,
  makeAgentWorld,
  nonceOver,
  requestOver,
  tenant,
} from '../support/agent-world.ts';

const dayMs = 86_400_000;

let pki: AgentPki;
let pc: Holder;
let world: AgentWorld;
let enrolled: Map<string, EnrolledDevice>;
beforeAll(() => {
  pki = makeAgentPki();
});
afterAll(() => pki.remove());
beforeEach(async () => {
  pc = pki.sessionHolder();
  enrolled = new Map();
  const register: Register = {
    // The name that the PC will give itself is that of a machine of the institution.
    devices: new Map([['lt-0001', { class: 'managed-laptop', state: 'active' }]]),
    enrolled,
    unlisted: { class: 'managed-laptop', state: 'active' },
    groupsByPerson: new Map(),
    groupsByProfile: new Map(),
  };
  world = await makeAgentWorld(pki, register);
});
afterEach(() => world.close());

function ask(holder = pc, selfSigned = true, more: object = {}): Promise<DeviceEnrolled | Refused> {
  const connection = connectionFor(holder, selfSigned);
  const body = { name: 'lt-0001', os: { family: 'windows', version: '10.0.22631' } as const };
  return world.handlers.deviceEnrolment(requestOver(connection, { ...body, exporter: connection.exporter, ...more }));
}
const kept = async (device = pc.key) => world.store.kept(tenant, 'device-enrolment', device);
const verdict = () => world.handlers.verdict(requestOver(connectionFor(pc, true), undefined));
const ticket = () => {
  const connection = connectionFor(pc, true);
  return world.handlers.ticket(requestOver(connection, { machineKey: pc.key, exporter: connection.exporter }));
};

function request<Args>(args: Args, rights: readonly ('device' | 'read')[] = ['device']) {
  const operator = { name: 'an', rights };
  return { tenant, operator, traceId: 'trace-9', reason: 'Seen at the help desk', args };
}
function ports() {
  return {
    ...world.ports,
    deviceDecided: async (of: string) => {
      const all = await world.store.keptAll(of, 'device-enrolment', 100);
      enrolled.clear();
      for (const [device, found] of enrolledDevices(all.map(({ value }) => value))) enrolled.set(device, found);
    },
  };
}
const approve = (kind = 'private-pc', device = pc.key) =>
  operatorAct(ports(), deviceApprove)(request({ device, class: kind }));
const refuse = (device = pc.key) => operatorAct(ports(), deviceRefuse)(request({ device }));

it('is not heard at all where the institution does not want private computers', async () => {
  const connection = connectionFor(pc, true);
  const body = { name: 'mine', os: { family: 'debian', version: '12' } as const, exporter: connection.exporter };
  const answer = await agentHandlers({ ...world.ports, selfEnrolment: false }).deviceEnrolment(
    requestOver(connection, body),
  );
  expect(answer).toMatchObject({ refused: 'device-unregistered' });
  expect(await kept()).toBeUndefined();
});

describe('a machine with a key of its own', () => {
  it('waits, and is told the code that the operator sees', async () => {
    const answer = accepted(await ask());
    expect(answer).toMatchObject({ state: 'waiting', device: pc.key, caseCode: deviceCode(pc.key) });
    expect(await kept()).toEqual({
      kind: 'device-enrolment',
      key: pc.key,
      version: 1,
      expiresAt: world.now() + 30 * dayMs,
      value: {
        device: pc.key,
        name: 'lt-0001',
        origin: 'self-enrolled',
        state: 'waiting',
        os: 'windows 10.0.22631',
        spki: Buffer.from(pc.spki).toString('base64'),
        certificateNotAfter: Date.parse(new X509Certificate(pc.chain[0] ?? '').validTo),
        firstSeenAt: world.now(),
        lastSeenAt: world.now(),
      },
    });
    expect(world.waiting['self-enrolled']).toBe(1);
  });

  it('may do nothing else while it waits', async () => {
    await ask();
    for (const answer of [await verdict(), await ticket()]) expect(answer).toMatchObject({ refused: 'device-waiting' });
    const challenge = world.handlers.challenge(requestOver(connectionFor(pc, true), { purpose: 'report' }));
    expect(await challenge).toMatchObject({ refused: 'device-waiting' });
  });

  it('writes nothing by asking again, but once a day that it still waits', async () => {
    await ask();
    await ask();
    expect(await kept()).toMatchObject({ version: 1 });
    world.advance(dayMs / 2);
    accepted(await ask(pc, true, { name: 'Another name' }));
    expect(await kept()).toMatchObject({ version: 1 });
  });

  it.each<[string, () => Promise<DeviceEnrolled | Refused>, string]>([
    ['a certificate of an authority', () => ask(pki.laptop, false), 'certificate-purpose-wrong'],
    [
      'a request that was made for another connection',
      () => ask(pc, true, { exporter: 'AAAA' }),
      'channel-binding-wrong',
    ],
    [
      'a certificate that has ended',
      () => {
        world.advance(2 * dayMs);
        return ask();
      },
      'certificate-expired',
    ],
  ])('is refused with %s', async (_, asking, word) => {
    expect(await asking()).toMatchObject({ refused: word });
    expect(await world.store.keptAll(tenant, 'device-enrolment', 5)).toEqual([]);
  });

  it('is refused when a thousand wait, unless it is one of them', async () => {
    await ask();
    world.waiting['self-enrolled'] = 1_000;
    expect(await ask(pki.sessionHolder())).toMatchObject({ refused: 'too-many-requests' });
    expect(await ask()).toMatchObject({ state: 'waiting' });
  });
});

describe('once an operator has admitted it', () => {
  it('it reports, proves its person and gets tickets, in the class that it was given', async () => {
    await ask();
    expect(await approve()).toEqual({ name: 'lt-0001', state: 'active' });
    expect(await ask()).toEqual({ state: 'active', device: pc.key, traceId: 'abcdef0123456789' });
    const connection = connectionFor(pc, true);
    const { exporter } = connection;
    const proof = signedProof(pki.person, {
      nonce: (await nonceOver(world, connection, 'identity-proof')).nonce,
      ...{ exporter, machineKey: pc.key },
    });
    accepted(await world.handlers.identityProof(requestOver(connection, proof)));
    const { nonce } = await nonceOver(world, connection, 'report');
    const report = signedReport(pc, world.now(), { nonce, exporter });
    expect(accepted(await world.handlers.report(requestOver(connection, report)))).toMatchObject({ outcome: 'grant' });
    const { handle } = accepted(await ticket());
    expect(await world.store.ticket(tenant, handle)).toMatchObject({ device: pc.key });
    expect(await kept()).not.toHaveProperty('expiresAt');
    expect(await kept()).toMatchObject({ version: 2, value: { class: 'private-pc', decidedBy: 'an' } });
  });

  it('it has neither the standing of the machine whose name it took, nor a machine certificate', async () => {
    const questions: unknown[] = [];
    await ask();
    await approve();
    const { decide } = world.ports;
    const { verdict: judged } = agentHandlers({
      ...world.ports,
      decide: (question, at) => {
        questions.push(question.device);
        return decide(question, at);
      },
    });
    accepted(await judged(requestOver(connectionFor(pc, true), undefined)));
    expect(questions).toEqual([expect.objectContaining({ key: pc.key, name: pc.key })]);
  });

  it('its key lasts as long as its certificate, and then it asks again', async () => {
    await ask();
    await approve();
    world.advance(2 * dayMs);
    expect(await verdict()).toMatchObject({ refused: 'certificate-expired' });
  });

  it('waits again when its year is over', async () => {
    await ask();
    await approve();
    const before = await kept();
    if (before === undefined) throw new Error('not kept');
    const lapsed = { ...before, value: { ...before.value, certificateNotAfter: world.now() }, version: 3 };
    await world.store.commit({ tenant, at: world.now(), keep: [lapsed] });
    expect(await verdict()).toMatchObject({ refused: 'certificate-expired' });
    expect(await ask()).toMatchObject({ state: 'waiting' });
    expect(await verdict()).toMatchObject({ refused: 'device-waiting' });
    expect((await kept())?.value.certificateNotAfter).toBeGreaterThan(world.now());
  });
});

describe('once an operator has refused it', () => {
  it('it is out, though unlisted machines are let in', async () => {
    await ask();
    await approve();
    accepted(await verdict());
    expect(await refuse()).toEqual({ name: 'lt-0001', state: 'refused' });
    expect(await ask()).toMatchObject({ state: 'refused' });
    expect(await verdict()).toMatchObject({ refused: 'device-unregistered' });
    expect(enrolled.get(pc.key)).toEqual({ selfEnrolled: true });
  });
});

describe('an operator', () => {
  it('needs the right for it', async () => {
    await ask();
    const act = operatorAct(ports(), deviceApprove);
    expect(await act(request({ device: pc.key, class: 'private-pc' }, ['read']))).toMatchObject({
      refused: 'right-missing',
    });
    expect(await kept()).toMatchObject({ value: { state: 'waiting' } });
  });

  it('decides about nothing that was never seen', async () => {
    expect(await approve('private-pc', 'ab'.repeat(32))).toMatchObject({ refused: 'device-unknown' });
    expect(await refuse('ab'.repeat(32))).toMatchObject({ refused: 'device-unknown' });
  });

  it('is recorded with what it decided', async () => {
    await ask();
    await approve();
    await refuse();
    const records = await world.store.decisions({ tenant, limit: 10 });
    expect(records.map(({ act, device }) => [act?.what, act?.operator, device])).toEqual([
      ['keep self-enrolled device out', 'an', pc.key],
      ['admit self-enrolled device as private-pc', 'an', pc.key],
    ]);
  });
});
