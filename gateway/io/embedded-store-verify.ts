// Verifies every chain in a store file: the links, the columns beside each body, and that no tail was cut off.
// Blocking: for a thread of its own, or for the command line.

import type { DatabaseSync } from 'node:sqlite';
import { type ChainCheck, chainName, chainVerifier } from '../audit/chain.ts';
import type { DecisionRecord } from '../audit/record.ts';
import { readDecided, type Row } from './embedded-store-rows.ts';
import { openForReading } from './embedded-store-schema.ts';
import { isDenial } from './store-entries.ts';

export function verifyStoreFile(path: string): ChainCheck {
  const database = openForReading(path);
  try {
    // One snapshot for rows and heads, whatever a running gateway appends meanwhile.
    database.exec('BEGIN');
    return verifyRows(database);
  } finally {
    database.close();
  }
}

function verifyRows(database: DatabaseSync): ChainCheck {
  const chain = chainVerifier();
  const rows = database.prepare('SELECT * FROM decisions ORDER BY writer, epoch, sequence').iterate();
  for (const row of rows) {
    const place = `writer ${String(row['writer'])}, epoch ${String(row['epoch'])}, sequence ${String(row['sequence'])}`;
    const record = readRecord(row);
    if (record === undefined) return { records: chain.records(), broken: `${place}: its body is not a record` };
    const broken = chain.next(record);
    if (broken !== undefined) return { records: chain.records(), broken };
    const column = changedColumn(row, record);
    if (column !== undefined)
      return { records: chain.records(), broken: `${place}: column ${column} differs from its body` };
  }
  const broken = brokenHead(database, chain.heads());
  return broken === undefined ? { records: chain.records() } : { records: chain.records(), broken };
}

function readRecord(row: Row): DecisionRecord | undefined {
  try {
    const record = readDecided<DecisionRecord>(row);
    return record instanceof Object ? record : undefined;
  } catch {
    // Not JSON: somebody else wrote this body or this decision.
    return undefined;
  }
}

/** Lists are made from the columns: a changed column hides a record as well as a changed body does. */
function changedColumn(row: NonNullable<Row>, record: DecisionRecord): string | undefined {
  const { tenant, id, caseCode, at, writer, epoch, sequence } = record;
  const expected = { tenant, id, case_code: caseCode, at, refused: isDenial(record) ? 1 : 0, writer, epoch, sequence };
  return Object.entries(expected).find(([column, value]) => row[column] !== value)?.[0];
}

function brokenHead(
  database: DatabaseSync,
  heads: ReturnType<ReturnType<typeof chainVerifier>['heads']>,
): string | undefined {
  const found = new Map(heads.map(head => [chainName(head), head]));
  for (const row of database.prepare('SELECT writer, epoch, sequence, chain_hash FROM chain_heads').iterate()) {
    const name = chainName({ writer: String(row['writer']), epoch: Number(row['epoch']) });
    const last = found.get(name);
    if (last === undefined || last.sequence !== row['sequence']) {
      return `${name}: the chain ends at ${last?.sequence ?? 0} and ${String(row['sequence'])} records were written`;
    }
    if (last.chainHash !== row['chain_hash']) return `${name}: the chain does not end with the record written last`;
    found.delete(name);
  }
  const [headless] = found.keys();
  return headless === undefined ? undefined : `${headless}: nothing is known of how this chain ended`;
}
