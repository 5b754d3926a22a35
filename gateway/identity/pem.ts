// PEM (RFC 7468): files that hold certificates or CRLs, as text blocks or as bare DER, split into DER values.

const block = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;

/** All values with this label, in the order of the file; a file that starts as DER is one value. Other labels are skipped. */
export function splitPem(file: Uint8Array, label: 'CERTIFICATE' | 'X509 CRL'): readonly Uint8Array[] {
  // A DER SEQUENCE of more than 127 octets; no text starts like that.
  if (file[0] === 0x30 && (file[1] ?? 0) > 0x80) return [file];
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1');
  const values: Uint8Array[] = [];
  for (const [, found, body = ''] of text.matchAll(block)) {
    const base64 = body.replaceAll(/\s/g, '');
    // A block that is not base64 gives a value that no reader accepts, instead of disappearing.
    if (found === label)
      values.push(/^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : Buffer.of());
  }
  return values;
}
