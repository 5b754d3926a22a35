// `sluis trace` at a real gateway while eapol_test logs in, radclient asks and accounts, and FreeRADIUS is asked to end a session:
// what an administrator sees of it, and what nobody may see.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run as sluisTrace } from '../../gateway/cli/trace.ts';
import type { Ticket } from '../../gateway/contract/challenge.ts';
import type { TraceEvent } from '../../gateway/contract/trace.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { passwordRequest } from '../../gateway/radius/client-requests.ts';
import { type CoaListener, freePort, startCoaListener } from '../support/coa-listener.ts';
import { basePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { sendDatagrams } from './datagrams.ts';
import { eapolTest } from './eapol-client.ts';
import { login, radclient, signed } from './radclient-client.ts';

const laptop = 'lt-1.example';
const other = 'lt-2.example';
const nationalNumber = '85.07.30-033.28';
const why = 'the help desk looks for what ails this login';

describeWith(['eapol_test', 'radclient', 'freeradius'], 'sluis trace', (eapol = '', client = '', freeradius = '') => {
  let gateway: TestGateway;
  let concentrator: CoaListener;
  const started: { readonly stop: () => Promise<void> }[] = [];
  beforeAll(async () => {
    const changesAt = await freePort();
    gateway = await startTestGateway({ laptops: [laptop, other], policies: basePolicies, changesAt });
    started.push(gateway);
    concentrator = await startCoaListener(freeradius, { port: changesAt, secret: gateway.secret });
    started.push(concentrator);
  });
  afterAll(async () => {
    for (const each of started.reverse()) await each.stop();
  });

  async function command(token: string, ...args: readonly string[]) {
    let [output, errors] = ['', ''];
    const url = `http://127.0.0.1:${gateway.ports.operatorApi}`;
    const code = await sluisTrace([...args, '--reason', why, '--url', url, '--token-file', token], {
      write: text => (output += text),
      writeError: text => (errors += text),
    });
    return { code, output, errors };
  }
  /** What a trace shows of what happens meanwhile. */
  async function traced(during: () => Promise<unknown>, ...args: readonly string[]) {
    const before = acts();
    const running = command(gateway.guardToken, ...args, '--for', '4s');
    await vi.waitFor(() => expect(acts()).toBeGreaterThan(before), 5_000);
    await during();
    return running;
  }
  const acts = () => gateway.lines().filter(line => line.includes('"act":"trace"') && line.includes('"done"')).length;
  const events = ({ output }: { readonly output: string }) =>
    output
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as TraceEvent);
  const eapTls = (name: string) => {
    const files = gateway.installation.laptops.get(name);
    if (files === undefined) throw new Error(`no certificate was made for ${name}`);
    return eapolTest(eapol, gateway, { name: `host/${name}`, ...files, tls: '1.3' });
  };
  const ask = (lines: readonly string[], secret = gateway.secret) =>
    radclient(client, { kind: 'auth', port: gateway.ports.authentication, secret, lines });
  const account = (userName: string, status: string, ...more: readonly string[]) =>
    radclient(client, {
      kind: 'acct',
      port: gateway.ports.accounting,
      secret: gateway.secret,
      lines: [
        `User-Name = "${userName}"`,
        `Acct-Status-Type = ${status}`,
        'Acct-Session-Id = "a1"',
        'Calling-Station-Id = "192.0.2.5"',
        'NAS-IP-Address = 127.0.0.1',
        ...more,
      ],
    });

  describe('of a concentrator', () => {
    let shown = '';
    let all: readonly TraceEvent[] = [];
    let ticket: Ticket;
    const readable = { shown: '' };
    beforeAll(async () => {
      ticket = await obtainTicket(gateway, laptop);
      const during = async (): Promise<void> => {
        await eapTls(laptop);
        await ask([...login(ticket.handle, ticket.secret), signed]);
        await account(ticket.handle, 'Start', 'Framed-IP-Address = 10.8.0.7');
        const open = (await gateway.sessions()).find(({ userName }) => userName === ticket.handle);
        await gateway.disconnect(open?.id ?? '');
        await account(ticket.handle, 'Stop', 'Acct-Terminate-Cause = Admin-Reset');
        await ask([...login(nationalNumber, 'hunter2-is-a-password'), signed]);
        await ask([...login('jan', 'whatever'), signed], 'another-secret');
        const request = passwordRequest({
          identifier: 77,
          authenticator: randomBytes(16),
          secret: Buffer.from(gateway.secret),
          userName: 'jan',
          password: 'whatever-else',
          attributes: [attribute('Calling-Station-Id', '192.0.2.5')],
        });
        await sendDatagrams(gateway.ports.authentication, [request, request], { expected: 1, waitMs: 2_000 });
      };
      const asText = command(gateway.guardToken, '--nas', 'vpn-demo', '--for', '4s');
      const result = await traced(during, '--nas', 'vpn-demo', '--json');
      expect(result.code, result.errors).toBe(0);
      shown = result.output;
      all = events(result);
      readable.shown = (await asText).output;
    }, 30_000);
    const about = (text: string) => all.filter(event => `${event.text}\n${event.lines.join('\n')}`.includes(text));

    it('shows both directions of an EAP conversation, round by round, with what TLS is doing', () => {
      const [first] = about('host/lt-1.example');
      const conversation = all.filter(({ thread }) => thread === first?.thread);
      const eap = conversation.flatMap(({ way, lines }) =>
        lines.flatMap(line =>
          line.startsWith('EAP: ') ? [`${way} ${line.replaceAll(/\d+ octets/g, 'n octets')}`] : [],
        ),
      );
      expect(eap[0]).toBe('in EAP: Identity response');
      expect(eap[1]).toBe('out EAP: EAP-TLS request, start');
      expect(eap[2]).toMatch(/^in EAP: EAP-TLS response, n octets of TLS.*: ClientHello \(.*TLS 1\.3.*\)$/);
      expect(eap[3]).toMatch(/^out EAP: EAP-TLS request, n octets of TLS.*: ServerHello \(TLS 1\.3\)/);
      expect(eap.at(-1)).toBe('out EAP: Success');
      const decided = conversation.find(({ text }) => text.startsWith('decided: '));
      expect(decided).toMatchObject({ way: 'thought', caseCode: expect.stringMatching(/^[A-Z0-9]{6}$/) as unknown });
      expect(conversation.at(-1)?.lines.join('\n')).toMatch(/MS-MPPE-Recv-Key = \(hidden, \d+ octets\)/);
    });
    it('shows a ticket, its accounting, and what the concentrator is asked', () => {
      expect(about(`User-Name = "${ticket.handle}"`)[0]?.lines.join('\n')).toMatch(
        /User-Password = \(hidden, \d+ octets\)/,
      );
      expect(about('decided: grant')[0]?.session).toMatch(/^S-/);
      expect(about('Accounting-Response').length).toBe(2);
      expect(about('session-stopped')[0]?.session).toMatch(/^S-/);
      const [request] = about('Disconnect-Request to 127.0.0.1');
      expect(request).toMatchObject({
        way: 'out',
        lines: expect.arrayContaining(['Acct-Session-Id = "a1"']) as unknown,
      });
      expect(about('Disconnect-ACK')).toMatchObject([{ way: 'in', thread: request?.thread }]);
    });
    it('gives silence its word, and tells retransmissions', () => {
      expect(all.find(({ reason }) => reason === 'message-authenticator-wrong')).toMatchObject({ text: 'no answer' });
      expect(all.find(({ reason }) => reason === 'duplicate-in-progress')).toMatchObject({ text: 'no answer' });
      expect(all.find(({ reason }) => reason === 'ticket-unknown')).toBeDefined();
    });
    it('is readable without --json', () => {
      expect(readable.shown).toMatch(
        /^\d\d:\d\d:\d\d\.\d{3} vpn-demo t\d+ --> Access-Request, identifier \d+, \d+ octets, from 127\.0\.0\.1 port \d+$/m,
      );
      expect(readable.shown).toMatch(/^ {10}User-Name = "host\/lt-1\.example"$/m);
      expect(readable.shown).toMatch(/^\S+ vpn-demo t\d+ {3}\* no answer \(message-authenticator-wrong\)$/m);
      expect(readable.shown).toMatch(/^\S+ vpn-demo t\d+ <-- Access-Reject/m);
    });
    it('holds no secret, no password, no national number and no State as a whole', () => {
      const hex = (text: string) => Buffer.from(text).toString('hex');
      const digits = nationalNumber.replaceAll(/\D/g, '');
      const never = [gateway.secret, ticket.secret, 'hunter2-is-a-password', 'whatever-else', nationalNumber, digits];
      for (const text of [shown, readable.shown]) {
        expect(text.length).toBeGreaterThan(4_000);
        for (const secret of never) {
          expect(text).not.toContain(secret);
          expect(text).not.toContain(hex(secret));
          expect(text).not.toContain(Buffer.from(secret).toString('base64'));
        }
        expect(text).toContain('[national-number]');
        for (const [state] of text.matchAll(/State = [^\n"\\]{0,200}/g)) expect(state.length).toBeLessThan(60);
      }
    });
  });

  it('of a machine begins with the packets that came before anybody knew which it is, and shows no other', async () => {
    const result = await traced(
      async () => {
        await eapTls(laptop);
        await eapTls(other);
      },
      '--device',
      laptop,
      '--json',
    );
    const all = events(result);
    expect(new Set(all.map(({ thread }) => thread)).size).toBe(1);
    expect(all[0]?.lines).toContain('EAP: Identity response');
    expect(all.at(-1)?.lines).toContain('EAP: Success');
    expect(result.output).not.toContain(other);
  });
  it('of a user is by name, and by the accounting of the sessions that are known already', async () => {
    const { handle, secret } = await obtainTicket(gateway, other);
    await ask([...login(handle, secret), signed]);
    const result = await traced(
      async () => {
        await account(handle, 'Start');
        await ask([...login('somebody-else', 'whatever'), signed]);
      },
      '--user',
      handle.toUpperCase(),
      '--json',
    );
    expect(events(result).map(({ way }) => way)).toContain('out');
    expect(result.output).not.toContain('somebody-else');
  });
  it('is an act: with its own right, in the record, and read by nobody else', async () => {
    const refused = await command(gateway.installation.tokenFile, '--nas', 'vpn-demo');
    expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('trace') as unknown });
    const unknown = await command(gateway.guardToken, '--nas', 'nobody');
    expect(unknown).toMatchObject({ code: 1, errors: expect.stringContaining('nas-unknown') as unknown });
    const numbered = await command(gateway.guardToken, '--user', nationalNumber);
    expect(numbered).toMatchObject({ code: 1, errors: expect.stringContaining('request-malformed') as unknown });
    const [done] = gateway.lines().filter(line => line.includes('"act":"trace"') && line.includes('"done"'));
    const { case: code } = JSON.parse(done ?? '{}') as { readonly case: string };
    const read = (path: string, token: string) =>
      fetch(`http://127.0.0.1:${gateway.ports.operatorApi}${path}`, {
        headers: { authorization: `Bearer ${readFileSync(token, 'utf8')}` },
      });
    const record = await (await read(`/v1/decisions/${code}`, gateway.installation.tokenFile)).json();
    expect(record).toMatchObject({ act: { operator: 'guard', what: 'trace nas vpn-demo for 4 s', reason: why } });
    expect((await read('/v1/traces/abc', gateway.installation.tokenFile)).status).toBe(403);
    expect((await read('/v1/traces/abc', gateway.guardToken)).status).toBe(404);
    expect(gateway.lines().join('\n')).not.toContain(nationalNumber);
  });
});
