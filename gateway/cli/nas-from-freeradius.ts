// The `client` sections of FreeRADIUS's clients.conf → concentrators. Every other line is named with the reason why it stays.

import { type ConfItem, type ConfSection, readFreeradiusConf } from '../documents/freeradius-conf.ts';
import {
  carriedAddress,
  type CarriedNas,
  type CarriedResult,
  nasNameFrom,
  type Remark,
  secretFault,
} from './nas-carried.ts';

/** Settings of a client that have no place here. `undefined`: it says nothing that would be missed. */
const settings: Readonly<Record<string, string | undefined>> = {
  ipaddr: undefined,
  ipv4addr: undefined,
  ipv6addr: undefined,
  netmask: undefined,
  secret: undefined,
  shortname: undefined,
  require_message_authenticator: undefined,
  nas_type: 'profiles take its place: name one with --profile, see sluis nas profiles',
  nastype: 'profiles take its place: name one with --profile, see sluis nas profiles',
  proto: undefined,
  limit_proxy_state: 'a request with Proxy-State must be signed here, always',
  limit: 'it bounds TCP connections, and there are none here',
  virtual_server: 'who may do what stands in the policies',
  server: 'who may do what stands in the policies',
  coa_server: 'changes go to the address of the concentrator: see dynamic-authorization:',
  dynamic_clients: 'every concentrator is listed here',
  login: 'it served checkrad, which has no counterpart',
  password: 'it served checkrad, which has no counterpart',
  response_window: 'nothing is proxied',
  max_connections: 'it bounds TCP connections, and there are none here',
  lifetime: 'every concentrator is listed here, for good',
  rate_limit: 'duplicates are answered once, always',
};

type Demand = boolean | 'auto';
const demandWords: readonly (readonly [demand: Demand, words: readonly string[]])[] = [
  [true, ['yes', 'true', 'on', '1']],
  [false, ['no', 'false', 'off', '0']],
  ['auto', ['auto']],
];

export function nasFromFreeradius(text: string, file: string): CarriedResult {
  const read = readFreeradiusConf(text, file);
  if ('problems' in read) return read;
  const nas: CarriedNas[] = [];
  const left: Remark[] = [];
  for (const item of read.items) {
    if (item.kind === 'section' && item.name === 'client') {
      const found = nasOf(item, left);
      if (found !== undefined) nas.push(found);
    } else left.push(strange(item));
  }
  return { nas, left };
}

function strange(item: ConfItem): Remark {
  const { line } = item;
  if (item.kind === 'include')
    return { line, about: `$INCLUDE ${item.path}`, text: 'not followed: import that file as well' };
  if (item.kind === 'pair') return { line, about: item.name, text: 'not a client' };
  const clients = clientsIn(item);
  const inside =
    clients === 0
      ? ''
      : `; the ${clients} client sections in it hold for one socket only: import them from a file of their own`;
  return { line, about: `${item.name} ${item.label ?? ''}`.trim(), text: `not a client${inside}` };
}

function clientsIn({ items }: ConfSection): number {
  return items.reduce((sum, item) => {
    if (item.kind !== 'section') return sum;
    return sum + (item.name === 'client' ? 1 : clientsIn(item));
  }, 0);
}

function nasOf(section: ConfSection, left: Remark[]): CarriedNas | undefined {
  const { line, label = '' } = section;
  const values = firstValues(section, left);
  const called = values.get('shortname')?.value ?? label;
  const about = `client ${label}`.trim();
  const leave = (because: string, at = line): undefined => {
    left.push({ line: at, about, text: because });
  };
  const name = nasNameFrom(called);
  if (name === undefined) return leave('it has no name');
  const address = addressOf(values, label);
  if ('because' in address) return leave(address.because, address.line);
  const proto = values.get('proto');
  if (proto?.value === '*') left.push({ line: proto.line, about: `${about}: proto`, text: 'only UDP is served' });
  if (proto !== undefined && !['udp', '*'].includes(proto.value)) {
    return leave(`it comes by ${proto.value}: RADIUS here is UDP, or TLS with a certificate (tls-name:)`, proto.line);
  }
  const secret = values.get('secret');
  const fault = secret === undefined ? secretFault(undefined) : (unclear(secret) ?? secretFault(secret.value));
  if (secret === undefined || fault !== undefined) return leave(fault ?? '', secret?.line);
  const word = values.get('require_message_authenticator');
  const said = word?.value.toLowerCase() ?? 'auto';
  const required = demandWords.find(([, words]) => words.includes(said))?.[0];
  if (required === undefined)
    return leave(`require_message_authenticator = ${word?.value ?? ''} is not known`, word?.line);
  const renamed = name === called ? [] : [{ line, about, text: `is called ${name} here` }];
  const signing =
    required === true ? [] : [messageAuthenticatorRemark(required, word?.line ?? line, about, word !== undefined)];
  return {
    name,
    address: address.address,
    secret: secret.value,
    requireMessageAuthenticator: required !== false,
    line,
    differs: [...renamed, ...signing],
  };
}

interface Value {
  readonly value: string;
  readonly quoted: boolean;
  readonly line: number;
}

/** The first of each name counts; what is not asked for is left, with its reason. */
function firstValues({ items, label = '' }: ConfSection, left: Remark[]): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const item of items) {
    const { line } = item;
    if (item.kind === 'include') {
      left.push({ ...strange(item), about: `client ${label}: $INCLUDE ${item.path}` });
      continue;
    }
    const { name } = item;
    const about = `client ${label}: ${name}`;
    const known = Object.hasOwn(settings, name);
    const reason = known ? settings[name] : 'it has no counterpart';
    const harmless = item.kind === 'pair' && item.value === 'other';
    if (reason !== undefined && !harmless) left.push({ line, about, text: reason });
    if (item.kind !== 'pair' || item.value === undefined) {
      if (known && reason === undefined) left.push({ line, about, text: 'it has no value' });
      continue;
    }
    if (values.has(name)) left.push({ line, about, text: 'given a second time; FreeRADIUS takes the first' });
    else values.set(name, { value: item.value, quoted: item.quoted, line });
  }
  return values;
}

function addressOf(
  values: ReadonlyMap<string, Value>,
  label: string,
): { readonly address: string } | { readonly because: string; readonly line?: number } {
  const [given, second] = ['ipaddr', 'ipv4addr', 'ipv6addr'].flatMap(name => values.get(name) ?? []);
  if (second !== undefined)
    return { because: 'it has two addresses: give each a client of its own', line: second.line };
  // As before 2.0: the name is the address.
  const said = given?.value ?? label;
  const netmask = values.get('netmask')?.value;
  const found = carriedAddress(netmask === undefined || said.includes('/') ? said : `${said}/${netmask}`);
  if ('address' in found || given === undefined) return found;
  return { ...found, line: given.line };
}

/** Releases differ in what they make of it, so nobody can say here which octets the concentrator has. */
function unclear({ value, quoted }: Value): string | undefined {
  if (/\$(?:\{|ENV\{)|%\{/.test(value)) return 'its secret refers to something else: write it out';
  return quoted && value.includes('\\')
    ? 'its secret has a backslash in quotes, which releases of FreeRADIUS read differently: give the concentrator a new one'
    : undefined;
}

function messageAuthenticatorRemark(required: false | 'auto', line: number, client: string, said: boolean): Remark {
  const about = `${client}: require_message_authenticator`;
  if (required === false) {
    const text =
      'no is carried over: requests without one are believed (CVE-2024-3596); once sluis_legacy_request_without_message_authenticator_total stands still, take the line out';
    return { line, about, text };
  }
  const was = said ? 'auto waits for the first signed request; here' : 'was not given; here';
  const text = `${was} every Access-Request must have one: where the concentrator sends none it gets no answer, so update it, or set require-message-authenticator: no`;
  return { line, about, text };
}
