// The PIN, asked for in a real terminal (a pseudo-terminal of `script`) and through a program that prints it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialogPin, dialogs, pinPrompt } from '../../posture-client/card-pin.ts';
import { describeWith } from '../support/programs.ts';

const prompt = new URL('../../posture-client/card-pin.ts', import.meta.url).href;

describeWith('script', 'in a terminal', script => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluis-pin-'));
    const asking = `import { pinPrompt } from ${JSON.stringify(prompt)};
const pin = await pinPrompt('nl')(process.argv[2]);
process.stdout.write(pin === undefined ? 'NONE' : 'LENGTH ' + pin.length + ' SUM ' + pin.reduce((a, b) => a + b, 0));`;
    writeFileSync(join(folder, 'ask.ts'), asking);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function typed(keys: string, tries = 'ok'): Promise<string> {
    const command = `${process.execPath} ${join(folder, 'ask.ts')} ${tries}`;
    const child = spawn(script, ['-q', '-e', '-c', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      shown += chunk;
      if (chunk.includes(': ')) child.stdin.write(keys);
    });
    await once(child, 'close');
    return shown;
  }

  it('it is read without being shown', async () => {
    const shown = await typed('4711\r');
    expect(shown).toContain('Pincode van uw identiteitskaart: ');
    expect(shown).toContain('LENGTH 4 SUM 205');
    expect(shown).not.toContain('4711');
  });

  it('a key can be taken back, and the whole be given up', async () => {
    expect(await typed('479\u007f\u007f711\r')).toContain('LENGTH 4 SUM 205');
    for (const key of ['\u0003', '12\u001b', '\r']) expect(await typed(key)).toContain('NONE');
  });

  it('what is too long is cut, and no more tries than are left are hidden', async () => {
    expect(await typed(`${'1'.repeat(40)}\r`, 'last')).toMatch(/nog één poging.*LENGTH 32 /s);
  });
});

describe('from a program', () => {
  const print = (format: string) => dialogPin({ program: '/usr/bin/printf', args: () => [format] }, '');

  it('it is what is printed before the line end', async () => {
    expect(await print('4711\\n')).toEqual(Buffer.from('4711'));
    expect(await print('4711\\r\\n')).toEqual(Buffer.from('4711'));
    expect(await dialogPin({ program: '/bin/echo', args: question => ['-n', question] }, '12')).toEqual(
      Buffer.from('12'),
    );
  });

  it('nothing, too much, or a failure is no PIN', async () => {
    expect(await print('\\n')).toBeUndefined();
    expect(await print('1'.repeat(33))).toBeUndefined();
    expect(await print('1'.repeat(9999))).toBeUndefined();
    expect(await dialogPin({ program: '/bin/false', args: () => [] }, '')).toBeUndefined();
  });

  it.each(Object.values(dialogs).flat())(
    '$program is an absolute path, and is given the question and nothing else',
    dialog => {
      expect(dialog.program).toMatch(/^(\/|[A-Z]:\\)/);
      const args = dialog.args('QUESTION');
      expect(args.filter(arg => arg.includes('QUESTION'))).toHaveLength(1);
    },
  );

  it('a program that is missing is told', async () => {
    await expect(dialogPin({ program: '/nowhere/dialog', args: () => [] }, '')).rejects.toMatchObject({
      fault: 'pin-unasked',
    });
  });

  it.skipIf(process.stdin.isTTY || process.env['DISPLAY'] !== undefined)(
    'without terminal and desktop nobody is asked',
    async () => {
      await expect(pinPrompt('en')('ok')).rejects.toMatchObject({ kind: 'card', fault: 'pin-unasked' });
    },
  );
});
