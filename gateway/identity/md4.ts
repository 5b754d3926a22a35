// MD4 (RFC 1320), written out because OpenSSL 3 no longer offers it. It is broken as a hash: it stands here only because
// MSCHAPv2 (RFC 2759) is made of it.

const blockBytes = 64;

interface Round {
  readonly constant: number;
  readonly mix: (x: number, y: number, z: number) => number;
  readonly shifts: readonly [number, number, number, number];
  /** Which words of the block, four at a time. */
  readonly words: readonly (readonly [number, number, number, number])[];
}

/** [RFC1320-3.4] */
const rounds: readonly Round[] = [
  {
    constant: 0,
    mix: (x, y, z) => (x & y) | (~x & z),
    shifts: [3, 7, 11, 19],
    words: [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
      [12, 13, 14, 15],
    ],
  },
  {
    constant: 0x5a827999,
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
    shifts: [3, 5, 9, 13],
    words: [
      [0, 4, 8, 12],
      [1, 5, 9, 13],
      [2, 6, 10, 14],
      [3, 7, 11, 15],
    ],
  },
  {
    constant: 0x6ed9eba1,
    mix: (x, y, z) => x ^ y ^ z,
    shifts: [3, 9, 11, 15],
    words: [
      [0, 8, 4, 12],
      [2, 10, 6, 14],
      [1, 9, 5, 13],
      [3, 11, 7, 15],
    ],
  },
];

export function md4(message: Uint8Array): Uint8Array {
  const blocks = padded(message);
  let [a, b, c, d] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let start = 0; start < blocks.byteLength; start += blockBytes) {
    const before = [a, b, c, d] as const;
    const word = (index: number) => blocks.getUint32(start + 4 * index, true);
    for (const { constant, mix, shifts, words } of rounds) {
      for (const [first, second, third, fourth] of words) {
        a = turned(a + mix(b, c, d) + word(first) + constant, shifts[0]);
        d = turned(d + mix(a, b, c) + word(second) + constant, shifts[1]);
        c = turned(c + mix(d, a, b) + word(third) + constant, shifts[2]);
        b = turned(b + mix(c, d, a) + word(fourth) + constant, shifts[3]);
      }
    }
    a = (a + before[0]) | 0;
    b = (b + before[1]) | 0;
    c = (c + before[2]) | 0;
    d = (d + before[3]) | 0;
  }
  const digest = Buffer.alloc(16);
  for (const [index, part] of [a, b, c, d].entries()) digest.writeInt32LE(part, 4 * index);
  return digest;
}

/** [RFC1320-3.1] [RFC1320-3.2] A one bit, zeros, and the length in bits as 64 bits, low word first. */
function padded(message: Uint8Array): DataView {
  const blocks = new Uint8Array(Math.ceil((message.length + 9) / blockBytes) * blockBytes);
  blocks.set(message);
  blocks[message.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setBigUint64(blocks.length - 8, BigInt(message.length) * 8n, true);
  return view;
}

function turned(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
