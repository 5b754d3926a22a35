// Which TLS profile a peer gets by what it says before its handshake.

import { describe, expect, it } from 'vitest';
import { realmOf, tlsProfileFor } from '../../gateway/eap/tls-profile.ts';

describe('realmOf', () => {
  it.each([
    ['@legacy.example', 'legacy.example'],
    ['anonymous@Legacy.EXAMPLE', 'legacy.example'],
    ['a@b@legacy.example', 'legacy.example'],
    ['anonymous', undefined],
    ['anonymous@', undefined],
    ['', undefined],
    ['host/lt-1.example', undefined],
    ['DOMAIN\\user', undefined],
  ])('%j', (identity, realm) => {
    expect(realmOf(identity)).toBe(realm);
  });
});

describe('tlsProfileFor', () => {
  const byRealm = new Map([
    ['legacy.example', 'card'],
    ['modern.example', 'modern'],
  ]);
  it.each([
    ['the realm before the NAS', ['@legacy.example'], 'strict', 'card'],
    ['a realm without a profile: that of the NAS', ['@other.example'], 'strict', 'strict'],
    ['a realm below one with a profile is another', ['@sub.legacy.example'], 'strict', 'strict'],
    ['no realm: that of the NAS', ['anonymous'], 'strict', 'strict'],
    ['neither: that of everybody', ['anonymous'], undefined, undefined],
    ['what is said inside before what is said outside', ['x@legacy.example', '@modern.example'], undefined, 'card'],
    ['nothing said inside: what is said outside', ['person', '@modern.example'], undefined, 'modern'],
  ])('%s', (_, identities, otherwise, profile) => {
    expect(tlsProfileFor(identities, byRealm, otherwise)).toBe(profile);
  });
});
