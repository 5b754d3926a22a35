// Whether a name lies within one subtree (RFC 5280 section 4.2.1.10), kind by kind. In doubt a name is not permitted, and
// is excluded.

import type { AlternativeName } from './general-name.ts';

/** Which list the subtree stands in; where readings differ, the stricter one counts. */
export type Side = 'permitted' | 'excluded';

const host = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/i;
const address = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/** Whether constraints on names of this kind can be applied to the name at all. */
export function readable({ type, value }: AlternativeName): boolean {
  switch (type) {
    case 'dns':
      return host.test(value.replace(/^\*\./, ''));
    case 'email':
      return mailbox(value) !== undefined;
    case 'uri':
      return hostOf(value) !== undefined;
    case 'ip':
      return value.length === 8 || value.length === 32;
    case 'directory':
      return true;
    case 'other-name':
    case 'registered-id':
    case 'unread':
      return false;
  }
}

export function isWithin(name: AlternativeName, base: AlternativeName, side: Side): boolean {
  switch (name.type) {
    case 'dns':
      return isDnsWithin(name.value.toLowerCase(), base.value.toLowerCase(), side);
    case 'email':
      return isMailboxWithin(name.value, base.value, side);
    case 'uri':
      return isHostWithin(hostOf(name.value) ?? '', base.value.toLowerCase());
    case 'ip':
      return isAddressWithin(name.value, base.value);
    case 'directory':
      return isDirectoryWithin(name.value, base.value);
    case 'other-name':
    case 'registered-id':
    case 'unread':
      // Not readable, so never asked; in doubt excluded and not permitted.
      return side === 'excluded';
  }
}

/** The host itself and everything below it. A leading dot, which RFC 5280 does not know here, leaves out the host. */
function isDnsWithin(name: string, base: string, side: Side): boolean {
  if (base === '') return true;
  const below = base.startsWith('.') ? base : `.${base}`;
  // A wildcard stands for hosts that could be the excluded one.
  if (side === 'excluded' && name.startsWith('*.') && `.${base}`.endsWith(name.slice(1))) return true;
  return name === base || name.endsWith(below);
}

function isMailboxWithin(name: string, base: string, side: Side): boolean {
  const read = mailbox(name);
  if (read === undefined) return side === 'excluded';
  const at = base.lastIndexOf('@');
  if (at < 0) return isHostWithin(read.host, base.toLowerCase());
  if (read.host !== base.slice(at + 1).toLowerCase()) return false;
  const local = base.slice(0, at);
  // Only the host knows whether Jan and jan are one mailbox.
  return side === 'permitted' ? read.local === local : read.local.toLowerCase() === local.toLowerCase();
}

/** A host means itself alone, a host with a leading dot everything below it. */
function isHostWithin(name: string, base: string): boolean {
  return base.startsWith('.') ? name.endsWith(base) && name.length > base.length : base === '' || name === base;
}

function isAddressWithin(hex: string, base: string): boolean {
  if (base.length !== hex.length * 2) return false;
  const [octets, network, mask] = [hex, base.slice(0, hex.length), base.slice(hex.length)].map(part =>
    Buffer.from(part, 'hex'),
  );
  return octets?.every((octet, at) => ((octet ^ (network?.[at] ?? 0)) & (mask?.[at] ?? 0)) === 0) === true;
}

/** Both are keys as `name.ts` makes them, a list in JSON: the base must be a beginning of the name. */
function isDirectoryWithin(key: string, base: string): boolean {
  const beginning = base.slice(0, -1);
  return base === '[]' || (key.startsWith(beginning) && [',', ']'].includes(key.charAt(beginning.length)));
}

function mailbox(text: string): { readonly local: string; readonly host: string } | undefined {
  const [, local, domain] = /^([^@"\\\s]+)@([^@]+)$/.exec(text) ?? [];
  return local === undefined || domain === undefined || !host.test(domain)
    ? undefined
    : { local, host: domain.toLowerCase() };
}

/**
 * Without an authority that names a host, a URI is outside every constraint on URIs [RFC5280-4.2.1.10]. What RFC 3986 does
 * not allow before the host is read in different ways by different programs, so it is not read at all.
 */
function hostOf(uri: string): string | undefined {
  const [, name] = /^[a-z][a-z0-9+.-]*:\/\/(?:[\w.~!$&'()*+,;=:%-]*@)?([^/?#@:]*)(?::\d*)?(?:[/?#]|$)/i.exec(uri) ?? [];
  return name === undefined || !host.test(name) || address.test(name) ? undefined : name.toLowerCase();
}
