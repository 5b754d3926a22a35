// What a process has cost so far, as Linux counts it: CPU of all its threads, and the memory it holds.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of all threads, those that ended too, in milliseconds (resolution: one tick, usually 10 ms). */
export function cpuMsOf(pid: number): number {
  return readCpuTicks(readFileSync(`/proc/${pid}/stat`, 'utf8')) * (1000 / ticksPerSecond);
}

/** Resident memory in bytes. */
export function residentBytesOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no resident memory`);
  return Number(kibibytes) * 1024;
}

/** utime and stime of a line of /proc/PID/stat, see proc(5); the program's name may hold spaces and brackets. */
export function readCpuTicks(stat: string): number {
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(afterName[11]) + Number(afterName[12]);
  if (!Number.isInteger(ticks)) throw new Error(`not a line of /proc/PID/stat: ${stat}`);
  return ticks;
}
