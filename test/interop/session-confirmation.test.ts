// Who is in the tunnel: the right person with the right ticket, on the right laptop and on another one, with the RIZIV pack, from
// end to end. The agents speak HTTPS from the addresses that accounting names, and this test is the concentrator.

import https from 'node:https';
import { TLSSocket } from 'node:tls';
import { readFileSync } from 'node:fs';
import { createHash, X509Certificate } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SessionConfirmed, Ticket } from '../../gateway/contract/challenge.ts';
import { exporterBytes, exporterLabel } from '../../gateway/contract/proof.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { listenRadius, type RadiusListener } from '../../gateway/io/radius-udp.ts';
import { probeAccounting, probePassword } from '../../gateway/io/radius-probe.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { attribute, first, text } from '../../gateway/radius/attributes.ts';
import { signReply } from '../../gateway/radius/authenticator.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { confirmSession } from '../../posture-client/confirmation.ts';
import { obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';

const [laptop, secondPc] = ['lt-1.example', 'lt-2.example'];
/** On this host each address stands for one tunnel. */
const [ofLaptop, ofSecondPc] = ['127.0.0.1', '127.0.0.2'];

let gateway: TestGateway;
let concentrator: RadiusListener;
const told: Packet[] = [];
beforeAll(async () => {
  concentrator = await listenRadius({
    address: '127.0.0.1',
    port: 0,
    handler: async datagram => {
      const packet = decode(datagram);
      if (isRefused(packet)) return undefined;
      told.push(packet);
      const reply = signReply({ code: 44, attributes: [] }, packet, Buffer.from(gateway.secret, 'utf8'));
      return isRefused(reply) ? undefined : reply;
    },
  });
  gateway = await startTestGateway({ laptops: [laptop, secondPc], changesAt: concentrator.port });
});
afterAll(async () => {
  await gateway.stop();
  await concentrator.close();
});

const server = (port: number) => ({ address: '127.0.0.1', port, secret: Buffer.from(gateway.secret, 'utf8') });

/** The tunnel comes up: segment and session. */
async function connect({ handle, secret }: Ticket, caller: string, framed: string) {
  const station = attribute('Calling-Station-Id', caller);
  const login = { userName: handle, password: secret, attributes: [station] };
  const { reply } = await probePassword(server(gateway.ports.authentication), login);
  const named = reply && first(reply.attributes, 'Class');
  if (reply === undefined || named === undefined) throw new Error('not admitted');
  const attributes = [
    ...[attribute('User-Name', handle), attribute('Class', named), station],
    attribute('Framed-IP-Address', framed),
  ];
  const record = { status: 'start' as const, acctSessionId: `a-${framed}`, attributes };
  expect((await probeAccounting(server(gateway.ports.accounting), record)).verdict).toBe('answered');
  return { segment: text(reply.attributes, 'Filter-Id'), handle };
}

async function session(handle: string): Promise<Session> {
  const found = (await gateway.sessions()).find(({ userName }) => userName === handle);
  if (found === undefined) throw new Error(`no session of ${handle}`);
  return found;
}

function filesOf(name: string) {
  const files = gateway.installation.laptops.get(name);
  if (files === undefined) throw new Error(`no certificate was made for ${name}`);
  return files;
}

/** The agent of that machine, as it is shipped. */
function confirm(name: string): Promise<SessionConfirmed> {
  const config = {
    gateway: `https://localhost:${gateway.ports.agentApi}`,
    trust: gateway.installation.trustFile,
    machine: filesOf(name),
    sessionKey: false,
    state: join(gateway.directory, `agent-${name}.json`),
    remediation: { programs: {} },
  };
  return confirmSession({ config, memory: {} });
}

/** The same request, from the other tunnel. */
async function confirmFrom(localAddress: string, name: string): Promise<unknown> {
  const { certificate, key } = filesOf(name);
  const cert = readFileSync(certificate);
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  const machineKey = createHash('sha256').update(spki).digest('hex');
  const request = https.request({
    ...{ host: '127.0.0.1', servername: 'localhost', port: gateway.ports.agentApi, localAddress },
    ...{ ca: readFileSync(gateway.installation.trustFile), cert, key: readFileSync(key) },
    ...{ method: 'POST', path: '/v1/session-confirmation', headers: { 'content-type': 'application/json' } },
  });
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', response => resolve(json(response)));
    request.on('socket', socket => {
      socket.on('secureConnect', () => {
        if (!(socket instanceof TLSSocket)) throw new TypeError('not over TLS');
        const bytes = socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0));
        request.end(JSON.stringify({ machineKey, exporter: bytes.toString('base64url') }));
      });
    });
  });
}

describe('the right person with the right ticket', () => {
  it('on a second PC stays in quarantine, whoever confirms', { timeout: 30_000 }, async () => {
    const ticket = await obtainTicket(gateway, laptop);
    const { segment, handle } = await connect(ticket, '203.0.113.9', ofSecondPc);
    expect(segment).toBe('quarantine');
    // The laptop is at home, outside the tunnel; the second PC is inside and has another machine key.
    expect(await confirm(laptop)).toMatchObject({ confirmed: false, binding: 'ticket', outcome: 'quarantine' });
    expect(await confirmFrom(ofSecondPc, secondPc)).toMatchObject({ confirmed: false, binding: 'none' });
    expect(await session(handle)).toMatchObject({ binding: 'ticket', decision: { outcome: 'quarantine' } });
    expect(told).toEqual([]);
  });

  it('on the right laptop is in quarantine until the agent has confirmed from inside', {
    timeout: 30_000,
  }, async () => {
    const ticket = await obtainTicket(gateway, laptop);
    const { segment, handle } = await connect(ticket, '192.0.2.77', ofLaptop);
    expect(segment).toBe('quarantine');
    expect((await session(handle)).decision.reasons).toEqual(['binding-too-weak']);
    expect(await confirm(laptop)).toMatchObject({ confirmed: true, binding: 'confirmed', outcome: 'grant' });
    expect(
      told.map(({ code, attributes }) => [code, text(attributes, 'Filter-Id'), text(attributes, 'User-Name')]),
    ).toEqual([[43, 'office', handle]]);
    expect(await session(handle)).toMatchObject({
      binding: 'confirmed',
      decision: { outcome: 'grant', segment: 'office' },
      change: { because: 'binding-confirmed', state: 'acknowledged' },
    });
  });

  it('twice at once from two places is told', async () => {
    await vi.waitFor(async () => {
      expect(await gateway.count('sluis_key_used_twice_total', { at: 'accounting' })).toBe(1);
    });
    expect(await gateway.count('sluis_session_confirmations_total', { result: 'confirmed' })).toBe(1);
  });
});
