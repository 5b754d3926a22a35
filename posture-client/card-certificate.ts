// Which certificate of a token is the person's for signing in, and how its key signs. Belgian cards call it "Authentication";
// other cards are asked for a certificate that may make signatures but no binding ones. Nothing is believed here: the
// gateway judges the chain.

import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { KeyUsageFlags, KeyUsagesExtension, X509Certificate as Decoded } from '@peculiar/x509';
import type { SeenCertificate, SeenToken } from './card-messages.ts';

const authenticationLabel = 'Authentication';
/** Leaf and intermediates; the gateway takes six. */
const longestChain = 5;

/** The certificate to sign in with. */
export function authenticationCertificate(token: SeenToken): SeenCertificate | undefined {
  const usable = token.certificates.filter(({ der }) => isCertificate(der));
  return usable.find(({ label }) => label === authenticationLabel) ?? usable.find(({ der }) => mayAuthenticate(der));
}

/** Leaf first, then what the token has between it and a root; a root is of no use to the gateway. */
export function chainOf(leaf: SeenCertificate, token: SeenToken): readonly Uint8Array[] {
  const others = token.certificates.filter(({ der }) => isCertificate(der)).map(({ der }) => new X509Certificate(der));
  const chain = [new X509Certificate(leaf.der)];
  while (chain.length < longestChain) {
    const last = chain[chain.length - 1];
    const issuer = others.find(other => last?.checkIssued(other) === true && !other.checkIssued(other));
    if (issuer === undefined || chain.includes(issuer)) break;
    chain.push(issuer);
  }
  return chain.map(({ raw }) => raw);
}

function isCertificate(der: Uint8Array): boolean {
  try {
    new X509Certificate(der);
    return true;
  } catch {
    // A token may hold anything under the name of a certificate; what cannot be read is not ours to use.
    return false;
  }
}

/** `digitalSignature` without `nonRepudiation`, and no authority. */
function mayAuthenticate(der: Uint8Array): boolean {
  if (new X509Certificate(der).ca) return false;
  const usages = new Decoded(Uint8Array.from(der)).getExtension(KeyUsagesExtension)?.usages ?? 0;
  return (usages & KeyUsageFlags.digitalSignature) !== 0 && (usages & KeyUsageFlags.nonRepudiation) === 0;
}
