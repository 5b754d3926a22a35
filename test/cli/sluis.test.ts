// The command table of `sluis`: every command is there, and what is mistyped gets a suggestion and exit code 2.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../gateway/cli/commands.ts';
import { help, notUnderstood } from '../../gateway/cli/sluis.ts';
import { root } from '../quality/checks.ts';

function sluis(...args: readonly string[]): {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
} {
  const launcher = path.join(root, 'gateway/cli/sluis.mjs');
  const result = spawnSync(process.execPath, [launcher, ...args], { encoding: 'utf8' });
  return { code: result.status, out: result.stdout, error: result.stderr };
}

describe('the command table', () => {
  it('has no command twice', () => {
    expect(new Set(commands.map(command => command.words)).size).toBe(commands.length);
  });

  for (const command of commands) {
    it(`finds the file behind "sluis ${command.words}"`, async () => {
      const { run } = await command.load();
      expect(run).toBeTypeOf('function');
    });
  }
});

describe('sluis', () => {
  it('lists every command with --help', () => {
    const { code, out } = sluis('--help');
    expect(code).toBe(0);
    for (const command of commands)
      expect(out).toMatch(new RegExp(`sluis ${command.words} +${command.does.slice(0, 20)}`));
    expect(out.trimEnd()).toBe(help());
  });

  it('shows the same with nothing to do, and exit code 2', () => {
    expect(sluis()).toMatchObject({ code: 2, out: `${help()}\n` });
  });

  it('tells its version and that of Node', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    expect(sluis('--version')).toEqual({ code: 0, out: `sluis ${version} (Node ${process.version})\n`, error: '' });
  });

  it('gives exit code 2 and a suggestion for what it does not know', () => {
    const { code, out, error } = sluis('polcy', 'check');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toBe('sluis: no command "polcy check"; did you mean: sluis policy check?\n');
  });
});

describe('a suggestion', () => {
  const cases: readonly (readonly [typed: string, offer: string])[] = [
    ['srve', 'did you mean: sluis serve?'],
    ['policy chek', 'did you mean: sluis policy check?'],
    ['denials', 'did you mean: sluis denials list, sluis denials show?'],
    ['sesion', 'did you mean: sluis session list, sluis session show, sluis session disconnect?'],
    ['radius test', 'did you mean: sluis radius probe?'],
    ['make coffee please', 'sluis --help lists them'],
    ['--frob', 'sluis --help lists them'],
  ];
  for (const [typed, offer] of cases) {
    it(`for "${typed}"`, () => {
      expect(notUnderstood(typed.split(' '))).toContain(`; ${offer}`);
    });
  }
});
