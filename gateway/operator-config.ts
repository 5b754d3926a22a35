// The `operator-api:` part of the configuration: where it listens, and which operators it knows by which token.

import { isIP } from 'node:net';
import { type Operator, rights } from './contract/operator.ts';
import {
  choice,
  integer,
  listOf,
  located,
  name,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
  type Shape,
} from './documents/shape.ts';

export interface KnownOperator extends Operator {
  readonly token: string;
}

export interface OperatorApiSettings {
  readonly address: string;
  readonly port: number;
  /** Each token is that of one operator; the first is the one of `token-file`. */
  readonly operators: readonly [KnownOperator, ...KnownOperator[]];
}

/** The operator of `token-file`: the command line on the same machine, and monitoring. */
const reader = 'reader';

const address = parsed(value => (isIP(value) === 0 ? undefined : value), 'an IP address');

function entryShape(secret: Shape<string>) {
  return record({
    name: required(located(name)),
    'token-file': required(located(secret)),
    rights: required(located(listOf(choice(...rights)))),
  });
}
type Entry = Read<ReturnType<typeof entryShape>>;

export function operatorApiShape(secret: Shape<string>): Shape<OperatorApiSettings> {
  const shape = record({
    address: optional(address, '127.0.0.1'),
    port: optional(integer(0, 65_535), 9443),
    'token-file': required(secret),
    operators: optional(listOf(entryShape(secret)), []),
  });
  return (tree, reading) => {
    const read = shape(tree, reading);
    if (read === undefined) return undefined;
    const operators: OperatorApiSettings['operators'] = [
      { name: reader, token: read['token-file'], rights: ['read'] },
      ...read.operators.map(entry => ({
        name: entry.name.value,
        token: entry['token-file'].value,
        rights: entry.rights.value,
      })),
    ];
    checkEntries(read.operators, read['token-file'], reading);
    return { address: read.address, port: read.port, operators };
  };
}

/** A record must say who it was: no name and no token may mean two operators. */
function checkEntries(entries: readonly Entry[], readerToken: string, reading: Reading): void {
  const names = new Set([reader]);
  const tokens = new Set([readerToken]);
  for (const { name, 'token-file': token, rights } of entries) {
    if (names.has(name.value)) {
      problem(reading, name.line, `"${name.value}" is the name of another operator`, 'give each operator its own name');
    }
    if (tokens.has(token.value)) {
      problem(reading, token.line, 'another operator has the same token', 'give each operator a token file of its own');
    }
    if (rights.value.length === 0) {
      problem(reading, rights.line, `"${name.value}" has no right`, 'name one, or leave the operator out');
    }
    names.add(name.value);
    tokens.add(token.value);
  }
}
