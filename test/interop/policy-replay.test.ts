// A draft of the policies judged by a running gateway on the logins that it recorded: `sluis policy replay`.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../gateway/cli/policy-replay.ts';
import type { ReplayReport } from '../../gateway/contract/replay.ts';
import { obtainTicket, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { copyPolicies, makeStricter } from '../support/policy-drafts.ts';
import { describeWith } from '../support/programs.ts';
import { login, radclient, signed } from './radclient-client.ts';

const laptops = ['lt-1.example', 'lt-2.example'];

describeWith('radclient', 'a replay on a running gateway', radclientProgram => {
  const policies = copyPolicies(mkdtempSync(join(tmpdir(), 'sluis-policies-')));
  let gateway: TestGateway;
  let same: string;
  let stricter: string;
  beforeAll(async () => {
    gateway = await startTestGateway({ laptops, policies });
    same = copyPolicies(join(gateway.directory, 'same'));
    stricter = copyPolicies(join(gateway.directory, 'stricter'));
    makeStricter(stricter, 'deny');
    for (const laptop of laptops) {
      const { handle, secret } = await obtainTicket(gateway, laptop);
      const asked = { kind: 'auth', port: gateway.ports.authentication, secret: gateway.secret } as const;
      const { reply } = await radclient(radclientProgram, { ...asked, lines: [...login(handle, secret), signed] });
      expect(reply).toBe('Access-Accept');
    }
  }, 90_000);
  afterAll(async () => {
    await gateway.stop();
    rmSync(policies, { recursive: true });
  });

  async function replay(...args: readonly string[]) {
    let [out, error] = ['', ''];
    const url = `http://127.0.0.1:${gateway.ports.operatorApi}`;
    const code = await run([...args, '--url', url, '--token-file', gateway.guardToken], {
      write: text => (out += text),
      writeError: text => (error += text),
    });
    return { code, out, error };
  }

  it('of what runs finds nobody who is treated otherwise', async () => {
    const { code, out } = await replay(same, '--since', '1d', '--deny-margin', '0%');
    expect(out).toContain('2 logins of 1 people on 2 devices');
    expect(out).toContain('nobody is treated otherwise');
    expect(code).toBe(0);
  });

  it('of a stricter draft counts who would be denied, and says why', async () => {
    const { code, out } = await replay(stricter, '--since', '1d', '--json');
    const report = JSON.parse(out) as ReplayReport;
    expect(code).toBe(0);
    expect(report).toMatchObject({ logins: 2, stricter: 2, subjects: 1, deniedSubjects: 1, unrecorded: [] });
    expect(report.changes).toMatchObject([
      {
        became: 'denied',
        groups: [{ name: 'staff', logins: 2, people: 1, devices: 2 }],
        concentrators: [{ name: 'vpn', logins: 2 }],
        because: [{ name: 'impossible', logins: 2 }],
      },
    ]);
    const cases = (await gateway.sessions()).map(({ caseCode }) => caseCode);
    expect(cases).toContain(report.changes[0]?.example);
  });

  it('refuses what is above the margin', async () => {
    const { code, error } = await replay(stricter, '--deny-margin', '2%');
    expect([code, error]).toEqual([1, expect.stringContaining('100 % would newly be denied')]);
  });

  it('names nobody without a reason, and records who asked', async () => {
    const quiet = await replay(stricter);
    expect(quiet.out).not.toContain('lt-1.example');
    expect((await replay(stricter, '--names')).code).toBe(2);
    const { out } = await replay(stricter, '--names', '--reason', 'who has to be told before Monday');
    for (const laptop of laptops) expect(out).toContain(laptop);
    await expect.poll(() => gateway.lines().filter(line => line.includes('"act":"replay-names"'))).toHaveLength(1);
  });

  it('tells what is wrong with a draft, and goes on answering', async () => {
    rmSync(join(stricter, 'degraded.yaml'));
    const { code, error } = await replay(stricter);
    expect([code, error]).toEqual([2, expect.stringContaining('degraded.yaml:1: is missing')]);
    expect((await replay(same)).code).toBe(0);
  });
});
