// Two gateway processes over one Redis: what the first lets in and issues, the second knows and redeems.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewayProcess, startGatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { login, radclient, signed, valueOf } from '../interop/radclient-client.ts';
import { obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { startRedis, type TestRedis } from '../support/redis-server.ts';

const laptop = 'lt-1.example';
const password = 'a-password-of-32-random-characters';
const sluis = fileURLToPath(new URL('../../gateway/cli/sluis.mjs', import.meta.url));

describeWith(
  ['redis-server', 'radclient'],
  'two gateways over one Redis',
  (redisServer = '', radclientProgram = '') => {
    let redis: TestRedis;
    let first: TestGateway;
    let second: GatewayProcess;
    let secondConfig: string;
    beforeAll(async () => {
      redis = await startRedis(redisServer, { settings: { requirepass: password } });
      const passwordFile = join(redis.directory, 'password');
      writeFileSync(passwordFile, password, { mode: 0o600 });
      const store = `{ redis: { servers: ["${redis.url}"], password-file: ${passwordFile}, directory: state, writer: first } }`;
      first = await startTestGateway({ laptops: [laptop], store });
      const config = readFileSync(first.installation.configFile, 'utf8');
      secondConfig = first.put('second.yaml', config.replace('writer: first', 'writer: second'));
      second = await startGatewayProcess(secondConfig);
    }, 60_000);
    afterAll(async () => {
      await second.stop();
      await first.stop();
      await redis.close();
    });

    const ask = (port: number, lines: readonly string[]) =>
      radclient(radclientProgram, { kind: 'auth', port, secret: first.secret, lines: [...lines, signed] });
    const account = (port: number, lines: readonly string[]) =>
      radclient(radclientProgram, { kind: 'acct', port, secret: first.secret, lines });
    const sessionsOfSecond = async (): Promise<readonly Session[]> => {
      const token = readFileSync(first.installation.tokenFile, 'utf8');
      const url = `http://127.0.0.1:${second.ports.operatorApi}/v1/sessions?limit=50`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      return ((await answer.json()) as { sessions: Session[] }).sessions;
    };
    const idOf = (reply: Awaited<ReturnType<typeof ask>>) =>
      Buffer.from((valueOf(reply, 'Class') ?? '').slice(2), 'hex').toString();

    it('the second sees a session that the first let in, and takes its accounting', async () => {
      const ticket = await obtainTicket(first, laptop);
      const reply = await ask(first.ports.authentication, login(ticket.handle, ticket.secret));
      expect(reply.reply).toBe('Access-Accept');
      const start = [
        `User-Name = "${ticket.handle}"`,
        'Acct-Session-Id = "a1"',
        'Acct-Status-Type = Start',
        'Framed-IP-Address = 10.9.0.7',
        'Calling-Station-Id = "192.0.2.5"',
        'NAS-IP-Address = 127.0.0.1',
      ];
      expect((await account(first.ports.accounting, start)).reply).toBe('Accounting-Response');
      const [seen] = await sessionsOfSecond();
      expect(seen).toMatchObject({ id: idOf(reply), state: 'started', framedAddress: '10.9.0.7' });
      const stop = start.map(line => (line.startsWith('Acct-Status') ? 'Acct-Status-Type = Stop' : line));
      expect((await account(second.ports.accounting, stop)).reply).toBe('Accounting-Response');
      expect((await first.sessions())[0]).toMatchObject({ id: idOf(reply), state: 'stopped' });
    });

    it('the second redeems a ticket that the first issued, once for both', async () => {
      const ticket = await obtainTicket(first, laptop);
      const reply = await ask(second.ports.authentication, login(ticket.handle, ticket.secret));
      expect(reply.reply).toBe('Access-Accept');
      expect((await first.sessions()).map(({ id }) => id)).toContain(idOf(reply));
      const elsewhere = login(ticket.handle, ticket.secret, '203.0.113.9');
      expect((await ask(first.ports.authentication, elsewhere)).reply).toBe('Access-Reject');
      const [denial] = await first.denials();
      expect(denial).toMatchObject({ reasons: ['ticket-used'], writer: 'first' });
    });

    it('`sluis audit verify` finds the chains of both whole', () => {
      const said = execFileSync(process.execPath, [sluis, 'audit', 'verify', '--config', secondConfig], {
        encoding: 'utf8',
      });
      expect(said).toMatch(/^\d+ records, every chain holds\.\n$/);
    });

    it('both fall silent while it is gone, and answer again when it is back', { timeout: 30_000 }, async () => {
      const ticket = await obtainTicket(first, laptop);
      await redis.kill();
      expect((await ask(first.ports.authentication, login(ticket.handle, ticket.secret))).reply).toBeUndefined();
      await redis.start();
      const reply = async () => (await ask(second.ports.authentication, login(ticket.handle, ticket.secret))).reply;
      await expect.poll(reply, { timeout: 20_000 }).toBe('Access-Accept');
    });
  },
);
