// The leaf between two sources: every state of the responder's answer against every state of the lists, in both orders.

import { describe, expect, it } from 'vitest';
import { issue, makeAuthority, makeCrl } from '../../gateway/cli/demo/test-authority.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Certificate, readCertificate } from '../../gateway/identity/certificate.ts';
import { CrlSet, parseCrl } from '../../gateway/identity/crl.ts';
import type { OcspAnswer } from '../../gateway/identity/ocsp.ts';
import type { Path } from '../../gateway/identity/path.ts';
import { findRevocation, isClearedByLists } from '../../gateway/identity/revocation.ts';
import { answerKey, RevocationAnswers } from '../../gateway/identity/revocation-answers.ts';

const now = Date.UTC(2026, 6, 1);
const hour = 3_600_000;
const validity = { notBefore: now - 1000 * hour, notAfter: now + 1000 * hour };
const root = await makeAuthority({ subject: [['2.5.4.3', 'Root']], validity });
const card = await issue(root, { subject: [['2.5.4.3', 'Card']], ...validity, keyUsage: ['digitalSignature'] });

function read(der: Uint8Array): Certificate {
  const certificate = readCertificate(der);
  if (isRefused(certificate)) throw new Error(certificate.detail);
  return certificate;
}
const path: Path = { certificates: [read(card.der), read(root.der)] };

async function lists(state: 'clear' | 'hold' | 'revoked' | 'ended' | 'none'): Promise<CrlSet> {
  if (state === 'none') return new CrlSet([]);
  const ended = state === 'ended';
  const crl = parseCrl(
    (
      await makeCrl(root, {
        thisUpdate: now - (ended ? 20 : 1) * hour,
        nextUpdate: now + (ended ? -1 : 1) * hour,
        revoked: state === 'hold' || state === 'revoked' ? [{ serial: card.serial, hold: state === 'hold' }] : [],
      })
    ).der,
  );
  if (isRefused(crl)) throw new Error(crl.detail);
  return new CrlSet([crl]);
}
const sets = {
  clear: await lists('clear'),
  hold: await lists('hold'),
  revoked: await lists('revoked'),
  ended: await lists('ended'),
  none: await lists('none'),
};

type Held = 'nothing' | 'good' | 'aged' | 'too-aged' | 'hold' | 'aged-hold' | 'unknown' | 'revoked' | 'aged-revoked';
function answersWith(held: Held): RevocationAnswers {
  const answers = new RevocationAnswers();
  if (held === 'nothing') return answers;
  const states: Record<Exclude<Held, 'nothing'>, OcspAnswer['state']> = {
    good: 'good',
    aged: 'good',
    'too-aged': 'good',
    hold: 'on-hold',
    'aged-hold': 'on-hold',
    unknown: 'unknown',
    revoked: 'revoked',
    'aged-revoked': 'revoked',
  };
  const at = held.startsWith('aged') ? now - hour : held === 'too-aged' ? now - 9 * hour : now - 1_000;
  const [leaf, issuer] = path.certificates;
  answers.learn(answerKey(leaf, issuer), { state: states[held], thisUpdate: at, freshUntil: at + 300_000 }, at);
  return answers;
}

const rules = { checkIssuingCa: true, clockSkewMs: 0, graceMs: 4 * hour };
const columns = ['none', 'ended', 'clear', 'hold', 'revoked'] as const;
/** Rows: what the responder said; columns: what the lists say. */
const ocspFirst: Readonly<Record<Held, readonly string[]>> = {
  nothing: ['unavailable', 'unavailable', 'good', 'on-hold', 'revoked'],
  good: ['good', 'good', 'good', 'good', 'revoked'],
  aged: ['last-good', 'last-good', 'good', 'on-hold', 'revoked'],
  'too-aged': ['unavailable', 'unavailable', 'good', 'on-hold', 'revoked'],
  hold: ['on-hold', 'on-hold', 'on-hold', 'on-hold', 'revoked'],
  'aged-hold': ['on-hold', 'on-hold', 'good', 'on-hold', 'revoked'],
  unknown: ['unknown', 'unknown', 'good', 'on-hold', 'revoked'],
  revoked: ['revoked', 'revoked', 'revoked', 'revoked', 'revoked'],
  'aged-revoked': ['revoked', 'revoked', 'revoked', 'revoked', 'revoked'],
};
/** The same but for these two rows. */
const crlFirst: typeof ocspFirst = {
  ...ocspFirst,
  good: ['good', 'good', 'good', 'on-hold', 'revoked'],
  hold: ['on-hold', 'on-hold', 'good', 'on-hold', 'revoked'],
};

describe('two sources', () => {
  for (const [order, table] of [
    [['ocsp', 'crl'], ocspFirst],
    [['crl', 'ocsp'], crlFirst],
  ] as const) {
    it.each(Object.entries(table) as [Held, readonly string[]][])(`${order.join(', ')}: answer %s`, (held, row) => {
      const found = columns.map(
        column => findRevocation(path, sets[column], { ...rules, order }, now, answersWith(held)).state,
      );
      expect(found).toEqual(row);
    });
  }

  it('a source that is not in the order is not heard', () => {
    const state = (order: readonly ('ocsp' | 'crl')[], set: CrlSet, held: Held) =>
      findRevocation(path, set, { ...rules, order }, now, answersWith(held)).state;
    expect(state(['crl'], sets.none, 'good')).toBe('unavailable');
    expect(state(['crl'], sets.clear, 'revoked')).toBe('good');
    expect(state(['ocsp'], sets.clear, 'nothing')).toBe('unavailable');
  });

  it('without grace, an answer ends when it ends', () => {
    const strict = { ...rules, graceMs: 0, order: ['ocsp'] as const };
    expect(findRevocation(path, sets.none, strict, now, answersWith('aged')).state).toBe('unavailable');
  });

  it('only a list that speaks now clears, so that nobody else need be asked', () => {
    expect(columns.map(column => isClearedByLists(path, sets[column], rules, now))).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
  });
});
