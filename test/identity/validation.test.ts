// Path validation against `openssl verify`, case by case, over a corpus that covers the sections of PKITS that concern
// certificates of machines and persons. Where the two differ, the reference page says why; a difference that is gone fails.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isRefused, type Reason, type Refused } from '../../gateway/contract/reason.ts';
import { readCertificate } from '../../gateway/identity/certificate.ts';
import { CrlSet, parseCrl } from '../../gateway/identity/crl.ts';
import { buildPath } from '../../gateway/identity/path.ts';
import { anyPolicy } from '../../gateway/identity/policy-tree.ts';
import { curves } from '../../gateway/identity/public-key.ts';
import { findRevocation } from '../../gateway/identity/revocation.ts';
import { type EidPki, makeEidPki } from '../support/eid-pki.ts';
import { describeWith } from '../support/programs.ts';
import { pemOf } from './profiles.ts';
import { type Case, type Corpus, makeCorpus } from './validation-corpus.ts';

const page = readFileSync(new URL('../../docs/reference/certificate-validation.md', import.meta.url), 'utf8');
const rules = {
  maxDepth: 10,
  hashes: ['sha256', 'sha384', 'sha512'],
  rsaMinBits: 2048,
  curves,
  clockSkewMs: 0,
} as const;

describeWith('openssl', 'path validation, beside openssl', openssl => {
  let pki: EidPki;
  let corpus: Corpus;
  let startedAt: number;
  const findings: { readonly title: string; readonly ours: string; readonly theirs: boolean; readonly said: string }[] =
    [];

  beforeAll(() => {
    pki = makeEidPki();
    corpus = makeCorpus(pki);
    startedAt = Date.now();
    for (const each of corpus.cases) {
      const { accepted, said } = theirs(each);
      findings.push({ title: each.title, ours: ours(each), theirs: accepted, said });
    }
  }, 120_000);
  afterAll(() => {
    pki.remove();
  });

  function ours({ chain, policy = {}, crls = [], days = 0 }: Case): 'accepted' | Reason {
    const now = startedAt + days * 86_400_000;
    const read = chain.map(readCertificate);
    const anchor = readCertificate(corpus.root.der);
    const [leaf, ...between] = read.filter(isRead);
    const bad = [...read, anchor].find(isRefused);
    if (bad !== undefined || leaf === undefined || isRefused(anchor)) return bad?.refused ?? 'certificate-missing';
    const path = buildPath(leaf, between, [anchor], { ...rules, ...policy }, now);
    if (isRefused(path)) return path.refused;
    if (crls.length === 0) return 'accepted';
    const lists = crls.map(parseCrl).filter(isRead);
    const { state } = findRevocation(path, new CrlSet(lists), { checkIssuingCa: true, clockSkewMs: 0 }, now);
    if (state === 'good') return 'accepted';
    return state === 'revoked'
      ? 'certificate-revoked'
      : state === 'on-hold'
        ? 'certificate-on-hold'
        : 'revocation-unknown';
  }

  function theirs({ chain, policy, crls = [], days = 0, extendedLists = false }: Case): {
    readonly accepted: boolean;
    readonly said: string;
  } {
    const file = (name: string, label: 'CERTIFICATE' | 'X509 CRL', values: readonly Uint8Array[]) => {
      const path = join(pki.directory, name);
      writeFileSync(path, values.map(value => pemOf(label, value)).join(''));
      return path;
    };
    const [leaf = Buffer.of(), ...between] = chain;
    const lists = crls.length === 0 ? [] : ['-crl_check_all', '-CRLfile', file('case.crl', 'X509 CRL', crls)];
    if (extendedLists) lists.push('-extended_crl');
    const wanted = policy?.policies ?? [anyPolicy];
    const policies = [
      ...wanted.flatMap(each => ['-policy', each]),
      ...(policy?.requireExplicitPolicy === true ? ['-explicit_policy'] : []),
      ...(policy?.inhibitPolicyMapping === true ? ['-inhibit_map'] : []),
      ...(policy?.inhibitAnyPolicy === true ? ['-inhibit_any'] : []),
    ];
    const trust = ['-CAfile', file('case.root', 'CERTIFICATE', [corpus.root.der])];
    const untrusted = between.length === 0 ? [] : ['-untrusted', file('case.between', 'CERTIFICATE', between)];
    const at = ['-attime', String(Math.floor(startedAt / 1000) + days * 86_400)];
    const flags = ['-x509_strict', '-policy_check', ...policies, ...lists, ...at, ...trust, ...untrusted];
    try {
      execFileSync(openssl, ['verify', ...flags, file('case.leaf', 'CERTIFICATE', [leaf])], { stdio: 'pipe' });
      return { accepted: true, said: '' };
    } catch (error) {
      // A non-zero exit is openssl's "no"; what it said is shown when the test fails.
      return { accepted: false, said: error instanceof Error && 'stderr' in error ? String(error.stderr) : '' };
    }
  }

  it('has a case for every section that concerns us', () => {
    const sections = new Set(corpus.cases.map(({ title }) => title.split(/[. ]/).slice(0, 2).join('.')));
    expect([...sections].sort()).toEqual(Array.from({ length: 16 }, (_, index) => `4.${index + 1}`).sort());
    expect(new Set(corpus.cases.map(({ title }) => title)).size).toBe(corpus.cases.length);
  });

  it('gives every case the word that it deserves', () => {
    const wrong = corpus.cases.flatMap(({ title, expect: expected }, index) =>
      findings[index]?.ours === expected ? [] : [{ title, expected, found: findings[index]?.ours }],
    );
    expect(wrong).toEqual([]);
  });

  it('agrees with openssl wherever no difference is written down', () => {
    const wrong = corpus.cases.flatMap(({ difference }, index) => {
      const finding = findings[index];
      if (difference !== undefined || finding === undefined) return [];
      return (finding.ours === 'accepted') === finding.theirs ? [] : [finding];
    });
    expect(wrong).toEqual([]);
  });

  it('differs from openssl wherever a difference is written down, and the page says why', () => {
    const gone = corpus.cases.filter(({ difference }, index) => {
      const finding = findings[index];
      return difference !== undefined && finding !== undefined && (finding.ours === 'accepted') === finding.theirs;
    });
    expect(gone.map(({ title }) => title)).toEqual([]);
    const shown = new Set(corpus.cases.flatMap(({ difference }) => difference ?? []));
    const told = /## Where openssl says otherwise([^]*?)\n## /.exec(page)?.[1] ?? '';
    const rows = [...told.matchAll(/^\| ([^|]+) \|/gm)].map(([, name]) => name).slice(1);
    expect(rows.filter(name => name !== '---').sort()).toEqual([...shown].sort());
  });
});

/** `filter` does not see through a negation. */
function isRead<T>(value: T | Refused): value is T {
  return !isRefused(value);
}
