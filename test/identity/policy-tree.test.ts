// Policies along random paths: the graph against the tree of RFC 5280 section 6.1, written down here as the norm tells it;
// and that a path made to explode does not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../gateway/identity/certificate.ts';
import { anyPolicy, type PolicyOptions, validPolicies } from '../../gateway/identity/policy-tree.ts';

type Link = Pick<Certificate, 'policies' | 'policyMappings' | 'policyConstraints' | 'inhibitAnyPolicy'> & {
  readonly selfIssued: boolean;
};

/** Names only matter for being one: that is what makes a certificate self-issued. */
function pathOf(links: readonly Link[]): readonly Certificate[] {
  const anchor = { policies: [], selfIssued: true };
  return [...links, anchor].map(link => ({
    ...link,
    subject: { key: 'x' },
    issuer: { key: link.selfIssued ? 'x' : 'y' },
  })) as unknown as readonly Certificate[];
}

interface TreeNode {
  readonly depth: number;
  readonly policy: string;
  expected: readonly string[];
  readonly parent: TreeNode | undefined;
  readonly children: TreeNode[];
}

/** RFC 5280 section 6.1.2 to 6.1.5, word for word and as slow as it is told. */
function byTheNorm(links: readonly Link[], options: PolicyOptions): readonly string[] | undefined {
  const below = [...links].reverse();
  const n = below.length;
  let explicit = options.requireExplicitPolicy === true ? 0 : n + 1;
  let mapping = options.inhibitPolicyMapping === true ? 0 : n + 1;
  let inhibitAny = options.inhibitAnyPolicy === true ? 0 : n + 1;
  let tree: TreeNode | undefined = {
    depth: 0,
    policy: anyPolicy,
    expected: [anyPolicy],
    parent: undefined,
    children: [],
  };
  const nodesAt = (depth: number): TreeNode[] => {
    const found: TreeNode[] = [];
    const walk = (node: TreeNode | undefined): void => {
      if (node === undefined) return;
      if (node.depth === depth) found.push(node);
      else for (const child of node.children) walk(child);
    };
    walk(tree);
    return found;
  };
  const grow = (parent: TreeNode, policy: string, expected: readonly string[]) => {
    parent.children.push({ depth: parent.depth + 1, policy, expected, parent, children: [] });
  };
  const cut = (node: TreeNode) => {
    if (node.parent === undefined) tree = undefined;
    else node.parent.children.splice(node.parent.children.indexOf(node), 1);
  };
  const prune = (depth: number) => {
    for (let at = depth - 1; at >= 0; at--) for (const node of nodesAt(at)) if (node.children.length === 0) cut(node);
  };
  for (const [position, link] of below.entries()) {
    const i = position + 1;
    if (link.policies.length === 0) tree = undefined;
    if (tree !== undefined) {
      const parents = nodesAt(i - 1);
      for (const policy of link.policies.filter(each => each !== anyPolicy)) {
        const matching = parents.filter(node => node.expected.includes(policy));
        for (const node of matching) grow(node, policy, [policy]);
        if (matching.length > 0) continue;
        for (const node of parents) if (node.policy === anyPolicy) grow(node, policy, [policy]);
      }
      if (link.policies.includes(anyPolicy) && (inhibitAny > 0 || (i < n && link.selfIssued))) {
        for (const node of parents) {
          for (const policy of node.expected) {
            if (!node.children.some(child => child.policy === policy)) grow(node, policy, [policy]);
          }
        }
      }
      prune(i);
    }
    if (explicit === 0 && tree === undefined) return undefined;
    if (i === n) {
      if (explicit > 0) explicit -= 1;
      if (link.policyConstraints?.requireExplicitPolicy === 0) explicit = 0;
      break;
    }
    const mappings = link.policyMappings ?? [];
    if (mappings.some(({ issuer, subject }) => issuer === anyPolicy || subject === anyPolicy)) return undefined;
    for (const issuer of new Set(mappings.map(each => each.issuer))) {
      const nodes = nodesAt(i).filter(node => node.policy === issuer);
      if (mapping > 0) {
        const expected = mappings.filter(each => each.issuer === issuer).map(each => each.subject);
        for (const node of nodes) node.expected = expected;
        if (nodes.length > 0) continue;
        for (const node of nodesAt(i)) {
          if (node.policy === anyPolicy && node.parent !== undefined) grow(node.parent, issuer, expected);
        }
      } else {
        for (const node of nodes) cut(node);
        prune(i);
      }
    }
    if (!link.selfIssued) {
      if (explicit > 0) explicit -= 1;
      if (mapping > 0) mapping -= 1;
      if (inhibitAny > 0) inhibitAny -= 1;
    }
    const { requireExplicitPolicy, inhibitPolicyMapping } = link.policyConstraints ?? {};
    if (requireExplicitPolicy !== undefined && requireExplicitPolicy < explicit) explicit = requireExplicitPolicy;
    if (inhibitPolicyMapping !== undefined && inhibitPolicyMapping < mapping) mapping = inhibitPolicyMapping;
    if (link.inhibitAnyPolicy !== undefined && link.inhibitAnyPolicy < inhibitAny) inhibitAny = link.inhibitAnyPolicy;
  }
  // Section 6.1.5 (g): the nodes below "any policy", cut to what is wanted.
  const { policies } = options;
  const valid = new Set<string>();
  for (let depth = 1; depth <= n; depth++) {
    for (const node of nodesAt(depth)) {
      if (node.parent?.policy !== anyPolicy) continue;
      if (node.policy !== anyPolicy) {
        if (policies === undefined || policies.includes(node.policy)) valid.add(node.policy);
      } else if (depth === n) {
        for (const policy of policies ?? [anyPolicy]) valid.add(policy);
      }
    }
  }
  return explicit > 0 || valid.size > 0 ? [...valid] : undefined;
}

const policy = fc.constantFrom('1', '2', '3', '4');
const skip = fc.nat(3);
const link: fc.Arbitrary<Link> = fc.record(
  {
    policies: fc.uniqueArray(fc.oneof({ arbitrary: policy, weight: 3 }, fc.constant(anyPolicy)), { maxLength: 4 }),
    selfIssued: fc.oneof({ arbitrary: fc.constant(false), weight: 3 }, fc.constant(true)),
    policyMappings: fc.array(fc.record({ issuer: policy, subject: policy }), { minLength: 1, maxLength: 3 }),
    policyConstraints: fc.record({ requireExplicitPolicy: skip, inhibitPolicyMapping: skip }, { requiredKeys: [] }),
    inhibitAnyPolicy: skip,
  },
  { requiredKeys: ['policies', 'selfIssued'] },
);
const options: fc.Arbitrary<PolicyOptions> = fc.record(
  {
    policies: fc.uniqueArray(policy, { minLength: 1, maxLength: 2 }),
    requireExplicitPolicy: fc.boolean(),
    inhibitPolicyMapping: fc.boolean(),
    inhibitAnyPolicy: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe('the graph', () => {
  it('gives the answer of the tree', () => {
    let accepted = 0;
    let withPolicies = 0;
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 5 }), options, (links, chosen) => {
        const norm = byTheNorm(links, chosen);
        const found = validPolicies(pathOf(links), chosen);
        expect('valid' in found).toBe(norm !== undefined);
        if (!('valid' in found) || norm === undefined) return;
        expect([...found.valid].sort()).toEqual([...norm].sort());
        accepted += 1;
        if (norm.length > 0) withPolicies += 1;
      }),
      { numRuns: 20_000 },
    );
    // Neither answer may be rare, or the comparison says little.
    expect(accepted).toBeGreaterThan(2_000);
    expect(accepted).toBeLessThan(18_000);
    expect(withPolicies).toBeGreaterThan(1_000);
  });

  it('maps nothing out of an any policy that is inhibited, as the norm has it', () => {
    const links = [
      { policies: ['2'], selfIssued: false },
      { policies: [anyPolicy], policyMappings: [{ issuer: '1', subject: '2' }], selfIssued: false },
    ];
    for (const inhibitAnyPolicy of [false, true]) {
      const chosen = { policies: ['1'], requireExplicitPolicy: true, inhibitAnyPolicy };
      const expected = inhibitAnyPolicy ? undefined : ['1'];
      expect(byTheNorm(links, chosen)).toEqual(expected);
      expect(validPolicies(pathOf(links), chosen)).toMatchObject(
        expected === undefined ? { index: 1 } : { valid: ['1'] },
      );
    }
  });

  it('does not explode where the tree would', () => {
    // Each of 300 policies maps to all of three others, ten times over: the tree would have 3^10 branches for each.
    const names = Array.from({ length: 300 }, (_, index) => String(index));
    const mappings = names.flatMap((issuer, index) =>
      [1, 2, 3].map(step => ({ issuer, subject: String((index + step) % names.length) })),
    );
    const links = Array.from({ length: 10 }, () => ({ policies: names, policyMappings: mappings, selfIssued: false }));
    const started = performance.now();
    const found = validPolicies(pathOf(links), { requireExplicitPolicy: true });
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(found).toMatchObject({ valid: { length: 300 } });
  });

  it('names the certificate where the last policy was lost', () => {
    const some = { policies: ['1'], selfIssued: false };
    const other = { policies: ['2'], selfIssued: false };
    const chosen = { requireExplicitPolicy: true };
    expect(validPolicies(pathOf([some, some, other]), chosen)).toMatchObject({ index: 1 });
    expect(validPolicies(pathOf([other, some, some]), chosen)).toMatchObject({ index: 0 });
  });
});
