// The `revocation` part of an identity profile document: its keys, and what each comes to. Every key that is accepted has
// an effect; a key that would have none is a problem.

import { isRefused } from '../contract/reason.ts';
import { parseDuration } from '../documents/duration.ts';
import {
  choice,
  flag,
  integer,
  listOf,
  located,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  text,
} from '../documents/shape.ts';
import { type Crl, crlLimits, CrlSet, parseCrl } from './crl.ts';
import { type NonceMode, nonceModes } from './ocsp.ts';
import { type CertIdHash, certIdHashes } from './ocsp-request.ts';
import { type RevocationSource, revocationSources } from './revocation.ts';
import { type AllowedHost, allowedUrl, readAllowedHost } from './revocation-hosts.ts';

const minute = 60_000;
const between = (least: number, most: number, expected: string) =>
  parsed(value => {
    const ms = parseDuration(value);
    return ms !== undefined && ms >= least && ms <= most ? ms : undefined;
  }, expected);
const unavailable = choice('deny', 'allow');

export const revocationShape = record({
  check: optional(choice('crl', 'none')),
  order: optional(listOf(choice(...revocationSources))),
  allowHosts: optional(listOf(parsed(readAllowedHost, 'a host such as ocsp.example.org, host:port or host/path'))),
  ocsp: optional(
    record({
      url: optional(located(text(512))),
      timeout: optional(between(1_000, 15_000, 'a duration from 1 to 15 seconds'), 4_000),
      maxAge: optional(between(10_000, 24 * 60 * minute, 'a duration from 10 seconds to 1 day'), 5 * minute),
      skew: optional(between(0, 15 * minute, 'a duration of at most 15 minutes'), 5 * minute),
      nonce: optional(choice(...nonceModes), 'prefer'),
      certIdHash: optional(choice(...certIdHashes), 'sha1'),
    }),
  ),
  crls: optional(listOf(located(text(512)))),
  crlUrls: optional(listOf(located(text(512)))),
  crl: optional(
    record({
      refresh: optional(between(minute, 7 * 24 * 60 * minute, 'a duration from 1 minute to 1 week'), 180 * minute),
      maxBytes: optional(integer(1024, crlLimits.bytes), crlLimits.bytes),
    }),
  ),
  checkIssuingCa: optional(flag),
  grace: optional(between(0, 7 * 24 * 60 * minute, 'a duration of at most 1 week')),
  unavailable: optional(unavailable),
  decision: optional(record({ unavailable: optional(unavailable) })),
});
type RevocationDocument = Read<typeof revocationShape>;

export interface OcspSettings {
  /** Asked instead of the address in the certificate. */
  readonly url?: string;
  /** For the whole look-up: waiting for a place, a second try and the answer. */
  readonly timeoutMs: number;
  readonly maxAgeMs: number;
  readonly skewMs: number;
  readonly nonce: NonceMode;
  readonly certIdHash: CertIdHash;
}

export interface CrlSettings {
  /** Absent: the addresses that certificates name, as far as they are allowed. */
  readonly urls?: readonly string[];
  readonly refreshMs: number;
  readonly maxBytes: number;
}

export interface ProfileRevocation {
  readonly crls: CrlSet;
  readonly order: readonly RevocationSource[];
  readonly allowHosts: readonly AllowedHost[];
  readonly ocsp: OcspSettings | undefined;
  /** Lists that are fetched; those in files are read again when they change. */
  readonly crl: CrlSettings | undefined;
  readonly crlFiles: readonly { readonly path: string; readonly lists: readonly Crl[] }[];
  readonly checkIssuingCa: boolean;
  readonly graceMs: number;
  /** `allow` still marks the identity, so that the access policy can judge it. */
  readonly unavailable: 'deny' | 'allow';
}

/** The blocks of a file of lists; `undefined` and a problem where there are none. */
export type ListReader = (entry: { readonly value: string; readonly line: number }) => readonly Uint8Array[];

const ocspDefaults = {
  timeout: 4_000,
  maxAge: 5 * minute,
  skew: 5 * minute,
  nonce: 'prefer',
  certIdHash: 'sha1',
} as const;
const crlDefaults = { refresh: 180 * minute, maxBytes: crlLimits.bytes };
const defaultGraceMs = 4 * 60 * minute;

export function compileRevocation(
  read: RevocationDocument,
  reading: Reading,
  blocks: ListReader,
): ProfileRevocation | undefined {
  const { check, line, allowHosts = [] } = read;
  if (check === 'none') {
    const others = Object.entries(read).some(([key, value]) => !['check', 'line'].includes(key) && value !== undefined);
    if (others) problem(reading, line, 'other keys beside "check: none"', 'remove them, or write check: crl');
    return undefined;
  }
  const order = orderOf(read, reading);
  const wants = { ocsp: order.includes('ocsp'), crl: order.includes('crl') };
  lintUse(read, reading, wants);
  lintHosts(read, reading, wants, allowHosts);
  const crlFiles = readLists(read, reading, blocks);
  return {
    crls: new CrlSet(crlFiles.flatMap(file => file.lists)),
    order,
    allowHosts,
    ocsp: wants.ocsp ? ocspOf(read) : undefined,
    crl: wants.crl ? crlOf(read) : undefined,
    crlFiles,
    checkIssuingCa: read.checkIssuingCa ?? true,
    graceMs: wants.ocsp ? (read.grace ?? defaultGraceMs) : 0,
    unavailable: unavailableOf(read, reading),
  };
}

function orderOf({ check, order, line }: RevocationDocument, reading: Reading): readonly RevocationSource[] {
  if (order === undefined) {
    if (check === undefined) problem(reading, line, '"order" is missing', 'add order: [ocsp, crl], or check: none');
    return ['crl'];
  }
  if (check !== undefined) problem(reading, line, '"check" beside "order"', 'remove check: crl');
  if (order.length === 0 || new Set(order).size < order.length) {
    problem(reading, line, 'each source of "order" must come once', 'write order: [ocsp, crl]');
  }
  return order;
}

function lintUse(read: RevocationDocument, reading: Reading, wants: { ocsp: boolean; crl: boolean }): void {
  const { line, ocsp, crls, crlUrls, crl, grace, checkIssuingCa } = read;
  const useless = (key: string, source: RevocationSource) =>
    problem(reading, line, `"${key}" has no effect without ${source} in "order"`, `remove it, or add ${source}`);
  if (!wants.ocsp && ocsp !== undefined) useless('ocsp', 'ocsp');
  if (!wants.ocsp && grace !== undefined) useless('grace', 'ocsp');
  if (!wants.crl) {
    for (const [key, value] of Object.entries({ crls, crlUrls, crl, checkIssuingCa })) {
      if (value !== undefined) useless(key, 'crl');
    }
  } else if ((crls ?? []).length === 0 && (crlUrls ?? []).length === 0 && crl === undefined) {
    const remedy = 'name the list of each issuing authority under crls or crlUrls';
    problem(reading, line, `"${read.check === undefined ? 'order' : 'check'}: crl" without lists`, remedy);
  }
}

function lintHosts(
  { line, ocsp, crl, crlUrls, allowHosts: named }: RevocationDocument,
  reading: Reading,
  wants: { ocsp: boolean; crl: boolean },
  allowHosts: readonly AllowedHost[],
): void {
  const fetches = wants.ocsp || crlUrls !== undefined || crl !== undefined;
  if (fetches && allowHosts.length === 0) {
    problem(reading, line, '"allowHosts" is missing: nothing may be asked', 'name the hosts of responders and lists');
  }
  if (!fetches && named !== undefined) problem(reading, line, '"allowHosts" has no effect here', 'remove it');
  for (const url of [...(ocsp?.url === undefined ? [] : [ocsp.url]), ...(crlUrls ?? [])]) {
    if (allowedUrl(url.value, allowHosts) !== undefined) continue;
    problem(reading, url.line, `"${url.value}" is not at a host of allowHosts`, 'add its host, or correct the address');
  }
}

function unavailableOf(read: RevocationDocument, reading: Reading): 'deny' | 'allow' {
  const { line, unavailable: here, decision } = read;
  const there = decision?.unavailable;
  if (here !== undefined && there !== undefined) {
    problem(reading, line, '"unavailable" is said twice', 'keep decision: { unavailable: deny }');
  }
  const said = here ?? there;
  if (said === undefined) problem(reading, line, '"unavailable" is missing', 'add unavailable: deny');
  return said ?? 'deny';
}

function readLists(
  { crls = [] }: RevocationDocument,
  reading: Reading,
  blocks: ListReader,
): ProfileRevocation['crlFiles'] {
  return crls.map(entry => {
    const lists: Crl[] = [];
    for (const bytes of blocks(entry)) {
      const crl = parseCrl(bytes);
      if (!isRefused(crl)) lists.push(crl);
      else problem(reading, entry.line, `"${entry.value}" is not a usable list: ${crl.detail ?? ''}`, 'fetch it again');
    }
    return { path: entry.value, lists };
  });
}

function ocspOf({ ocsp = { ...ocspDefaults, url: undefined, line: 0 } }: RevocationDocument): OcspSettings {
  const { url, timeout, maxAge, skew, nonce, certIdHash } = ocsp;
  return {
    ...(url === undefined ? {} : { url: url.value }),
    timeoutMs: timeout,
    maxAgeMs: maxAge,
    skewMs: skew,
    nonce,
    certIdHash,
  };
}

function crlOf({ crl, crlUrls }: RevocationDocument): CrlSettings | undefined {
  if (crl === undefined && crlUrls === undefined) return undefined;
  const { refresh, maxBytes } = crl ?? crlDefaults;
  const urls = crlUrls === undefined ? {} : { urls: crlUrls.map(url => url.value) };
  return { ...urls, refreshMs: refresh, maxBytes };
}
