// From a policy to a laptop and back: the agent is told which applications are asked about, and tells of no others.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runOnce } from '../../posture-client/agent.ts';
import { nonceFor, serveForTests } from '../io/agent-api-server.ts';
import { tenant } from '../support/agent-world.ts';

const served = serveForTests({
  'applications.yaml':
    'teamviewer: { linux: [teamviewer], windows: [TeamViewer*], macos: [TeamViewer] }\n' +
    'firefox: { linux: [firefox-esr], windows: [Mozilla Firefox*, firefox], macos: [Firefox] }\n' +
    'clamav: { linux: [clamd] }\n',
  'checks/apps.yaml': `
- check: no-remote-control
  fact: apps.installed
  must be: not one of teamviewer
  report not older than: 1 hour
  if unknown: quarantine
  text: { nl: x, fr: x, de: x, en: x }
- check: no-firefox
  fact: apps.running
  must be: not one of firefox
  report not older than: 1 hour
  if unknown: quarantine
  text: { nl: x, fr: x, de: x, en: x }
- check: unasked
  fact: apps.running
  must be: one of clamav
  report not older than: 1 hour
  if unknown: quarantine
  text: { nl: x, fr: x, de: x, en: x }
`,
  'access/office.yaml': `
policy: office-laptops
owner: network team
for: everyone
gives: office
requires:
  - no-remote-control: { otherwise: quarantine }
  - no-firefox: { otherwise: notice }
`,
});
const recordings = new URL('../../posture-client/recorded/', import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-apps-'));
  writeFileSync(join(folder, 'ca.pem'), served.pki.machineRoot);
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ['linux-healthy', ['firefox'], ['firefox']],
  ['windows-healthy', ['firefox'], ['firefox']],
  ['macos-healthy', ['firefox'], []],
])('%s is asked for what the policy requires, and for nothing else', async (laptop, installed, running) => {
  const { credential } = served.pki.laptop;
  const { verdict } = await runOnce({
    config: {
      ...{ gateway: `https://localhost:${served.api.port}`, trust: join(folder, 'ca.pem'), sessionKey: false },
      machine: { key: credential.keyFile, certificate: credential.chainFile },
      ...{ state: join(folder, 'state.json'), recorded: join(recordings, laptop), remediation: { programs: {} } },
    },
  });
  expect(verdict.outcome).toBe('grant');
  const facts = (await served.world.store.attestation(tenant, served.pki.laptop.key))?.facts;
  const lookedFor = ['teamviewer', 'firefox'];
  expect(facts?.['apps.installed']).toMatchObject({ value: installed, lookedFor });
  expect(facts?.['apps.running']).toMatchObject({ value: running, lookedFor });
  expect(JSON.stringify(facts)).not.toMatch(/clamd|explorer|Safari|gnome-shell/);
});

it('no stranger learns what is asked about', async () => {
  const stranger = served.client(served.pki.sessionHolder());
  const challenge = await stranger.post<object>('/v1/challenge', { purpose: 'session-key' });
  expect(challenge.status).toBe(200);
  expect(challenge.body).not.toHaveProperty('applications');
  expect(await nonceFor(served.client(served.pki.laptop), 'report')).toMatch(/^.{43}$/);
});
