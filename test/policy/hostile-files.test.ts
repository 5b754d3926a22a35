// Policy files that somebody wrote to do harm, or by mistake: each ends in a sentence with file and line, in bounded time and memory.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseYaml, type Problem } from '../../gateway/documents/yaml-tree.ts';
import { policyLimits, readPolicyFiles } from '../../gateway/io/policy-files.ts';
import { policyParsing } from '../../gateway/io/policy-parsing.ts';
import { compilePolicySet, type PolicySet } from '../../gateway/policy/policy-set.ts';
import { sampleFiles, sampleSet } from './sample-set.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluis-hostile-'));
  for (const { path, text } of sampleFiles) put(path, text);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  return join(root, path);
}

/** What `sluis policy check` and a reload do. */
function load(): { readonly set: PolicySet } | { readonly problems: readonly Problem[] } {
  const read = readPolicyFiles(root);
  return 'problems' in read ? read : compilePolicySet(read.files);
}

/** File from the root on, line, what is wrong; how long it took and how much larger the process became. */
function told() {
  const [startedMs, before] = [performance.now(), process.memoryUsage().rss];
  const loaded = load();
  const [ms, grownMb] = [performance.now() - startedMs, (process.memoryUsage().rss - before) / 2 ** 20];
  const problems = 'problems' in loaded ? loaded.problems : [];
  return {
    first: problems
      .slice(0, 1)
      .map(({ file, line, message }) => `${file.replace(`${root}/`, '')}:${line}: ${message}`)
      .join(),
    problems,
    ms,
    grownMb,
  };
}

const bomb = ['a: &a [x, x]', ...Array.from({ length: 30 }, (_, at) => `b${at}: &b${at} [*a, *a]`)].join('\n');
const filled = (unit: string): string => unit.repeat(Math.floor((policyLimits.fileBytes - 1) / unit.length));

describe('a file', () => {
  it.each([
    ['an alias bomb', bomb, '1: an anchor (&name)'],
    ['lists 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000), '1: nested deeper than 12 levels'],
    ['maps 10,000 deep', '{a: '.repeat(10_000), '1: nested deeper than 12 levels'],
    ['dashes 10,000 deep', `${'- '.repeat(10_000)}x`, '1: nested deeper than 12 levels'],
    ['a tab', 'check: aa\nfact: x\n\tmust be: yes\n', '3: Tabs are not allowed as indentation'],
    ['NUL', 'check: aa\nfact: disk\0encrypted\n', '2: a character that cannot be seen (U+0000)'],
    ['text that runs backwards', 'check: aa\n# \u202eyes\n', '2: a character that cannot be seen (U+202E)'],
    ['UTF-8 that is none', Buffer.from('check: aa\n# caf\xe9\n', 'latin1'), '2: is not UTF-8'],
    ['UTF-16', Buffer.from('\ufeffcheck: aa\n', 'utf16le'), '1: is not UTF-8'],
    ['a key twice', 'check: aa\nfact: x\ncheck: bb\n', '3: "check" is already given on line 1'],
    ['100,000 keys twice', filled('k: \n'), '2: "k" is already given on line 1'],
    ['a second document', 'check: aa\n---\ncheck: bb\n', '2: a second document (---): one file holds one'],
    ['a tag', 'check: !!binary aGVsbG8=\n', '1: a tag (!name)'],
    ['a merge key', 'a: &x { b: c }\nd:\n  <<: *x\n', '1: an anchor (&name)'],
    ['nothing but brackets', filled(']'), '1: Unexpected flow-seq-end token in YAML document: "]"'],
    ['nothing but quotes', filled('"'), '1: Unexpected double-quoted-scalar at node end'],
    ['nothing but unknown escapes', `a: "${'\\q'.repeat(100_000)}"`, '1: Invalid escape sequence \\q'],
    ['a file that is cut off', 'check: aa\ntext: { en: "x', /2: Missing closing "quote/],
  ])(
    'with %s',
    (_what, content, expected) => {
      put('checks/hostile.yaml', content);
      const { first, problems, ms, grownMb } = told();
      if (typeof expected === 'string') expect(first).toBe(`checks/hostile.yaml:${expected}`);
      else expect(first).toMatch(expected);
      expect(problems.length).toBeLessThanOrEqual(200);
      expect(problems.every(({ remedy }) => remedy.length > 0)).toBe(true);
      // Far above what a slow machine takes; what is quadratic in these takes minutes and gigabytes.
      expect(ms).toBeLessThan(20_000);
      expect(grownMb).toBeLessThan(600);
    },
    30_000,
  );

  it.each([
    ['1 GB', (path: string) => truncateSync(path, 2 ** 30), /has 1073741824 bytes, the limit is 524288/],
    ['100 MB on one line', (path: string) => writeFileSync(path, `a: ${'x'.repeat(1e8)}`), /has 100000003 bytes/],
  ])('of %s is refused before it is read', (_what, make, expected) => {
    make(put('checks/hostile.yaml', ''));
    const { first, ms, grownMb } = told();
    expect(first).toMatch(expected);
    expect(ms).toBeLessThan(2_000);
    expect(grownMb).toBeLessThan(64);
  });

  it('that is a pipe keeps nobody waiting', () => {
    execFileSync('mkfifo', [join(root, 'checks/hostile.yaml')]);
    expect(told().first).toBe('checks/hostile.yaml:1: is not a file');
  });

  it('that is a folder, a link, or a circle of links', () => {
    mkdirSync(join(root, 'checks/folder.yaml'));
    expect(told().first).toBe('checks/folder.yaml:1: is a folder');
    rmSync(join(root, 'checks/folder.yaml'), { recursive: true });
    symlinkSync('circle.yaml', join(root, 'checks/circle.yaml'));
    expect(told().first).toBe('checks/circle.yaml:1: is a link');
    rmSync(join(root, 'checks/circle.yaml'));
    symlinkSync('..', join(root, 'checks/up'));
    expect(told().first).toBe('checks/up:1: is a link');
  });
});

describe('what is no mistake', () => {
  it('reads a byte order mark and the line ends of Windows', () => {
    for (const { path, text } of sampleFiles) put(path, `\ufeff${text.replaceAll('\n', '\r\n')}`);
    const loaded = load();
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    expect([...loaded.set.checks.keys()]).toEqual([...sampleSet.checks.keys()]);
  });

  it('takes Norway for a country and 1.10 for a version', () => {
    const check = (name: string, fact: string, limit: string, report: string) =>
      `- check: ${name}\n  fact: ${fact}\n  must be: ${limit}\n${report}  if unknown: deny\n  text: { en: "No; ask.", nl: "Nee; vraag.", fr: "Non; demandez.", de: "Nein; fragen." }\n`;
    const [age, old] = ['  report not older than: 1 day\n', readFileSync(join(root, 'degraded.yaml'), 'utf8')];
    expect(old).not.toBe('');
    put(
      'checks/words.yaml',
      check('in-norway', 'session.country', 'NO', '') + check('new-agent', 'agent.version', 'at least 1.10', age),
    );
    const loaded = load();
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    const passes = (name: string, value: string) => {
      const found = loaded.set.checks.get(name);
      return found?.kind === 'fact' && found.limit.passesUntil(value, 0) > 0;
    };
    expect([passes('in-norway', 'NO'), passes('in-norway', 'false'), passes('in-norway', 'BE')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([passes('new-agent', '1.9'), passes('new-agent', '1.10'), passes('new-agent', '1.11')]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('many of them', () => {
  const text = 'text: { en: "No; ask.", nl: "Nee; vraag.", fr: "Non; demandez.", de: "Nein; fragen." }';
  const rest = `  fact: disk.encrypted\n  must be: yes\n  report not older than: 1 day\n  if unknown: deny\n  ${text}\n`;
  function putAll(folder: string, count: number, item: (at: number) => string): void {
    const perFile = 1000;
    for (let from = 0; from < count; from += perFile) {
      const items = Array.from({ length: Math.min(perFile, count - from) }, (_, at) => item(from + at));
      put(`${folder}/many-${from}.yaml`, items.join(''));
    }
  }

  it('10,000 checks are read', () => {
    putAll('checks', 10_000, at => `- check: many-${at}\n${rest}`);
    const loaded = load();
    expect('set' in loaded && loaded.set.checks.size).toBe(10_000 + sampleSet.checks.size);
  }, 60_000);

  it('checks and names that nobody knows are told without a list of all others each time', () => {
    putAll('checks', 4_000, at => `- check: many-${at}\n${rest}`);
    const named = Array.from({ length: 4_000 }, (_, at) => `  - nobody-${at}: { otherwise: deny }\n`).join('');
    put('access/many.yaml', `policy: many\nowner: x\nfor: everyone\ngives: office\nrequires:\n${named}`);
    const { problems } = told();
    expect(problems.length).toBeGreaterThanOrEqual(4_000);
    expect(JSON.stringify(problems).length).toBeLessThan(4_000 * 1_500);
  }, 60_000);

  it('policies that give way to each other have a limit, as what gives way to what grows with the square', () => {
    putAll(
      'access',
      4_000,
      at =>
        `- policy: many-${at}\n  owner: x\n  for: everyone\n  before: [many-${(at + 1) % 4_000}]\n  gives: office\n  requires: [disk-encrypted: { otherwise: deny }]\n`,
    );
    const { problems, grownMb } = told();
    expect(problems.map(({ message }) => message)).toContain('4001 access policies, the limit is 1000');
    expect(grownMb).toBeLessThan(800);
  }, 60_000);
});

describe('beside the main thread', () => {
  it('what is new is parsed once, and then only looked up', async () => {
    const parsing = policyParsing();
    expect(await parsing.ahead([root])).toBeUndefined();
    const [file] = sampleFiles;
    if (file === undefined) throw new Error('no sample');
    const parsed = parsing.parse(file.text, file.path);
    expect(parsed).toEqual(parseYaml(file.text, file.path));
    expect(await parsing.ahead([root])).toBeUndefined();
    expect(parsing.parse(file.text, file.path)).toBe(parsed);
    rmSync(join(root, file.path));
    await parsing.ahead([root]);
    expect(parsing.parse(file.text, file.path)).not.toBe(parsed);
  });

  it('compiles the same set, with the same hash and the same mistakes', async () => {
    put('checks/hostile.yaml', 'check: !x aa\n');
    const parsing = policyParsing();
    await parsing.ahead([root]);
    const read = readPolicyFiles(root);
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    expect(compilePolicySet(read.files, parsing.parse)).toEqual(compilePolicySet(read.files));
    rmSync(join(root, 'checks/hostile.yaml'));
    await parsing.ahead([root]);
    const whole = compilePolicySet(sampleFiles, parsing.parse);
    expect('set' in whole && whole.set.hash).toBe(sampleSet.hash);
  });

  it('has an end', async () => {
    put('checks/hostile.yaml', filled('[a, '));
    expect(await policyParsing({ timeMs: 1 }).ahead([root])).toMatchObject({
      file: root,
      message: 'takes longer than 0.001 seconds to read',
    });
  });
});
