// Revocation of a path: every combination of what the lists say about the leaf and about its issuing authority.

import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Authority, issue, makeAuthority, makeCrl } from '../../gateway/cli/demo/test-authority.ts';
import { type Certificate, readCertificate } from '../../gateway/identity/certificate.ts';
import { type Crl, CrlSet, parseCrl } from '../../gateway/identity/crl.ts';
import { allReasons } from '../../gateway/identity/crl-scope.ts';
import type { Path } from '../../gateway/identity/path.ts';
import { findRevocation } from '../../gateway/identity/revocation.ts';
import { answerKey, RevocationAnswers } from '../../gateway/identity/revocation-answers.ts';

const now = Date.UTC(2026, 6, 1);
const hour = 3_600_000;
const validity = { notBefore: now - 1000 * hour, notAfter: now + 1000 * hour };
const root = await makeAuthority({ subject: [['2.5.4.3', 'Root']], validity });
const ca = await makeAuthority({ subject: [['2.5.4.3', 'CA']], validity, issuer: root });
const card = await issue(ca, { subject: [['2.5.4.3', 'Card']], ...validity, keyUsage: ['digitalSignature'] });

function read(der: Uint8Array): Certificate {
  const certificate = readCertificate(der);
  if (isRefused(certificate)) throw new Error(certificate.detail);
  return certificate;
}
const path: Path = { certificates: [read(card.der), read(ca.der), read(root.der)] };

const states = ['none', 'clear', 'stale', 'early', 'hold', 'revoked', 'stale-hold', 'stale-revoked'] as const;
type State = (typeof states)[number];

async function listOf(authority: Authority, serial: string, state: State): Promise<readonly Crl[]> {
  if (state === 'none') return [];
  const stale = state.startsWith('stale');
  const thisUpdate = state === 'early' ? now + hour : now - (stale ? 200 : 1) * hour;
  const listed = state.endsWith('hold') || state.endsWith('revoked');
  const crl = parseCrl(
    (
      await makeCrl(authority, {
        thisUpdate,
        nextUpdate: stale ? now - hour : now + 100 * hour,
        revoked: listed ? [{ serial, hold: state.endsWith('hold') }] : [],
      })
    ).der,
  );
  if (isRefused(crl)) throw new Error(crl.detail);
  return [crl];
}

const ofCard: Record<State, Crl[]> = {} as Record<State, Crl[]>;
const ofCa: Record<State, Crl[]> = {} as Record<State, Crl[]>;
for (const state of states) {
  ofCard[state] = [...(await listOf(ca, card.serial, state))];
  ofCa[state] = [...(await listOf(root, ca.serial, state))];
}

const rules = { checkIssuingCa: true, clockSkewMs: 120_000 };
const meaning: Record<State, 'good' | 'revoked' | 'on-hold' | 'unavailable'> = {
  none: 'unavailable',
  clear: 'good',
  stale: 'unavailable',
  early: 'unavailable',
  hold: 'on-hold',
  revoked: 'revoked',
  'stale-hold': 'on-hold',
  'stale-revoked': 'revoked',
};

describe('revocation of a path', () => {
  const cases = states.flatMap(leaf => states.map(authority => [leaf, authority] as const));
  it.each(cases)('leaf %s, issuing authority %s', (leaf, authority) => {
    const both = [meaning[leaf], authority === 'none' ? 'good' : meaning[authority]];
    const expected = ['revoked', 'on-hold', 'unavailable', 'good'].find(state => both.includes(state as never));
    const set = new CrlSet([...ofCard[leaf], ...ofCa[authority]]);
    expect(findRevocation(path, set, rules, now).state).toBe(expected);
  });

  it('the issuing authority is not asked about where the profile says so', () => {
    const set = new CrlSet([...ofCard.clear, ...ofCa.revoked]);
    expect(findRevocation(path, set, { ...rules, checkIssuingCa: false }, now).state).toBe('good');
  });

  it('an older list that revokes beats a newer one that does not', () => {
    const set = new CrlSet([...ofCard.clear, ...ofCard['stale-revoked']]);
    expect(findRevocation(path, set, rules, now).state).toBe('revoked');
  });

  it('a hold that a newer list no longer has is lifted', async () => {
    const later = await makeCrl(ca, { thisUpdate: now - 1, nextUpdate: now + hour, number: 9 });
    const crl = parseCrl(later.der);
    const set = new CrlSet(isRefused(crl) ? [] : [...ofCard.hold, crl]);
    expect(findRevocation(path, set, rules, now).state).toBe('good');
  });

  it('a list of a stranger with the same name clears nobody, and revokes nobody', async () => {
    const stranger = await makeAuthority({ subject: [['2.5.4.3', 'CA']], validity });
    for (const state of ['clear', 'revoked'] as const) {
      const set = new CrlSet(await listOf(stranger, card.serial, state));
      expect(findRevocation(path, set, rules, now).state).toBe('unavailable');
    }
  });

  it('a part of a list speaks only for certificates that point at it', () => {
    const [crl] = ofCard.clear;
    const uris = ['http://crl.test.example/1'];
    const part = new CrlSet(crl === undefined ? [] : [{ ...crl, scope: { leaves: true, authorities: true, uris } }]);
    expect(findRevocation(path, part, rules, now).state).toBe('unavailable');
    const [leaf, authority, anchor] = path.certificates;
    const pointing = { ...leaf, crlUris: uris };
    const pointed: Path = { certificates: [pointing, authority, anchor ?? authority] };
    expect(findRevocation(pointed, part, rules, now).state).toBe('good');
  });
});

describe('when it was last known to be good', () => {
  const ended = now - hour;
  it.each<[State, State, number | undefined]>([
    ['stale', 'clear', ended],
    ['stale', 'none', ended],
    ['clear', 'stale', ended],
    ['stale', 'stale', ended],
    ['none', 'clear', undefined],
    ['none', 'stale', undefined],
    ['early', 'clear', undefined],
    ['stale', 'early', undefined],
    ['clear', 'clear', undefined],
    ['revoked', 'stale', undefined],
  ])('leaf %s, issuing authority %s', (leaf, authority, goodAt) => {
    const set = new CrlSet([...ofCard[leaf], ...ofCa[authority]]);
    expect(findRevocation(path, set, rules, now).goodAt).toBe(goodAt);
  });

  it.each<[string, State, number, number | undefined]>([
    ['within the grace', 'none', 2, now - 2 * hour],
    ['beyond the grace, but not forgotten', 'none', 30, now - 30 * hour],
    ['by the later of answer and list', 'stale', 30, ended],
    ['by the later of list and answer', 'stale', 0.75, now - 0.75 * hour],
  ])('by a responder, %s', (_, list, hoursAgo, goodAt) => {
    const [leaf, authority] = path.certificates;
    const answers = new RevocationAnswers();
    const at = now - hoursAgo * hour;
    answers.learn(answerKey(leaf, authority), { state: 'good', thisUpdate: at, freshUntil: at }, at);
    const asked = { ...rules, order: ['ocsp', 'crl'] as const, graceMs: 4 * hour };
    const found = findRevocation(path, new CrlSet(ofCard[list]), asked, now, answers);
    expect(found).toMatchObject({ state: hoursAgo > 4 ? 'unavailable' : 'last-good', goodAt });
  });
});

describe('what a list speaks for', () => {
  const [clear] = ofCard.clear;
  const [stale] = ofCard.stale;
  const [revoked] = ofCard.revoked;
  const [held] = ofCard.hold;
  if (clear === undefined || stale === undefined || revoked === undefined || held === undefined)
    throw new Error('lists');
  const everybody = { leaves: true, authorities: true };
  const [leaf, authority] = path.certificates;
  const scoped = (crl: Crl, scope: Partial<Crl['scope']>): Crl => ({ ...crl, scope: { ...everybody, ...scope } });
  const stateOf = (lists: readonly Crl[], changes: Partial<Certificate> = {}) =>
    findRevocation({ certificates: [{ ...leaf, ...changes }, authority] }, new CrlSet(lists), rules, now).state;
  const isAuthority = { basicConstraints: { ca: true } } as const;

  it.each<[string, Partial<Crl['scope']>, Partial<Certificate>, string]>([
    ['leaves, and a leaf', { authorities: false }, {}, 'good'],
    ['leaves, and a leaf that says it is one', { authorities: false }, { basicConstraints: { ca: false } }, 'good'],
    ['leaves, and an authority that stands as one', { authorities: false }, isAuthority, 'unavailable'],
    ['authorities, and an authority that stands as a leaf', { leaves: false }, isAuthority, 'good'],
    ['authorities, and a leaf', { leaves: false }, {}, 'unavailable'],
    ['neither', { leaves: false, authorities: false }, {}, 'unavailable'],
    ['a part by a directory name', { uris: [], names: ['n'] }, { crlNames: ['m', 'n'] }, 'good'],
    ['another part', { uris: [], names: ['n'] }, { crlNames: ['m'] }, 'unavailable'],
    ['a part by either name', { uris: ['http://a'], names: ['n'] }, { crlUris: ['http://a'] }, 'good'],
    ['a part that nobody could point to', { uris: [] }, { crlNames: ['n'] }, 'unavailable'],
  ])('[RFC5280-6.3.3] %s', (_, scope, changes, state) => {
    expect(stateOf([scoped(clear, scope)], changes)).toBe(state);
  });

  it.each<[string, readonly (readonly [Crl, number])[], string]>([
    ['some reasons clear nobody', [[clear, 0x6000]], 'unavailable'],
    ['not even all but one', [[clear, allReasons & ~0x0200]], 'unavailable'],
    [
      'the same reasons twice are no more',
      [
        [clear, 0x6000],
        [clear, 0x6000],
      ],
      'unavailable',
    ],
    [
      'two lists that tell of all together',
      [
        [clear, 0x6000],
        [clear, 0x1f80],
      ],
      'good',
    ],
    [
      'of which one has ended',
      [
        [clear, 0x6000],
        [stale, 0x1f80],
      ],
      'unavailable',
    ],
    [
      'an entry counts in either',
      [
        [clear, 0x6000],
        [revoked, 0x1f80],
      ],
      'revoked',
    ],
    ['an entry in one alone', [[revoked, 0x6000]], 'revoked'],
    [
      'a hold in either',
      [
        [clear, 0x6000],
        [held, 0x1f80],
      ],
      'on-hold',
    ],
  ])('lists by reason: %s', (_, lists, state) => {
    expect(stateOf(lists.map(([crl, reasons]) => scoped(crl, { reasons })))).toBe(state);
  });

  it('a list for some reasons does not stand in the way of a complete one', () => {
    expect(stateOf([scoped(clear, { reasons: 0x6000 }), clear])).toBe('good');
    expect(stateOf([scoped({ ...stale, number: 99n }, { reasons: 0x6000 }), clear])).toBe('good');
  });

  const delta = (crl: Crl, number: bigint) => ({ ...scoped(crl, { delta: true }), number });
  it.each<[string, readonly Crl[], string]>([
    ['alone clears nobody', [delta(clear, 9n)], 'unavailable'],
    ['alone revokes', [delta(revoked, 9n)], 'revoked'],
    ['revokes beside a complete list that does not', [clear, delta(revoked, 9n)], 'revoked'],
    ['revokes, even when the complete list is newer', [{ ...clear, number: 10n }, delta(revoked, 9n)], 'revoked'],
    ['holds beside an older complete list', [clear, delta(held, 9n)], 'on-hold'],
    ['holds no longer once a complete list is newer', [{ ...clear, number: 9n }, delta(held, 9n)], 'good'],
    ['lifts no hold of the complete list', [held, delta(clear, 9n)], 'on-hold'],
    ['does not stand in the way of the complete list', [clear, delta(stale, 9n)], 'good'],
  ])('[RFC5280-5.2.4] a delta list %s', (_, lists, state) => {
    expect(stateOf(lists)).toBe(state);
  });

  it('an entry counts, whatever its list says that it speaks for', () => {
    expect(stateOf([clear, scoped(revoked, { leaves: false })])).toBe('revoked');
    expect(stateOf([scoped(revoked, { uris: ['http://elsewhere'] })])).toBe('revoked');
  });

  it('numbers order the lists of one scope only [RFC5280-5.2.3]', () => {
    const other = { uris: ['http://a'] };
    expect(stateOf([scoped({ ...clear, number: 99n }, other), held])).toBe('on-hold');
    expect(stateOf([{ ...clear, number: 99n }, held])).toBe('good');
  });
});
