// The import table of `gateway/README.md` as data: who may import what, and why.

import path from 'node:path';

export interface TableRow {
  readonly line: number;
  /** Folder or file of the gateway → whether only its types. `any` stands for all of them. */
  readonly gateway: ReadonlyMap<string, 'values' | 'types'>;
  readonly packages: readonly string[];
  readonly node: readonly string[];
  readonly why: string;
}

export type ImportTable = ReadonlyMap<string, TableRow>;

const heading = '| who | gateway folders and files | packages | `node:` | why |';

/** Throws when the page has no such table or a row of another form: the page is ours. */
export function readImportTable(page: string): ImportTable {
  const lines = page.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error('gateway/README.md has lost its import table');
  const table = new Map<string, TableRow>();
  for (const [index, line] of lines.entries()) {
    if (index < start + 2) continue;
    if (!line.startsWith('|')) break;
    const cells = line.split('|').map(cell => cell.trim());
    const [, who = '', gateway = '', packages = '', node = '', why = ''] = cells;
    const name = namesOf(who)[0];
    if (cells.length !== 7 || name === undefined || why === '') throw new Error(`not a row of the table: ${line}`);
    table.set(name, {
      line: index + 1,
      gateway: new Map(gatewayOf(gateway)),
      packages: namesOf(packages),
      node: namesOf(node),
      why,
    });
  }
  return table;
}

function namesOf(cell: string): readonly string[] {
  return cell === 'any' ? ['any'] : [...cell.matchAll(/`([^`]+)`/g)].map(match => match[1] ?? '');
}

function gatewayOf(cell: string): readonly (readonly [string, 'values' | 'types'])[] {
  if (cell === 'any') return [['any', 'values']];
  return [...cell.matchAll(/`([^`]+)`( \(types\))?/g)].map(
    ([, name = '', types]) => [name, types === undefined ? 'values' : 'types'] as const,
  );
}

/** Which row a file falls under: its folder in the gateway, the file itself at the top of it, or `posture-client`. */
export function ownerOf(file: string): string | undefined {
  const [top, second] = file.split('/');
  if (top === 'posture-client') return top;
  return top === 'gateway' ? second : undefined;
}

export function allowsGateway(row: TableRow, other: string, typeOnly: boolean): boolean {
  if (row.gateway.has('any')) return true;
  const allowed = row.gateway.get(other);
  return allowed === 'values' || (allowed === 'types' && typeOnly);
}

export function allowsNode(row: TableRow, module: string): boolean {
  return row.node.includes('any') || row.node.includes(module);
}

/** `typebox/compile` falls under `typebox`, `@fastify/helmet` under itself. */
export function allowsPackage(row: TableRow, from: string): boolean {
  const parts = from.split('/');
  const name = from.startsWith('@') ? path.posix.join(parts[0] ?? '', parts[1] ?? '') : (parts[0] ?? '');
  return row.packages.includes('any') || row.packages.includes(name);
}
