// Reference data in the configuration: who may sign it, and where it is kept.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { listOf, located, optional, problem, record, required, type Shape, text } from './documents/shape.ts';

export interface ReferenceSettings {
  /** Public keys. */
  readonly signers: readonly KeyObject[];
  /** Absent: beside what the gateway keeps for itself. */
  readonly directory?: string;
}

export function referenceShape(
  pem: (label: string) => Shape<string>,
  resolve: (path: string) => string,
): Shape<ReferenceSettings> {
  const signer: Shape<KeyObject> = (tree, reading) => {
    const found = pem('public key')(tree, reading);
    if (found === undefined) return undefined;
    if (found.includes('PRIVATE KEY')) {
      const remedy = 'keep that away from the gateway, and name its public key (openssl pkey -pubout)';
      return problem(reading, tree.line, 'a private key', remedy);
    }
    const key = signingKey(() => createPublicKey(found));
    return key ?? problem(reading, tree.line, 'no key that signs reference data', `name ${signingKeys}`);
  };
  const shape = record({
    signers: required(located(listOf(signer))),
    directory: optional(text(1024)),
  });
  return (tree, reading) => {
    const read = shape(tree, reading);
    if (read === undefined) return undefined;
    const { signers, directory } = read;
    if (signers.value.length === 0) return problem(reading, signers.line, 'no signer', 'name the public key of one');
    return { signers: signers.value, ...(directory === undefined ? {} : { directory: resolve(directory) }) };
  };
}

export const signingKeys = 'a key for Ed25519, P-256, P-384 or P-521';
const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** `undefined` for what is no key, or one of another kind. */
export function signingKey(read: () => KeyObject): KeyObject | undefined {
  try {
    const key = read();
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    return type === 'ed25519' || (type === 'ec' && curves.includes(details?.namedCurve ?? '')) ? key : undefined;
  } catch {
    // OpenSSL only says that it cannot read it: the caller names file and remedy.
    return undefined;
  }
}
