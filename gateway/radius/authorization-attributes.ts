// What a decision lets a session do, as attributes: the same in an Access-Accept and in a CoA-Request.

import type { ReplyAttribute } from '../pdp/authorization.ts';
import { type Attributes, attribute } from './attributes.ts';
import { definition, isAttributeName, type NameOfKind } from './dictionary.ts';

/** How an attribute is written by its name; `undefined` for one that may not stand in a profile. */
export function replyKind(name: string): 'text' | 'octets' | 'number' | 'address' | undefined {
  if (!isAttributeName(name)) return undefined;
  const { kind, sensitive, hiding } = definition(name);
  if (sensitive === true || hiding !== undefined) return undefined;
  switch (kind) {
    case 'text':
    case 'tagged-text':
      return 'text';
    case 'octets':
      return 'octets';
    case 'integer':
    case 'tagged-integer':
    case 'time':
      return 'number';
    case 'address':
    case 'ipv6-address':
      return 'address';
    default:
      return undefined;
  }
}

/** Throws on a value that its attribute cannot hold: profiles and segments are read strictly, so that none is left here. */
export function authorizationAttributes(authorization: readonly ReplyAttribute[]): Attributes {
  return authorization.map(({ name, value }) => {
    switch (replyKind(name)) {
      case 'text':
        return attribute(name as NameOfKind<'text' | 'tagged-text'>, String(value));
      case 'octets':
        return attribute(name as NameOfKind<'octets'>, octets(String(value)));
      case 'number':
        return attribute(name as NameOfKind<'integer' | 'tagged-integer' | 'time'>, Number(value));
      case 'address':
        return attribute(name as NameOfKind<'address' | 'ipv6-address'>, String(value));
      case undefined:
        throw new TypeError(`${name} cannot be written`);
    }
  });
}

function octets(text: string): Uint8Array {
  return /^0x(?:[0-9a-f]{2})+$/.test(text) ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text, 'utf8');
}
