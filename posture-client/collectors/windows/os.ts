// The operating system block of Windows: build and revision (UBR) say exactly how far it is patched.

import type { Report } from '../../../gateway/contract/report.ts';
import type { Laptop } from '../../laptop.ts';
import { field, numberOrNull, textOrNull } from '../json-value.ts';
import { fromIso } from '../instants.ts';
import { readBlob } from './blob.ts';

export function parseOs(output: string): Report['os'] {
  const blob = readBlob(output);
  const data = 'data' in blob ? blob.data : undefined;
  const revision = numberOrNull(field(data, 'revision'));
  return {
    family: 'windows',
    name: textOrNull(field(data, 'caption'))?.slice(0, 128) ?? null,
    version: textOrNull(field(data, 'version'))?.slice(0, 64) ?? 'unknown',
    build: textOrNull(field(data, 'build'))?.slice(0, 64) ?? null,
    revision: revision !== null && Number.isSafeInteger(revision) ? revision : null,
    edition: textOrNull(field(data, 'edition'))?.slice(0, 64) ?? null,
    lastBootAt: fromIso(field(data, 'lastBoot')),
  };
}

export async function windowsOs(laptop: Laptop): Promise<Report['os']> {
  return parseOs((await laptop.run('windows.os')).stdout);
}
