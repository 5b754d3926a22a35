// Collectors per kind of laptop, and the operating system block of each.

import type { Report } from '../../gateway/contract/report.ts';
import type { Laptop, Platform } from '../laptop.ts';
import type { CollectorTable } from './finding.ts';
import { linuxCollectors } from './linux/index.ts';
import { linuxOs } from './linux/os.ts';
import { macosCollectors } from './macos/index.ts';
import { macosOs } from './macos/os.ts';
import { windowsCollectors } from './windows/index.ts';
import { windowsOs } from './windows/os.ts';

interface PlatformCollectors {
  readonly checks: CollectorTable;
  readonly os: (laptop: Laptop) => Promise<Report['os']>;
}

export const collectors: Readonly<Record<Platform, PlatformCollectors>> = {
  linux: { checks: linuxCollectors, os: linuxOs },
  windows: { checks: windowsCollectors, os: windowsOs },
  macos: { checks: macosCollectors, os: macosOs },
};
