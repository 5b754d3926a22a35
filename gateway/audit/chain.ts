// The hash chain over decision records: appending one link, and checking that no link was changed, dropped or moved.
// A chain shows tampering by anyone who cannot rewrite all that follows; keep an exported `chainHash` elsewhere for that.

import { canonicalJson, sha256Hex } from './canonical.ts';
import type { DecisionDraft, DecisionRecord } from './record.ts';

/** `previous` of the first record of a writer and epoch. */
export const chainStart = '0'.repeat(64);

export interface ChainPosition {
  readonly writer: string;
  readonly epoch: number;
  readonly sequence: number;
  /** `chainHash` of the record before, or `chainStart`. */
  readonly previous: string;
}

export interface ChainHead {
  readonly writer: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly chainHash: string;
}

export interface ChainCheck {
  /** How many links hold, counted up to the first broken one. */
  readonly records: number;
  /** Which link is broken and how, in words. */
  readonly broken?: string;
}

export function chainRecord(draft: DecisionDraft, position: ChainPosition): DecisionRecord {
  const { writer, epoch, sequence, previous } = position;
  if (!Number.isSafeInteger(sequence) || sequence < 1)
    throw new RangeError(`sequence ${sequence} is not a count from 1`);
  if (sequence === 1 && previous !== chainStart) throw new RangeError('the first record has no predecessor');
  const body = bodyOf(draft);
  const bodyHash = sha256Hex(canonicalJson(body));
  return { ...body, writer, epoch, sequence, bodyHash, previous, chainHash: linkHash(position, bodyHash) };
}

/** Checks records in the order given; the chains of several writers may be interleaved. */
export function verifyChain(records: Iterable<DecisionRecord>): ChainCheck {
  const chain = chainVerifier();
  for (const record of records) {
    const broken = chain.next(record);
    if (broken !== undefined) return { records: chain.records(), broken };
  }
  return { records: chain.records() };
}

export interface ChainVerifier {
  /** What is wrong with this record as the next of its chain, or nothing. */
  next(record: DecisionRecord): string | undefined;
  records(): number;
  /** The last good link of each chain. */
  heads(): readonly ChainHead[];
}

/** For chains too long to hold in memory. */
export function chainVerifier(): ChainVerifier {
  const heads = new Map<string, ChainHead>();
  let records = 0;
  return {
    next(record) {
      const chain = chainName(record);
      const head = heads.get(chain);
      const broken = brokenLink(record, head);
      if (broken !== undefined) return `${chain}, sequence ${String(record.sequence)}: ${broken}`;
      const { writer, epoch, sequence, chainHash } = record;
      heads.set(chain, { writer, epoch, sequence, chainHash });
      records += 1;
      return undefined;
    },
    records: () => records,
    heads: () => [...heads.values()],
  };
}

export function chainName(of: { readonly writer: string; readonly epoch: number }): string {
  return `writer ${of.writer}, epoch ${of.epoch}`;
}

function brokenLink(record: DecisionRecord, head: ChainHead | undefined): string | undefined {
  const expected = (head?.sequence ?? 0) + 1;
  if (record.sequence !== expected) return `sequence ${expected} was expected here`;
  if (record.previous !== (head?.chainHash ?? chainStart)) return 'it does not follow the record before it';
  let bodyHash: string;
  try {
    bodyHash = sha256Hex(canonicalJson(bodyOf(record)));
  } catch (error) {
    // Only `canonicalJson` throws here, for a body that no draft can have had.
    return `its body has no canonical form (${error instanceof Error ? error.message : String(error)})`;
  }
  if (record.bodyHash !== bodyHash) return 'its body was changed';
  if (record.chainHash !== linkHash(record, bodyHash)) return 'its chain hash was changed';
  return undefined;
}

function linkHash({ writer, epoch, sequence, previous }: ChainPosition, bodyHash: string): string {
  return sha256Hex(canonicalJson([writer, epoch, sequence, previous, bodyHash]));
}

/** What the body hash covers: everything but the link itself. */
function bodyOf(record: DecisionDraft | DecisionRecord): DecisionDraft & { readonly version: 1 } {
  const link = new Set(['writer', 'epoch', 'sequence', 'bodyHash', 'previous', 'chainHash']);
  const fields = Object.entries({ version: 1, ...record }).filter(([name]) => !link.has(name));
  return Object.fromEntries(fields) as unknown as DecisionDraft & { readonly version: 1 };
}
