// Remediation with real child processes, on copies of recorded laptops.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../posture-client/commands.ts';
import type { Laptop } from '../../posture-client/laptop.ts';
import { recordedLaptop } from '../../posture-client/recorded-laptop.ts';
import { type ActionProgress, type RemediationRules, remediate } from '../../posture-client/remediation.ts';
import { stateFile } from '../../posture-client/state-file.ts';
import { verdictActionText } from './verdict-fixture.ts';

const recordings = new URL('../../posture-client/recorded/', import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-remedy-'));
  cpSync(recordings, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const shell = (script: string, timeLimitMs = 10_000): Command => ({
  programs: ['/bin/sh'],
  args: ['-c', script],
  timeLimitMs,
});
const apply = (name: string, action: string): Command => ({
  programs: [process.execPath],
  args: [join(folder, 'apply-remedy.mjs'), join(folder, name), action],
  timeLimitMs: 20_000,
});

async function run(name: string, actions: readonly string[], rules: RemediationRules, change: Partial<Laptop> = {}) {
  const progress: ActionProgress[] = [];
  const results = await remediate({
    laptop: { ...(await recordedLaptop(join(folder, name))), ...change },
    actions,
    rules,
    state: stateFile(join(folder, 'state.json')),
    onProgress: one => progress.push(one),
  });
  return { results, progress };
}

const signatures = 'antimalware.update-signatures';

describe('an action with a program', () => {
  it('succeeds when the measurement says so, and shows how far it is', async () => {
    const rules = { programs: { [signatures]: apply('linux-stale-antivirus', signatures) } };
    const { results, progress } = await run('linux-stale-antivirus', [signatures], rules);
    expect(results).toMatchObject([{ actionId: signatures, state: 'succeeded', exitCode: 0 }]);
    expect(progress.map(({ phase, progressPct }) => progressPct ?? phase)).toEqual([
      'installing',
      0,
      35,
      70,
      100,
      'verifying',
      'done',
    ]);
    expect(readFileSync(join(folder, 'linux-stale-antivirus', 'clamscan.txt'), 'utf8')).toContain('now-2h');
  });

  it('installs updates likewise', async () => {
    const id = 'os.install-updates';
    const { results } = await run('linux-pending-updates', [id], {
      programs: { [id]: apply('linux-pending-updates', id) },
    });
    expect(results).toMatchObject([{ actionId: id, state: 'succeeded' }]);
  });

  it('fails when nothing changed, whatever the exit code', async () => {
    const { results } = await run('linux-stale-antivirus', [signatures], {
      programs: { [signatures]: shell('echo all is well; exit 0') },
    });
    expect(results).toMatchObject([{ state: 'failed', messageKey: 'no-effect', exitCode: 0, detail: 'all is well' }]);
  });

  it('succeeds when the measurement changed, whatever the exit code', async () => {
    const own = join(folder, 'linux-stale-antivirus');
    const script = `cp ${own}/after/${signatures}/* ${own}; exit 9`;
    const { results } = await run('linux-stale-antivirus', [signatures], { programs: { [signatures]: shell(script) } });
    expect(results).toMatchObject([{ state: 'succeeded', exitCode: 9 }]);
  });

  it('is ended at its time limit', async () => {
    const { results } = await run('linux-stale-antivirus', [signatures], {
      programs: { [signatures]: shell('sleep 30', 1500) },
    });
    expect(results).toMatchObject([{ state: 'failed', messageKey: 'time-limit', exitCode: null }]);
  });

  it('needs a restart when the laptop then says so', async () => {
    const id = 'os.install-updates';
    const laptop = await recordedLaptop(join(folder, 'linux-pending-updates'));
    const read: Laptop['read'] = async path => (path === '/run/reboot-required' ? { text: '' } : laptop.read(path));
    const { results } = await run(
      'linux-pending-updates',
      [id],
      { programs: { [id]: apply('linux-pending-updates', id) } },
      { read },
    );
    expect(results).toMatchObject([{ state: 'needs-reboot', rebootRequired: true }]);
  });
});

describe('the allow-list', () => {
  const mark = (name: string): Command => shell(`touch ${folder}/${name}`);

  it('an unknown action runs nothing', async () => {
    const names = ['rm.everything', 'constructor', '__proto__', '../../bin/sh', 'Antimalware.Update'];
    const { results } = await run('linux-healthy', names, { programs: { constructor: mark('ran') } });
    expect(results.map(({ actionId, state }) => `${actionId} ${state}`)).toEqual([
      'rm.everything unsupported',
      'constructor unsupported',
    ]);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('can be narrowed by the laptop', async () => {
    const rules = { allowed: ['firewall.enable'], programs: { [signatures]: mark('ran') } };
    const { results } = await run('linux-stale-antivirus', [signatures], rules);
    expect(results).toMatchObject([{ state: 'blocked-by-policy', messageKey: 'not-allowed-here' }]);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('explains only, where a mistake would cut the laptop off', async () => {
    const { results } = await run('linux-firewall-off', ['firewall.enable', 'disk-encryption.enable'], {
      programs: {},
    });
    expect(results).toMatchObject([{ state: 'needs-user', messageKey: 'by-hand-only' }, { state: 'needs-user' }]);
  });

  it('asks for rights instead of trying without them', async () => {
    const { results } = await run('linux-plain-user', [signatures], { programs: { [signatures]: mark('ran') } });
    expect(results).toMatchObject([{ state: 'needs-user', messageKey: 'rights-missing' }]);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('never runs a real program for a recorded laptop', async () => {
    const { results } = await run('linux-stale-antivirus', [signatures], { programs: {} });
    expect(results).toMatchObject([{ state: 'unsupported', messageKey: 'program-missing' }]);
  });

  it('runs an action once, however often it is named', async () => {
    const script = `echo x >> ${folder}/count`;
    await run('linux-stale-antivirus', [signatures, signatures], { programs: { [signatures]: shell(script) } });
    expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('x\n');
  });
});

describe('the loop breaker', () => {
  it('stops after three tries in a day', async () => {
    const rules = { programs: { [signatures]: shell(`echo x >> ${folder}/count`) } };
    const states: string[] = [];
    for (let index = 0; index < 4; index++) {
      const { results } = await run('linux-stale-antivirus', [signatures], rules);
      states.push(results[0]?.messageKey ?? '');
    }
    expect(states).toEqual(['no-effect', 'no-effect', 'no-effect', 'tried-too-often']);
    expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('x\nx\nx\n');
  });

  it('counts a try before it begins', async () => {
    const script = `cp ${folder}/state.json ${folder}/seen.json`;
    await run('linux-stale-antivirus', [signatures], { programs: { [signatures]: shell(script) } });
    expect(JSON.parse(readFileSync(join(folder, 'seen.json'), 'utf8'))).toMatchObject({
      attempts: { [signatures]: [expect.any(Number)] },
    });
  });
});

it('every state has its words in four languages', async () => {
  const { results } = await run('linux-plain-user', [signatures], { programs: {} });
  for (const language of ['nl', 'fr', 'de', 'en'] as const) {
    expect(verdictActionText(results[0]?.state, language)).not.toBe('');
  }
});
