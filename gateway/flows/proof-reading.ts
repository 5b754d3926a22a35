// The part that both proofs share: a certificate chain, and a signature by the key of its leaf. Read, not yet believed.

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
  if (!isSignatureAlgorithm(algorithm)) return refused('proof-malformed', 'algorithm not served');
  const signature = base64urlBytes(signatureText);
  if (signature === undefined) return refused('proof-malformed', 'signature is not base64url');
  const chain: Uint8Array[] = [];
  for (const text of chainTexts) {
    const certificate = base64urlBytes(text);
    if (certificate === undefined) return refused('proof-malformed', 'chain is not base64url');
    chain.push(certificate);
  }
  const [first] = chain;
  if (first === undefined) return refused('certificate-missing');
  const leaf = readCertificate(first);
  if (isRefused(leaf)) return leaf;
  return { chain, leaf, algorithm, signature };
}

export function isSignatureAlgorithm(name: string): name is SignatureAlgorithm {
  return Object.hasOwn(signatureAlgorithms, name);
}
