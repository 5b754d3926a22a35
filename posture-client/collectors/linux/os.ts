// The operating system block of a Linux laptop: os-release and the running kernel.

import type { Report } from '../../../gateway/contract/report.ts';
import type { Laptop } from '../../laptop.ts';
import { textOf } from '../../laptop.ts';

type OsBlock = Report['os'];

const families: Readonly<Record<string, OsBlock['family']>> = {
  debian: 'debian',
  ubuntu: 'ubuntu',
  fedora: 'fedora',
  rhel: 'rhel',
  centos: 'rhel',
  rocky: 'rhel',
  almalinux: 'rhel',
  ol: 'rhel',
};

export function parseOsRelease(osRelease: string, kernel: string, debianVersion: string): OsBlock {
  const values = new Map<string, string>();
  for (const match of osRelease.matchAll(/^([A-Z_]+)=(.*)$/gm)) {
    values.set(match[1] ?? '', (match[2] ?? '').trim().replace(/^(["'])(.*)\1$/, '$2'));
  }
  // A derivative has its own calendar of support: only a distribution named itself gets a family.
  const family = new Map(Object.entries(families)).get(values.get('ID') ?? '') ?? 'other-linux';
  // A point release is finer than os-release on Debian; "trixie/sid" is no number and is left out.
  const build = /^\d+\.\d+/.exec(debianVersion.trim())?.[0];
  return {
    family,
    name: values.get('PRETTY_NAME')?.slice(0, 128) ?? null,
    version: (values.get('VERSION_ID') ?? 'unknown').slice(0, 64),
    ...(build === undefined || family !== 'debian' ? {} : { build }),
    kernel: kernel.trim().slice(0, 128) || null,
  };
}

export async function linuxOs(laptop: Laptop): Promise<OsBlock> {
  const [release, kernel, debian] = await Promise.all([
    laptop.read('/etc/os-release'),
    laptop.read('/proc/sys/kernel/osrelease'),
    laptop.read('/etc/debian_version'),
  ]);
  return parseOsRelease(textOf(release) ?? '', textOf(kernel) ?? '', textOf(debian) ?? '');
}
