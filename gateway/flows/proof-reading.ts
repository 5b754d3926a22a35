// The part that all proofs share: a certificate chain, and a signature by the key of its leaf. Read, not yet believed.

import type { WebEidProof } from '../contract/challenge.ts';
import { type SignatureAlgorithm, signatureAlgorithms } from '../contract/proof.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { type Certificate, readCertificate } from '../identity/certificate.ts';
import { base64urlBytes } from './base64url.ts';

export interface ProofParts {
  readonly chain: readonly Uint8Array[];
  readonly leaf: Certificate;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

export function readProof(
  chainTexts: readonly string[],
  algorithm: string,
  signatureText: string,
): ProofParts | Refused {
  const signature = base64urlBytes(signatureText);
  if (signature === undefined) return refused('proof-malformed', 'signature is not base64url');
  const chain: Uint8Array[] = [];
  for (const text of chainTexts) {
    const certificate = base64urlBytes(text);
    if (certificate === undefined) return refused('proof-malformed', 'chain is not base64url');
    chain.push(certificate);
  }
  return proofParts(chain, algorithm, signature);
}

/** A Web eID token of version 1; its certificate comes without those above it. */
export function readWebEidProof({ format, ...token }: WebEidProof): ProofParts | Refused {
  if (!/^web-eid:1([.]|$)/.test(format)) return refused('proof-malformed', `${format} is not served`);
  const certificate = base64Bytes(token.unverifiedCertificate);
  const signature = base64Bytes(token.signature);
  if (certificate === undefined || signature === undefined) return refused('proof-malformed', 'not base64');
  return proofParts([certificate], token.algorithm, signature);
}

function proofParts(chain: readonly Uint8Array[], algorithm: string, signature: Uint8Array): ProofParts | Refused {
  if (!isSignatureAlgorithm(algorithm)) return refused('proof-malformed', 'algorithm not served');
  const [first] = chain;
  if (first === undefined) return refused('certificate-missing');
  const leaf = readCertificate(first);
  if (isRefused(leaf)) return leaf;
  return { chain, leaf, algorithm, signature };
}

/** One text per value, as `base64urlBytes`. */
function base64Bytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

export function isSignatureAlgorithm(name: string): name is SignatureAlgorithm {
  return Object.hasOwn(signatureAlgorithms, name);
}
