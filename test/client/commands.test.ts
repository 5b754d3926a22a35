// The command runner with real programs, and the table of what it may run.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type Command, commands, execute, outputLimitBytes } from '../../posture-client/commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));

const shell = (script: string, timeLimitMs = 10_000): Command => ({
  programs: ['/bin/sh'],
  args: ['-c', script],
  timeLimitMs,
});

describe('the command runner', () => {
  it('gives output, error output and exit code', async () => {
    expect(await execute(shell('echo out; echo err >&2; exit 3'))).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      exitCode: 3,
    });
  });

  it('takes the first program that exists', async () => {
    const result = await execute({ programs: ['/nowhere/echo', '/bin/echo'], args: ['here'], timeLimitMs: 5000 });
    expect(result).toMatchObject({ stdout: 'here\n', exitCode: 0 });
  });

  it('tells missing from not permitted', async () => {
    const file = join(folder, 'plain');
    writeFileSync(file, 'no program', { mode: 0o644 });
    expect(await execute({ programs: ['/nowhere/at-all'], args: [], timeLimitMs: 5000 })).toMatchObject({
      failed: 'missing',
    });
    expect(await execute({ programs: [file], args: [], timeLimitMs: 5000 })).toMatchObject({ failed: 'denied' });
  });

  it('ends a program that takes too long, and its children with it', async () => {
    const pidFile = join(folder, 'pid');
    const began = performance.now();
    const result = await execute(shell(`sleep 60 & echo $! > ${pidFile}; echo started; wait`, 400));
    expect(result).toMatchObject({ failed: 'timeout', stdout: 'started\n', exitCode: null });
    expect(performance.now() - began).toBeLessThan(5000);
    const pid = readFileSync(pidFile, 'utf8').trim();
    await expect.poll(() => running(pid), { timeout: 5000 }).toBe(false);
  });

  it('is not held up by a grandchild that left the group and keeps the pipe open', async () => {
    const began = performance.now();
    const result = await execute(shell('setsid sleep 4 & sleep 60', 300));
    expect(result.failed).toBe('timeout');
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('stops a program that never stops printing', async () => {
    const result = await execute(
      shell('while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done'),
    );
    expect(result.failed).toBe('flooded');
    expect(result.stdout.length).toBeLessThanOrEqual(outputLimitBytes);
  });

  it('passes on neither locale, proxy nor preload of whoever starts the agent', async () => {
    process.env['LC_ALL'] = 'nl_BE.UTF-8';
    process.env['https_proxy'] = 'http://127.0.0.1:9';
    process.env['NODE_OPTIONS'] ??= '';
    const { stdout } = await execute(shell('env'));
    expect(stdout).toContain('LC_ALL=C\n');
    expect(stdout).toContain('TZ=UTC\n');
    expect(stdout).not.toMatch(/proxy|NODE_|nl_BE/);
  });

  it('hands over lines as they come, carriage returns too', async () => {
    const seen: string[] = [];
    await execute(shell("printf 'a 10%%\\ra 50%%\\r'; sleep 0.1; printf 'done'"), line => seen.push(line));
    expect(seen).toEqual(['a 10%', 'a 50%', 'done']);
  });

  it('never hands a program something to read', async () => {
    expect(await execute(shell('cat; echo end'))).toMatchObject({ stdout: 'end\n' });
  });
});

describe('the table', () => {
  it.each(Object.entries(commands))('%s: absolute paths, a time limit, no shell', (_id, command) => {
    for (const program of command.programs) expect(program).toMatch(/^(\/|[A-Z]:\\)/);
    expect(command.programs.join()).not.toMatch(/\/(sh|bash|cmd\.exe|env)$/);
    expect(command.timeLimitMs).toBeGreaterThan(0);
  });

  it('is the only place that starts programs, beside those of the card: its child process and the PIN window', () => {
    const root = new URL('../../posture-client/', import.meta.url).pathname;
    const importers = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(name => /\.(ts|mjs)$/.test(name))
      .filter(name => readFileSync(join(root, name), 'utf8').includes('child_process'));
    expect(importers.sort()).toEqual(['card-pin.ts', 'card.ts', 'commands.ts']);
    expect(readFileSync(join(root, 'card.ts'), 'utf8')).not.toMatch(/spawn|exec\w*\(/);
  });

  it('every PowerShell script that it names is there, and every script is named', () => {
    const scripts = readdirSync(new URL('../../posture-client/collectors/windows/', import.meta.url)).filter(name =>
      name.endsWith('.ps1'),
    );
    const named = Object.values(commands).flatMap(({ args }) =>
      args.filter(arg => arg.endsWith('.ps1')).map(arg => arg.split('/').at(-1)),
    );
    expect([...named, 'emit.ps1'].toSorted()).toEqual(scripts.toSorted());
  });
});

async function running(pid: string): Promise<boolean> {
  await delay(20);
  try {
    // A killed child that nobody has waited for yet stays as a zombie.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    // No such process any more.
    return false;
  }
}
