import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateFile } from '../../posture-client/state-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-state-'));
  path = join(folder, 'state.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('sequence', () => {
  it('grows, over restarts too, and begins at the clock', async () => {
    const now = 1_795_527_634_000;
    expect(await stateFile(path).nextSequence(now)).toBe(1_795_527_634);
    expect(await stateFile(path).nextSequence(now)).toBe(1_795_527_635);
    expect(await stateFile(path).nextSequence(now + 60_000)).toBe(1_795_527_694);
  });

  it('grows when the clock goes back', async () => {
    const first = await stateFile(path).nextSequence(2_000_000_000_000);
    expect(await stateFile(path).nextSequence(1_000_000_000_000)).toBe(first + 1);
  });

  it('grows above a lost file', async () => {
    const before = await stateFile(path).nextSequence(1_795_527_634_000);
    rmSync(path);
    expect(await stateFile(path).nextSequence(1_795_527_700_000)).toBeGreaterThan(before);
  });

  it('is given once each to writers at the same time', async () => {
    const numbers = await Promise.all(Array.from({ length: 12 }, () => stateFile(path).nextSequence(1000)));
    expect(new Set(numbers).size).toBe(12);
  });
});

describe('tries', () => {
  const day = 86_400_000;

  it('are counted over one day', async () => {
    const state = stateFile(path);
    expect(await state.noteAttempt('firewall.enable', 10 * day)).toBe(0);
    expect(await state.noteAttempt('firewall.enable', 10 * day + 1)).toBe(1);
    expect(await state.noteAttempt('os.install-updates', 10 * day + 2)).toBe(0);
    expect(await stateFile(path).noteAttempt('firewall.enable', 10 * day + 3)).toBe(2);
    expect(await state.noteAttempt('firewall.enable', 11 * day + 5)).toBe(0);
  });
});

describe('the card that proved the person', () => {
  it('is known over restarts, as long as the proof counts', async () => {
    expect(await stateFile(path).provenCard(0)).toBeUndefined();
    await stateFile(path).noteProvenCard({ mark: 'a', validUntil: 1000 });
    const sequence = await stateFile(path).nextSequence(999);
    expect(await stateFile(path).provenCard(999)).toBe('a');
    expect(await stateFile(path).provenCard(1000)).toBeUndefined();
    await stateFile(path).noteProvenCard({ mark: 'b', validUntil: 2000 });
    expect(await stateFile(path).provenCard(1500)).toBe('b');
    await stateFile(path).noteProvenCard(undefined);
    expect(await stateFile(path).provenCard(1500)).toBeUndefined();
    expect(await stateFile(path).nextSequence(0)).toBe(sequence + 1);
  });
});

describe('a crash', () => {
  it('in the middle of a write leaves the old state', async () => {
    const sequence = await stateFile(path).nextSequence(5000);
    writeFileSync(`${path}.new`, '{"version":1,"sequ');
    expect(await stateFile(path).nextSequence(5000)).toBe(sequence + 1);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('at any moment leaves a whole file, and the numbers go on', async () => {
    const script = join(folder, 'writer.mts');
    const source = new URL('../../posture-client/state-file.ts', import.meta.url).href;
    writeFileSync(
      script,
      `import { stateFile } from '${source}';\nfor (;;) process.send?.(await stateFile('${path}').nextSequence(1000));\n`,
    );
    let highest = 0;
    for (const lifeMs of [15, 40, 90]) {
      const writer = fork(script, { execArgv: [] });
      writer.on('message', number => (highest = Math.max(highest, Number(number))));
      await once(writer, 'message');
      await delay(lifeMs);
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 1 });
      // A lock whose holder is dead is taken over once it is old.
      if (existsSync(`${path}.lock`)) utimesSync(`${path}.lock`, 1, 1);
    }
    expect(await stateFile(path).nextSequence(1000)).toBeGreaterThan(highest);
  });

  it('of another program in the file is set aside', async () => {
    writeFileSync(path, 'garbage');
    expect(await stateFile(path).nextSequence(9000)).toBe(9);
    expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe('garbage');
  });
});

it('a folder that is not there is a problem of setup', async () => {
  await expect(stateFile(join(folder, 'none', 'state.json')).nextSequence(1)).rejects.toMatchObject({ kind: 'setup' });
});
