// Does this packet filter really filter what comes in? Read from `nft -j list ruleset`: a chain at the input hook whose
// policy, or whose last word, is to drop. A running service with an empty ruleset does not count.

import { field, listOf, parseJson, textOrNull } from '../json-value.ts';

export interface InputFiltering {
  /** There are any rules or chains at all. */
  readonly anything: boolean;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

interface Chain {
  readonly family: string;
  readonly hook: string | null;
  readonly policy: string | null;
  readonly rules: (readonly unknown[])[];
}

type Verdict = 'accept' | 'drop' | 'continue';

/** `undefined` when the output is not a ruleset. */
export function parseNftRuleset(output: string): InputFiltering | undefined {
  const listing = field(parseJson(output), 'nftables');
  if (!Array.isArray(listing)) return undefined;
  const chains = new Map<string, Chain>();
  for (const item of listing) {
    const chain = field(item, 'chain');
    if (chain !== undefined) {
      chains.set(nameOf(chain, field(chain, 'name')), {
        family: textOrNull(field(chain, 'family')) ?? '',
        hook: textOrNull(field(chain, 'hook')),
        policy: textOrNull(field(chain, 'policy')),
        rules: [],
      });
    }
    const rule = field(item, 'rule');
    if (rule !== undefined) chains.get(nameOf(rule, field(rule, 'chain')))?.rules.push(listOf(field(rule, 'expr')));
  }
  const dropping = [...chains].filter(([name, chain]) => chain.hook === 'input' && dropsByDefault(name, chain, chains));
  const covers = (family: string): boolean =>
    dropping.some(([, chain]) => chain.family === family || chain.family === 'inet');
  return { anything: chains.size > 0, ipv4: covers('ip'), ipv6: covers('ip6') };
}

/** A packet that no particular rule is about ends in a drop. */
function dropsByDefault(name: string, chain: Chain, chains: ReadonlyMap<string, Chain>): boolean {
  const verdict = walk(name, chains, 0);
  return verdict === 'drop' || (verdict === 'continue' && chain.policy === 'drop');
}

/** Follows only what applies to every packet: rules without a match, and the chains they lead to. */
function walk(name: string, chains: ReadonlyMap<string, Chain>, depth: number): Verdict {
  const chain = chains.get(name);
  if (chain === undefined || depth > 16) return 'continue';
  const prefix = name.slice(0, name.lastIndexOf('\n') + 1);
  for (const statements of chain.rules) {
    if (statements.some(statement => field(statement, 'match') !== undefined)) continue;
    for (const statement of statements) {
      if (has(statement, 'accept')) return 'accept';
      if (has(statement, 'drop') || has(statement, 'reject')) return 'drop';
      if (has(statement, 'return')) return 'continue';
      const jump = textOrNull(field(field(statement, 'jump'), 'target'));
      const goto = textOrNull(field(field(statement, 'goto'), 'target'));
      const target = jump ?? goto;
      if (target === null) continue;
      const verdict = walk(prefix + target, chains, depth + 1);
      if (verdict !== 'continue' || goto !== null) return verdict;
    }
  }
  return 'continue';
}

function has(statement: unknown, name: string): boolean {
  return field(statement, name) !== undefined;
}

function nameOf(owner: unknown, name: unknown): string {
  return [field(owner, 'family'), field(owner, 'table'), name].map(part => textOrNull(part) ?? '').join('\n');
}
