// The zeros with which a card fills up the file of a certificate, taken away again.

/** A card fills up the file of a certificate with zeros: exactly one DER value counts. */
export function withoutPadding(bytes: Uint8Array): Uint8Array {
  const [tag, first = 0] = bytes;
  if (tag !== 0x30) return bytes;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  let length = first < 0x80 ? first : 0;
  if (lengthBytes > 3) return bytes;
  for (const byte of bytes.subarray(2, 2 + lengthBytes)) length = length * 256 + byte;
  const end = 2 + lengthBytes + length;
  return bytes.subarray(end).every(byte => byte === 0) ? bytes.subarray(0, end) : bytes;
}
