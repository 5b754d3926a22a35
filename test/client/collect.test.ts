// Collecting: this real machine, and every recorded laptop.

import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { afterAll, describe, expect, it } from 'vitest';
import type { Challenge } from '../../gateway/contract/challenge.ts';
import { type CheckType, checkFactsSchemas, checkTypes } from '../../gateway/contract/check-facts.ts';
import { reportSchema } from '../../gateway/contract/report.ts';
import { type Collected, collect, collectCheck } from '../../posture-client/collect.ts';
import { buildReport } from '../../posture-client/evidence.ts';
import { factsText } from '../../posture-client/facts-text.ts';
import type { Laptop } from '../../posture-client/laptop.ts';
import { recordedLaptop } from '../../posture-client/recorded-laptop.ts';
import { thisLaptop } from '../../posture-client/this-laptop.ts';

const recordings = new URL('../../posture-client/recorded/', import.meta.url).pathname;
const recording = (name: string): string => join(recordings, name);
const folder = mkdtempSync(join(tmpdir(), 'sluis-recording-'));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = Compile(reportSchema);
const factsSchemas = new Map<string, { Errors(value: unknown): Iterable<{ instancePath: string; message: string }> }>(
  checkTypes.map(type => [type, Compile(checkFactsSchemas[type])]),
);

const challenge: Challenge = {
  ...{ purpose: 'report', nonce: 'A'.repeat(22), audience: 'test', expiresAt: 0, serverTime: 0, collect: [] },
  policyHash: 'f'.repeat(64),
};

function problemsOf(laptop: Laptop, collected: Collected): readonly string[] {
  const report = buildReport({
    ...{ laptop, collected, challenge, clockOffsetMs: 1.5, sequence: 1, reason: 'manual' },
    ...{ machineKey: 'a'.repeat(64), startedAt: 0, actions: [] },
  });
  const wire: unknown = JSON.parse(JSON.stringify(report));
  const envelope = [...schema.Errors(wire)].map(error => `${error.instancePath}: ${error.message}`);
  const facts = collected.checks
    .filter(check => check.state === 'ok' || check.state === 'partial')
    .flatMap(check =>
      [...(factsSchemas.get(check.type)?.Errors(check.facts) ?? [])].map(
        error => `${check.type}${error.instancePath}: ${error.message}`,
      ),
    );
  return [...envelope, ...facts];
}

function factsOf(collected: Collected, type: CheckType): readonly Readonly<Record<string, unknown>>[] {
  return collected.checks.filter(check => check.type === type).map(check => check.facts);
}

describe('this machine', () => {
  it('gives a report that fits the contract, whatever is installed here', async () => {
    const laptop = await thisLaptop();
    const collected = await collect(laptop, checkTypes);
    expect(problemsOf(laptop, collected)).toEqual([]);
    expect(new Set(collected.checks.map(check => check.type))).toEqual(new Set(checkTypes));
    expect(factsText(laptop, collected)).toContain(laptop.hostname);
  });

  it('measures what the system itself says', async () => {
    const laptop = await thisLaptop();
    const [reboot] = await collectCheck(laptop, 'reboot');
    expect(Date.parse(String(reboot?.facts['lastBootAt']))).toBeLessThan(Date.now());
    expect(reboot?.source).toMatchObject({ kind: 'proc' });
    expect(reboot?.durationMs).toBeGreaterThanOrEqual(0);
    expect(Math.abs(Date.parse(reboot?.collectedAt ?? '') - Date.now())).toBeLessThan(5000);
  });

  it('collects nothing that was not asked for', async () => {
    const started: string[] = [];
    const real = await thisLaptop();
    const watched: Laptop = {
      ...real,
      run: id => {
        started.push(id);
        return real.run(id);
      },
      read: path => {
        started.push(path);
        return real.read(path);
      },
    };
    const { checks } = await collect(watched, ['reboot']);
    expect(checks.map(check => check.type)).toEqual(['reboot']);
    const osBlock = ['/etc/os-release', '/proc/sys/kernel/osrelease', '/etc/debian_version'];
    expect(started.filter(name => !osBlock.includes(name)).toSorted()).toEqual(['/proc/stat', '/run/reboot-required']);
  });

  it('a type that nobody here knows is unsupported, not left out', async () => {
    const { checks } = await collect(await thisLaptop(), ['site.badge-reader', 'constructor']);
    expect(checks).toMatchObject([
      { type: 'constructor', state: 'unsupported', facts: {} },
      { type: 'site.badge-reader', state: 'unsupported', error: { code: 'check-unknown' } },
    ]);
  });

  it('a collector that breaks costs its own check only', async () => {
    const real = await thisLaptop();
    const broken: Laptop = { ...real, list: () => Promise.reject(new Error('disk on fire')) };
    const { checks } = await collect(broken, ['reboot', 'disk-encryption']);
    expect(checks.filter(check => check.type === 'reboot')).toMatchObject([
      { state: 'error', error: { code: 'collector-failed', message: 'disk on fire' } },
    ]);
    expect(checks.some(check => check.type === 'disk-encryption' && check.state === 'ok')).toBe(true);
  });
});

describe('recorded laptops', () => {
  const names = readdirSync(recordings, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);

  it.each(names)('%s fits the contract', async name => {
    const laptop = await recordedLaptop(recording(name));
    expect(problemsOf(laptop, await collect(laptop, checkTypes))).toEqual([]);
  });

  it.each(names.filter(name => name.endsWith('-healthy')))('%s has what the strictest pack asks for', async name => {
    const laptop = await recordedLaptop(recording(name));
    const collected = await collect(laptop, checkTypes);
    const [antimalware] = factsOf(collected, 'antimalware');
    expect(antimalware).toMatchObject({ installed: true, enabled: true, realTimeProtection: true });
    expect(Date.now() - Date.parse(String(antimalware?.['signatureUpdatedAt']))).toBeLessThan(2 * 86_400_000);
    for (const facts of factsOf(collected, 'firewall')) expect(facts).toMatchObject({ enabled: true, effective: true });
    for (const facts of factsOf(collected, 'disk-encryption'))
      expect(facts).toMatchObject({ encrypted: true, protectionOn: true });
    expect(factsOf(collected, 'accounts')).toMatchObject([{ currentUserIsAdmin: false }]);
    expect(factsOf(collected, 'removable-storage')).toMatchObject([{ policy: 'blocked' }]);
    expect(factsOf(collected, 'network')).toMatchObject([{ proxyForced: true }]);
    expect(factsOf(collected, 'vpn-client')).toMatchObject([{ splitTunnel: false }]);
    const [updates] = factsOf(collected, 'os-updates');
    expect(updates).toMatchObject({ pendingSecurity: 0 });
    expect(Date.now() - Date.parse(String(updates?.['scannedAt']))).toBeLessThan(86_400_000);
  });

  it.each([
    [
      'linux-stale-antivirus',
      'antimalware',
      facts => Date.now() - Date.parse(String(facts['signatureUpdatedAt'])) > 20 * 86_400_000,
    ],
    ['linux-pending-updates', 'os-updates', facts => facts['pendingSecurity'] === 2 && facts['pendingTotal'] === 3],
    ['linux-firewall-off', 'firewall', facts => facts['enabled'] === true && facts['effective'] === false],
    ['linux-plain-user', 'firewall', facts => Object.keys(facts).length === 0],
    ['windows-local-admin', 'accounts', facts => facts['currentUserIsAdmin'] === true],
    ['windows-local-admin', 'disk-encryption', facts => facts['encrypted'] === true && facts['protectionOn'] === false],
    ['macos-unencrypted', 'disk-encryption', facts => facts['encrypted'] === false],
  ] satisfies readonly (readonly [string, CheckType, (facts: Readonly<Record<string, unknown>>) => boolean])[])(
    '%s differs from its healthy twin in %s',
    async (name, type, differs) => {
      const collected = await collect(await recordedLaptop(recording(name)), [type]);
      expect(factsOf(collected, type).some(differs)).toBe(true);
    },
  );

  it('stay as old as they were recorded, years later', async () => {
    const later = Date.UTC(2031, 0, 1);
    const laptop = await recordedLaptop(recording('linux-stale-antivirus'), () => later);
    const [facts] = factsOf(await collect(laptop, ['antimalware']), 'antimalware');
    expect(facts?.['signatureUpdatedAt']).toBe(new Date(later - 21 * 86_400_000).toISOString());
  });

  it('are read anew at each look', async () => {
    cpSync(recordings, folder, { recursive: true });
    const laptop = await recordedLaptop(join(folder, 'macos-healthy'));
    const manifest = join(folder, 'macos-healthy', 'manifest.json');
    const before = factsOf(await collect(laptop, ['disk-encryption']), 'disk-encryption');
    cpSync(join(folder, 'macos-unencrypted', 'manifest.json'), manifest);
    expect(before).toMatchObject([{ encrypted: true }]);
    expect(factsOf(await collect(laptop, ['disk-encryption']), 'disk-encryption')).toMatchObject([
      { encrypted: false },
    ]);
  });

  it.each([
    ['{"synthetic":', /cannot read the recording/],
    ['{"synthetic":true}', /manifest\.json/],
  ])('a manifest %j is refused with its place', async (text, message) => {
    writeFileSync(join(folder, 'manifest.json'), text);
    await expect(recordedLaptop(folder)).rejects.toThrow(message);
  });
});
