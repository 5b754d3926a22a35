// What an authenticator app does with the QR code: it reads the seed, and shows the code of the moment.

import { totpCode } from '../../gateway/identity/totp.ts';

export function authenticator(uri: string): (now: number) => string {
  const seed = fromBase32(new URL(uri).searchParams.get('secret') ?? '');
  return now => totpCode(seed, Math.floor(now / 30_000));
}

function fromBase32(text: string): Uint8Array {
  const bits = Array.from(text.toUpperCase())
    .map(character => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character).toString(2).padStart(5, '0'))
    .join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], octet => Number.parseInt(octet, 2));
}
