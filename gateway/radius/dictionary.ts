// The attributes this product reads or writes, one row each, and the words for their numbers.
// RFC 2865, 2866, 2868, 2869, 3162, 3579, 4372, 4818, 5176, 6911; Microsoft's from RFC 2548. Anything else passes as octets.

import type { ValueKind } from './values.ts';

export interface AttributeDefinition {
  readonly number: number;
  readonly kind: ValueKind;
  /** IANA enterprise number: a sub-attribute of Vendor-Specific. */
  readonly vendor?: number;
  /** How its value is enciphered on the wire; see `hiding.ts`. */
  readonly hiding?: 'password' | 'salted' | 'tagged-salted';
  /** Never shown, neither in a log nor in a dump. */
  readonly sensitive?: true;
}

const microsoft = 311;
const cisco = 9;
const ciscoVpn = 3076;
const fortinet = 12356;
const paloAlto = 25461;
const mikrotik = 14988;

export const vendorNames: ReadonlyMap<number, string> = new Map([
  [microsoft, 'Microsoft'],
  [cisco, 'Cisco'],
  [ciscoVpn, 'Cisco-VPN'],
  [fortinet, 'Fortinet'],
  [paloAlto, 'Palo Alto'],
  [mikrotik, 'Mikrotik'],
]);

export const attributes = {
  'User-Name': { number: 1, kind: 'text' },
  'User-Password': { number: 2, kind: 'octets', hiding: 'password', sensitive: true },
  'CHAP-Password': { number: 3, kind: 'octets', sensitive: true },
  'NAS-IP-Address': { number: 4, kind: 'address' },
  'NAS-Port': { number: 5, kind: 'integer' },
  'Service-Type': { number: 6, kind: 'integer' },
  'Framed-Protocol': { number: 7, kind: 'integer' },
  'Framed-IP-Address': { number: 8, kind: 'address' },
  'Framed-IP-Netmask': { number: 9, kind: 'address' },
  'Framed-Routing': { number: 10, kind: 'integer' },
  'Filter-Id': { number: 11, kind: 'text' },
  'Framed-MTU': { number: 12, kind: 'integer' },
  'Framed-Compression': { number: 13, kind: 'integer' },
  'Login-IP-Host': { number: 14, kind: 'address' },
  'Login-Service': { number: 15, kind: 'integer' },
  'Reply-Message': { number: 18, kind: 'text' },
  'Framed-Route': { number: 22, kind: 'text' },
  State: { number: 24, kind: 'octets' },
  Class: { number: 25, kind: 'octets' },
  'Vendor-Specific': { number: 26, kind: 'octets' },
  'Session-Timeout': { number: 27, kind: 'integer' },
  'Idle-Timeout': { number: 28, kind: 'integer' },
  'Termination-Action': { number: 29, kind: 'integer' },
  'Called-Station-Id': { number: 30, kind: 'text' },
  'Calling-Station-Id': { number: 31, kind: 'text' },
  'NAS-Identifier': { number: 32, kind: 'text' },
  'Proxy-State': { number: 33, kind: 'octets' },
  'Acct-Status-Type': { number: 40, kind: 'integer' },
  'Acct-Delay-Time': { number: 41, kind: 'integer' },
  'Acct-Input-Octets': { number: 42, kind: 'integer' },
  'Acct-Output-Octets': { number: 43, kind: 'integer' },
  'Acct-Session-Id': { number: 44, kind: 'text' },
  'Acct-Authentic': { number: 45, kind: 'integer' },
  'Acct-Session-Time': { number: 46, kind: 'integer' },
  'Acct-Input-Packets': { number: 47, kind: 'integer' },
  'Acct-Output-Packets': { number: 48, kind: 'integer' },
  'Acct-Terminate-Cause': { number: 49, kind: 'integer' },
  'Acct-Multi-Session-Id': { number: 50, kind: 'text' },
  'Acct-Link-Count': { number: 51, kind: 'integer' },
  'Acct-Input-Gigawords': { number: 52, kind: 'integer' },
  'Acct-Output-Gigawords': { number: 53, kind: 'integer' },
  'Event-Timestamp': { number: 55, kind: 'time' },
  'Egress-VLANID': { number: 56, kind: 'integer' },
  'Egress-VLAN-Name': { number: 58, kind: 'text' },
  'CHAP-Challenge': { number: 60, kind: 'octets' },
  'NAS-Port-Type': { number: 61, kind: 'integer' },
  'Port-Limit': { number: 62, kind: 'integer' },
  'Tunnel-Type': { number: 64, kind: 'tagged-integer' },
  'Tunnel-Medium-Type': { number: 65, kind: 'tagged-integer' },
  'Tunnel-Client-Endpoint': { number: 66, kind: 'tagged-text' },
  'Tunnel-Server-Endpoint': { number: 67, kind: 'tagged-text' },
  'Tunnel-Password': { number: 69, kind: 'octets', hiding: 'tagged-salted', sensitive: true },
  'ARAP-Password': { number: 70, kind: 'octets', sensitive: true },
  Prompt: { number: 76, kind: 'integer' },
  'Connect-Info': { number: 77, kind: 'text' },
  'EAP-Message': { number: 79, kind: 'octets', sensitive: true },
  'Message-Authenticator': { number: 80, kind: 'octets' },
  'Tunnel-Private-Group-ID': { number: 81, kind: 'tagged-text' },
  'Tunnel-Assignment-ID': { number: 82, kind: 'tagged-text' },
  'Tunnel-Preference': { number: 83, kind: 'tagged-integer' },
  'Acct-Interim-Interval': { number: 85, kind: 'integer' },
  'NAS-Port-Id': { number: 87, kind: 'text' },
  'Framed-Pool': { number: 88, kind: 'text' },
  'Chargeable-User-Identity': { number: 89, kind: 'octets' },
  'NAS-Filter-Rule': { number: 92, kind: 'text' },
  'NAS-IPv6-Address': { number: 95, kind: 'ipv6-address' },
  'Framed-Interface-Id': { number: 96, kind: 'octets' },
  'Framed-IPv6-Prefix': { number: 97, kind: 'ipv6-prefix' },
  'Framed-IPv6-Route': { number: 99, kind: 'text' },
  'Framed-IPv6-Pool': { number: 100, kind: 'text' },
  'Error-Cause': { number: 101, kind: 'integer' },
  'EAP-Key-Name': { number: 102, kind: 'octets' },
  'Delegated-IPv6-Prefix': { number: 123, kind: 'ipv6-prefix' },
  'Operator-Name': { number: 126, kind: 'text' },
  'Framed-IPv6-Address': { number: 168, kind: 'ipv6-address' },
  'DNS-Server-IPv6-Address': { number: 169, kind: 'ipv6-address' },
  'Route-IPv6-Information': { number: 170, kind: 'ipv6-prefix' },
  'Stateful-IPv6-Address-Pool': { number: 172, kind: 'text' },

  'MS-CHAP-Response': { vendor: microsoft, number: 1, kind: 'octets', sensitive: true },
  'MS-CHAP-Error': { vendor: microsoft, number: 2, kind: 'octets' },
  'MS-CHAP-CPW-1': { vendor: microsoft, number: 3, kind: 'octets', sensitive: true },
  'MS-CHAP-CPW-2': { vendor: microsoft, number: 4, kind: 'octets', sensitive: true },
  'MS-MPPE-Encryption-Policy': { vendor: microsoft, number: 7, kind: 'integer' },
  'MS-MPPE-Encryption-Types': { vendor: microsoft, number: 8, kind: 'integer' },
  'MS-CHAP-Challenge': { vendor: microsoft, number: 11, kind: 'octets' },
  'MS-CHAP-MPPE-Keys': { vendor: microsoft, number: 12, kind: 'octets', hiding: 'password', sensitive: true },
  'MS-MPPE-Send-Key': { vendor: microsoft, number: 16, kind: 'octets', hiding: 'salted', sensitive: true },
  'MS-MPPE-Recv-Key': { vendor: microsoft, number: 17, kind: 'octets', hiding: 'salted', sensitive: true },
  'MS-RAS-Version': { vendor: microsoft, number: 18, kind: 'text' },
  'MS-Filter': { vendor: microsoft, number: 22, kind: 'octets' },
  'MS-CHAP2-Response': { vendor: microsoft, number: 25, kind: 'octets', sensitive: true },
  'MS-CHAP2-Success': { vendor: microsoft, number: 26, kind: 'octets', sensitive: true },
  'MS-CHAP2-CPW': { vendor: microsoft, number: 27, kind: 'octets', sensitive: true },
  'MS-Primary-DNS-Server': { vendor: microsoft, number: 28, kind: 'address' },
  'MS-Secondary-DNS-Server': { vendor: microsoft, number: 29, kind: 'address' },
  'MS-Primary-NBNS-Server': { vendor: microsoft, number: 30, kind: 'address' },
  'MS-Secondary-NBNS-Server': { vendor: microsoft, number: 31, kind: 'address' },
  'MS-RAS-Client-Name': { vendor: microsoft, number: 34, kind: 'text' },
  'MS-RAS-Client-Version': { vendor: microsoft, number: 35, kind: 'text' },

  'Cisco-AVPair': { vendor: cisco, number: 1, kind: 'text' },
  'Cisco-VPN-Primary-DNS': { vendor: ciscoVpn, number: 5, kind: 'address' },
  'Cisco-VPN-Secondary-DNS': { vendor: ciscoVpn, number: 6, kind: 'address' },
  'Cisco-VPN-Banner': { vendor: ciscoVpn, number: 15, kind: 'text' },
  'Cisco-VPN-Group-Policy': { vendor: ciscoVpn, number: 25, kind: 'text' },
  'Cisco-VPN-Split-Tunnel-List': { vendor: ciscoVpn, number: 27, kind: 'text' },
  'Cisco-VPN-Default-Domain': { vendor: ciscoVpn, number: 28, kind: 'text' },
  'Cisco-VPN-Split-Tunnel-Policy': { vendor: ciscoVpn, number: 55, kind: 'integer' },
  'Cisco-VPN-VLAN': { vendor: ciscoVpn, number: 140, kind: 'integer' },
  'Cisco-VPN-Tunnel-Group-Name': { vendor: ciscoVpn, number: 146, kind: 'text' },
  'Cisco-VPN-Client-Type': { vendor: ciscoVpn, number: 150, kind: 'integer' },
  'Cisco-VPN-Address-Pools': { vendor: ciscoVpn, number: 217, kind: 'text' },

  'Fortinet-Group-Name': { vendor: fortinet, number: 1, kind: 'text' },
  'Fortinet-Client-IP-Address': { vendor: fortinet, number: 2, kind: 'address' },
  'Fortinet-Vdom-Name': { vendor: fortinet, number: 3, kind: 'text' },
  'Fortinet-Interface-Name': { vendor: fortinet, number: 5, kind: 'text' },

  'Palo-Alto-User-Group': { vendor: paloAlto, number: 5, kind: 'text' },
  'Palo-Alto-User-Domain': { vendor: paloAlto, number: 6, kind: 'text' },
  'Palo-Alto-Client-Source-IP': { vendor: paloAlto, number: 7, kind: 'text' },
  'Palo-Alto-Client-OS': { vendor: paloAlto, number: 8, kind: 'text' },
  'Palo-Alto-Client-Hostname': { vendor: paloAlto, number: 9, kind: 'text' },
  'Palo-Alto-GlobalProtect-Client-Version': { vendor: paloAlto, number: 10, kind: 'text' },

  'Mikrotik-Group': { vendor: mikrotik, number: 3, kind: 'text' },
  'Mikrotik-Rate-Limit': { vendor: mikrotik, number: 8, kind: 'text' },
  'Mikrotik-Address-List': { vendor: mikrotik, number: 19, kind: 'text' },
} as const satisfies Record<string, AttributeDefinition>;

export type AttributeName = keyof typeof attributes;
export type KindOf<N extends AttributeName> = (typeof attributes)[N]['kind'];
/** The attributes whose value is of one of these kinds. */
export type NameOfKind<K extends ValueKind> = {
  [N in AttributeName]: KindOf<N> extends K ? N : never;
}[AttributeName];

export const attributeNames = Object.keys(attributes) as readonly AttributeName[];

const byNumber = new Map<number, AttributeName>(attributeNames.map(name => [lookup(definition(name)), name]));
const byName: ReadonlySet<string> = new Set(attributeNames);

export function definition(name: AttributeName): AttributeDefinition {
  return attributes[name];
}

/** `vendor` 0 is the standard space. */
export function nameOf(number: number, vendor = 0): AttributeName | undefined {
  return byNumber.get(lookup({ number, vendor }));
}

/** For names that come from a document or a command line. */
export function isAttributeName(name: string): name is AttributeName {
  return byName.has(name);
}

function lookup(of: { readonly number: number; readonly vendor?: number }): number {
  return (of.vendor ?? 0) * 256 + of.number;
}
