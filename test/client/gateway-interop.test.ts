// The agent against the gateway's own agent API, with the real flows, verifier, policy and store behind it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunOptions, type RunResult, runOnce } from '../../posture-client/agent.ts';
import { serveForTests } from '../io/agent-api-server.ts';
import { tenant } from '../support/agent-world.ts';

const served = serveForTests();
const recordings = new URL('../../posture-client/recorded/', import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-interop-'));
  writeFileSync(join(folder, 'ca.pem'), served.pki.machineRoot);
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(laptop: string, sessionKey: boolean, more: Partial<RunOptions> = {}): Promise<RunResult> {
  const { laptop: machine, person } = served.pki;
  const files = ({ keyFile, chainFile }: { readonly keyFile: string; readonly chainFile: string }) => ({
    key: keyFile,
    certificate: chainFile,
  });
  return runOnce({
    config: {
      ...{ gateway: `https://localhost:${served.api.port}`, trust: join(folder, 'ca.pem'), sessionKey },
      ...{ machine: files(machine.credential), identity: files(person.credential) },
      ...{ state: join(folder, 'state.json'), recorded: join(recordings, laptop), remediation: { programs: {} } },
    },
    ...more,
  });
}

it.each([false, true])(
  'a healthy laptop and its person are let in, and get a ticket (session key: %s)',
  async sessionKey => {
    const { verdict, person, ticket } = await run('linux-healthy', sessionKey, { prove: true, ticket: true });
    expect(verdict).toMatchObject({ outcome: 'grant', segment: 'office', reasons: [] });
    expect(person).toMatchObject({ profile: 'citizen' });
    expect(ticket?.handle).toMatch(/^t-.{16}$/);
    const attested = await served.world.store.attestation(tenant, served.pki.laptop.key);
    expect(attested?.facts['disk.encrypted']).toMatchObject({ value: true, source: 'report: lsblk' });
  },
);

it.each(['windows-healthy', 'macos-healthy'])('%s is let in too', async laptop => {
  expect((await run(laptop, true, { prove: true })).verdict.outcome).toBe('grant');
});

it('without the person the same laptop is kept apart', async () => {
  const { verdict } = await run('linux-healthy', false);
  expect(verdict.outcome).toBe('quarantine');
  expect(verdict.results.filter(({ result }) => result !== 'pass').map(({ check }) => check)).toEqual(['person-known']);
});

it('an unencrypted disk is named, and an action that this agent does not have is answered so', async () => {
  const { verdict, actions } = await run('macos-unencrypted', false, { prove: true });
  expect(verdict.outcome).toBe('update');
  expect(verdict.results).toContainEqual(expect.objectContaining({ check: 'disk-encrypted', result: 'fail' }));
  expect(actions).toMatchObject([{ actionId: 'disk-encryption.switch-on', state: 'unsupported' }]);
});

it('every recorded laptop runs twice in a row: the sequence grows', async () => {
  const first = await run('windows-local-admin', true);
  const second = await run('windows-local-admin', true);
  expect(first.verdict.outcome).toBe(second.verdict.outcome);
  expect(served.world.counted.filter(line => line.includes('refused'))).toEqual([]);
});
