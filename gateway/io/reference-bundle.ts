// The container of reference data: one file to carry, made and signed away from the gateway. A line that names the format, a line
// with the signature, then everything that is signed, packed: a manifest, and the files one behind the other. Nothing is
// unpacked before its signature is known to be good.

import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/** `path` is relative to the directory the bundle was made of, with slashes. */
export interface ReferenceFile {
  readonly path: string;
  readonly bytes: Buffer;
}

export interface ReferenceBundle {
  /** SHA-256 (hex) of the whole file. */
  readonly id: string;
  readonly madeAt: number;
  /** SHA-256 (hex) of the public key that signed it. */
  readonly signer: string;
  readonly files: readonly ReferenceFile[];
}

/** What an admin can mend. */
export interface NoBundle {
  readonly wrong: string;
  readonly remedy: string;
}

export const bundleLimits = { packedBytes: 64 * 1024 * 1024, unpackedBytes: 128 * 1024 * 1024 } as const;

const format = 'sluis reference data 1\n';
const headBytes = 2048;

interface Manifest {
  readonly made: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** The bundle's bytes. */
export function packBundle(files: readonly ReferenceFile[], madeAt: number, privateKey: KeyObject): Buffer {
  const manifest: Manifest = {
    made: new Date(madeAt).toISOString(),
    files: files.map(({ path, bytes }) => ({ path, bytes: bytes.byteLength })),
  };
  const contents = [Buffer.from(`${JSON.stringify(manifest)}\n`), ...files.map(({ bytes }) => bytes)];
  const packed = gzipSync(Buffer.concat(contents), { level: 9 });
  const key = signerOf(createPublicKey(privateKey));
  const signature = sign(digestFor(privateKey), signedBytes(packed), privateKey).toString('base64');
  return Buffer.concat([Buffer.from(`${format}${JSON.stringify({ key, signature })}\n`), packed]);
}

/** Never throws, whatever the file holds. */
export function openBundle(file: Buffer, signers: readonly KeyObject[]): ReferenceBundle | NoBundle {
  if (!file.subarray(0, format.length).equals(Buffer.from(format))) {
    return { wrong: 'is no bundle of reference data', remedy: 'make one with sluis data build' };
  }
  const headEnds = file.subarray(0, headBytes).indexOf('\n', format.length);
  const head = jsonOf(file.subarray(format.length, Math.max(format.length, headEnds)));
  const packed = file.subarray(headEnds + 1);
  if (headEnds < 0 || !isHead(head)) return damaged;
  const signer = signers.find(each => signerOf(each) === head.key);
  if (signer === undefined) {
    const known = signers.map(each => signerOf(each).slice(0, 16)).join(', ');
    return {
      wrong: `is signed with key ${head.key.slice(0, 16)}, and the signers are ${known}`,
      remedy: 'add the public key of whoever made it to reference-data: signers, if that is somebody you trust',
    };
  }
  const signature = Buffer.from(head.signature, 'base64');
  if (!verify(digestFor(signer), signedBytes(packed), signer, signature)) return damaged;
  const contents = unpacked(packed);
  return 'wrong' in contents ? contents : { id: hash('sha256', file, 'hex'), signer: head.key, ...contents };
}

const damaged: NoBundle = { wrong: 'was changed after it was signed, or cut short', remedy: 'carry it over again' };

/** SHA-256 (hex) of the public key. */
export function signerOf(key: KeyObject): string {
  return hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex');
}

/** Signed with the format, so that the signature is one of this and of nothing else. */
function signedBytes(packed: Buffer): Buffer {
  return Buffer.concat([Buffer.from(format), packed]);
}

function digestFor(key: KeyObject): 'sha384' | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha384';
}

/** Of what is signed; what does not fit together is a fault of whoever made it. */
function unpacked(packed: Buffer): Pick<ReferenceBundle, 'madeAt' | 'files'> | NoBundle {
  const notMadeHere: NoBundle = { wrong: 'does not hold what it lists', remedy: 'make it with sluis data build' };
  let contents: Buffer;
  try {
    contents = gunzipSync(packed, { maxOutputLength: bundleLimits.unpackedBytes });
  } catch {
    // Not packed, or larger than the limit.
    return notMadeHere;
  }
  const ends = contents.indexOf('\n');
  const manifest = jsonOf(contents.subarray(0, Math.max(0, ends)));
  if (!isManifest(manifest)) return notMadeHere;
  let at = ends + 1;
  const files = manifest.files.map(({ path, bytes }) => {
    at += bytes;
    return { path, bytes: contents.subarray(at - bytes, at) };
  });
  return at === contents.byteLength ? { madeAt: Date.parse(manifest.made), files } : notMadeHere;
}

function isHead(value: unknown): value is { readonly key: string; readonly signature: string } {
  return isRecord(value) && typeof value['key'] === 'string' && typeof value['signature'] === 'string';
}

function isManifest(value: unknown): value is Manifest {
  if (!isRecord(value) || typeof value['made'] !== 'string' || Number.isNaN(Date.parse(value['made']))) return false;
  const { files } = value;
  return Array.isArray(files) && files.every(each => isRecord(each) && isListed(each));
}

function isListed({ path, bytes }: Readonly<Record<string, unknown>>): boolean {
  return typeof path === 'string' && Number.isSafeInteger(bytes) && (bytes as number) >= 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // Whoever calls finds that it is not what it should be.
    return undefined;
  }
}
