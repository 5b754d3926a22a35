// Explanations of situations: they agree with what is decided, and the smallest change that they name really leads to access.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionOf } from '../../gateway/pdp/decide.ts';
import { languages } from '../../gateway/contract/language.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { explainSituation } from '../../gateway/policy/explain-situation.ts';
import { outcomeSentences } from '../../gateway/policy/explanation-words.ts';
import { fits, select } from '../../gateway/policy/selection.ts';
import { whySelected } from '../../gateway/policy/why-selected.ts';
import type { Facts } from '../../gateway/verifier/facts.ts';
import { checkText, compiled, fact, healthy, now, policyText, sampleFiles, someone } from './sample-set.ts';
import { type Case, cases, mended } from './set-arbitraries.ts';

const decide = ({ set, situation: { subject, facts, now: at } }: Case, seen = facts) =>
  decisionOf(evaluate(set, subject, seen, at), seen, set.hash, at);

describe('the smallest change', () => {
  const set = compiled([
    ...sampleFiles.filter(({ path }) => !path.startsWith('access/')),
    {
      path: 'checks/guarded.yaml',
      text: checkText('guarded', 'antimalware.running', 'yes', 'applies to: windows'),
    },
    {
      path: 'checks/either.yaml',
      text: 'check: either\nany of: [machine, guarded]\nif unknown: deny\ntext: { nl: nl, fr: fr, de: de, en: en }\n',
    },
    { path: 'access/staff.yaml', text: policyText('staff', { either: 'deny' }) },
  ]);
  const on = (family: string): Facts => ({
    ...healthy,
    'os.family': fact(family),
    'machine.proven': fact(false, now),
    'antimalware.running': fact(false),
  });

  it('names an "any of" that the laptop can mend', () => {
    expect(evaluate(set, someone, on('windows'), now).smallestChange).toEqual(['either']);
  });

  it('is not there where what could be mended is for another system', () => {
    expect(evaluate(set, someone, on('debian'), now)).not.toHaveProperty('smallestChange');
  });
});

describe('for thousands of sets and laptops', () => {
  it('the smallest change really leads to access', () => {
    let changes = 0;
    fc.assert(
      fc.property(cases, one => {
        const { smallestChange, outcome, passed = [] } = decide(one);
        if (smallestChange === undefined || outcome === 'grant') return;
        const ways = mended(one, smallestChange, passed);
        // What contradicts itself is found by the analyser.
        if (ways.length === 0) return;
        expect(ways.map(facts => decide(one, facts).outcome)).toContain('grant');
        changes++;
      }),
      { numRuns: 3000 },
    );
    expect(changes).toBeGreaterThan(300);
  });

  it('less than the smallest change does not', () => {
    let changes = 0;
    fc.assert(
      fc.property(cases, fc.nat(), (one, which) => {
        const { smallestChange = [], outcome, passed = [] } = decide(one);
        if (outcome === 'grant' || smallestChange.length < 2) return;
        const left = smallestChange[which % smallestChange.length];
        const rest = smallestChange.filter(each => each !== left);
        for (const facts of mended(one, rest, passed)) {
          const after = decide(one, facts);
          // Mending one may mend another that looks at the same fact, or make known what is then only told.
          if (after.results.find(({ check }) => check === left)?.outcome === undefined) continue;
          if (after.results.every(({ check, excuse }) => check !== left || excuse !== undefined)) continue;
          expect(after.outcome).not.toBe('grant');
          changes++;
        }
      }),
      { numRuns: 1500 },
    );
    expect(changes).toBeGreaterThan(50);
  });

  it('an explanation names the outcome, every check once, and nothing that was not decided', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...languages), (one, language) => {
        const decision = decide(one);
        const lines = explainSituation(one.set, one.situation, decision, language);
        expect(lines[0]).toBe(outcomeSentences[decision.outcome][language]);
        const [head = [], ...sections] = lines
          .join('\n')
          .split('\n\n')
          .map(part => part.split('\n'));
        const told = [...one.set.checks.keys()].filter(name => head.some(line => line.includes(`: ${name}. `)));
        expect(told.sort()).toEqual(decision.results.map(({ check }) => check).sort());
        const bullets = sections.flatMap(section => section.filter(line => line.startsWith('- ')));
        for (const name of decision.passed ?? []) {
          expect(bullets.filter(line => line.startsWith(`- ${name} (`)).length, name).toBe(1);
        }
        expect(sections.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('why a policy applies agrees with the selection, and what a policy misses is exactly what does not fit', () => {
    let [overlaps, misses] = [0, 0];
    fc.assert(
      fc.property(cases, ({ set, situation: { subject, now: at } }) => {
        const standings = whySelected(set, subject, at);
        const selected = select(set.policies, set.precedence, subject, at);
        expect(standings.map(({ policy }) => policy)).toEqual(set.policies);
        const applying = standings.filter(each => each.is === 'applies').map(({ policy }) => policy);
        expect(applying).toEqual('policy' in selected ? [selected.policy] : []);
        for (const standing of standings) {
          expect(standing.is === 'misses').toBe(!fits(standing.policy.for, subject, at));
          if (standing.is === 'undecided') overlaps++;
          if (standing.is !== 'misses') continue;
          misses++;
          const rest = Object.entries(standing.policy.for).filter(([key]) => !Object.hasOwn(standing.what, key));
          expect(fits(Object.fromEntries(rest), subject, at)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    expect(overlaps).toBeGreaterThan(10);
    expect(misses).toBeGreaterThan(10);
  });
});
