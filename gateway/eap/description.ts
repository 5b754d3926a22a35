// An EAP packet in one line for whoever has to find out where a login stops: method, fragment, and of TLS what can be seen from
// outside. Type data is never shown: a password may be in it. RFC 3748 section 5, RFC 5216 section 3, RFC 8446 sections 4 to 6.

import { isRefused } from '../contract/reason.ts';
import { decodeEap, type EapExchange, eapTypes } from './packet.ts';
import { tlsAlertNames } from './tls-alert-names.ts';
import { decodeFragment, isStart } from './tls-fragments.ts';

const typeNames: ReadonlyMap<number, string> = new Map([
  [eapTypes.identity, 'Identity'],
  [eapTypes.notification, 'Notification'],
  [eapTypes.nak, 'Nak'],
  [4, 'EAP-MD5'],
  [eapTypes.gtc, 'EAP-GTC'],
  [eapTypes.tls, 'EAP-TLS'],
  [18, 'EAP-SIM'],
  [eapTypes.ttls, 'EAP-TTLS'],
  [eapTypes.peap, 'PEAP'],
  [eapTypes.mschapv2, 'EAP-MSCHAPv2'],
  [43, 'EAP-FAST'],
  [52, 'EAP-pwd'],
  [55, 'TEAP'],
  [eapTypes.expanded, 'expanded type'],
]);
const tlsTypes: ReadonlySet<number> = new Set([eapTypes.tls, eapTypes.ttls, eapTypes.peap, 55]);
const mschapv2Codes: ReadonlyMap<number, string> = new Map([
  [1, 'challenge'],
  [2, 'response'],
  [3, 'success'],
  [4, 'failure'],
]);
const handshakeNames: ReadonlyMap<number, string> = new Map([
  [1, 'ClientHello'],
  [2, 'ServerHello'],
  [4, 'NewSessionTicket'],
  [11, 'Certificate'],
  [12, 'ServerKeyExchange'],
  [13, 'CertificateRequest'],
  [14, 'ServerHelloDone'],
  [15, 'CertificateVerify'],
  [16, 'ClientKeyExchange'],
]);
const versionNames: ReadonlyMap<number, string> = new Map([
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [0x0304, 'TLS 1.3'],
]);
const recordTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
const supportedVersions = 43;
const sealedHandshake = 'encrypted handshake';

/** `packet`: what the EAP-Message attributes add up to. */
export function describeEap(packet: Uint8Array): string {
  const decoded = decodeEap(packet);
  if (isRefused(decoded)) return `no EAP packet: ${decoded.detail ?? decoded.refused}`;
  if (!('type' in decoded)) return decoded.code === 'success' ? 'Success' : 'Failure';
  const name = typeNames.get(decoded.type) ?? `type ${decoded.type}`;
  const more = detail(decoded);
  return `${name} ${decoded.code}${more === '' ? '' : `, ${more}`}`;
}

function detail({ code, type, data }: EapExchange): string {
  if (type === eapTypes.nak) {
    const wanted = [...data.subarray(0, 16)].map(each => typeNames.get(each) ?? `type ${each}`);
    return `wants ${wanted.length === 0 || data[0] === 0 ? 'nothing that is offered' : wanted.join(' or ')}`;
  }
  if (type === eapTypes.mschapv2) return mschapv2Codes.get(data[0] ?? 0) ?? '';
  if (!tlsTypes.has(type)) return '';
  if (code === 'request' && isStart(data)) return 'start';
  const fragment = decodeFragment(data);
  if (isRefused(fragment)) return fragment.detail ?? fragment.refused;
  if (fragment.data.length === 0) return 'acknowledgement';
  const { messageLength, more } = fragment;
  const whole = messageLength === undefined ? '' : ` of ${messageLength} in all`;
  const size = `${fragment.data.length} octets of TLS${whole}${more ? ', more to come' : ''}`;
  const seen = describeTls(fragment.data);
  return seen === '' ? size : `${size}: ${seen}`;
}

/** The records that begin in these octets; nothing for the middle of a message. */
function describeTls(octets: Uint8Array): string {
  const seen: string[] = [];
  let sealed = false;
  for (let at = 0; at + 5 <= octets.length; ) {
    const [type = 0, major = 0, , high = 0, low = 0] = octets.subarray(at);
    if (type < recordTypes.changeCipherSpec || type > recordTypes.applicationData || major !== 3) break;
    const end = at + 5 + ((high << 8) | low);
    // Of TLS 1.2, what follows cannot be read.
    const words =
      sealed && type === recordTypes.handshake ? sealedHandshake : describeRecord(type, octets.subarray(at + 5, end));
    sealed ||= type === recordTypes.changeCipherSpec;
    if (seen.at(-1) !== words) seen.push(words);
    at = end;
  }
  return seen.join(', ');
}

function describeRecord(type: number, body: Uint8Array): string {
  switch (type) {
    case recordTypes.changeCipherSpec:
      return 'ChangeCipherSpec';
    case recordTypes.applicationData:
      return 'encrypted';
    case recordTypes.alert: {
      const [level = 0, description = 0] = body;
      if (body.length !== 2 || level > 2) return 'encrypted alert';
      return `${level === 2 ? 'fatal alert' : 'alert'} "${tlsAlertNames[description] ?? description}"`;
    }
    default:
      return describeHandshake(body);
  }
}

/** The messages that begin in one record. */
function describeHandshake(body: Uint8Array): string {
  const seen: string[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const [type = 0, a = 0, b = 0, c = 0] = body.subarray(at);
    const name = handshakeNames.get(type);
    if (name === undefined) return [...seen, sealedHandshake].join(', ');
    const end = at + 4 + ((a << 16) | (b << 8) | c);
    const versions = type <= 2 ? helloVersions(type, body.subarray(at + 4, end)) : [];
    seen.push(versions.length === 0 ? name : `${name} (${versions.join(', ')})`);
    at = end;
  }
  return seen.join(', ');
}

/** What a ClientHello offers, or what a ServerHello chose. */
function helloVersions(type: number, hello: Uint8Array): readonly string[] {
  const legacy = versionNames.get(word(hello, 0));
  // Version and random, then the session id.
  let at = 34;
  at += 1 + (hello[at] ?? 0);
  at += type === 1 ? 2 + word(hello, at) : 2;
  at += type === 1 ? 1 + (hello[at] ?? 0) : 1;
  for (at += 2; at + 4 <= hello.length; ) {
    const [extension, length] = [word(hello, at), word(hello, at + 2)];
    const value = hello.subarray(at + 4, at + 4 + length);
    if (extension === supportedVersions) return versionsIn(type === 1 ? value.subarray(1) : value);
    at += 4 + length;
  }
  return legacy === undefined ? [] : [legacy];
}

function versionsIn(list: Uint8Array): readonly string[] {
  const versions: string[] = [];
  // What GREASE puts in between has no name [RFC8701].
  for (let at = 0; at + 2 <= list.length; at += 2) {
    const name = versionNames.get(word(list, at));
    if (name !== undefined) versions.push(name);
  }
  return versions;
}

function word(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}
