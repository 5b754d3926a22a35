import { describe, expect, it } from 'vitest';
import { isRefused } from '../../gateway/contract/reason.ts';
import { attribute } from '../../gateway/radius/attributes.ts';
import { verifyRequest } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { readVectors } from './read-vectors.ts';

const secret = Buffer.from('posture-lab-secret');
const authenticator = Uint8Array.from({ length: 16 }, (_, index) => index);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const vector = (name: string) =>
  hex(readVectors().find(found => found.file === 'signed.txt' && found.name === name)?.octets ?? new Uint8Array());

describe('requests of the client are the octets that FreeRADIUS accepted', () => {
  it('PAP', () => {
    const attributes = [
      attribute('NAS-IP-Address', '192.0.2.1'),
      attribute('NAS-Port-Type', 5),
      attribute('Proxy-State', Buffer.from('px1')),
    ];
    const asked = {
      identifier: 0x10,
      secret,
      authenticator,
      userName: 'laptop-07',
      password: 'arctangent',
      attributes,
    };
    expect(hex(passwordRequest(asked))).toBe(vector('access request'));
  });
  it('Status-Server', () => {
    const attributes = [attribute('NAS-Identifier', 'gw')];
    expect(hex(statusRequest({ identifier: 0x14, secret, authenticator, attributes }))).toBe(vector('status request'));
  });
  it('Accounting-Request', () => {
    const attributes = [
      attribute('User-Name', 'laptop-07'),
      attribute('NAS-IP-Address', '192.0.2.1'),
      attribute('Framed-IP-Address', '10.8.0.7'),
      attribute('Event-Timestamp', 1_767_225_600),
    ];
    const asked = { identifier: 0x11, secret, status: 'start', acctSessionId: '0000002a', attributes } as const;
    expect(hex(accountingRequest(asked))).toBe(vector('accounting start'));
  });
});

it('PAP without Message-Authenticator is what old concentrators send', () => {
  const asked = { identifier: 1, secret, authenticator, userName: 'x', password: 'y', messageAuthenticator: false };
  const packet = decode(passwordRequest(asked));
  if (isRefused(packet)) throw new Error(packet.refused);
  expect(verifyRequest(packet, secret, { requireMessageAuthenticator: true })).toMatchObject({
    refused: 'message-authenticator-missing',
  });
  expect(verifyRequest(packet, secret, { requireMessageAuthenticator: false })).toBe(true);
});
