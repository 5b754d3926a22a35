// A whole gateway with a directory: its person unknown there, then enrolled, then the directory gone. The policies are those
// of the RIZIV pack; gateway process, agent and TLS are real.

import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatewayProcess, type GatewayProcess } from '../../gateway/cli/demo/gateway-process.ts';
import { run as reveal } from '../../gateway/cli/person.ts';
import { makeInstallation, type Installation } from '../../gateway/cli/demo/installation.ts';
import { groups, people, reader } from '../contracts/directory-people.ts';
import { runOnce } from '../../posture-client/agent.ts';
import { type StandIn, startStandIn } from '../io/directory-standin.ts';

const recording = fileURLToPath(new URL('../../posture-client/recorded/linux-healthy', import.meta.url));
const laptop = 'lt-1.example';

let folder: string;
let server: StandIn;
let installation: Installation;
let gateway: GatewayProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-directory-gateway-'));
  server = await startStandIn();
  installation = await makeInstallation({ directory: folder, laptops: [laptop] }, Date.now());
  writeFileSync(join(folder, 'ca.pem'), server.ca);
  const secrets = {
    'directory.password': reader.password,
    'pseudonym-2.key': 'n'.repeat(40),
    'desk.token': 'token-of-the-service-desk',
  };
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  configure(
    'token-file: operator-api.token }',
    'token-file: operator-api.token, operators: [{ name: desk, token-file: desk.token, rights: [reveal] }] }',
  );
  appendFileSync(
    installation.configFile,
    `directory:
  servers: ldaps://localhost:${server.port}
  ca-file: ca.pem
  bind: { dn: "${reader.dn}", password-file: directory.password }
  kind: active-directory
  people: { base: "${people}", attribute: employeeNumber }
  groups: { base: "${groups}" }
  cache: 0 seconds
`,
  );
  gateway = await startGatewayProcess(installation.configFile);
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await server.close();
  rmSync(folder, { recursive: true });
});

function configure(from: string, to: string): void {
  const before = readFileSync(installation.configFile, 'utf8');
  if (!before.includes(from)) throw new Error(`the configuration has no "${from}"`);
  writeFileSync(
    installation.configFile,
    before.replace(from, () => to),
  );
}

async function revealed(pseudonym: string) {
  let told = '';
  const url = `http://127.0.0.1:${gateway.ports.operatorApi}`;
  const where = ['--url', url, '--token-file', join(folder, 'desk.token'), '--json'];
  const code = await reveal(['reveal', pseudonym, '--reason', 'asked for by the security office', ...where], {
    write: text => (told += text),
    writeError: text => (told += text),
  });
  return code === 0 ? (JSON.parse(told) as unknown) : told;
}

async function reported() {
  const machine = installation.laptops.get(laptop);
  if (machine === undefined) throw new Error('no machine certificate');
  const { verdict } = await runOnce({
    config: {
      gateway: `https://localhost:${gateway.ports.agentApi}`,
      trust: installation.trustFile,
      machine,
      sessionKey: false,
      identity: installation.person,
      state: join(folder, 'agent.json'),
      language: 'en',
      recorded: recording,
      remediation: { programs: {} },
    },
    prove: true,
    ticket: false,
    remediate: false,
  });
  const account = verdict.results.find(each => each.check === 'account-active');
  const met = verdict.passed?.includes('account-active') === true;
  return { outcome: verdict.outcome, account: met ? 'met' : account?.value };
}

const entry = (pseudonym: string, control: string) => ({
  dn: `uid=new-${control},${people}`,
  attributes: { uid: ['new'], displayName: ['An Peeters'], employeeNumber: [pseudonym], userAccountControl: [control] },
});

it('decides by the directory, and never grants without it', async () => {
  const denied = await reported();
  expect(denied).toEqual({ outcome: 'deny', account: 'absent' });
  // The one thing that the directory was told is the pseudonym that it is to hold.
  const known = () => /"person":"(k1-[a-z2-7]{26})"/.exec(gateway.lines().join('\n'))?.[1] ?? '';
  await expect.poll(known).not.toBe('');
  const pseudonym = known();
  server.add(entry(pseudonym, '512'));
  expect(await reported()).toEqual({ outcome: 'grant', account: 'met' });
  expect(await revealed(pseudonym)).toEqual({ person: pseudonym, displayName: 'An Peeters', account: 'active' });
  expect(await revealed(`k1-${'a'.repeat(26)}`)).toMatch(/^person-unknown: /);

  // A newer key: the directory still holds the pseudonym under the older one, and the person is found by it.
  await gateway.stop();
  configure(
    'pseudonym-key-file: pseudonym.key',
    'pseudonym-keys: [{ id: k2, file: pseudonym-2.key }, { id: k1, file: pseudonym.key }]\n  installation-key-file: pseudonym.key',
  );
  gateway = await startGatewayProcess(installation.configFile);
  expect(await reported()).toEqual({ outcome: 'grant', account: 'met' });
  await expect.poll(() => gateway.lines().join('\n')).toMatch(/"person":"k2-[a-z2-7]{26}"/);

  await server.stop();
  const kept = await reported();
  expect(kept).toEqual({ outcome: 'grant', account: 'met' });
  await expect.poll(() => gateway.lines().join('\n')).toContain('directory-silent');
}, 60_000);
