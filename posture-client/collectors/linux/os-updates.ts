// Pending updates of a Linux laptop. Old package lists make the numbers worthless, so the age of the lists goes with them.

import type { Laptop } from '../../laptop.ts';
import { textOf } from '../../laptop.ts';
import { commandFailure, measured, unreadable, type Collector, type Finding } from '../finding.ts';
import { fromLocal, instant } from '../instants.ts';
import {
  lastAptRun,
  lastDpkgInstall,
  parseAptPeriodic,
  parseAptSimulation,
  parseDnfSecurity,
  parseDnfUpdates,
} from './package-updates.ts';

export const osUpdates: Collector<'os-updates'> = {
  source: { kind: 'command', name: 'apt-get -s upgrade' },
  async collect(laptop) {
    const simulation = await laptop.run('linux.apt-simulate');
    if (simulation.failed === 'missing') return [await dnfUpdates(laptop)];
    const failure = commandFailure(simulation);
    if (failure !== undefined) return [failure];
    const pending = parseAptSimulation(simulation.stdout);
    if (pending === undefined) return [unreadable('apt-get', simulation.stdout + simulation.stderr)];
    const [config, scannedAt, lastInstalledAt] = await Promise.all([
      laptop.run('linux.apt-config'),
      aptListsAt(laptop),
      lastInstalled(laptop),
    ]);
    return [
      measured<'os-updates'>({
        scanSource: 'apt',
        scannedAt,
        pendingTotal: pending.total,
        pendingSecurity: pending.security,
        lastInstalledAt,
        autoInstall: parseAptPeriodic(config.stdout),
      }),
    ];
  },
};

async function aptListsAt(laptop: Laptop): Promise<string | null> {
  const [lists, stamps] = await Promise.all([laptop.list('/var/lib/apt/lists'), laptop.list('/var/lib/apt/periodic')]);
  const listed =
    'entries' in lists ? lists.entries.filter(({ name }) => /_(InRelease|Release|Packages)/.test(name)) : [];
  const stamped = 'entries' in stamps ? stamps.entries.filter(({ name }) => name === 'update-success-stamp') : [];
  const newest = Math.max(...[...listed, ...stamped].map(entry => entry.modifiedAt));
  return instant(newest);
}

async function lastInstalled(laptop: Laptop): Promise<string | null> {
  for (const path of ['/var/log/dpkg.log', '/var/log/dpkg.log.1']) {
    const local = lastDpkgInstall(textOf(await laptop.read(path)) ?? '');
    if (local !== undefined) return fromLocal(local, laptop.timeZone);
  }
  const local = lastAptRun(textOf(await laptop.read('/var/log/apt/history.log')) ?? '');
  return local === undefined ? null : fromLocal(local, laptop.timeZone);
}

async function dnfUpdates(laptop: Laptop): Promise<Finding<'os-updates'>> {
  const [security, updates] = await Promise.all([laptop.run('linux.dnf-security'), laptop.run('linux.dnf-updates')]);
  const failure = commandFailure(security) ?? commandFailure(updates);
  if (failure !== undefined) return failure;
  const pendingSecurity = parseDnfSecurity(security.stdout);
  const pendingTotal = parseDnfUpdates(updates.stdout, updates.exitCode);
  if (pendingSecurity === undefined || pendingTotal === undefined) {
    return unreadable('dnf', security.stdout + updates.stdout + updates.stderr);
  }
  const times: number[] = [];
  for (const folder of ['/var/cache/libdnf5', '/var/cache/dnf']) {
    const listing = await laptop.list(folder);
    if ('entries' in listing) times.push(...listing.entries.map(entry => entry.modifiedAt));
  }
  const history = await laptop.list('/var/lib/rpm');
  const database =
    'entries' in history ? history.entries.find(entry => /^(rpmdb\.sqlite|Packages)$/.test(entry.name)) : undefined;
  return measured<'os-updates'>({
    scanSource: 'dnf',
    scannedAt: instant(Math.max(...times)),
    pendingTotal,
    pendingSecurity,
    lastInstalledAt: instant(database?.modifiedAt),
  });
}
