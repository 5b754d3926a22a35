// The layout, kept: every import of the gateway and the agent against the table in `gateway/README.md`, and the habits of
// the house. Each rule is proven by a planted breach that the same checker must find.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allowedOfNode, type Breach, breaches, pureFolders, type Sources } from './quality/architecture.ts';
import { root } from './quality/checks.ts';
import { readImportTable } from './quality/import-table.ts';

const readme = readFileSync(path.join(root, 'gateway/README.md'), 'utf8');
const table = readImportTable(readme);

/** Files over the size budget: only tables, each with its reason. */
const tables: Readonly<Record<string, string>> = {
  'gateway/io/meter-table.ts': 'one row for each metric',
  'gateway/cli/commands.ts': 'one row for each sub-command',
};

function sourcesUnder(...folders: readonly string[]): Sources {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(ts|mjs)$/.test(entry.name)) continue;
      const file = path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/');
      sources.set(file, readFileSync(path.join(root, file), 'utf8'));
    }
  }
  return sources;
}

const sources = sourcesUnder('gateway', 'posture-client', 'test');

function shown(found: readonly Breach[]): readonly string[] {
  return found.map(each => `${each.file}:${each.line} [${each.rule}] ${each.found} – ${each.why}`);
}

describe('the layout', () => {
  it('has sources to look at', () => {
    expect([...sources.keys()].filter(file => file.startsWith('gateway/')).length).toBeGreaterThan(40);
    expect([...sources.keys()].filter(file => file.startsWith('posture-client/')).length).toBeGreaterThan(5);
  });

  it('is kept by every source', () => {
    expect(shown(breaches(sources, { table, tables }))).toEqual([]);
  });

  it('has the folders of the map', () => {
    const folders = readdirSync(path.join(root, 'gateway'), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name);
    expect(folders.sort()).toEqual([...pureFolders, 'pkcs11', 'flows', 'io', 'cli'].sort());
  });

  it('is told the same way in gateway/README.md', () => {
    expect(readme).toContain(`\`${pureFolders.join(' ')}\``);
    for (const name of Object.values(allowedOfNode).flat()) expect(readme).toContain(`\`${name}\``);
    for (const [, file] of readme.matchAll(/\]\(([a-z/-]+\.ts)\)/g))
      expect(sources.has(`gateway/${file}`), file).toBe(true);
  });

  it('keeps most files small', () => {
    const sizes = [...sources]
      .filter(([file]) => !file.startsWith('test/'))
      .map(([, text]) => text.split('\n').length - 1)
      .sort((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(100);
    expect(sizes[Math.floor(sizes.length * 0.9)]).toBeLessThanOrEqual(220);
  });
});

const head = '// Owns what this planted file is about, and nothing else.\n';

/** A planted file among the real ones; the breaches that it adds. */
function planted(file: string, code: string, options: { readonly bare?: boolean } = {}): readonly Breach[] {
  const text = options.bare === true ? code : head + code;
  return breaches(new Map([...sources, [file, text]]), { table, tables }).filter(each => each.file === file);
}

describe('a planted breach is found', () => {
  const imports: readonly (readonly [title: string, file: string, code: string])[] = [
    ['contract imports another folder', 'gateway/contract/planted.ts', "import type { Nas } from '../pdp/nas.ts';"],
    ['documents know the policy', 'gateway/documents/planted.ts', "import { x } from '../policy/evaluation.ts';"],
    ['texts import a value', 'gateway/texts/planted.ts', "import { refused } from '../contract/reason.ts';"],
    ['radius knows the policy', 'gateway/radius/planted.ts', "import type { X } from '../policy/evaluation.ts';"],
    ['radius imports a value of pdp', 'gateway/radius/planted.ts', "import { account } from '../pdp/session.ts';"],
    ['eap knows RADIUS', 'gateway/eap/planted.ts', "import { x } from '../radius/packet.ts';"],
    ['eap knows RADIUS types', 'gateway/eap/planted.ts', "import type { X } from '../radius/packet.ts';"],
    ['identity knows how they came in', 'gateway/identity/planted.ts', "import { x } from '../radius/packet.ts';"],
    ['verifier knows the policy', 'gateway/verifier/planted.ts', "import { x } from '../policy/evaluation.ts';"],
    ['policy knows RADIUS', 'gateway/policy/planted.ts', "import { x } from '../radius/code.ts';"],
    ['policy knows HTTP', 'gateway/policy/planted.ts', "import { request } from 'node:https';"],
    ['policy takes a web framework', 'gateway/policy/planted.ts', "import { fastify } from 'fastify';"],
    ['pdp runs a flow', 'gateway/pdp/planted.ts', "import { x } from '../flows/access-request.ts';"],
    ['audit knows the store', 'gateway/audit/planted.ts', "import { x } from '../io/embedded-store.ts';"],
    ['flows import io', 'gateway/flows/planted.ts', "import { systemClock } from '../io/system.ts';"],
    ['flows import io lazily', 'gateway/flows/planted.ts', "export const x = () => import('../io/system.ts');"],
    ['flows open a file', 'gateway/flows/planted.ts', "import { readFileSync } from 'node:fs';"],
    ['io imports flows', 'gateway/io/planted.ts', "import { accessRequest } from '../flows/access-request.ts';"],
    [
      'io re-exports flows',
      'gateway/io/planted.ts',
      "export { x } from '../flows/access-request.ts'; export const y = 1;",
    ],
    ['io names a flow in a type', 'gateway/io/planted.ts', "export type X = import('../flows/admission.ts').Tenant;"],
    [
      'the agent imports the verifier',
      'posture-client/planted.ts',
      "import type { X } from '../gateway/verifier/facts.ts';",
    ],
    ['pkcs11 knows what is asked of a token', 'gateway/pkcs11/planted.ts', "import { x } from '../io/hsm.ts';"],
    ['the gateway imports the agent', 'gateway/io/planted.ts', "import { x } from '../../posture-client/commands.ts';"],
    ['the gateway imports a test', 'gateway/pdp/planted.ts', "import { x } from '../../test/support/programs.ts';"],
    ['a pure folder writes files', 'gateway/audit/planted.ts', "import { writeFileSync } from 'node:fs';"],
  ];
  for (const [title, file, code] of imports) {
    it(`import: ${title}`, () => {
      const found = planted(file, code);
      expect(found.map(each => each.rule)).toEqual(['import']);
      expect(found[0]?.line).toBe(2);
      expect(found[0]?.why).not.toBe('');
    });
  }

  const noise: readonly (readonly [title: string, code: string])[] = [
    ['Date.now', 'export const at = Date.now();'],
    ['new Date()', 'export const at = new Date().getTime();'],
    ['new Date', 'export const at = new Date;'],
    ['Date()', 'export const at = Date();'],
    ['Math.random', 'export const chance = Math.random();'],
    ['Temporal.Now', 'export const at = Temporal.Now.instant();'],
    ['setTimeout', 'export const later = (f: () => void) => setTimeout(f, 1);'],
    ['setInterval', 'export const often = (f: () => void) => setInterval(f, 1);'],
    ['setImmediate', 'export const soon = (f: () => void) => setImmediate(f);'],
    ['queueMicrotask', 'export const soon = (f: () => void) => { queueMicrotask(f); };'],
    ['process', "export const home = process.env['HOME'];"],
    ['console', "export const say = () => { console.log('x'); };"],
    ['performance', 'export const at = performance.now();'],
    ['fetch', "export const page = () => fetch('http://localhost');"],
    ['global crypto', 'export const id = crypto.randomUUID();'],
    ['globalThis', 'export const at = globalThis.Date.now();'],
  ];
  for (const folder of ['pdp', 'flows']) {
    for (const [title, code] of noise) {
      it(`quiet: ${title} in ${folder}`, () => {
        const found = planted(`gateway/${folder}/planted.ts`, code);
        expect(new Set(found.map(each => each.rule))).toEqual(new Set(['quiet']));
      });
    }
  }

  const names: readonly (readonly [title: string, code: string])[] = [
    ['randomBytes', "import { randomBytes } from 'node:crypto';"],
    ['sign', "import { createHash, sign as mark } from 'node:crypto';"],
    ['everything', "import * as all from 'node:crypto';"],
    ['the default', "import all from 'node:crypto';"],
    ['a socket', "import { createServer } from 'node:net';"],
  ];
  for (const [title, code] of names) {
    it(`node names: ${title}`, () => {
      expect(planted('gateway/pdp/planted.ts', code).map(each => each.rule)).toEqual(['node names']);
    });
  }

  it('name: not kebab-case', () => {
    for (const name of ['camelCase.ts', 'snake_case.ts', 'Upper.ts', 'double--dash.ts']) {
      expect(planted(`gateway/pdp/${name}`, 'export const x = 1;').map(each => each.rule)).toEqual(['name']);
    }
  });

  it('name: says nothing', () => {
    for (const word of ['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'service']) {
      expect(planted(`gateway/io/session-${word}.ts`, 'export const x = 1;').map(each => each.rule)).toEqual(['name']);
    }
    expect(planted('gateway/io/serviceable.ts', 'export const x = 1;')).toEqual([]);
  });

  it('first comment: missing or empty', () => {
    for (const code of ['export const x = 1;\n', '// x\nexport const x = 1;\n', '\n// Owns what comes below here.\n']) {
      const found = planted('gateway/pdp/planted.ts', code, { bare: true });
      expect(found.map(each => each.rule)).toEqual(['first comment']);
    }
  });

  it('size: one line too many', () => {
    const lines = (count: number) => 'export {};\n'.repeat(count - 1);
    expect(planted('gateway/pdp/planted.ts', lines(300))).toEqual([]);
    expect(planted('gateway/pdp/planted.ts', lines(301)).map(each => each.rule)).toEqual(['size']);
  });

  it('size: an exception that nothing needs', () => {
    const found = breaches(sources, { table, tables: { ...tables, 'gateway/pdp/decide.ts': 'planted' } });
    expect(found.map(each => [each.file, each.rule])).toContainEqual(['gateway/pdp/decide.ts', 'size']);
  });

  it('default export: of a value and of a function', () => {
    for (const code of ['export default 1;', 'export default function x() {}', 'export default class {}']) {
      expect(planted('gateway/pdp/planted.ts', code).map(each => each.rule)).toEqual(['default export']);
    }
  });

  it('barrel: nothing but re-exports', () => {
    const code = "export { decide } from './decide.ts';\nexport * from './nas.ts';";
    expect(planted('gateway/pdp/planted.ts', code).map(each => each.rule)).toEqual(['barrel']);
  });

  it('table: a row for a folder that does not exist, a folder without a row', () => {
    const page = readme.replace('| `eap` | `contract` |', '| `tacacs` | `contract`, `ghosts` |');
    const found = breaches(sources, { table: readImportTable(page), tables }).filter(each => each.rule === 'table');
    expect(found.map(each => each.found).sort()).toEqual(['eap', 'ghosts', 'tacacs']);
  });

  it('circle: two files that import each other', () => {
    const two = new Map([
      ['gateway/pdp/planted.ts', `${head}import { b } from './other.ts';\nexport const a = b;`],
      ['gateway/pdp/other.ts', `${head}import { a } from './planted.ts';\nexport const b = a;`],
    ]);
    const found = breaches(new Map([...sources, ...two]), { table, tables });
    expect(found.filter(each => each.rule === 'circle')).toHaveLength(1);
  });
});

describe('what is no breach stays quiet', () => {
  const fine: readonly (readonly [title: string, file: string, code: string])[] = [
    [
      'the words in comments and strings',
      'gateway/pdp/planted.ts',
      "// Date.now() and process\nexport const x = 'Math.random()';",
    ],
    [
      'a Date of an argument',
      'gateway/pdp/planted.ts',
      'export const day = (at: number) => new Date(at).toISOString();',
    ],
    [
      'a parameter that is called process',
      'gateway/pdp/planted.ts',
      'export const x = (process: number) => process + 1;',
    ],
    [
      'a property of that name',
      'gateway/pdp/planted.ts',
      'export const x = (of: { process: 1 }) => ({ console: of.process });',
    ],
    [
      'types of node:crypto',
      'gateway/pdp/planted.ts',
      "import type { KeyObject } from 'node:crypto';\nexport type X = KeyObject;",
    ],
    [
      'a type inside braces',
      'gateway/pdp/planted.ts',
      "import { type VerifiedIdentity } from '../identity/verified-identity.ts';",
    ],
    ['a timer in io', 'gateway/io/planted.ts', 'export const later = (f: () => void) => setTimeout(f, 1);'],
    [
      'anything in the command line',
      'gateway/cli/planted.ts',
      "import { x } from '../flows/admission.ts';\nprocess.exitCode = x;",
    ],
    [
      'the contract in the agent',
      'posture-client/planted.ts',
      "import { refused } from '../gateway/contract/reason.ts';",
    ],
  ];
  for (const [title, file, code] of fine) {
    it(title, () => {
      expect(planted(file, code)).toEqual([]);
    });
  }
});
