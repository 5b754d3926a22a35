// base64url without padding (RFC 4648 section 5, RFC 7515 section 2), read strictly: one text per value.

/** The bytes, or nothing for anything but the one canonical spelling: a second spelling would slip past a signature. */
export function base64urlBytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
