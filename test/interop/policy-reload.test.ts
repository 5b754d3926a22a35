// Policies that change under open sessions, from end to end: a gateway in a process of its own, FreeRADIUS as the concentrator that
// is told. Office hours end; a new policy reaches who is connected; a broken one reaches nobody, not even after a restart.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { run as sluisPolicy } from '../../gateway/cli/policy-status.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { type CoaListener, freePort, startCoaListener } from '../support/coa-listener.ts';
import { obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { login, radclient, signed, valueOf } from './radclient-client.ts';

const [clerk, nurse] = ['lt-1.example', 'lt-2.example'] as const;
const text = 'text: { en: x, nl: x, fr: x, de: x }\n';
const access = (device: string, gives: string, more = '') =>
  `policy: ${device}\nowner: test\nfor: { device: ${device}${more} }\ngives: ${gives}\nrequires:\n  - machine: { otherwise: deny }\n`;

/** Closes with a minute of the clock, half a minute from now or more. */
function calendarThatCloses(at: number): string {
  const to = new Date(at).toISOString().slice(11, 16);
  return `calendar: office-hours\nzone: Etc/UTC\nopen:\n  - { days: every-day, from: "00:00", to: "${to}" }\n`;
}

describeWith(['freeradius', 'radclient'], 'policies under open sessions', (freeradius = '', client = '') => {
  const policies = mkdtempSync(join(tmpdir(), 'sluis-policies-'));
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(policies, path)), { recursive: true });
    writeFileSync(join(policies, path), content);
  };
  const closesAt = Math.ceil((Date.now() + 30_000) / 60_000) * 60_000;
  const started: { readonly stop: () => Promise<void> }[] = [];
  let gateway: TestGateway;
  let concentrator: CoaListener;

  beforeAll(async () => {
    write('checks/machine.yaml', `check: machine\nfact: machine.proven\nmust be: yes\nif unknown: deny\n${text}`);
    write('calendars/office-hours.yaml', calendarThatCloses(closesAt));
    write('degraded.yaml', 'no report yet: quarantine\nreport too old: quarantine\n');
    write('access/clerk.yaml', access('clerk', 'office', ', hours: office-hours'));
    write('access/nurse.yaml', access('nurse', 'ward'));
    const port = await freePort();
    const devices = { [clerk]: { class: 'clerk' }, [nurse]: { class: 'nurse' } };
    gateway = await startTestGateway({ policies, laptops: [clerk, nurse], devices, changesAt: port });
    started.push(gateway);
    concentrator = await startCoaListener(freeradius, { port, secret: gateway.secret });
    started.push(concentrator);
  }, 60_000);
  afterAll(async () => {
    for (const each of started.reverse()) await each.stop();
    rmSync(policies, { recursive: true });
  });

  const names = new Map<string, string>();
  async function connect(laptop: string, segment: string): Promise<void> {
    const ticket = await obtainTicket(gateway, laptop);
    const { secret } = gateway;
    const lines = [...login(ticket.handle, ticket.secret), signed];
    const answer = await radclient(client, { kind: 'auth', port: gateway.ports.authentication, secret, lines });
    expect([answer.reply, valueOf(answer, 'Filter-Id')]).toEqual(['Access-Accept', segment]);
    names.set(laptop, ticket.handle);
    await radclient(client, {
      kind: 'acct',
      port: gateway.ports.accounting,
      secret,
      lines: [
        `User-Name = "${ticket.handle}"`,
        `Acct-Session-Id = "of ${laptop}"`,
        'Acct-Status-Type = Start',
        `Class = 0x${Buffer.from((await sessionOf(laptop)).id).toString('hex')}`,
      ],
    });
  }
  const sessionOf = async (laptop: string): Promise<Session> => {
    const found = (await gateway.sessions()).find(({ userName }) => userName === names.get(laptop));
    if (found === undefined) throw new Error(`the gateway knows no session of ${laptop}`);
    return found;
  };
  const status = async (...args: readonly string[]) => {
    let said = '';
    const token = args[0] === 'go-on' ? gateway.guardToken : gateway.installation.tokenFile;
    const url = `http://127.0.0.1:${gateway.ports.operatorApi}`;
    const take = (more: string) => (said += more);
    const code = await sluisPolicy([...args, '--url', url, '--token-file', token], { write: take, writeError: take });
    return { code, said };
  };
  const logged = (event: string) =>
    vi.waitFor(() => expect(gateway.lines().join('\n')).toContain(`"${event}"`), 10_000);

  it('both connect', async () => {
    await connect(clerk, 'office');
    await connect(nurse, 'ward');
    const { code, said } = await status('status');
    expect(said).toContain(`from       ${policies}`);
    expect(said).toContain('nothing wrong');
    expect(code).toBe(0);
  });

  it('a policy that moves nurses elsewhere reaches the one that is connected', async () => {
    concentrator.forget();
    write('access/nurse.yaml', access('nurse', 'clinic'));
    gateway.reload();
    const told = await concentrator.heard(/Received CoA-Request[^]*?# Executing/);
    expect(told).toContain(`User-Name = "${names.get(nurse) ?? ''}"`);
    expect(told).toContain('Filter-Id = "clinic"');
    await vi.waitFor(async () =>
      expect(await sessionOf(nurse)).toMatchObject({
        decision: { outcome: 'grant', segment: 'clinic' },
        change: { because: 'policy-changed', state: 'acknowledged' },
      }),
    );
    expect((await sessionOf(clerk)).change).toBeUndefined();
  });

  it('a broken one changes nothing but an alarm, and a whole one ends it', async () => {
    write('access/nurse.yaml', access('nurse', 'clinic').replace('gives:', 'givs:'));
    gateway.reload();
    await logged('rules-refused');
    expect(await gateway.count('sluis_policy_reload_failed')).toBe(1);
    const { code, said } = await status('status');
    expect(said).toMatch(/access\/nurse\.yaml:\d+: .*givs/);
    expect(code).toBe(1);
    expect(await sessionOf(nurse)).toMatchObject({ decision: { segment: 'clinic' } });
    write('access/nurse.yaml', access('nurse', 'clinic'));
    gateway.reload();
    await vi.waitFor(async () => expect(await gateway.count('sluis_policy_reload_failed')).toBe(0), 10_000);
    expect((await status('status')).code).toBe(0);
  });

  it('office hours end, and so does the session of the clerk, in that minute', async () => {
    concentrator.forget();
    expect((await sessionOf(clerk)).decision).toMatchObject({
      outcome: 'grant',
      validUntil: closesAt - 1,
      validUntilBecause: 'time-window',
    });
    await vi.waitFor(
      async () =>
        expect(await sessionOf(clerk)).toMatchObject({ change: { kind: 'disconnect', state: 'acknowledged' } }),
      { timeout: 150_000, interval: 500 },
    );
    const { change, decision } = await sessionOf(clerk);
    expect(change?.because).toBe('validity-ended');
    expect(change?.askedAt).toBeGreaterThanOrEqual(closesAt);
    expect(change?.askedAt).toBeLessThan(closesAt + 60_000);
    expect(decision.outcome).toBe('deny');
    expect(await concentrator.heard(/Received Disconnect-Request[^]*?# Executing/)).toContain(
      `User-Name = "${names.get(clerk) ?? ''}"`,
    );
    expect((await sessionOf(nurse)).change?.because).toBe('policy-changed');
  }, 180_000);

  it('a restart with broken files runs what ran last, and says so', async () => {
    write('access/nurse.yaml', 'policy: nurse\n  half-writ');
    await gateway.restart();
    await logged('policy-last-good');
    expect(gateway.lines().join('\n')).toContain('the policy that ran last runs on');
    const { code, said } = await status('status');
    expect(said).toContain('what ran last');
    expect(said).toMatch(/access\/nurse\.yaml:\d+/);
    expect(code).toBe(1);
    await connect(nurse, 'clinic');
    expect(await gateway.count('sluis_policy_reload_failed')).toBe(1);
  }, 60_000);

  it('a policy that is another one at the start reaches who was connected before', async () => {
    concentrator.forget();
    write('access/nurse.yaml', access('nurse', 'theatre'));
    await gateway.restart();
    await concentrator.heard(/Received CoA-Request[^]*?Filter-Id = "theatre"/);
    expect((await status('status')).said).toContain('policy-changed');
  }, 60_000);
});
