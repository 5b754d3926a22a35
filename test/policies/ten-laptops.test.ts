// The ten laptops of docs/operations/policies.md: the answers that stand there are those of `sluis policy explain`.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run as explain } from '../../gateway/cli/policy-explain.ts';
import type { Decision } from '../../gateway/contract/decision.ts';

const root = path.join(import.meta.dirname, '../..');
const pack = path.join(root, 'policies/packs/riziv');
const page = readFileSync(path.join(root, 'docs/operations/policies.md'), 'utf8');
const [, questions = '', answers = ''] = page.split(/^## Ten laptops$|^### The answers$/m);

/** The cells of a table, without its head. */
function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter(line => line.startsWith('|'));
  return lines.slice(2).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim().replaceAll('`', '')),
  );
}

async function explained(file: string, ...more: readonly string[]): Promise<string> {
  const written: string[] = [];
  const given = path.join(pack, 'situations', file);
  expect(await explain([pack, '--given', given, ...more], { write: text => written.push(text) })).toBe(0);
  return written.join('');
}

describe('ten laptops', () => {
  const files = readdirSync(path.join(pack, 'situations')).sort();

  it('are asked and answered, each with the words of its file', () => {
    expect(files).toHaveLength(10);
    expect(rows(questions).map(([file]) => file)).toEqual(files);
    expect(rows(answers).map(([file]) => file)).toEqual(files);
    for (const [file = '', laptop = ''] of rows(questions)) {
      expect(readFileSync(path.join(pack, 'situations', file), 'utf8')).toContain(`# ${laptop}\n`);
    }
  });

  it.each(rows(answers))('%s: %s', async (file = '', outcome = '', open = '', helps = '') => {
    const decision = JSON.parse(await explained(file, '--json')) as Decision;
    const counting = decision.results.filter(({ excuse }) => excuse === undefined).map(({ check }) => check);
    const listed = (cell: string) => (cell === '–' ? [] : cell.split(', '));
    expect(outcome.split(',')[0]).toBe(decision.outcome);
    expect(counting.sort()).toEqual(listed(open));
    const change = decision.smallestChange?.toSorted() ?? 'nothing on the laptop';
    expect(change).toEqual(helps === 'nothing on the laptop' ? helps : listed(helps.replace(/^the same.*$/, open)));
    const text = await explained(file);
    if (outcome.startsWith('grant')) {
      expect(text).toContain('Network: office.');
      expect(text).toContain(outcome.includes('report') ? 'the report is too old then' : outcome.split('until ')[1]);
    }
    for (const check of counting) expect(text).toMatch(new RegExp(`^Not (met|known): ${check}\\. `, 'm'));
  });
});
