// A whole gateway with passwords of a real slapd: radclient types them as a concentrator would, a second factor is given out
// by the agent and by an operator, and nothing of what was typed or handed over is found again afterwards.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run as secondFactor } from '../../gateway/cli/second-factor.ts';
import { pseudonymOf } from '../../gateway/identity/pseudonym.ts';
import { loadConfig } from '../../gateway/io/configuration.ts';
import { groups, passwordOf, people, person, reader } from '../contracts/directory-people.ts';
import type { DirectoryMeeting } from '../contracts/directory.ts';
import { startSlapd } from '../io/directory-slapd.ts';
import { authenticator } from '../support/authenticator.ts';
import { certificatePolicies, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { describeWith } from '../support/programs.ts';
import { login, radclient, signed, valueOf } from './radclient-client.ts';

const agentProgram = fileURLToPath(new URL('../../posture-client/sluis-agent.mjs', import.meta.url));
const recording = fileURLToPath(new URL('../../posture-client/recorded/linux-healthy', import.meta.url));
const laptop = 'lt-1.example';
/** Of the throw-away authority's first person. */
const identifier = 'PNOBE-85073003328';
const password = passwordOf('jan');

describeWith(['slapd', 'radclient'], 'passwords of a directory', (slapd = '', program = '') => {
  let server: DirectoryMeeting;
  let gateway: TestGateway;
  let pseudonym: string;
  const codes: string[] = [];
  const secrets = new Set([password, 'another password', reader.password]);

  beforeAll(async () => {
    gateway = await startTestGateway({
      policies: certificatePolicies,
      laptops: [laptop],
      more: async ({ configFile }, put) => {
        const loaded = loadConfig(configFile);
        if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
        const { identity, tenant } = loaded.config;
        pseudonym = pseudonymOf(identity.pseudonymKeys[0], tenant, identifier);
        server = await startSlapd(slapd, [person('jan', pseudonym)]);
        put('directory-ca.pem', server.ca);
        put('directory.password', reader.password);
        return `directory:
  servers: ldaps://localhost:${server.port}
  ca-file: directory-ca.pem
  bind: { dn: "${reader.dn}", password-file: directory.password }
  kind: active-directory
  people: { base: "${people}", attribute: employeeNumber, login-attribute: uid }
  groups: { base: "${groups}" }
  passwords: yes
`;
      },
    });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await server.close();
  });

  const send = (typed: string, state?: string) =>
    radclient(program, {
      kind: 'auth',
      port: gateway.ports.authentication,
      secret: gateway.secret,
      lines: [...login('jan', typed), ...(state === undefined ? [] : [`State = ${state}`]), signed],
    });
  const challenged = async (): Promise<string> => {
    const reply = await send(password);
    expect(reply, reply.output).toMatchObject({ reply: 'Access-Challenge' });
    expect(valueOf(reply, 'Reply-Message')).toMatch(/authenticator app/);
    const state = valueOf(reply, 'State');
    if (state === undefined) throw new Error('no State');
    return state;
  };
  const lastDenial = async () => (await gateway.denials())[0]?.reasons;
  const appOf = ({ uri, recoveryCodes }: { readonly uri: string; readonly recoveryCodes: readonly string[] }) => {
    for (const secret of [new URL(uri).searchParams.get('secret') ?? uri, ...recoveryCodes]) secrets.add(secret);
    const app = authenticator(uri);
    return (): string => {
      const code = app(Date.now());
      codes.push(code);
      return code;
    };
  };
  const agent = (...args: readonly string[]) =>
    spawnSync(
      process.execPath,
      [agentProgram, 'second-factor', '--config', join(gateway.directory, 'agent.yaml'), ...args],
      {
        encoding: 'utf8',
      },
    );
  const enrol = async (...args: readonly string[]) => {
    let [output, errors] = ['', ''];
    const where = ['--url', `http://127.0.0.1:${gateway.ports.operatorApi}`, '--token-file', gateway.guardToken];
    const reason = ['--reason', 'showed their identity card at the desk'];
    const code = await secondFactor(['enrol', pseudonym, '--account', 'jan <VPN>', ...reason, ...where, ...args], {
      write: text => (output += text),
      writeError: text => (errors += text),
    });
    return { code, output, errors };
  };

  it('open as the policy says, and a wrong one does not', async () => {
    expect(await send(password)).toMatchObject({ reply: 'Access-Accept' });
    const wrong = await send('another password');
    expect(wrong, wrong.output).toMatchObject({ reply: 'Access-Reject' });
    expect(await lastDenial()).toEqual(['password-wrong']);
    expect((await gateway.sessions())[0]).toMatchObject({ way: 'password', person: pseudonym });
  });

  it('lead to a challenge once the person has given themselves a second factor with their card', async () => {
    const { laptops, person: card, trustFile } = gateway.installation;
    gateway.put(
      'agent.yaml',
      `gateway: https://localhost:${gateway.ports.agentApi}
trust: ${trustFile}
machine: { key: ${laptops.get(laptop)?.key}, certificate: ${laptops.get(laptop)?.certificate} }
identity: { key: ${card.key}, certificate: ${card.certificate} }
state: agent-state.json
recorded: ${recording}
language: nl
`,
    );
    const told = agent('--json');
    expect(told.status, told.stderr).toBe(0);
    const app = appOf(JSON.parse(told.stdout) as Parameters<typeof appOf>[0]);

    const state = await challenged();
    const code = app();
    expect(await send(code, state)).toMatchObject({ reply: 'Access-Accept' });
    expect((await gateway.sessions())[0]).toMatchObject({ person: pseudonym, decision: { outcome: 'grant' } });
    // The State is used up, and so is the code.
    expect(await send(code, state)).toMatchObject({ reply: 'Access-Reject' });
    expect(await send(code, await challenged())).toMatchObject({ reply: 'Access-Reject' });
    expect(['second-factor-replayed', 'second-factor-wrong']).toContain((await lastDenial())?.[0]);
    const wrong = await send(code === '000000' ? '000001' : '000000', await challenged());
    expect(wrong).toMatchObject({ reply: 'Access-Reject' });
    expect(await lastDenial()).toEqual(['second-factor-wrong']);
  });

  it('are told to the person in their language, with a QR code for the terminal', () => {
    const { status, stdout, stderr } = agent();
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('Uw tweede factor voor de VPN');
    expect(stdout).toMatch(/\u001b\[97;40m[█▀▄ ]{30,}\u001b\[0m/);
    const shown = [...stdout.matchAll(/^ {2}([0-9a-z]{4}(?:-[0-9a-z]{4}){3})$/gm)].map(([, code = '']) => code);
    expect(shown).toHaveLength(10);
    const [, key = ''] = /^ {2}((?:[A-Z2-7]{4} ?){8})$/m.exec(stdout) ?? [];
    for (const secret of [...shown, key.replaceAll(' ', '')]) secrets.add(secret);
    expect(key).not.toBe('');
  });

  it('lead to one that an operator gave, on a page for the person alone', async () => {
    const page = join(gateway.directory, 'factor.html');
    expect(await enrol('--html', page)).toMatchObject({ code: 0, errors: '' });
    const html = readFileSync(page, 'utf8');
    expect(statSync(page).mode & 0o777).toBe(0o600);
    expect(html).toContain('<h1>jan &lt;VPN&gt;</h1>');
    expect(html).toContain('<svg ');
    for (const language of ['nl', 'fr', 'de', 'en']) expect(html).toContain(`<section lang="${language}">`);
    // Nothing is fetched, neither by the page nor by what it shows.
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|href=|url\(|<script|<link/);
    const [first = ''] = [...html.matchAll(/<code>([0-9a-z-]{19})<\/code>/g)].map(([, code = '']) => code);
    secrets.add(first);
    expect(await send(first, await challenged())).toMatchObject({ reply: 'Access-Accept' });

    // It is in use now: another one only on purpose, and never over a page that is there.
    const refused = await enrol('--json');
    expect(refused).toMatchObject({ code: 1, output: '' });
    expect(refused.errors).toMatch(/^second-factor-active: /);
    expect(await enrol('--html', page, '--replace')).toMatchObject({ code: 2, output: '' });
    expect(await enrol('--html', join(gateway.directory, 'other.html'))).toMatchObject({ code: 1 });
    expect(readdirSync(gateway.directory)).not.toContain('other.html');
    const replaced = await enrol('--replace', '--json');
    expect(replaced, replaced.errors).toMatchObject({ code: 0 });
    const app = appOf(JSON.parse(replaced.output) as Parameters<typeof appOf>[0]);
    expect(await send(first, await challenged())).toMatchObject({ reply: 'Access-Reject' });
    expect(await send(app(), await challenged())).toMatchObject({ reply: 'Access-Accept' });
  });

  it('leave nothing of what was typed or handed over in log, store, API or metrics', async () => {
    const files = readdirSync(gateway.directory).filter(name => name.startsWith('sluis.db'));
    const store = files.map(name => readFileSync(join(gateway.directory, name), 'latin1')).join('\n');
    const places = { log: gateway.lines().join('\n'), store, told: await gateway.everything() };
    expect(places.log).toContain('second factor renewed');
    expect(places.store).toContain('self-service with identity certificate');
    expect(places.told.includes('second-factor-wrong')).toBe(true);
    expect(secrets.size).toBeGreaterThan(30);
    expect(codes.length).toBeGreaterThan(1);
    for (const [where, text] of Object.entries(places)) {
      for (const secret of secrets) expect(text.includes(secret), `a secret in the ${where}`).toBe(false);
      for (const code of codes) expect(text, `a code in the ${where}`).not.toMatch(new RegExp(`\\b${code}\\b`));
      expect(text.includes('jan <VPN>'), `a label in the ${where}`).toBe(false);
    }
  });
});
