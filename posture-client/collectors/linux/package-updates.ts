// What the package managers say about pending updates, as pure parsers.

export interface Pending {
  readonly total: number;
  readonly security: number;
}

const aptLine = /^Inst (\S+) (?:\[([^\]]*)\] )?\((\S+) ([^)]*?) \[(\S+)\]\)/;

/** `apt-get -s upgrade`: one `Inst` line per package; a line of another shape makes the whole unreadable. */
export function parseAptSimulation(output: string): Pending | undefined {
  const lines = output.split('\n').filter(line => line.startsWith('Inst '));
  // The summary proves that the simulation came to its end.
  if (!/^\d+ upgraded, \d+ newly installed/m.test(output)) return undefined;
  const origins = lines.map(line => aptLine.exec(line)?.[4]);
  if (origins.includes(undefined)) return undefined;
  return { total: lines.length, security: origins.filter(origin => /security/i.test(origin ?? '')).length };
}

/** `apt-config dump`: whether unattended upgrades are on. */
export function parseAptPeriodic(output: string): 'install' | 'download' | 'off' | null {
  if (!/^APT(::| )/m.test(output)) return null;
  const on = (name: string): boolean => new RegExp(`^APT::Periodic::${name} "(?!0")[^"]+";`, 'm').test(output);
  if (on('Unattended-Upgrade')) return 'install';
  return on('Download-Upgradeable-Packages') ? 'download' : 'off';
}

/** Last line of dpkg.log that says a package was installed, as local date and time. */
export function lastDpkgInstall(log: string): string | undefined {
  return [...log.matchAll(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) status installed /gm)].at(-1)?.[1];
}

/** Last finished run in apt's history.log. */
export function lastAptRun(log: string): string | undefined {
  return [...log.matchAll(/^End-Date: (\d{4}-\d\d-\d\d {1,2}\d\d:\d\d:\d\d)$/gm)].at(-1)?.[1];
}

/** `dnf updateinfo list --security`: advisory, kind, package (dnf 5 prints name, type, severity, package, date). */
export function parseDnfSecurity(output: string): number | undefined {
  const packages = new Set<string>();
  for (const line of output.split('\n')) {
    if (line.trim() === '' || /^Name\s+Type\s/.test(line) || /^Last metadata/.test(line)) continue;
    const name = /^(?:FEDORA|RHSA|ALSA|RLSA|ELSA|SUSE|CESA)\S*\s+.*?(\S+\.(?:x86_64|aarch64|noarch|i686))(?:\s|$)/.exec(
      line,
    )?.[1];
    if (name === undefined) return undefined;
    packages.add(name);
  }
  return packages.size;
}

/** `dnf check-update`: one line per package; exit 100 when there are any, 0 when there are none. */
export function parseDnfUpdates(output: string, exitCode: number | null): number | undefined {
  if (exitCode !== 0 && exitCode !== 100) return undefined;
  const [updates = ''] = output.split(/^Obsoleting Packages/m);
  return updates.split('\n').filter(line => /^\S+\.(x86_64|aarch64|noarch|i686)\s+\S+\s+\S+/.test(line)).length;
}
