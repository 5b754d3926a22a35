// Serial numbers of a long list, packed: fixed slots in one sorted buffer that crosses threads without being copied, and
// is searched where it lies. A hundred thousand take 2 MB and no heap.

export interface SerialSet {
  readonly size: number;
  /** Octets as Latin-1. */
  readonly has: (serial: string) => boolean;
}

/** [RFC5280-4.1.2.2] No certificate that is read here has a longer one. */
const maxOctets = 20;
const slotBytes = maxOctets + 1;

export function packSerials(serials: Iterable<string>): Uint8Array<ArrayBuffer> {
  const fitting = [...serials].filter(serial => serial.length <= maxOctets);
  // Slots sort by length first, as their first octet says.
  fitting.sort((a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0));
  const packed = new Uint8Array(fitting.length * slotBytes);
  fitting.forEach((serial, index) => fill(Buffer.from(packed.buffer, index * slotBytes, slotBytes), serial));
  return packed;
}

export class PackedSerials implements SerialSet {
  readonly size: number;
  readonly #slots: Buffer;

  constructor(packed: Uint8Array) {
    if (packed.byteLength % slotBytes !== 0) throw new RangeError('not a whole number of slots');
    this.size = packed.byteLength / slotBytes;
    this.#slots = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  }

  has(serial: string): boolean {
    if (serial.length > maxOctets) return false;
    const wanted = fill(Buffer.alloc(slotBytes), serial);
    let low = 0;
    let high = this.size - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = this.#slots.compare(wanted, 0, slotBytes, middle * slotBytes, (middle + 1) * slotBytes);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }
}

function fill(slot: Buffer, serial: string): Buffer {
  slot[0] = serial.length;
  slot.write(serial, 1, 'latin1');
  return slot;
}
