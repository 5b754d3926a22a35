// Applications on macOS: what lies in the folders of applications, and the names of processes.

import { applicationsFinding, namesIn, namesOfAll } from '../applications.ts';
import type { Collector } from '../finding.ts';

const folders = ['/Applications', '/Applications/Utilities'] as const;

export const applications: Collector<'applications'> = {
  source: { kind: 'command', name: '/Applications, ps' },
  async collect(laptop) {
    const [processes, ...listings] = await Promise.all([
      laptop.run('macos.processes'),
      ...folders.map(folder => laptop.list(folder)),
    ]);
    const unread = listings.some(each => 'failed' in each && each.failed !== 'missing');
    const names = listings.flatMap(each => ('entries' in each ? each.entries.map(({ name }) => name) : []));
    // A Mac without a single application is none that was looked at.
    const installed = unread || names.length === 0 ? null : names;
    const running = namesOfAll([{ result: processes, read: namesIn }]);
    return [applicationsFinding({ installed, running }, laptop.watched, 'macos')];
  },
};
