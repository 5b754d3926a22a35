// Certificate policies along a path (RFC 5280 section 6.1), on the graph of RFC 9618 in place of the tree: the answer is
// the same, and what a hostile chain can make it cost grows with its size and no faster.

import type { Certificate } from './certificate.ts';

export const anyPolicy = '2.5.29.32.0';

export interface PolicyOptions {
  /** Policies of which one must hold along the whole path; absent takes any [RFC5280-6.1.1] (c). */
  readonly policies?: readonly string[];
  /** From the first certificate on, instead of from where an authority asks for it. */
  readonly requireExplicitPolicy?: boolean;
  readonly inhibitPolicyMapping?: boolean;
  readonly inhibitAnyPolicy?: boolean;
}

export interface PolicyFault {
  /** In the path, the leaf being 0. */
  readonly index: number;
  readonly detail: string;
}

/** A policy at one depth: what the certificates below must call it, and from which policies above it comes. */
interface Node {
  readonly policy: string;
  expected: ReadonlySet<string>;
  readonly parents: readonly Node[];
}
type Level = ReadonlyMap<string, Node>;

/** The policies that hold along the path, in the words of the anchor's domain (`anyPolicy` for all); or why it fails. */
export function validPolicies(
  path: readonly Certificate[],
  options: PolicyOptions,
): { readonly valid: readonly string[] } | PolicyFault {
  // The anchor is a name and a key; its own policies are not judged [RFC5280-6.1].
  const below = path.slice(0, -1).reverse();
  const count = below.length;
  let explicitPolicy = options.requireExplicitPolicy === true ? 0 : count + 1;
  let policyMapping = options.inhibitPolicyMapping === true ? 0 : count + 1;
  let inhibitAny = options.inhibitAnyPolicy === true ? 0 : count + 1;
  let level: Level | undefined = levelOf([{ policy: anyPolicy, expected: new Set([anyPolicy]), parents: [] }]);

  for (const [position, certificate] of below.entries()) {
    const index = count - 1 - position;
    const last = index === 0;
    const selfIssued = isSelfIssued(certificate);
    const takesAny = inhibitAny > 0 || (!last && selfIssued);
    // [RFC5280-6.1.3] (d) to (f)
    const previous: Level | undefined = level;
    level = previous === undefined ? undefined : nextLevel(previous, certificate, takesAny);
    if (explicitPolicy === 0 && level === undefined) return { index, detail: 'no policy holds down to here' };
    if (last) {
      // [RFC5280-6.1.5] (a) and (b)
      explicitPolicy = Math.min(
        Math.max(explicitPolicy - 1, 0),
        certificate.policyConstraints?.requireExplicitPolicy === 0 ? 0 : Infinity,
      );
      break;
    }
    // [RFC5280-6.1.4] (a) and (b)
    const { policyMappings: mappings = [] } = certificate;
    if (mappings.some(({ issuer, subject }) => issuer === anyPolicy || subject === anyPolicy)) {
      return { index, detail: 'maps "any policy"' };
    }
    if (level !== undefined && previous !== undefined) level = mapped(level, previous, mappings, policyMapping > 0);
    // [RFC5280-6.1.4] (h) to (j)
    if (!selfIssued) {
      explicitPolicy = Math.max(explicitPolicy - 1, 0);
      policyMapping = Math.max(policyMapping - 1, 0);
      inhibitAny = Math.max(inhibitAny - 1, 0);
    }
    const { requireExplicitPolicy = Infinity, inhibitPolicyMapping = Infinity } = certificate.policyConstraints ?? {};
    explicitPolicy = Math.min(explicitPolicy, requireExplicitPolicy);
    policyMapping = Math.min(policyMapping, inhibitPolicyMapping);
    inhibitAny = Math.min(inhibitAny, certificate.inhibitAnyPolicy ?? Infinity);
  }

  const valid = wanted(level === undefined ? [] : constrainedByAuthorities(level), options.policies);
  if (explicitPolicy > 0 || valid.length > 0) return { valid };
  return {
    index: 0,
    detail: level === undefined ? 'no policy holds down to here' : 'none of the accepted policies holds',
  };
}

/** A certificate whose authority and holder are one: a key change, which counts for nothing [RFC5280-6.1]. */
export function isSelfIssued(certificate: Certificate): boolean {
  return certificate.subject.key === certificate.issuer.key;
}

function levelOf(nodes: readonly Node[]): Level | undefined {
  return nodes.length === 0 ? undefined : new Map(nodes.map(node => [node.policy, node]));
}

/** [RFC5280-6.1.3] (d): without policies in the certificate nothing is left. */
function nextLevel(previous: Level, { policies }: Certificate, takesAny: boolean): Level | undefined {
  const expecting = new Map<string, Node[]>();
  for (const node of previous.values()) {
    for (const policy of node.expected) {
      const all = expecting.get(policy);
      if (all === undefined) expecting.set(policy, [node]);
      else all.push(node);
    }
  }
  const next = new Map<string, Node>();
  const add = (policy: string, parents: readonly Node[]) => {
    next.set(policy, { policy, expected: new Set([policy]), parents });
  };
  const any = previous.get(anyPolicy);
  for (const policy of policies) {
    if (policy === anyPolicy) continue;
    const parents = expecting.get(policy) ?? (any === undefined ? undefined : [any]);
    if (parents !== undefined) add(policy, parents);
  }
  if (takesAny && policies.includes(anyPolicy)) {
    for (const [policy, parents] of expecting) if (!next.has(policy)) add(policy, parents);
  }
  return next.size === 0 ? undefined : next;
}

/** [RFC5280-6.1.4] (b) */
function mapped(
  level: Level,
  previous: Level,
  mappings: NonNullable<Certificate['policyMappings']>,
  allowed: boolean,
): Level | undefined {
  if (mappings.length === 0) return level;
  const subjects = new Map<string, Set<string>>();
  for (const { issuer, subject } of mappings) {
    const all = subjects.get(issuer);
    if (all === undefined) subjects.set(issuer, new Set([subject]));
    else all.add(subject);
  }
  if (!allowed) return levelOf([...level.values()].filter(node => !subjects.has(node.policy)));
  const next = new Map(level);
  const any = previous.get(anyPolicy);
  for (const [policy, expected] of subjects) {
    const node = level.get(policy);
    if (node !== undefined) node.expected = expected;
    else if (level.has(anyPolicy) && any !== undefined) next.set(policy, { policy, expected, parents: [any] });
  }
  return next;
}

/** The policies where the path leaves "any policy": what the authorities let through, in the anchor's words. */
function constrainedByAuthorities(level: Level): readonly string[] {
  const seen = new Set<Node>(level.values());
  const valid = new Set<string>();
  for (const node of seen) {
    if (node.policy !== anyPolicy && node.parents.some(parent => parent.policy === anyPolicy)) valid.add(node.policy);
    for (const parent of node.parents) seen.add(parent);
  }
  if (level.has(anyPolicy)) valid.add(anyPolicy);
  return [...valid];
}

/** [RFC5280-6.1.5] (g) */
function wanted(valid: readonly string[], policies: readonly string[] | undefined): readonly string[] {
  if (policies === undefined || policies.includes(anyPolicy)) return valid;
  return valid.includes(anyPolicy) ? policies : policies.filter(policy => valid.includes(policy));
}
