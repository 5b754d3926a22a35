// Which TLS profile a peer gets, chosen before its handshake: a card that cannot sign as TLS 1.3 asks can only be known by
// what its laptop says first. That is the realm of the identity (RFC 7542 section 2.2), which anybody may write: it chooses
// how somebody proves who they are, and never who they are.

/** Names of profiles by realm, in lower case. */
export type ProfilesByRealm = ReadonlyMap<string, string>;

/**
 * By the first identity that has a realm with a profile, else the other way of choosing, else none: the settings of everybody.
 * `identities`: what the peer claims to be, innermost first.
 */
export function tlsProfileFor(
  identities: readonly string[],
  byRealm: ProfilesByRealm,
  otherwise?: string,
): string | undefined {
  for (const identity of identities) {
    const realm = realmOf(identity);
    const named = realm === undefined ? undefined : byRealm.get(realm);
    if (named !== undefined) return named;
  }
  return otherwise;
}

/** [RFC7542-2.2] What stands behind the last `@`; realms are names of DNS, so case does not count. */
export function realmOf(identity: string): string | undefined {
  const at = identity.lastIndexOf('@');
  const realm = at < 0 ? '' : identity.slice(at + 1).toLowerCase();
  return realm === '' ? undefined : realm;
}
