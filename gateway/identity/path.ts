// From a leaf to a pinned anchor (RFC 5280 section 6.1): search by names, key identifiers and signatures, back to the next
// candidate where a way ends or does not hold; `validation.ts` judges what is found. Anchors are matched by public key, so
// that a re-issued root is the same anchor; what the peer sends can lengthen a path but never end one.

import type { Refused } from '../contract/reason.ts';
import { type Certificate, isIssuedBy } from './certificate.ts';
import { type ValidationOptions, validationSteps, whichOf } from './validation.ts';

export interface PathOptions extends ValidationOptions {
  /** Certificates in the longest path, leaf and anchor included. */
  readonly maxDepth: number;
  readonly links?: LinkCache;
}

/** Signatures that verified before, by leaf and issuer key; bounded here, oldest out first. */
export type LinkCache = Map<string, boolean>;

export interface Path {
  /** The leaf, then each authority up to the anchor, which is last and is the configured certificate. */
  readonly certificates: readonly [Certificate, ...Certificate[], Certificate];
}

export interface PathRefused extends Refused {
  /** Whether some path ended in an anchor: then the refusal is about a link of it. */
  readonly anchored: boolean;
  /** That path. */
  readonly path?: Path;
}

export const chainLimits = {
  certificates: 8,
  totalBytes: 48 * 1024,
  signatureChecks: 24,
  /** Certificates looked at from those below them: remembered signatures cost little, but not nothing. */
  steps: 512,
  links: 4096,
} as const;

/** The first path that holds; else why the first one found does not; else that none was found. */
export function buildPath(
  leaf: Certificate,
  candidates: readonly Certificate[],
  anchors: readonly Certificate[],
  options: PathOptions,
  now: number,
): Path | PathRefused {
  const search = new Search(candidates, anchors, options, now);
  let first: PathRefused | undefined;
  for (const path of search.from([leaf])) {
    const fault = faultOf(path, options, now);
    if (fault === undefined) return path;
    first ??= { ...fault, anchored: true, path };
  }
  return first ?? { ...search.deadEnd, anchored: false };
}

/** Depth first, with a budget: a peer could send many certificates of one name. */
class Search {
  deadEnd: Refused = { refused: 'certificate-anchor-unknown', detail: 'no path to an anchor' };
  readonly #issuers = new Map<string, Certificate[]>();
  readonly #anchors: readonly Certificate[];
  readonly #anchorKeys: ReadonlySet<string>;
  readonly #options: PathOptions;
  #checksLeft: number = chainLimits.signatureChecks;
  #stepsLeft: number = chainLimits.steps;

  constructor(candidates: readonly Certificate[], anchors: readonly Certificate[], options: PathOptions, now: number) {
    this.#options = options;
    this.#anchors = anchors;
    this.#anchorKeys = new Set(anchors.map(anchor => anchor.key.hash));
    // Those that are valid now come first: a root or issuing CA may exist twice with one name and key.
    const current = (each: Certificate) => (each.notBefore <= now && now <= each.notAfter ? 0 : 1);
    const ordered = [...anchors, ...candidates].sort((a, b) => current(a) - current(b));
    const seen = new Set<string>();
    for (const certificate of ordered) {
      if (seen.has(certificate.fingerprint)) continue;
      seen.add(certificate.fingerprint);
      const same = this.#issuers.get(certificate.subject.key);
      if (same === undefined) this.#issuers.set(certificate.subject.key, [certificate]);
      else same.push(certificate);
    }
  }

  *from(below: readonly [Certificate, ...Certificate[]]): Generator<Path> {
    const last = below.at(-1) ?? below[0];
    for (const issuer of this.#issuers.get(last.issuer.key) ?? []) {
      const again = below.some(each => each.key.hash === issuer.key.hash);
      // An anchor that comes as a leaf has itself above it; every other circle is left out.
      if (again && !(below.length === 1 && this.#anchorKeys.has(issuer.key.hash))) continue;
      const named = last.authorityKeyId !== undefined && issuer.subjectKeyId !== undefined;
      if (named && last.authorityKeyId !== issuer.subjectKeyId) continue;
      const linked = this.#linked(last, issuer);
      if (linked === undefined) return;
      if (!linked) {
        if (last.signedWith.scheme === undefined) {
          this.deadEnd = { refused: 'certificate-hash-weak', detail: `signature algorithm ${last.signedWith.oid}` };
        } else if (named) {
          this.deadEnd = { refused: 'certificate-signature-wrong', detail: `link ${below.length}` };
        }
        continue;
      }
      if (below.length + 1 > this.#options.maxDepth) {
        this.deadEnd = { refused: 'certificate-chain-too-long', detail: `more than ${this.#options.maxDepth}` };
        continue;
      }
      if (!this.#anchorKeys.has(issuer.key.hash)) {
        yield* this.from([...below, issuer]);
        continue;
      }
      // The key is pinned: continue with the configured certificates of that key, whatever the peer sent.
      for (const anchor of this.#anchors) {
        if (anchor.key.hash === issuer.key.hash) yield { certificates: [...below, anchor] };
      }
    }
  }

  /** `undefined` when the budget is spent. */
  #linked(certificate: Certificate, issuer: Certificate): boolean | undefined {
    const { links } = this.#options;
    const name = `${certificate.fingerprint}${issuer.key.hash}`;
    this.#stepsLeft -= 1;
    if (this.#stepsLeft >= 0 && links?.has(name) === true) return true;
    if (this.#stepsLeft < 0 || this.#checksLeft === 0) {
      this.deadEnd = { refused: 'certificate-chain-too-long', detail: 'too many certificates of one name' };
      return undefined;
    }
    this.#checksLeft -= 1;
    const good = isIssuedBy(certificate, issuer);
    if (good && links !== undefined) remember(links, name);
    return good;
  }
}

function remember(links: LinkCache, name: string): void {
  links.set(name, true);
  if (links.size <= chainLimits.links) return;
  for (const oldest of links.keys()) {
    links.delete(oldest);
    return;
  }
}

/** What is wrong with a path whose signatures hold. */
function faultOf({ certificates }: Path, options: PathOptions, now: number): Refused | undefined {
  for (const { index, fault } of validationSteps(certificates, options, now)) {
    if (fault !== undefined) return { refused: fault[0], detail: `${whichOf(index)}: ${fault[1]}` };
  }
  return undefined;
}
