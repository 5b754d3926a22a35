// What a TLS alert of the peer says about our side of the handshake (RFC 8446 section 6.2, RFC 5246 section 7.2.2). Alerts
// are words of the peer's program and no proof of anything: they choose a reason and an advice, never more.

import { type Refused, refused } from '../contract/reason.ts';
import { tlsAlertNames } from './tls-alert-names.ts';

const protocolVersion = 70;
const internalError = 80;

/** What clients mean by an alert about our certificate, and what an administrator does about it. */
const aboutOurCertificate: Readonly<Partial<Record<number, string>>> = {
  42: 'its name is not the one that the client expects, or it cannot be read; compare the names',
  43: 'it is not for what the client wants; give the gateway one for server authentication',
  44: 'the client holds it for revoked; ask its authority, and replace it',
  45: 'it or its authority has expired, or the clock of the laptop is wrong',
  46: 'the client does not say what is wrong; compare the authority and the name that it expects',
  48: 'the client does not trust its authority; install that on the laptop, and send the intermediates along (eap: certificate)',
  49: 'the client takes nobody of that name; compare the names',
  113: 'the client wants an OCSP answer that holds; see eap: stapling',
};

/** `alone`: nothing of the peer came with it, so that it can be about nothing but what we sent. */
export function refusedByAlert(code: number, alone: boolean): Refused {
  const name = tlsAlertNames[code] ?? `alert ${code}`;
  const advice = aboutOurCertificate[code];
  if (advice !== undefined) return refused('server-certificate-refused', `${name}: ${advice}`);
  if (code === protocolVersion) return refused('tls-version-refused', name);
  if (code !== internalError) return refused('tls-alert-from-peer', name);
  // wpa_supplicant calls a name that it did not expect a fault of its own; and so it does when a card cannot sign.
  return alone
    ? refused(
        'server-certificate-refused',
        `${name}: the client broke off at it, perhaps over its name; compare the names`,
      )
    : refused(
        'tls-alert-from-peer',
        `${name}: the client broke off at its own certificate; can the card sign RSA-PSS? See eap: tls-profiles`,
      );
}

const changeCipherSpecType = 20;
const alertType = 21;
const applicationDataType = 23;
/** Two octets, their type, and the tag of any suite that is offered. */
const sealedAlertBytes = 19;

/** Is there nothing but an alert in this message of the peer? In TLS 1.3 a sealed one is told by its length [RFC8446-5.2]. */
export function isAlertAlone(message: Uint8Array): boolean {
  for (let at = 0; at + 5 <= message.length; ) {
    const bytes = ((message[at + 3] ?? 0) << 8) | (message[at + 4] ?? 0);
    const type = message[at];
    if (type === alertType || (type === applicationDataType && bytes === sealedAlertBytes)) return true;
    if (type !== changeCipherSpecType) return false;
    at += 5 + bytes;
  }
  return false;
}
