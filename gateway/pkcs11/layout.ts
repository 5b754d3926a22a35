// The structures of PKCS #11 v2.40 as they lie in memory: CK_ULONG has 8 bytes on Linux and macOS and 4 on Windows, where
// structures are also packed. Pure: bytes in, values out, so that each layout is tested on any machine.

export interface Layout {
  readonly ulongBytes: 4 | 8;
  /** `CK_ATTRIBUTE` and `CK_MECHANISM`: a CK_ULONG, a pointer, a CK_ULONG. */
  readonly tripleBytes: number;
  readonly slotInfoBytes: number;
  readonly tokenInfoBytes: number;
}

const pointerBytes = 8;

export function layoutOf(platform: NodeJS.Platform): Layout {
  if (platform === 'win32') return { ulongBytes: 4, tripleBytes: 16, slotInfoBytes: 104, tokenInfoBytes: 160 };
  // Both infos end in bytes that are filled up to a multiple of 8.
  return { ulongBytes: 8, tripleBytes: 24, slotInfoBytes: 112, tokenInfoBytes: 208 };
}

/** Memory whose address stays: small typed arrays of other makes may lie on the collected heap. */
export function memory(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes));
}

export function readUlong({ ulongBytes }: Layout, bytes: Buffer, offset = 0): bigint {
  return ulongBytes === 8 ? bytes.readBigUInt64LE(offset) : BigInt(bytes.readUInt32LE(offset));
}

export function writeUlong({ ulongBytes }: Layout, bytes: Buffer, value: bigint, offset = 0): void {
  if (ulongBytes === 8) bytes.writeBigUInt64LE(value, offset);
  else bytes.writeUInt32LE(Number(value), offset);
}

export function ulongBuffer(layout: Layout, value: bigint): Buffer {
  const bytes = memory(layout.ulongBytes);
  writeUlong(layout, bytes, value);
  return bytes;
}

export interface Attribute {
  readonly type: bigint;
  /** The value to look for, or how much room to make for one. */
  readonly value: Uint8Array | number;
}

export interface Template {
  /** An array of CK_ATTRIBUTE, and behind it, in the same block of memory, the values that it points to. */
  readonly bytes: Buffer;
  readonly count: number;
  /** What stands in the room of one attribute by now; nothing when the module could not tell. */
  readonly valueOf: (index: number) => Buffer | undefined;
}

/** One block, so that whoever holds the array also holds the values. Room of 0 bytes is a null pointer: it asks for the length. */
export function template(
  layout: Layout,
  attributes: readonly Attribute[],
  addressOf: (block: Buffer) => bigint,
): Template {
  const { tripleBytes, ulongBytes } = layout;
  const sizes = attributes.map(({ value }) => (typeof value === 'number' ? value : value.byteLength));
  const block = memory(attributes.length * tripleBytes + sizes.reduce((sum, size) => sum + size, 0));
  const start = addressOf(block);
  let next = attributes.length * tripleBytes;
  const places = attributes.map(({ type, value }, index) => {
    const size = sizes[index] ?? 0;
    const at = index * tripleBytes;
    writeUlong(layout, block, type, at);
    block.writeBigUInt64LE(size === 0 ? 0n : start + BigInt(next), at + ulongBytes);
    writeUlong(layout, block, BigInt(size), at + ulongBytes + pointerBytes);
    if (typeof value !== 'number') block.set(value, next);
    next += size;
    return next - size;
  });
  return {
    bytes: block,
    count: attributes.length,
    valueOf: index => {
      const place = places[index];
      const length = lengthAt(layout, block, index);
      return place === undefined || length === undefined ? undefined : block.subarray(place, place + length);
    },
  };
}

/** The length that the module wrote; CK_UNAVAILABLE_INFORMATION (all ones) is none. */
export function lengthAt(layout: Layout, block: Buffer, index: number): number | undefined {
  const { tripleBytes, ulongBytes } = layout;
  const length = readUlong(layout, block, index * tripleBytes + ulongBytes + pointerBytes);
  const unavailable = ulongBytes === 8 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
  return length === unavailable ? undefined : Number(length);
}

export type OaepHash = 'sha1' | 'sha256';

/** CKM_SHA…, and the CKG_MGF1_SHA… that goes with it. */
const oaepHashes: Readonly<Record<OaepHash, readonly [bigint, bigint]>> = {
  sha1: [0x220n, 1n],
  sha256: [0x250n, 2n],
};
const rsaPkcsOaep = 0x9n;
const dataSpecified = 1n;

/** CKM_RSA_PKCS_OAEP without a label, and behind it, in the same block of memory, its CK_RSA_PKCS_OAEP_PARAMS. */
export function oaepMechanism(layout: Layout, hash: OaepHash, addressOf: (block: Buffer) => bigint): Buffer {
  const { tripleBytes, ulongBytes } = layout;
  const parameterBytes = 4 * ulongBytes + pointerBytes;
  const block = memory(tripleBytes + parameterBytes);
  writeUlong(layout, block, rsaPkcsOaep);
  block.writeBigUInt64LE(addressOf(block) + BigInt(tripleBytes), ulongBytes);
  writeUlong(layout, block, BigInt(parameterBytes), ulongBytes + pointerBytes);
  for (const [index, word] of [...oaepHashes[hash], dataSpecified].entries()) {
    writeUlong(layout, block, word, tripleBytes + index * ulongBytes);
  }
  return block;
}

/** A CK_MECHANISM without parameter. */
export function mechanism(layout: Layout, type: bigint): Buffer {
  const bytes = memory(layout.tripleBytes);
  writeUlong(layout, bytes, type);
  return bytes;
}

export function readSlotInfo(layout: Layout, bytes: Buffer): { readonly description: string; readonly flags: bigint } {
  return { description: paddedText(bytes, 0, 64), flags: readUlong(layout, bytes, 96) };
}

/** Flags of CK_TOKEN_INFO, section 3.2. */
export const tokenFlags = {
  loginRequired: 0x4n,
  protectedAuthenticationPath: 0x100n,
  initialized: 0x400n,
  pinCountLow: 0x1_0000n,
  pinFinalTry: 0x2_0000n,
  pinLocked: 0x4_0000n,
} as const;

export interface TokenInfo {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly flags: bigint;
}

export function readTokenInfo(layout: Layout, bytes: Buffer): TokenInfo {
  return {
    label: paddedText(bytes, 0, 32),
    manufacturer: paddedText(bytes, 32, 32),
    model: paddedText(bytes, 64, 16),
    serial: paddedText(bytes, 80, 16),
    flags: readUlong(layout, bytes, 96),
  };
}

/** Texts are filled up with blanks; some modules use zeros. Control characters would reach a terminal. */
function paddedText(bytes: Buffer, start: number, length: number): string {
  const text = bytes.toString('utf8', start, start + length);
  return text.replaceAll(/\p{Cc}/gu, ' ').trim();
}
