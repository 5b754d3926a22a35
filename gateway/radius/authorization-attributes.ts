// What a decision lets a session do, as attributes: the same in an Access-Accept and in a CoA-Request.

import type { ReplyAttribute } from '../pdp/authorization.ts';
import { type Attribute, type Attributes, attribute } from './attributes.ts';

export function authorizationAttributes(authorization: readonly ReplyAttribute[]): Attributes {
  return authorization.map(({ name, value }): Attribute => {
    switch (name) {
      case 'Filter-Id':
        return attribute(name, value);
      case 'Class':
        return attribute(name, Buffer.from(value, 'utf8'));
      case 'Tunnel-Type':
      case 'Session-Timeout':
      case 'Acct-Interim-Interval':
        return attribute(name, value);
    }
  });
}
