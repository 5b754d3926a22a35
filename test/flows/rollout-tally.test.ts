// Where two versions differ: counted by outcome, each person or machine once, and told when a new version is beyond its forecast.

import { describe, expect, it } from 'vitest';
import type { BesideAnswer, Decision } from '../../gateway/contract/decision.ts';
import type { Outcome } from '../../gateway/contract/outcome.ts';
import { rolloutTally } from '../../gateway/flows/rollout-tally.ts';
import type { Beside } from '../../gateway/policy/rollout.ts';
import { decision, now } from '../contracts/admission-store-samples.ts';

const watch = { until: now + 1_000, forecast: { subjects: 100, stricter: 0 }, margin: 0.1 };

function opened(beside: Beside | undefined) {
  const told: { answers: number; stricter: number }[] = [];
  const counted: string[] = [];
  const time = { now };
  const tally = rolloutTally({
    clock: { now: () => time.now },
    meter: {
      count: (name, labels = {}) => counted.push(`${name} ${labels['older']} ${labels['newer']}`),
      observe: () => undefined,
      gauge: () => undefined,
    },
    beyond: seen => told.push(seen),
  });
  tally.about(beside);
  const note = (device: string, mine: Outcome, other: Partial<BesideAnswer>, fields: Partial<Decision> = {}) =>
    tally.note(
      { tenant: 'main', id: `s-${device}`, nasGroup: 'vpn', caseCode: device, device },
      decision({
        outcome: mine,
        beside: { stage: 'enforce', isNewer: false, policyHash: 'old', outcome: 'grant', because: [], ...other },
        ...fields,
      }),
    );
  return { tally, note, told, counted, time };
}

describe('a tally', () => {
  it('tells older from newer, whichever of the two decided', () => {
    const { tally, note, counted } = opened({ hash: 'draft', stage: 'canary', canary: { group: 'pilots' } });
    const canary = { stage: 'canary' as const };
    note('a', 'grant', { ...canary, isNewer: true, policyHash: 'draft', outcome: 'deny', because: ['disk'] });
    note(
      'b',
      'deny',
      { ...canary, isNewer: false, outcome: 'grant' },
      { policyHash: 'draft', reasons: ['policy-gap'] },
    );
    note('c', 'grant', { ...canary, isNewer: true, policyHash: 'draft', outcome: 'grant' });
    expect(counted).toEqual([
      'sluis_policy_beside_total grant deny',
      'sluis_policy_beside_total grant deny',
      'sluis_policy_beside_total grant grant',
    ]);
    expect(tally.state()).toMatchObject({
      subjects: 3,
      stricter: 2,
      pairs: [
        { older: 'grant', newer: 'grant', answers: 1 },
        { older: 'grant', newer: 'deny', answers: 2 },
      ],
      examples: [
        { caseCode: 'b', because: ['policy-gap'] },
        { caseCode: 'a', because: ['disk'] },
      ],
    });
  });

  it('counts whoever tries again and again once, and tells once', () => {
    const { note, told } = opened({ hash: 'old', stage: 'enforce', watch });
    for (let n = 0; n < 50; n++) note('stubborn', 'deny', {});
    expect(told).toEqual([]);
    for (let n = 0; n < 20; n++) note(`d-${n}`, 'deny', {});
    expect(told).toEqual([{ answers: 5, stricter: 5 }]);
  });

  it('says nothing when the time of watching is over', () => {
    const { note, told, time } = opened({ hash: 'old', stage: 'enforce', watch });
    time.now = watch.until;
    for (let n = 0; n < 20; n++) note(`d-${n}`, 'deny', {});
    expect(told).toEqual([]);
  });

  it('says nothing of milder answers, or as many stricter ones as were forecast', () => {
    const { note, told } = opened({ hash: 'old', stage: 'enforce', watch });
    for (let n = 0; n < 200; n++) note(`ok-${n}`, 'grant', { outcome: 'deny' });
    for (let n = 0; n < 20; n++) note(`d-${n}`, 'deny', {});
    expect(told).toEqual([]);
  });

  it('begins anew with another version or stage, and keeps out what is about neither', () => {
    const { tally, note } = opened({ hash: 'old', stage: 'enforce', watch });
    note('a', 'deny', {});
    tally.about({ hash: 'old', stage: 'enforce', watch });
    expect(tally.state().subjects).toBe(1);
    tally.about({ hash: 'next', stage: 'shadow' });
    expect(tally.state()).toEqual({ subjects: 0, stricter: 0, pairs: [], examples: [] });
    note('a', 'deny', {});
    note('b', 'deny', { stage: 'shadow', policyHash: 'another' });
    expect(tally.state().subjects).toBe(0);
    tally.about(undefined);
    note('a', 'deny', {});
    expect(tally.state().subjects).toBe(0);
  });
});
