// Requests that are sent to this gateway and to FreeRADIUS, octet for octet the same, and what both must answer. Where
// FreeRADIUS answers otherwise the difference is meant, and says why.

import { randomBytes, randomInt } from 'node:crypto';
import { encodeEap } from '../../gateway/eap/packet.ts';
import { type Attribute, attribute, eapAttributes } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest, statusRequest } from '../../gateway/radius/client-requests.ts';
import { accepted, type Answer, rejected, silence, type User } from './differential-world.ts';

export interface DifferentialCase {
  /** Whether the server demands a Message-Authenticator; it does when absent. */
  readonly rule?: 'strict' | 'lax';
  readonly datagram: () => Uint8Array;
  readonly answer: Answer;
  /** What FreeRADIUS answers in its place, and why we do not. */
  readonly theirs?: { readonly answer: Answer; readonly because: string };
}

export const proxyStates: readonly Attribute[] = ['first', '2'].map(state =>
  attribute('Proxy-State', Buffer.from(state)),
);

export function withProxyStates(answer: Answer): Answer {
  const states = proxyStates.map(({ bytes }) => `Proxy-State ${Buffer.from(bytes).toString('hex')}`);
  return { ...answer, attributes: [...answer.attributes, ...states] };
}

const content = (secret: Uint8Array) => ({ identifier: randomInt(256), authenticator: randomBytes(16), secret });
const raw = (type: number, bytes: Uint8Array): Attribute => ({ type, bytes });
const identity = eapAttributes(encodeEap({ code: 'response', identifier: 0, type: 1, data: Buffer.from('anonymous') }));

export interface PasswordLogin {
  readonly password?: string;
  readonly attributes?: readonly Attribute[];
  readonly messageAuthenticator?: boolean;
}

/** Always from the same caller, for that is who may use a ticket again. */
export function passwordLogin(
  secret: Uint8Array,
  user: User,
  { password = user.secret, attributes = [], messageAuthenticator = true }: PasswordLogin = {},
): Uint8Array {
  const caller = attribute('Calling-Station-Id', '192.0.2.5');
  const asked = { ...content(secret), userName: user.handle, password, messageAuthenticator };
  return passwordRequest({ ...asked, attributes: [caller, ...attributes] });
}

function changed(octets: Uint8Array, change: (copy: Buffer) => void): Uint8Array {
  const copy = Buffer.from(octets);
  change(copy);
  return copy;
}

export function differentialCases(secret: Uint8Array, user: () => User): Readonly<Record<string, DifferentialCase>> {
  const password = (attributes: readonly Attribute[] = [], messageAuthenticator = true) =>
    passwordLogin(secret, user(), { attributes, messageAuthenticator });
  const asking = (attributes: readonly Attribute[], options = { messageAuthenticator: true }) =>
    signRequest({ code: 1, ...content(secret), attributes }, secret, options);
  const named = () => attribute('User-Name', user().handle);
  return {
    'a password': { datagram: () => password(), answer: accepted },
    'a password, octets behind its Length': {
      datagram: () => Buffer.concat([password(), randomBytes(9)]),
      answer: accepted,
    },
    'Proxy-State twice, in its order': {
      datagram: () => password(proxyStates),
      answer: withProxyStates(accepted),
    },
    'Proxy-State of a refusal': {
      datagram: () =>
        passwordRequest({ ...content(secret), userName: 'nobody', password: 'x', attributes: proxyStates }),
      answer: withProxyStates(rejected),
    },
    'an unknown user': {
      datagram: () => passwordRequest({ ...content(secret), userName: 'nobody', password: 'whatever' }),
      answer: rejected,
    },
    'no Message-Authenticator where it is demanded': {
      datagram: () => password([], false),
      answer: silence,
    },
    'no Message-Authenticator where it is not': {
      rule: 'lax',
      datagram: () => password([], false),
      answer: accepted,
    },
    'another Message-Authenticator': {
      datagram: () => changed(password(), copy => (copy[25] = (copy[25] ?? 0) ^ 1)),
      answer: silence,
    },
    'another Message-Authenticator where none is demanded': {
      rule: 'lax',
      datagram: () => changed(password(), copy => (copy[25] = (copy[25] ?? 0) ^ 1)),
      answer: silence,
    },
    'another secret': {
      datagram: () =>
        passwordRequest({ ...content(secret), secret: Buffer.from('another'), userName: 'jan', password: 'whatever' }),
      answer: silence,
    },
    'EAP without Message-Authenticator': {
      rule: 'lax',
      datagram: () => asking([named(), ...identity], { messageAuthenticator: false }),
      answer: silence,
    },
    'an EAP identity': {
      datagram: () => asking([attribute('User-Name', 'anonymous'), ...identity]),
      answer: { code: 'Access-Challenge', attributes: ['State'] },
    },
    'an EAP identity that is not the User-Name': {
      datagram: () => asking([named(), ...identity]),
      answer: { code: 'Access-Challenge', attributes: ['State'] },
      theirs: { answer: rejected, because: 'they route by either name; here neither is believed, whatever it says' },
    },
    'an EAP packet that says more than there is': {
      datagram: () => asking([named(), ...eapAttributes(Buffer.from('020000ff01616e', 'hex'))]),
      answer: rejected,
    },
    'a State that nobody gave': {
      datagram: () =>
        asking([
          named(),
          attribute('State', Buffer.from('gw1.aaaaaaaaaaaaaaaa')),
          ...eapAttributes(Buffer.from('020100060d00', 'hex')),
        ]),
      answer: rejected,
    },
    'nothing to prove anything with': { datagram: () => asking([named()]), answer: rejected },
    'CHAP, which neither serves': {
      datagram: () => asking([named(), raw(3, randomBytes(17))]),
      answer: rejected,
    },
    'a password of 15 octets': { datagram: () => asking([named(), raw(2, randomBytes(15))]), answer: rejected },
    'EAP and a password at once': {
      datagram: () => asking([named(), raw(2, randomBytes(16)), ...identity]),
      answer: rejected,
      theirs: { answer: silence, because: 'they take it for no packet; here the refusal is told and has a record' },
    },
    'Proxy-State without Message-Authenticator': {
      rule: 'lax',
      datagram: () => password(proxyStates, false),
      answer: silence,
      theirs: {
        answer: withProxyStates(accepted),
        because: 'before 3.2.5 they know nothing of CVE-2024-3596, which needs a Proxy-State of the attacker',
      },
    },
    'Status-Server': {
      datagram: () => statusRequest(content(secret)),
      answer: { code: 'Access-Accept', attributes: [] },
    },
    'Status-Server without Message-Authenticator': {
      rule: 'lax',
      datagram: () => Buffer.from([12, 1, 0, 20, ...randomBytes(16)]),
      answer: silence,
    },
    'accounting at the port of authentication': {
      datagram: () => accountingRequest({ ...content(secret), status: 'start', acctSessionId: 'a' }),
      answer: silence,
    },
    'an answer as a request': { datagram: () => changed(password(), copy => (copy[0] = 2)), answer: silence },
    'a code that is none': { datagram: () => changed(password(), copy => (copy[0] = 99)), answer: silence },
    'less than a header': { datagram: () => password().subarray(0, 19), answer: silence },
    'a Length over what is there': {
      datagram: () => changed(password(), copy => copy.writeUInt16BE(copy.length + 1, 2)),
      answer: silence,
    },
    'a Length of 19': { datagram: () => changed(password(), copy => copy.writeUInt16BE(19, 2)), answer: silence },
    'an attribute of no length': {
      rule: 'lax',
      datagram: () => Buffer.from([1, 1, 0, 22, ...randomBytes(16), 1, 0]),
      answer: silence,
    },
    'an attribute beyond the packet': {
      rule: 'lax',
      datagram: () => Buffer.from([1, 1, 0, 23, ...randomBytes(16), 1, 4, 0x6a]),
      answer: silence,
    },
    'a Message-Authenticator of 15 octets': {
      rule: 'lax',
      datagram: () => Buffer.from([1, 1, 0, 37, ...randomBytes(16), 80, 17, ...randomBytes(15)]),
      answer: silence,
    },
    'two Message-Authenticators': {
      datagram: () => {
        const once = password();
        return changed(Buffer.concat([once, once.subarray(20, 38)]), copy => copy.writeUInt16BE(copy.length, 2));
      },
      answer: silence,
    },
    'more attributes than anybody has': {
      datagram: () => password(Array.from({ length: 201 }, () => raw(24, Buffer.from('x')))),
      answer: silence,
    },
  };
}
