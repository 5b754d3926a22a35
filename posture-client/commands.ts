// Every program that the agent may start to measure or to mend, and the only place that starts one: absolute paths, fixed
// arguments, no shell, the C locale, UTC, a limit on time and on output. Neither configuration nor the gateway can add to it.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CommandResult } from './laptop.ts';

export interface Command {
  /** The first that exists is started. */
  readonly programs: readonly string[];
  readonly args: readonly string[];
  readonly timeLimitMs: number;
}

const quickMs = 10_000;
const slowMs = 120_000;
const updateMs = 20 * 60_000;

const linux = (program: string, ...args: string[]): Command => ({
  programs: [`/usr/bin/${program}`, `/usr/sbin/${program}`, `/bin/${program}`, `/sbin/${program}`],
  args,
  timeLimitMs: quickMs,
});
const macos = (program: string, ...args: string[]): Command => ({ programs: [program], args, timeLimitMs: quickMs });
const slow = (command: Command, timeLimitMs = slowMs): Command => ({ ...command, timeLimitMs });

/**
 * One script per check. RemoteSigned and not AllSigned: the scripts lie beside this program and under the same file rights,
 * so a signature would only add something once the program itself carries one.
 */
const powershell = (script: string): Command => ({
  programs: ['C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe'],
  args: [
    ...['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'RemoteSigned', '-File'],
    fileURLToPath(new URL(`./collectors/windows/${script}.ps1`, import.meta.url)),
  ],
  timeLimitMs: 30_000,
});
const plist = (path: string): Command => macos('/usr/bin/plutil', '-convert', 'json', '-o', '-', path);

export const commands = {
  'linux.clamscan-version': linux('clamscan', '--version'),
  'linux.nft-ruleset': linux('nft', '-j', 'list', 'ruleset'),
  'linux.firewalld-state': linux('firewall-cmd', '--state'),
  'linux.lsblk': linux('lsblk', '-J', '-o', 'NAME,TYPE,FSTYPE,MOUNTPOINTS,RM'),
  // util-linux before 2.37 has one mount point per row.
  'linux.lsblk-old': linux('lsblk', '-J', '-o', 'NAME,TYPE,FSTYPE,MOUNTPOINT,RM'),
  'linux.apt-simulate': slow(linux('apt-get', '-s', '-o', 'Debug::NoLocking=1', 'upgrade')),
  'linux.apt-config': linux('apt-config', 'dump'),
  'linux.dnf-security': slow(linux('dnf', '-q', '-C', 'updateinfo', 'list', '--security')),
  'linux.dnf-updates': slow(linux('dnf', '-q', '-C', 'check-update')),
  'linux.current-user': linux('id', '-un'),
  'linux.sessions': linux('who'),
  'linux.groups': linux('getent', 'group'),
  'linux.users': linux('getent', 'passwd'),
  'linux.dpkg-names': linux('dpkg-query', '-W', '-f', '${Package} ${db:Status-Abbrev}\\n'),
  'linux.rpm-names': linux('rpm', '-qa', '--qf', '%{NAME}\\n'),
  'linux.flatpak-names': linux('flatpak', 'list', '--app', '--columns=application'),
  'linux.processes': linux('ps', '-e', '-o', 'comm='),

  'windows.os': powershell('os'),
  'windows.antimalware': powershell('antimalware'),
  'windows.firewall': powershell('firewall'),
  'windows.os-updates': slow(powershell('os-updates')),
  'windows.reboot': powershell('reboot'),
  'windows.disk-encryption': powershell('disk-encryption'),
  'windows.accounts': powershell('accounts'),
  'windows.removable-storage': powershell('removable-storage'),
  'windows.vpn-client': powershell('vpn-client'),
  'windows.network': powershell('network'),
  'windows.applications': powershell('applications'),
  'windows.whoami-groups': {
    programs: ['C:\\Windows\\System32\\whoami.exe'],
    args: ['/groups', '/fo', 'csv', '/nh'],
    timeLimitMs: quickMs,
  },

  'macos.sw-vers': macos('/usr/bin/sw_vers'),
  'macos.boottime': macos('/usr/sbin/sysctl', '-n', 'kern.boottime'),
  'macos.install-history': slow(macos('/usr/sbin/system_profiler', '-json', 'SPInstallHistoryDataType')),
  'macos.xprotect-status': macos('/usr/bin/xprotect', 'status'),
  'macos.alf-state': macos('/usr/libexec/ApplicationFirewall/socketfilterfw', '--getglobalstate'),
  'macos.firewall-profile': slow(macos('/usr/sbin/system_profiler', '-json', 'SPFirewallDataType'), 30_000),
  'macos.softwareupdate': slow(macos('/usr/sbin/softwareupdate', '-l')),
  'macos.softwareupdate-settings': plist('/Library/Preferences/com.apple.SoftwareUpdate.plist'),
  'macos.filevault': macos('/usr/bin/fdesetup', 'status'),
  'macos.console-user': macos('/usr/bin/stat', '-f', '%Su', '/dev/console'),
  'macos.admin-members': macos('/usr/bin/dscl', '.', '-read', '/Groups/admin', 'GroupMembership'),
  'macos.media-restrictions': plist('/Library/Managed Preferences/com.apple.systemuiserver.plist'),
  'macos.network-services': plist('/Library/Preferences/SystemConfiguration/preferences.plist'),
  'macos.processes': macos('/bin/ps', '-axc', '-o', 'comm='),
  'macos.proxy-policy': plist('/Library/Managed Preferences/com.apple.proxy.http.global.plist'),

  // What remediation may run; see the table in remedies.ts for when.
  'linux.freshclam': slow(linux('freshclam', '--stdout'), 10 * 60_000),
  'linux.apt-update': slow(linux('apt-get', '-q', 'update'), 5 * 60_000),
  'linux.apt-upgrade': slow(
    linux('apt-get', '-q', '-y', '-o', 'Dpkg::Options::=--force-confold', '-o', 'DPkg::Lock::Timeout=600', 'upgrade'),
    updateMs,
  ),
  'windows.update-signatures': slow(powershell('update-signatures'), 10 * 60_000),
  'windows.enable-firewall': powershell('enable-firewall'),
  'macos.enable-alf': macos('/usr/libexec/ApplicationFirewall/socketfilterfw', '--setglobalstate', 'on'),
} as const satisfies Record<string, Command>;

export type CommandId = keyof typeof commands;

/** No recorded or real output is longer; a program that prints more is stopped. */
export const outputLimitBytes = 4 * 1024 * 1024;

/** Runs one command of the table. */
export function runCommand(id: CommandId, onLine?: (line: string) => void): Promise<CommandResult> {
  return execute(commands[id], onLine);
}

/** Starts the first program that exists. Never rejects: every way of failing is a value. */
export async function execute(command: Command, onLine?: (line: string) => void): Promise<CommandResult> {
  let last: CommandResult = { stdout: '', stderr: '', exitCode: null, failed: 'missing' };
  for (const program of command.programs) {
    last = await start(program, command.args, command.timeLimitMs, onLine);
    if (last.failed !== 'missing') return last;
  }
  return last;
}

function start(
  program: string,
  args: readonly string[],
  timeLimitMs: number,
  onLine?: (line: string) => void,
): Promise<CommandResult> {
  const windows = process.platform === 'win32';
  return new Promise(resolve => {
    const child = spawn(program, args, {
      shell: false,
      windowsHide: true,
      // A group of its own, so that grandchildren can be ended with it.
      detached: !windows,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: windows ? 'C:\\Windows\\System32' : '/',
      env: environment(windows),
    });
    const texts = { stdout: '', stderr: '' };
    let bytes = 0;
    let unread = '';
    let failed: 'timeout' | 'flooded' | undefined;

    const timer = setTimeout(() => stop('timeout'), timeLimitMs);
    child.once('error', error => {
      clearTimeout(timer);
      resolve({ ...texts, exitCode: null, failed: startFailure(error) });
    });
    child.once('close', code => {
      clearTimeout(timer);
      if (unread !== '') onLine?.(unread);
      resolve({ ...texts, exitCode: code, ...(failed === undefined ? {} : { failed }) });
    });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      take('stdout', chunk);
      const lines = (unread + chunk).split(/[\r\n]+/);
      unread = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => take('stderr', chunk));

    function take(stream: 'stdout' | 'stderr', chunk: string): void {
      bytes += Buffer.byteLength(chunk);
      if (bytes <= outputLimitBytes) texts[stream] += chunk;
      else stop('flooded');
    }

    function stop(reason: 'timeout' | 'flooded'): void {
      failed ??= reason;
      if (child.pid === undefined) return;
      try {
        process.kill(windows ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        // It ended between the limit and the signal; `close` reports it.
      }
      // A grandchild that left the group may still hold the pipes open: what it says is no longer waited for.
      child.stdout.destroy();
      child.stderr.destroy();
    }
  });
}

/** Only what programs need to start: a proxy, a locale or a preload of the caller must not change what they print. */
function environment(windows: boolean): NodeJS.ProcessEnv {
  if (!windows) {
    return {
      LC_ALL: 'C',
      LANG: 'C',
      TZ: 'UTC',
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      DEBIAN_FRONTEND: 'noninteractive',
    };
  }
  const kept = ['SystemRoot', 'SystemDrive', 'TEMP', 'ProgramFiles', 'ProgramData', 'PSModulePath'];
  return Object.fromEntries(kept.map(name => [name, process.env[name]]));
}

function startFailure(error: NodeJS.ErrnoException): 'missing' | 'denied' {
  return error.code === 'EACCES' || error.code === 'EPERM' ? 'denied' : 'missing';
}
