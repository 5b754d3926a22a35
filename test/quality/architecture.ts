// The architecture as a checker: sources in, breaches out, each with its why. The import table is the one in
// `gateway/README.md`; the other rules stand here. Works on any set of sources, so that planted breaches can prove it.

import path from 'node:path';
import { allowsGateway, allowsNode, allowsPackage, type ImportTable, ownerOf } from './import-table.ts';
import { type Facts, factsOf } from './source-facts.ts';

export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly found: string;
  readonly why: string;
}

/** Path from the root of the repository → text. */
export type Sources = ReadonlyMap<string, string>;

export const pureFolders: readonly string[] = [
  'contract',
  'documents',
  'texts',
  'radius',
  'eap',
  'identity',
  'verifier',
  'policy',
  'pdp',
  'audit',
];

/** Kept without world, clock and chance: the pure folders, the flows, and the files that only hold values. */
const quietOwners = new Set([...pureFolders, 'flows', 'reasons.ts', 'ports.ts', 'config.ts']);

export const allowedOfNode: Readonly<Record<string, readonly string[]>> = {
  crypto: [
    'hash',
    'createHash',
    'createHmac',
    'timingSafeEqual',
    'verify',
    'X509Certificate',
    'createPublicKey',
    'createCipheriv',
    'createDecipheriv',
    'constants',
  ],
  net: ['isIP', 'isIPv4', 'isIPv6', 'BlockList'],
};

export const linesAtMost = 300;

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config)?\.(ts|mjs)$/;
const emptyWords = ['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'service'];

export interface Rules {
  readonly table: ImportTable;
  /** Files that may be longer than the budget → why. */
  readonly tables: Readonly<Record<string, string>>;
}

/** Every breach in the sources. Of files outside `gateway` and `posture-client` only name, comment and exports are looked at. */
export function breaches(sources: Sources, rules: Rules): readonly Breach[] {
  const found: Breach[] = [];
  const graph = new Map<string, readonly string[]>();
  for (const [file, text] of sources) {
    const facts = factsOf(file, text);
    const add = (line: number, rule: string, what: string, why: string): void => {
      found.push({ file, line, rule, found: what, why });
    };
    checkFile(file, text, facts, rules, add);
    const owner = ownerOf(file);
    if (owner === undefined) continue;
    checkImports(file, owner, facts, rules.table, add);
    if (quietOwners.has(owner)) checkQuiet(facts, add);
    graph.set(file, targetsOf(file, facts));
  }
  found.push(...tableBreaches(sources, rules), ...cycles(graph));
  return found;
}

type Add = (line: number, rule: string, found: string, why: string) => void;

function checkFile(file: string, text: string, facts: Facts, rules: Rules, add: Add): void {
  const name = path.posix.basename(file);
  if (!kebab.test(name)) add(1, 'name', name, 'files are found by typing: kebab-case, always');
  for (const word of name.split(/[-.]/).filter(part => emptyWords.includes(part))) {
    add(1, 'name', word, 'the word says nothing about what the file owns: name the thing');
  }
  const isTest = file.endsWith('.test.ts') || file.endsWith('.config.ts');
  if (!isTest && !/^(#!.*\n)?(\/\/|\/\*) ?\S.{15,}/.test(text)) {
    add(1, 'first comment', text.split('\n')[0] ?? '', 'a reader wants to know first what the file owns');
  }
  const lines = text.split('\n').length - 1;
  // Tests are tables of cases more often than not.
  if (lines > linesAtMost && !file.startsWith('test/') && !Object.hasOwn(rules.tables, file)) {
    add(linesAtMost, 'size', `${lines} lines`, `over ${linesAtMost} lines a file owns more than one thing`);
  }
  for (const line of facts.defaultExports) {
    if (file.endsWith('.config.ts') || file.endsWith('.config.mjs')) continue;
    add(line, 'default export', 'export default', 'a default export has no name to search for');
  }
  if (facts.barrel && name !== 'index.ts') {
    add(1, 'barrel', name, 'a file of re-exports hides where things are and loads what nobody asked for');
  }
}

function checkImports(file: string, owner: string, facts: Facts, table: ImportTable, add: Add): void {
  const row = table.get(owner);
  if (row === undefined) return;
  for (const found of facts.imports) {
    const shown = `${found.typeOnly ? 'import type' : 'import'} '${found.from}'`;
    if (found.from.startsWith('node:')) {
      if (!allowsNode(row, found.from.slice(5))) add(found.line, 'import', shown, row.why);
    } else if (found.from.startsWith('.')) {
      const target = resolve(file, found.from);
      const other = ownerOf(target);
      if (other === undefined)
        add(found.line, 'import', shown, 'the gateway and the agent import only their own folders');
      else if (other !== owner && !allowsGateway(row, other, found.typeOnly)) add(found.line, 'import', shown, row.why);
    } else if (!allowsPackage(row, found.from)) add(found.line, 'import', shown, row.why);
  }
}

function checkQuiet(facts: Facts, add: Add): void {
  for (const found of facts.imports) {
    const allowed = allowedOfNode[found.from.replace('node:', '')];
    if (!found.from.startsWith('node:') || allowed === undefined || found.typeOnly) continue;
    for (const name of found.names.filter(each => !allowed.includes(each))) {
      add(found.line, 'node names', `${name} of ${found.from}`, 'signing, randomness and sockets belong to io');
    }
  }
  for (const { line, name } of facts.worldly) {
    add(line, 'quiet', name, 'time, chance and the world are arguments here: only so can a decision be replayed');
  }
}

function tableBreaches(sources: Sources, rules: Rules): readonly Breach[] {
  const found: Breach[] = [];
  const owners = new Set([...sources.keys()].map(ownerOf).filter(owner => owner !== undefined));
  const readme = 'gateway/README.md';
  for (const [who, row] of rules.table) {
    const known = (name: string) => owners.has(name) || name === 'any';
    for (const name of [who, ...row.gateway.keys()].filter(each => !known(each))) {
      found.push({
        file: readme,
        line: row.line,
        rule: 'table',
        found: name,
        why: 'a rule about nothing guards nothing',
      });
    }
  }
  for (const owner of owners) {
    if (rules.table.has(owner)) continue;
    found.push({
      file: readme,
      line: 1,
      rule: 'table',
      found: owner,
      why: 'a folder without a row may import anything',
    });
  }
  for (const file of Object.keys(rules.tables)) {
    const lines = sources.get(file)?.split('\n').length ?? 0;
    if (lines - 1 > linesAtMost) continue;
    found.push({ file, line: 1, rule: 'size', found: `${lines} lines`, why: 'an exception that nothing needs' });
  }
  return found;
}

/** Circles of imports that exist at run time, each once. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly Breach[] {
  const found: Breach[] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) {
      const circle = [...trail.slice(at), file].join(' → ');
      found.push({ file, line: 1, rule: 'circle', found: circle, why: 'none of them can be read or loaded first' });
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}

function targetsOf(file: string, facts: Facts): readonly string[] {
  return facts.imports
    .filter(each => !each.typeOnly && !each.lazy && each.from.startsWith('.'))
    .map(each => resolve(file, each.from));
}

function resolve(file: string, from: string): string {
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), from));
}
