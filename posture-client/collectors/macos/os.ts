// The operating system block of macOS, from `sw_vers`. A security response may change the build alone.

import type { Report } from '../../../gateway/contract/report.ts';
import type { Laptop } from '../../laptop.ts';

export function parseSwVers(output: string): Report['os'] {
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}:[ \\t]*(\\S.*)$`, 'm').exec(output)?.[1]?.trim().slice(0, 64);
  const version = value('ProductVersion') ?? 'unknown';
  const extra = value('ProductVersionExtra');
  return {
    family: 'macos',
    name: `${value('ProductName') ?? 'macOS'} ${version}${extra === undefined ? '' : ` ${extra}`}`.slice(0, 128),
    version,
    build: value('BuildVersion') ?? null,
  };
}

export async function macosOs(laptop: Laptop): Promise<Report['os']> {
  return parseSwVers((await laptop.run('macos.sw-vers')).stdout);
}
