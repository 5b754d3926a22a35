// Verifies every chain in a Redis store: the links, the lists in which each record stands, and that no tail was cut off.
// Gateways go on writing meanwhile: the ends are read first, and what came behind them is left for the next time.

import { type ChainCheck, type ChainHead, chainName, chainVerifier } from '../audit/chain.ts';
import type { DecisionRecord } from '../audit/record.ts';
import { readHeadText } from './redis-store-chain.ts';
import { listsOfRecord } from './redis-store-names.ts';
import { isDenial } from './store-entries.ts';

/** What a tenant says of its records, at one moment. */
export interface TenantChains {
  /** Chain → head. */
  readonly heads: ReadonlyMap<string, string>;
  /** How many records stand in its list, and how many in its chains. */
  readonly listed: number;
  readonly chained: number;
}

/** One record as it is stored: its parts, and its score in each of the lists that it is said to stand in. */
export interface StoredRecord {
  readonly body: string | null;
  readonly decision: string | null;
  readonly lists: string | null;
  readonly scores: readonly (string | null)[];
  /** It stands in the list of the refused, said or not. */
  readonly refused: boolean;
}

export interface ChainReader {
  readonly tenants: () => Promise<ReadonlyMap<string, TenantChains>>;
  /** Records of a chain from this place on, in the order in which they were written. */
  readonly page: (tenant: string, chain: string, from: number) => Promise<readonly StoredRecord[]>;
}

export async function verifyChains({ tenants, page }: ChainReader): Promise<ChainCheck> {
  const verifier = chainVerifier();
  const broken = (why: string): ChainCheck => ({ records: verifier.records(), broken: why });
  const ends = endsOf(await tenants());
  // One tenant was read before the other. Whatever is not behind an end of then is there by now.
  const now = await tenants();
  for (const [chain, end] of ends) {
    const parts = [...now].flatMap(([tenant, { heads }]) => (heads.has(chain) ? [tenant] : []));
    for await (const { record, wrong } of inSequence(parts.map(tenant => recordsOf(tenant, chain, page)))) {
      if (record !== undefined && record.sequence > end.sequence) break;
      const link = wrong ?? (record && verifier.next(record));
      if (link !== undefined) return broken(link);
    }
    const last = verifier.heads().find(head => chainName(head) === chainName(end));
    if (last?.sequence !== end.sequence) {
      return broken(
        `${chainName(end)}: the chain ends at ${last?.sequence ?? 0} and ${end.sequence} records were written`,
      );
    }
    if (last.chainHash !== end.chainHash) {
      return broken(`${chainName(end)}: the chain does not end with the record written last`);
    }
  }
  for (const [tenant, { listed, chained }] of now) {
    if (listed !== chained)
      return broken(`tenant ${tenant}: ${listed} records are listed and its chains hold ${chained}`);
  }
  return { records: verifier.records() };
}

/** Over several tenants, a chain ends where it got furthest. */
function endsOf(tenants: ReadonlyMap<string, TenantChains>): ReadonlyMap<string, ChainHead> {
  const ends = new Map<string, ChainHead>();
  for (const { heads } of tenants.values()) {
    for (const [chain, text] of heads) {
      const head = readHeadText(chain, text);
      if (head.sequence > (ends.get(chain)?.sequence ?? 0)) ends.set(chain, head);
    }
  }
  return ends;
}

interface Read {
  readonly record?: DecisionRecord;
  readonly wrong?: string;
}

/** One tenant's part of a chain. */
async function* recordsOf(tenant: string, chain: string, page: ChainReader['page']): AsyncGenerator<Read, undefined> {
  let from = 0;
  for (let stored = await page(tenant, chain, from); stored.length > 0; stored = await page(tenant, chain, from)) {
    for (const each of stored) {
      from += 1;
      const record = readRecord(each);
      const wrong = record === undefined ? 'its body is not a record' : misplaced(each, record, tenant);
      yield {
        ...(record && { record }),
        ...(wrong && { wrong: `chain ${chain}, record ${from} of tenant ${tenant}: ${wrong}` }),
      };
    }
  }
}

function readRecord({ body, decision }: StoredRecord): DecisionRecord | undefined {
  try {
    const record: unknown = JSON.parse(body ?? '');
    if (!(record instanceof Object)) return undefined;
    if (decision !== null) Object.assign(record, { decision: JSON.parse(decision) as unknown });
    return record as DecisionRecord;
  } catch {
    // Not JSON: somebody else wrote this body or this decision.
    return undefined;
  }
}

/** Lists are what is looked into: a record that is not where it belongs is hidden as well as a changed one. */
function misplaced(stored: StoredRecord, record: DecisionRecord, tenant: string): string | undefined {
  if (record.tenant !== tenant) return `it is of tenant ${record.tenant}`;
  const { lists, scores, refused } = stored;
  const listed = scores.every(score => score === String(record.at)) && refused === isDenial(record);
  return listed && lists === listsOfRecord(record) ? undefined : 'it does not stand in its lists';
}

/** Merges the parts of one chain, each of which is in the order of its sequence. */
async function* inSequence(parts: readonly AsyncGenerator<Read, undefined>[]): AsyncGenerator<Read, undefined> {
  const next = await Promise.all(parts.map(async part => ({ part, read: await part.next() })));
  for (;;) {
    const waiting = next.filter(({ read }) => read.done !== true);
    const [first] = waiting.sort((a, b) => sequenceOf(a.read.value) - sequenceOf(b.read.value));
    if (first?.read.value === undefined) return;
    yield first.read.value;
    first.read = await first.part.next();
  }
}

/** What is no record comes first, to be told. */
function sequenceOf(read: Read | undefined): number {
  return read?.record?.sequence ?? 0;
}
