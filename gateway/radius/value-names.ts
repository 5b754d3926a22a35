// Words for the numbers in integer attributes. RFC 2865 section 5, RFC 2866 section 5, RFC 2868 section 3, RFC 5176
// section 3.5.

import type { NameOfKind } from './dictionary.ts';

type NumberName = NameOfKind<'integer' | 'tagged-integer'>;

/** RFC 2866 section 5.10, as this product spells them everywhere. */
export const terminateCauses: ReadonlyMap<number, string> = new Map(
  [
    'user-request',
    'lost-carrier',
    'lost-service',
    'idle-timeout',
    'session-timeout',
    'admin-reset',
    'admin-reboot',
    'port-error',
    'nas-error',
    'nas-request',
    'nas-reboot',
    'port-unneeded',
    'port-preempted',
    'port-suspended',
    'service-unavailable',
    'callback',
    'user-error',
    'host-request',
  ].map((word, index) => [index + 1, word]),
);

const words = new Map<string, ReadonlyMap<number, string>>(
  Object.entries({
    'Service-Type': named({
      Login: 1,
      Framed: 2,
      Outbound: 5,
      Administrative: 6,
      'NAS-Prompt': 7,
      'Authenticate-Only': 8,
      'Call-Check': 10,
      'Authorize-Only': 17,
      'Framed-Management': 18,
    }),
    'Framed-Protocol': named({ PPP: 1, SLIP: 2 }),
    'Termination-Action': named({ Default: 0, 'RADIUS-Request': 1 }),
    'NAS-Port-Type': named({ Async: 0, Virtual: 5, Ethernet: 15, 'Wireless-802.11': 19 }),
    'Acct-Status-Type': named({
      Start: 1,
      Stop: 2,
      'Interim-Update': 3,
      'Accounting-On': 7,
      'Accounting-Off': 8,
      'Tunnel-Start': 9,
      'Tunnel-Stop': 10,
      'Tunnel-Reject': 11,
      'Tunnel-Link-Start': 12,
      'Tunnel-Link-Stop': 13,
      'Tunnel-Link-Reject': 14,
      Failed: 15,
    }),
    'Acct-Authentic': named({ RADIUS: 1, Local: 2, Remote: 3, Diameter: 4 }),
    'Acct-Terminate-Cause': terminateCauses,
    'Tunnel-Type': named({ PPTP: 1, L2TP: 3, AH: 6, IP: 7, ESP: 9, GRE: 10, 'IP-in-IP': 12, VLAN: 13 }),
    'Tunnel-Medium-Type': named({ IPv4: 1, IPv6: 2, 'IEEE-802': 6 }),
    'Error-Cause': named({
      'Residual-Session-Context-Removed': 201,
      'Invalid-EAP-Packet': 202,
      'Unsupported-Attribute': 401,
      'Missing-Attribute': 402,
      'NAS-Identification-Mismatch': 403,
      'Invalid-Request': 404,
      'Unsupported-Service': 405,
      'Unsupported-Extension': 406,
      'Invalid-Attribute-Value': 407,
      'Administratively-Prohibited': 501,
      'Request-Not-Routable': 502,
      'Session-Context-Not-Found': 503,
      'Session-Context-Not-Removable': 504,
      'Other-Proxy-Processing-Error': 505,
      'Resources-Unavailable': 506,
      'Request-Initiated': 507,
      'Multiple-Session-Selection-Unsupported': 508,
    }),
  } satisfies Partial<Record<NumberName, ReadonlyMap<number, string>>>),
);

/** The word for a number, or `undefined` where there is none. */
export function valueName(attribute: string, value: number): string | undefined {
  return words.get(attribute)?.get(value);
}

function named(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(numbers).map(([word, number]) => [number, word]));
}
