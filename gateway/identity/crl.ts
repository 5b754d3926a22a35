// Certificate revocation lists (RFC 5280 section 5), streamed through DER: 100,000 entries become two sets of serial
// numbers and nothing else. Indirect lists are refused; a delta list can revoke, and clears nobody.

import type { Refused } from '../contract/reason.ts';
import type { Certificate } from './certificate.ts';
import { eachExtension } from './certificate-extensions.ts';
import { type CrlScope, readScope, wholeScope } from './crl-scope.ts';
import type { SerialSet } from './crl-serials.ts';
import { certificateLimits, DerFault, DerReader, derRoot, reading, tags } from './der.ts';
import { type Name, readName } from './name.ts';
import { isSignedBy, readSignatureAlgorithm, type SignedWith } from './signed-bytes.ts';

export const crlLimits = { bytes: 64 * 1024 * 1024 } as const;

export interface Crl {
  readonly issuer: Name;
  /** Milliseconds since 1970 UTC. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly number: bigint;
  /** Hex; absent when the list names no key. */
  readonly authorityKeyId?: string;
  readonly scope: CrlScope;
  /** Octets of serial numbers, as Latin-1: the smallest strings there are. */
  readonly revoked: SerialSet;
  readonly onHold: SerialSet;
  /** Hash of the key that is known to have signed the list: then `tbs` is no longer needed, and is empty. */
  readonly signedByKey?: string;
  readonly tbs: Uint8Array;
  readonly signedWith: SignedWith;
  readonly signature: Uint8Array;
}

export function parseCrl(bytes: Uint8Array): Crl | Refused {
  return reading('revocation-unknown', () => parse(bytes));
}

export function isCrlOf(crl: Crl, issuer: Certificate): boolean {
  if (crl.issuer.key !== issuer.subject.key) return false;
  // [RFC5280-6.3.3] (f)
  if (issuer.keyUsage?.has('cRLSign') === false) return false;
  if (crl.signedByKey !== undefined) return crl.signedByKey === issuer.key.hash;
  return isSignedBy(crl.signedWith, issuer.key, crl.tbs, crl.signature);
}

export type CrlAnswer = 'revoked' | 'on-hold' | 'not-listed';

export function lookUp(crl: Crl, serialHex: string): CrlAnswer {
  const serial = Buffer.from(serialHex, 'hex').toString('latin1');
  if (crl.revoked.has(serial)) return 'revoked';
  return crl.onHold.has(serial) ? 'on-hold' : 'not-listed';
}

/** RFC 5280 section 5.1.2.5: after `nextUpdate` a newer list exists, so this one no longer clears anybody. */
export function isCurrent(crl: Crl, now: number, clockSkewMs: number): boolean {
  return crl.thisUpdate <= now + clockSkewMs && now <= crl.nextUpdate;
}

/** Lists by issuer name; which of them an issuer's key really signed is found out once per issuer. */
export class CrlSet {
  readonly #byName = new Map<string, Crl[]>();
  readonly #byIssuer = new Map<string, IssuerLists>();

  constructor(crls: readonly Crl[]) {
    for (const crl of crls) {
      const same = this.#byName.get(crl.issuer.key);
      if (same === undefined) this.#byName.set(crl.issuer.key, [crl]);
      else same.push(crl);
    }
  }

  /** What the issuer's lists say against a certificate. An entry counts whatever its list's scope: one authority gives a
   * serial number once. */
  entryOf(issuer: Certificate, serialHex: string): CrlAnswer {
    const { all, newest } = this.of(issuer);
    if (all.some(list => lookUp(list, serialHex) === 'revoked')) return 'revoked';
    // A hold may be lifted, so only the newest list of each scope speaks of it.
    return newest.some(list => lookUp(list, serialHex) === 'on-hold') ? 'on-hold' : 'not-listed';
  }

  /** The lists signed by this issuer. */
  of(issuer: Certificate): IssuerLists {
    const candidates = this.#byName.get(issuer.subject.key);
    if (candidates === undefined) return noLists;
    let lists = this.#byIssuer.get(issuer.fingerprint);
    if (lists === undefined) {
      const all = candidates.filter(crl => isCrlOf(crl, issuer)).sort(newestFirst);
      lists = { all, newest: withoutOutdatedDeltas(newestOfEachScope(all)) };
      // An authority can be issued again and again under one name: keep the memory of it bounded.
      if (this.#byIssuer.size >= 1024) this.#byIssuer.clear();
      this.#byIssuer.set(issuer.fingerprint, lists);
    }
    return lists;
  }
}

interface IssuerLists {
  /** Highest number first. */
  readonly all: readonly Crl[];
  /** One of each scope: numbers order the lists of one scope only [RFC5280-5.2.3]. */
  readonly newest: readonly Crl[];
}
const noLists: IssuerLists = { all: [], newest: [] };

function newestOfEachScope(ordered: readonly Crl[]): readonly Crl[] {
  const byScope = new Map<string, Crl>();
  for (const crl of ordered) {
    const scope = JSON.stringify(crl.scope);
    if (!byScope.has(scope)) byScope.set(scope, crl);
  }
  return [...byScope.values()];
}

/** What a delta list says is in the next complete list of its scope; their numbers are one series [RFC5280-5.2.3]. */
function withoutOutdatedDeltas(newest: readonly Crl[]): readonly Crl[] {
  const complete = new Map<string, bigint>();
  for (const { scope, number } of newest) if (scope.delta === undefined) complete.set(JSON.stringify(scope), number);
  return newest.filter(({ scope: { delta, ...scope }, number }) => {
    const base = delta === undefined ? undefined : complete.get(JSON.stringify(scope));
    return base === undefined || base < number;
  });
}

function newestFirst(a: Crl, b: Crl): number {
  return a.number === b.number ? b.thisUpdate - a.thisUpdate : a.number > b.number ? -1 : 1;
}

function parse(bytes: Uint8Array): Crl {
  if (bytes.byteLength > crlLimits.bytes) throw new DerFault(`longer than ${crlLimits.bytes} bytes`);
  const whole = new DerReader(bytes);
  const outer = whole.enter(tags.sequence);
  whole.finish();
  const tbs = outer.raw(tags.sequence);
  const signedWith = readSignatureAlgorithm(outer);
  const { bytes: signature, unusedBits } = outer.bitString();
  if (unusedBits !== 0) throw new DerFault('signature is not whole octets');
  outer.finish();

  const fields = new DerReader(tbs).enter(tags.sequence);
  // Version 2 says so; version 1 has no number at all, and no extensions [RFC5280-5.1.2.1].
  const versioned: boolean = fields.nextTag === tags.integer;
  if (versioned && fields.smallInteger() !== 1) throw new DerFault('version of the list');
  const inner = readSignatureAlgorithm(fields);
  if (JSON.stringify(inner) !== JSON.stringify(signedWith)) throw new DerFault('two signature algorithms');
  const issuer = readName(fields);
  const thisUpdate = fields.time();
  // [RFC5280-5.1.2.5] A list without an end would clear people for ever.
  const nextUpdate = fields.time();
  const entries = fields.nextTag === tags.sequence ? readEntries(fields.enter(tags.sequence)) : noEntries;
  const extensions =
    versioned && fields.nextTag === 0xa0 ? readCrlExtensions(fields.enter(0xa0), issuer) : noExtensions;
  fields.finish();
  return { issuer, thisUpdate, nextUpdate, ...extensions, ...entries, tbs, signedWith, signature };
}

type Entries = Pick<Crl, 'revoked' | 'onHold'>;
const noEntries: Entries = { revoked: new Set(), onHold: new Set() };

const reasonCode = { certificateHold: 6, removeFromCrl: 8 } as const;

function readEntries(list: DerReader): Entries {
  const revoked = new Set<string>();
  const onHold = new Set<string>();
  const removed = new Set<string>();
  // There are few reasons and many entries: the same octets are read once.
  const known = new Map<string, number>();
  const codeOf = (extensions: Buffer): number => {
    const octets = extensions.toString('latin1');
    const code = known.get(octets) ?? readReasonCode(new DerReader(extensions).enter(tags.sequence));
    if (known.size < 64) known.set(octets, code);
    return code;
  };
  while (!list.atEnd) {
    const entry = list.enter(tags.sequence);
    const serial = entry.integer().toString('latin1');
    entry.element();
    const code = entry.atEnd ? 0 : codeOf(entry.raw(tags.sequence));
    entry.finish();
    if (code === reasonCode.removeFromCrl) removed.add(serial);
    else if (code === reasonCode.certificateHold) onHold.add(serial);
    else revoked.add(serial);
  }
  // A removal lifts a hold; nothing lifts a revocation [RFC5280-5.3.1].
  for (const serial of removed) onHold.delete(serial);
  return { revoked, onHold };
}

function readReasonCode(extensions: DerReader): number {
  let code = 0;
  for (const { oid, critical, value } of eachExtension(extensions)) {
    if (oid === '2.5.29.21') {
      const content = new DerReader(value);
      code = content.smallInteger(tags.enumerated);
      content.finish();
    } else if (critical || oid === '2.5.29.29') {
      // [RFC5280-5.3] Where an entry names its own issuer, critical or not, the list is an indirect one.
      throw new DerFault(`entry extension ${oid}`);
    }
  }
  return code;
}

type CrlExtensions = Pick<Crl, 'number' | 'scope' | 'authorityKeyId'>;
const noExtensions: CrlExtensions = { number: 0n, scope: wholeScope };

function readCrlExtensions(holder: DerReader, issuer: Name): CrlExtensions {
  let { number, scope, authorityKeyId } = noExtensions;
  let delta: true | undefined;
  for (const { oid, critical, value } of eachExtension(holder.enter(tags.sequence))) {
    const content = derRoot(value, certificateLimits);
    if (oid === '2.5.29.20') number = BigInt(`0x${content.integer().toString('hex')}`);
    else if (oid === '2.5.29.28') scope = readScope(content.enter(tags.sequence), issuer);
    else if (oid === '2.5.29.35') {
      const sequence = content.enter(tags.sequence);
      if (sequence.nextTag === 0x80) authorityKeyId = sequence.content(0x80).toString('hex');
    } else if (oid === '2.5.29.27') {
      content.integer();
      delta = true;
    } else if (critical) {
      // [RFC5280-5.2]
      throw new DerFault(`critical extension ${oid}`);
    }
  }
  holder.finish();
  if (delta !== undefined) scope = { ...scope, delta };
  return authorityKeyId === undefined ? { number, scope } : { number, scope, authorityKeyId };
}
