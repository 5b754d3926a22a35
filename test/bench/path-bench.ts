// What a certificate chain costs beyond its signatures: `node test/bench/path-bench.ts` prints the cost of reading and
// judging a P-384 chain (card, issuing authority, root) as a ratio to the bare signature checks, and of a second look at
// the same chain with remembered links as a ratio to the first. Medians over interleaved rounds: the machine is never idle.

import { createPublicKey, verify } from 'node:crypto';
import { makeTestCa } from '../../gateway/cli/demo/test-ca.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type Certificate, readCertificate } from '../../gateway/identity/certificate.ts';
import { buildPath, type LinkCache } from '../../gateway/identity/path.ts';
import { splitPem } from '../../gateway/identity/pem.ts';
import { curves } from '../../gateway/identity/public-key.ts';

const rounds = 60;
const perRound = 20;
const targets = { first: 1.15, second: 0.1 };
const rules = {
  maxDepth: 3,
  hashes: ['sha256', 'sha384', 'sha512'],
  rsaMinBits: 2048,
  curves,
  clockSkewMs: 0,
} as const;

const now = Date.now();
const ca = await makeTestCa(now);
const [leafDer, middleDer, rootDer] = [ca.people.valid, ca.citizenCa, ca.eidRoot].map(({ pem }) => derOf(pem));
if (leafDer === undefined || middleDer === undefined || rootDer === undefined) throw new Error('three certificates');
const [leaf, middle, root] = [read(leafDer), read(middleDer), read(rootDer)];
const middleKey = keyOf(middle);
const rootKey = keyOf(root);
const remembered: LinkCache = new Map();

const bare = () => {
  const good =
    verify('sha384', leaf.tbs, { key: middleKey, dsaEncoding: 'der' }, leaf.signature) &&
    verify('sha384', middle.tbs, { key: rootKey, dsaEncoding: 'der' }, middle.signature);
  if (!good) throw new Error('a signature does not hold');
};
const judge = (links: LinkCache) => {
  const path = buildPath(read(leafDer), [read(middleDer)], [root], { ...rules, links }, now);
  if (isRefused(path)) throw new Error(`${path.refused}: ${path.detail ?? ''}`);
};
const first = () => {
  judge(new Map());
};
const second = () => {
  judge(remembered);
};

const times: Record<'bare' | 'first' | 'second', number[]> = { bare: [], first: [], second: [] };
for (let round = -5; round < rounds; round++) {
  for (const [name, work] of Object.entries({ bare, first, second })) {
    const started = performance.now();
    for (let count = 0; count < perRound; count++) work();
    // The first rounds only warm up.
    if (round >= 0) times[name as keyof typeof times].push(((performance.now() - started) / perRound) * 1000);
  }
}
const [bareUs, firstUs, secondUs] = [median(times.bare), median(times.first), median(times.second)];
console.log(`two P-384 signatures, bare:            ${bareUs.toFixed(0)} µs`);
console.log(
  `reading and judging the chain:         ${firstUs.toFixed(0)} µs, ${told(firstUs / bareUs, targets.first)} of that`,
);
console.log(
  `the same chain with remembered links:  ${secondUs.toFixed(0)} µs, ${told(secondUs / firstUs, targets.second)} of the first time`,
);

function told(ratio: number, target: number): string {
  return `${ratio.toFixed(3)} (target ${target}: ${ratio <= target ? 'kept' : 'missed'})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function derOf(pem: string): Uint8Array {
  const [der] = splitPem(Buffer.from(pem), 'CERTIFICATE');
  if (der === undefined) throw new Error('no certificate in the PEM');
  return der;
}

function read(der: Uint8Array): Certificate {
  const certificate = readCertificate(der);
  if (isRefused(certificate)) throw new Error(certificate.detail);
  return certificate;
}

function keyOf({ key }: Certificate) {
  return createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' });
}
