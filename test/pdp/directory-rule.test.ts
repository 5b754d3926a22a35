// The degraded rule for a silent directory, as it is written.

import { describe, expect, it } from 'vitest';
import type { Reading } from '../../gateway/documents/shape.ts';
import { parseYaml } from '../../gateway/documents/yaml-tree.ts';
import { readDegraded } from '../../gateway/policy/degraded.ts';

function read(rule: string) {
  const tree = parseYaml(`no report yet: quarantine\nreport too old: quarantine\n${rule}\n`, 'degraded.yaml');
  if ('problems' in tree) throw new Error(JSON.stringify(tree.problems));
  const reading: Reading = { file: 'degraded.yaml', problems: [] };
  return { degraded: readDegraded(tree.tree, reading), problems: reading.problems };
}

describe('directory: in degraded.yaml', () => {
  it.each([
    ['{ keep last groups for: 24 hours, then: quarantine }', { keepMs: 86_400_000, then: 'quarantine' }],
    ['{ keep last groups for: 7 days, then: deny }', { keepMs: 7 * 86_400_000, then: 'deny' }],
    ['{ keep last groups for: 0 hours, then: deny }', { keepMs: 0, then: 'deny' }],
  ])('%s', (rule, directory) => {
    expect(read(`directory: ${rule}`)).toEqual({
      degraded: { noReport: 'quarantine', staleReport: 'quarantine', directory },
      problems: [],
    });
  });

  it('may be left out', () => {
    expect(read('').degraded).toEqual({ noReport: 'quarantine', staleReport: 'quarantine' });
  });

  it.each([
    ['{ keep last groups for: 24 hours, then: grant }', '"grant" is not one of: quarantine, deny'],
    ['{ keep last groups for: 24 hours, then: update }', '"update" is not one of: quarantine, deny'],
    ['{ keep last groups for: 8 days, then: deny }', 'is not a duration of at most 7 days'],
    ['{ keep last groups for: ever, then: deny }', 'is not a duration of at most 7 days'],
    ['{ then: deny }', '"keep last groups for" is missing'],
    ['{ keep last groups for: 1 hour }', '"then" is missing'],
  ])('refuses %s', (rule, message) => {
    const { degraded, problems } = read(`directory: ${rule}`);
    expect(degraded).toBeUndefined();
    expect(problems.map(problem => problem.message).join('\n')).toContain(message);
  });
});
