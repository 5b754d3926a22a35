// A gateway in front of FreeRADIUS as it is on the day before a migration: FreeRADIUS decides, radclient and eapol_test see no
// difference, and the table says where we would have answered otherwise. Then the concentrator is cut over, and goes back.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { run as sluisNasMode } from '../../gateway/cli/nas-mode.ts';
import { run as sluisObserve } from '../../gateway/cli/observe.ts';
import type { Ticket } from '../../gateway/contract/challenge.ts';
import type { Observation, ObservedNas } from '../../gateway/contract/observation.ts';
import { basePolicies, obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { eapolTest } from './eapol-client.ts';
import { type FreeRadiusWorld, freePorts, startFreeRadiusWorld } from './freeradius-world.ts';
import { login, radclient, signed, valueOf } from './radclient-client.ts';

const laptop = 'lt-1.example';
const secret = 'of-the-old-server';
const why = ['--reason', 'change 2026-118, the table was clean'];

describeWith(
  ['freeradius', 'radclient', 'eapol_test'],
  'a concentrator that is observed',
  (server = '', client = '', eapol = '') => {
    let gateway: TestGateway;
    let authority: FreeRadiusWorld;
    let shared: Ticket;
    let ours: Ticket;
    beforeAll(async () => {
      const ports = await freePorts();
      gateway = await startTestGateway({
        laptops: [laptop, 'lt-2.example'],
        policies: basePolicies,
        authority: { authentication: ports.lax, accounting: ports.accounting, secret },
      });
      // FreeRADIUS knows one of two tickets as a user with a password.
      shared = await obtainTicket(gateway, laptop);
      ours = await obtainTicket(gateway, 'lt-2.example');
      const users = [
        { handle: shared.handle, secret: shared.secret },
        { handle: 'jan', secret: 'right' },
      ];
      const reply = { 'Filter-Id': 'office' };
      authority = await startFreeRadiusWorld(server, {
        secret,
        users,
        ca: gateway.installation.ca,
        reply,
        behind: 1,
        ports,
      });
    }, 30_000);
    let isStopped = false;
    afterAll(async () => {
      if (!isStopped) await authority.stop();
      await gateway.stop();
    });

    const ask = (userName: string, password: string, ...more: readonly string[]) =>
      radclient(client, {
        kind: 'auth',
        port: gateway.ports.authentication,
        secret: gateway.secret,
        lines: [...login(userName, password), signed, ...more],
      });
    const account = (userName: string, status: string) =>
      radclient(client, {
        kind: 'acct',
        port: gateway.ports.accounting,
        secret: gateway.secret,
        lines: [
          `User-Name = "${userName}"`,
          'Acct-Session-Id = "a1"',
          `Acct-Status-Type = ${status}`,
          'Calling-Station-Id = "192.0.2.5"',
          'NAS-IP-Address = 127.0.0.1',
        ],
      });
    async function command(run: typeof sluisObserve, ...args: readonly string[]) {
      let [output, errors] = ['', ''];
      const url = `http://127.0.0.1:${gateway.ports.operatorApi}`;
      const code = await run([...args, '--url', url], {
        write: text => (output += text),
        writeError: text => (errors += text),
      });
      return { code, output, errors };
    }
    const report = async (...more: readonly string[]) =>
      command(sluisObserve, 'report', '--token-file', gateway.installation.tokenFile, ...more);
    const table = async (): Promise<ObservedNas> => {
      const [only] = JSON.parse((await report('--json')).output) as ObservedNas[];
      if (only === undefined) throw new Error('nothing is observed');
      return only;
    };
    /** The row of the last login of that name; it comes after the answer. */
    const row = (userName: string): Promise<Observation> =>
      vi.waitFor(async () => {
        const found = (await table()).examples.find(each => each.userName === userName);
        if (found === undefined) throw new Error(`${userName} is not in the table`);
        return found;
      }, 5_000);
    const setMode = (word: string) =>
      command(
        sluisNasMode,
        word,
        'vpn-demo',
        ...why,
        '--config',
        gateway.installation.configFile,
        '--token-file',
        gateway.guardToken,
      );

    it('gets the accept of its authority, and the table says what we would send', async () => {
      const answer = await ask(shared.handle, shared.secret, 'Proxy-State = 0x7078', 'Proxy-State = 0x7079');
      expect(answer.reply, answer.output).toBe('Access-Accept');
      expect(answer.attributes.filter(([name]) => name !== 'Message-Authenticator')).toEqual([
        ['Filter-Id', 'office'],
        ['Proxy-State', '0x7078'],
        ['Proxy-State', '0x7079'],
      ]);
      expect(answer.attributes[0]?.[0]).toBe('Message-Authenticator');
      expect(await row(shared.handle)).toMatchObject({
        comparison: 'attributes-differ',
        theirs: { answer: 'accept', attributes: ['Filter-Id = "office"'] },
        ours: { answer: 'accept', attributes: ['Filter-Id = "office"', expect.stringContaining('Session-Timeout')] },
      });
    });
    it('gets the accept of its authority for somebody whom we would refuse, with a case that explains it', async () => {
      expect((await ask('jan', 'right')).reply).toBe('Access-Accept');
      const found = await row('jan');
      expect(found).toMatchObject({
        comparison: 'outcome-differs',
        ours: { answer: 'reject' },
        because: ['ticket-unknown'],
      });
      const record = await fetch(`http://127.0.0.1:${gateway.ports.operatorApi}/v1/decisions/${found.caseCode ?? ''}`, {
        headers: { authorization: `Bearer ${readFileSync(gateway.installation.tokenFile, 'utf8')}` },
      });
      expect(await record.json()).toMatchObject({
        kind: 'observation',
        reasons: ['ticket-unknown'],
        detail: '127.0.0.1: accept; here: reject',
      });
      expect(await gateway.denials()).toEqual([]);
    });
    it('gets the reject of its authority, also where we would let in', async () => {
      expect((await ask(ours.handle, ours.secret)).reply).toBe('Access-Reject');
      expect(await row(ours.handle)).toMatchObject({ comparison: 'outcome-differs', ours: { answer: 'accept' } });
      expect((await ask('jan', 'wrong')).reply).toBe('Access-Reject');
      await vi.waitFor(async () => expect((await table()).notJudged).toBe(1), 5_000);
    });
    it.each(['1.2', '1.3'] as const)(
      'logs in by EAP-TLS %s at its authority, with keys that are right on both sides',
      async tls => {
        const files = gateway.installation.laptops.get(laptop);
        if (files === undefined) throw new Error('no certificate was made');
        const before = (await table()).attributesDiffer;
        const result = await eapolTest(eapol, gateway, { name: `host/${laptop}`, ...files, tls });
        expect(result, result.output.slice(-3000)).toMatchObject({ success: true, tls: `TLSv${tls}`, keysMatch: true });
        await vi.waitFor(async () => expect((await table()).attributesDiffer).toBe(before + 1), 5_000);
        expect(await row(`host/${laptop}`)).toMatchObject({ asClaimed: true, ours: { answer: 'accept' } });
      },
    );
    it('leaves nothing behind: no session, no used ticket, no counted decision', async () => {
      expect(await gateway.sessions()).toEqual([]);
      expect(await gateway.count('sluis_decisions_total')).toBe(0);
      expect(await gateway.count('sluis_observed_total')).toBe(6);
    });
    it('accounts at its authority, and is known here', async () => {
      expect((await account('jan', 'Start')).reply).toBe('Accounting-Response');
      expect(await gateway.count('sluis_unadmitted_sessions_total')).toBe(0);
    });
    it('shows the table to people', async () => {
      const { output, code } = await report('--nas', 'vpn-demo');
      expect(code).toBe(0);
      expect(output).toMatch(/^vpn-demo +127\.0\.0\.1 port \d+ +authority /m);
      expect(output).toMatch(/^\S+ \S+ +jan +accept: Filter-Id = "office" +reject +[A-Z0-9]{6} +ticket-unknown$/m);
      expect(output).not.toContain(shared.secret);
      expect(await report('--nas', 'nobody')).toMatchObject({ code: 1 });
    });

    it('is cut over by one act and one word, and its sessions go on', async () => {
      const before = readFileSync(gateway.installation.configFile, 'utf8');
      expect(await setMode('cut-over')).toMatchObject({ code: 0, output: 'vpn-demo: this gateway decides.\n' });
      const after = readFileSync(gateway.installation.configFile, 'utf8');
      expect(after).toBe(before.replace('mode: observe', 'mode: decide'));
      // A reject is held back for a moment, perhaps for longer than radclient waits.
      expect((await ask('jan', 'right')).reply).not.toBe('Access-Accept');
      expect((await gateway.denials())[0]).toMatchObject({ kind: 'refusal', reasons: ['ticket-unknown'] });
      const answer = await ask(ours.handle, ours.secret);
      expect([answer.reply, valueOf(answer, 'Filter-Id')]).toEqual(['Access-Accept', 'office']);
      expect((await account('jan', 'Interim-Update')).reply).toBe('Accounting-Response');
      expect((await account('jan', 'Stop')).reply).toBe('Accounting-Response');
      expect(await gateway.count('sluis_unadmitted_sessions_total')).toBe(0);
      expect(gateway.lines().filter(line => line.includes('stop-of-unknown-session'))).toEqual([]);
    });
    it('goes back the same way', async () => {
      expect(await setMode('go-back')).toMatchObject({ code: 0 });
      expect(readFileSync(gateway.installation.configFile, 'utf8')).toContain('mode: observe');
      expect((await ask('jan', 'right')).reply).toBe('Access-Accept');
      // The log comes a little later than the answer.
      await vi.waitFor(() => {
        const acts = gateway.lines().filter(line => line.includes('"act":"nas-mode"'));
        expect(acts.map(line => (JSON.parse(line) as { readonly what: string }).what)).toEqual([
          'for vpn-demo: this gateway decides',
          'for vpn-demo: 127.0.0.1 decides, this gateway observes',
        ]);
      });
    });
    it('meets with silence when its authority is silent', async () => {
      isStopped = true;
      await authority.stop();
      expect((await ask('jan', 'right')).reply).toBeUndefined();
      await vi.waitFor(async () => expect((await table()).authoritySilent).toBe(1), 20_000);
      expect(await gateway.count('sluis_radius_refused_total', { reason: 'authority-silent' })).toBe(1);
    }, 30_000);
  },
);
