// Applications on Linux: packages of dpkg, rpm, Flatpak and Snap, and the names of processes.

import { applicationsFinding, namesIn, namesOfAll } from '../applications.ts';
import type { Collector } from '../finding.ts';

/** `dpkg-query` in lines of name and state; what was removed and left its settings behind is not installed. */
export function parseDpkg(output: string): readonly string[] {
  return output.split('\n').flatMap(line => /^(\S+) .i\b/.exec(line)?.[1] ?? []);
}

export const applications: Collector<'applications'> = {
  source: { kind: 'command', name: 'dpkg-query, rpm, flatpak, ps' },
  async collect(laptop) {
    const [dpkg, rpm, flatpak, processes, snaps] = await Promise.all([
      laptop.run('linux.dpkg-names'),
      laptop.run('linux.rpm-names'),
      laptop.run('linux.flatpak-names'),
      laptop.run('linux.processes'),
      laptop.list('/snap'),
    ]);
    const packages = namesOfAll([
      { result: dpkg, read: parseDpkg },
      { result: rpm, read: namesIn },
      { result: flatpak, read: namesIn },
    ]);
    const snapNames = 'entries' in snaps ? snaps.entries.map(({ name }) => name) : [];
    const hidden = 'failed' in snaps && snaps.failed !== 'missing';
    const installed = packages === null || hidden ? null : [...packages, ...snapNames];
    const running = namesOfAll([{ result: processes, read: namesIn }]);
    return [applicationsFinding({ installed, running }, laptop.watched, 'linux')];
  },
};
