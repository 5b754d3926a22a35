// A laptop that gets worse while it is connected, from end to end: the agent reports, the gateway decides anew, and FreeRADIUS
// as the concentrator is told. RFC 5176; radclient tells what accounting would.

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { SessionChange } from '../../gateway/contract/change.ts';
import { run as sluisSession } from '../../gateway/cli/session.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { type CoaListener, freePort, startCoaListener } from '../support/coa-listener.ts';
import { basePolicies, obtainTicket, report, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { login, radclient, signed, valueOf } from './radclient-client.ts';

const laptop = 'lt-1.example';
const register = (state: string) => `name,class,state\n${laptop},managed-laptop,${state}\n`;

describeWith(['freeradius', 'radclient'], 'a session that is open', (freeradius = '', client = '') => {
  let gateway: TestGateway;
  let concentrator: CoaListener;
  const started: { readonly stop: () => Promise<void> }[] = [];
  let userName = '';
  let session: Session;
  beforeAll(async () => {
    const port = await freePort();
    const asks = { laptops: [laptop], policies: basePolicies, register: register('active') };
    gateway = await startTestGateway({ ...asks, changesAt: port });
    started.push(gateway);
    concentrator = await startCoaListener(freeradius, { port, secret: gateway.secret });
    started.push(concentrator);
  });
  afterAll(async () => {
    for (const each of started.reverse()) await each.stop();
  });

  const account = (status: string, ...more: readonly string[]) =>
    radclient(client, {
      kind: 'acct',
      port: gateway.ports.accounting,
      secret: gateway.secret,
      lines: [
        `User-Name = "${userName}"`,
        'Acct-Session-Id = "0000002a"',
        `Acct-Status-Type = ${status}`,
        'Calling-Station-Id = "192.0.2.5"',
        'NAS-Identifier = "gw"',
        'NAS-IP-Address = 127.0.0.1',
        `Class = 0x${Buffer.from(session.id).toString('hex')}`,
        ...more,
      ],
    });
  const now = async (): Promise<Session> => {
    const found = (await gateway.sessions()).find(({ userName: name }) => name === userName);
    if (found === undefined) throw new Error('the gateway knows no such session');
    return found;
  };
  const changed = (to: Partial<SessionChange>) =>
    vi.waitFor(async () => expect((await now()).change).toMatchObject(to), 15_000);

  it('begins with a healthy laptop', async () => {
    const ticket = await obtainTicket(gateway, laptop);
    userName = ticket.handle;
    const lines = [...login(ticket.handle, ticket.secret), signed];
    const answer = await radclient(client, {
      kind: 'auth',
      port: gateway.ports.authentication,
      secret: gateway.secret,
      lines,
    });
    expect([answer.reply, valueOf(answer, 'Filter-Id')]).toEqual(['Access-Accept', 'office']);
    session = await now();
    await account('Start', 'Framed-IP-Address = 10.8.0.7');
    expect(await now()).toMatchObject({ state: 'started', nasIdentifier: 'gw', nasAddress: '127.0.0.1' });
  });
  it('goes to quarantine when the firewall is turned off', async () => {
    concentrator.forget();
    await report(gateway, laptop, 'linux-firewall-off');
    await changed({ kind: 'coa', because: 'report-changed', state: 'acknowledged' });
    const told = await concentrator.heard(/Received CoA-Request[^]*?# Executing/);
    expect(told).toContain(`User-Name = "${userName}"`);
    expect(told).toContain('Acct-Session-Id = "0000002a"');
    expect(told).toContain('Filter-Id = "quarantine"');
    expect(await now()).toMatchObject({ state: 'started', decision: { outcome: 'quarantine' } });
    const [denial] = await gateway.denials();
    expect(denial).toMatchObject({ kind: 'change', because: 'report-changed', sessionId: session.id });
  });
  it('is seen there in accounting', async () => {
    await account('Interim-Update', 'Filter-Id = "quarantine"');
    await changed({ state: 'seen' });
  });
  it('ends when the laptop is reported stolen', async () => {
    concentrator.forget();
    gateway.put('devices.csv', register('stolen'));
    await changed({ kind: 'disconnect', because: 'device-register-changed', state: 'acknowledged' });
    const told = await concentrator.heard(/Received Disconnect-Request[^]*?# Executing/);
    expect(told).toContain('Acct-Session-Id = "0000002a"');
    expect(told).not.toContain('Filter-Id');
    await account('Stop', 'Acct-Terminate-Cause = Admin-Reset');
    expect(await now()).toMatchObject({
      state: 'stopped',
      decision: { outcome: 'deny', reasons: ['device-stolen'] },
      change: { state: 'seen' },
    });
  });
  it('is shown and counted with all that', async () => {
    let shown = '';
    const args = ['show', session.id, '--url', `http://127.0.0.1:${gateway.ports.operatorApi}`];
    const token = ['--token-file', gateway.installation.tokenFile];
    expect(await sluisSession([...args, ...token], { write: text => (shown += text) })).toBe(0);
    expect(shown).toMatch(/^change +disconnect, because device-register-changed$/m);
    expect(shown).toMatch(/^answer +seen, /m);
    const states = { kind: 'coa', because: 'report-changed' };
    for (const state of ['asked', 'acknowledged', 'seen']) {
      expect(await gateway.count('sluis_live_changes_total', { ...states, state })).toBe(1);
    }
  });
});
