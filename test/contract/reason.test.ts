// Refusals as values.

import { describe, expect, it } from 'vitest';
import { isRefused, type ReasonStage, reasonWords, refused } from '../../gateway/contract/reason.ts';

describe('reason words', () => {
  const all = Object.values(reasonWords).flat();

  it('are kebab-case, and each belongs to one stage', () => {
    for (const word of all) expect(word).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(new Set(all).size).toBe(all.length);
  });

  it('cover the two flows', () => {
    const stages: readonly ReasonStage[] = ['radius', 'eap', 'identity', 'report', 'decision', 'api', 'gateway'];
    expect(Object.keys(reasonWords)).toEqual(stages);
  });
});

describe('refused', () => {
  it('carries a detail only when there is one', () => {
    expect(refused('unknown-nas')).toEqual({ refused: 'unknown-nas' });
    expect(Object.keys(refused('unknown-nas'))).toEqual(['refused']);
    expect(refused('eap-malformed', 'code 9')).toEqual({ refused: 'eap-malformed', detail: 'code 9' });
  });

  it('is told from every other value', () => {
    expect(isRefused(refused('ticket-used'))).toBe(true);
    for (const value of [undefined, null, 0, '', 'refused', [], {}, { detail: 'x' }, new Map([['refused', 1]])]) {
      expect(isRefused(value)).toBe(false);
    }
  });
});
