// The profiles as shipped in `policies/identity`, with the files a test gives them.

import { readFileSync } from 'node:fs';
import { type IdentityProfile, readProfile } from '../../gateway/identity/profile.ts';

export type Shipped =
  | 'be-eid.yaml'
  | 'be-eid-test.yaml'
  | 'ee-id.yaml'
  | 'machine.yaml'
  | 'nl-uzi.yaml'
  | 'staff-card.yaml';

export function shippedText(file: Shipped): string {
  return readFileSync(new URL(`../../policies/identity/${file}`, import.meta.url), 'utf8');
}

/** PEM texts by the paths that the profile uses. */
export function shipped(
  file: Shipped,
  files: ReadonlyMap<string, string>,
  change: (text: string) => string = text => text,
): IdentityProfile {
  const bytes = (path: string) => {
    const text = files.get(path);
    return text === undefined ? undefined : Buffer.from(text);
  };
  const read = readProfile(change(shippedText(file)), file, bytes, { environment: 'test' });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems, undefined, 1));
  return read.profile;
}

export function pemOf(label: 'CERTIFICATE' | 'X509 CRL', der: Uint8Array): string {
  const body = (
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n');
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}
