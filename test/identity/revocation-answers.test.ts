// What is remembered of responders' answers, against a plain model, and its bounds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OcspAnswer } from '../../gateway/identity/ocsp.ts';
import { RevocationAnswers } from '../../gateway/identity/revocation-answers.ts';

const answer = (state: OcspAnswer['state'], thisUpdate: number): OcspAnswer => ({
  state,
  thisUpdate,
  freshUntil: thisUpdate + 60,
});
const anyAnswer = fc.record({
  state: fc.constantFrom<OcspAnswer['state']>('good', 'on-hold', 'unknown', 'revoked'),
  thisUpdate: fc.nat(20),
});

describe('answers', () => {
  it('revoked outlasts everything; else the newest answer counts, whenever it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyAnswer, fc.constant('failure' as const)), { maxLength: 12 }), events => {
        const answers = new RevocationAnswers();
        let expected: { state: string; thisUpdate: number } | undefined;
        events.forEach((event, at) => {
          if (event === 'failure') answers.failed('card', at);
          else {
            answers.learn('card', answer(event.state, event.thisUpdate), at);
            const newer = expected === undefined || event.thisUpdate >= expected.thisUpdate;
            if (expected?.state !== 'revoked' && (newer || event.state === 'revoked')) expected = event;
          }
        });
        expect(answers.of('card')?.state).toBe(expected?.state);
      }),
    );
  });

  it('is asked again when the answer has aged, never about the revoked, and not within a failure', () => {
    const answers = new RevocationAnswers({ failureMs: 30 });
    const due = (now: number) => answers.isDue('card', 100, now);
    expect(due(0)).toBe(true);
    answers.failed('card', 0);
    expect([due(29), due(30)]).toEqual([false, true]);
    answers.learn('card', answer('good', 40), 40);
    expect([due(139), due(140)]).toEqual([false, true]);
    answers.failed('card', 140);
    expect(answers.of('card')).toMatchObject({ state: 'good', checkedAt: 40 });
    expect([due(169), due(170)]).toEqual([false, true]);
    answers.learn('card', answer('revoked', 170), 170);
    expect(due(1e9)).toBe(false);
  });

  it('what nobody asked for counts from when it was given, and replaces nothing of the same age', () => {
    const answers = new RevocationAnswers();
    answers.hear('card', answer('good', 40), 100);
    expect(answers.of('card')).toMatchObject({ state: 'good', checkedAt: 40 });
    // It is young enough to spare a question at 139, though it was brought at 100.
    expect([answers.isDue('card', 100, 139), answers.isDue('card', 100, 140)]).toEqual([false, true]);
    answers.learn('card', answer('on-hold', 40), 150);
    answers.hear('card', answer('good', 40), 160);
    expect(answers.of('card')).toMatchObject({ state: 'on-hold', checkedAt: 150 });
    answers.hear('card', answer('good', 41), 160);
    expect(answers.of('card')).toMatchObject({ state: 'good', checkedAt: 41 });
    // A clock ahead of ours lengthens nothing.
    answers.hear('card', answer('good', 500), 170);
    expect(answers.of('card')).toMatchObject({ checkedAt: 170 });
    answers.hear('card', answer('revoked', 1), 180);
    answers.hear('card', answer('good', 900), 900);
    answers.learn('card', answer('good', 901), 901);
    expect(answers.of('card')?.state).toBe('revoked');
  });

  it('what nobody asked for does not end the pause after a failure', () => {
    const answers = new RevocationAnswers({ failureMs: 30 });
    answers.failed('card', 100);
    answers.hear('card', answer('good', 1), 110);
    expect([answers.isDue('card', 10, 129), answers.isDue('card', 10, 130)]).toEqual([false, true]);
  });

  it('a clock that was set back silences no question for long', () => {
    const answers = new RevocationAnswers();
    answers.learn('card', answer('good', 1_000_000), 1_000_000);
    expect(answers.isDue('card', 100, 10)).toBe(true);
    answers.failed('card', 2_000_000);
    expect(answers.isDue('card', 100, 10)).toBe(true);
  });

  it('no failure may be held for longer than 30 seconds', () => {
    expect(() => new RevocationAnswers({ failureMs: 30_001 })).toThrow(RangeError);
  });

  it('is bounded, and a flood of good answers pushes no revocation out', () => {
    const answers = new RevocationAnswers({ entries: 100 });
    answers.learn('stolen', answer('revoked', 1), 1);
    for (let card = 0; card < 1_000; card++) {
      answers.learn(`card ${card}`, answer('good', 1), 1);
      answers.failed(`other ${card}`, 1);
    }
    expect(answers.size).toBe(101);
    expect([answers.of('stolen')?.state, answers.of('card 0'), answers.of('card 999')?.state]).toEqual([
      'revoked',
      undefined,
      'good',
    ]);
  });
});
