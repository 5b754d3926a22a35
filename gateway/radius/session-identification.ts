// By what a NAS finds one of its sessions again. RFC 5176 section 3. Only what the NAS itself said is sent back: a text that was
// changed before it was kept would match nothing there.

import { isIPv4, isIPv6 } from 'node:net';
import type { SessionIdentifier } from '../pdp/nas-profile.ts';
import type { Session } from '../pdp/session.ts';
import { type Attributes, attribute, maximumValueLength } from './attributes.ts';
import { keptAsSaid } from './claims.ts';
import { attributes } from './dictionary.ts';

export type IdentifiedSession = Pick<
  Session,
  'userName' | 'acctSessionId' | 'callingStationId' | 'framedAddress' | 'nasIdentifier' | 'nasAddress' | 'clientClaims'
> & {
  /** What the NAS said, where `userName` is not that. */
  readonly saidUserName?: Uint8Array;
};

/**
 * The first way to name it of which all is known; nothing when there is none. What the NAS calls itself is sent as far as it
 * is known: that is not what names the session.
 */
export function identification(
  session: IdentifiedSession,
  identifiedBy: readonly (readonly SessionIdentifier[])[],
): Attributes {
  for (const set of identifiedBy) {
    const found = set.map(each => ({ each, attributes: attributesOf(session, each) }));
    if (found.every(({ each, attributes: named }) => each === 'nas' || named.length > 0)) {
      return found.flatMap(({ attributes: named }) => named);
    }
  }
  return [];
}

function attributesOf(session: IdentifiedSession, identifier: SessionIdentifier): Attributes {
  switch (identifier) {
    case 'user-name':
      if (session.saidUserName !== undefined)
        return [{ type: attributes['User-Name'].number, bytes: session.saidUserName }];
      return said('User-Name', session.userName);
    case 'acct-session-id':
      return said('Acct-Session-Id', session.acctSessionId);
    case 'calling-station-id':
      return said('Calling-Station-Id', session.callingStationId);
    case 'framed-address': {
      // RFC 5176 knows no Framed-IPv6-Address, and a NAS refuses all of a request with something that it does not know.
      const { framedAddress = '' } = session;
      return isIPv4(framedAddress) ? [attribute('Framed-IP-Address', framedAddress)] : [];
    }
    case 'nas-session': {
      const id = session.clientClaims?.['nas-session'];
      return id === undefined || !keptAsSaid(id) ? [] : [attribute('Cisco-AVPair', `audit-session-id=${id}`)];
    }
    case 'nas': {
      const { nasAddress = '' } = session;
      return [
        ...said('NAS-Identifier', session.nasIdentifier),
        ...(isIPv4(nasAddress) ? [attribute('NAS-IP-Address', nasAddress)] : []),
        ...(isIPv6(nasAddress) ? [attribute('NAS-IPv6-Address', nasAddress)] : []),
      ];
    }
  }
}

function said(
  name: 'User-Name' | 'Acct-Session-Id' | 'Calling-Station-Id' | 'NAS-Identifier',
  text: string | undefined,
): Attributes {
  if (text === undefined || text === '' || !keptAsSaid(text)) return [];
  // Longer than any attribute: it came by another way, from inside an EAP tunnel for example.
  return Buffer.byteLength(text) > maximumValueLength ? [] : [attribute(name, text)];
}
