// `eap: experimental` and `eap: teap` of the configuration: what is served only where somebody has said so, and whom TEAP asks for.

import {
  choice,
  listOf,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  type Shape,
} from './documents/shape.ts';
import type { EapMethod } from './eap/method.ts';
import type { AskedIdentity, TeapSettings } from './eap/teap.ts';

const identity = parsed<AskedIdentity>(text => {
  const type = text.replace(/\?$/, '');
  return type === 'machine' || type === 'user' ? { type, optional: text.endsWith('?') } : undefined;
}, 'machine or user, with ? behind it where it may be missing');

const identities: Shape<readonly AskedIdentity[]> = (tree, reading) => {
  const read = listOf(identity)(tree, reading);
  if (read === undefined) return undefined;
  if (read.length > 0 && new Set(read.map(({ type }) => type)).size === read.length) return read;
  return problem(
    reading,
    tree.line,
    'identities names nobody, or somebody twice',
    'write for example [machine, user?]',
  );
};

const everybody: readonly AskedIdentity[] = [
  { type: 'machine', optional: false },
  { type: 'user', optional: false },
];

export const experimentalShape = optional(listOf(choice('teap')), []);
export const teapShape = optional(
  record({
    identities: optional(identities, everybody),
    'crypto-binding': optional(choice('both', 'msk'), 'both'),
  }),
);

interface TeapDocument {
  readonly experimental: readonly 'teap'[];
  readonly teap: Read<(typeof teapShape)['shape']>;
}

/** A method that interoperates with few is not served by mistake. */
export function checkTeap(
  eap: TeapDocument & { readonly methods: readonly EapMethod[]; readonly line: number },
  nas: readonly { readonly 'eap-methods': readonly EapMethod[] | undefined; readonly line: number }[],
  reading: Reading,
): void {
  if (eap.experimental.includes('teap')) return;
  if (eap.teap !== undefined) {
    const message = 'teap: is described, and TEAP is not served';
    problem(reading, eap.teap.line, message, 'add experimental: [teap] and name it in the methods, or leave it out');
  }
  const uses = [eap, ...nas.map(each => ({ methods: each['eap-methods'] ?? [], line: each.line }))];
  for (const { line } of uses.filter(({ methods }) => methods.includes('teap'))) {
    problem(
      reading,
      line,
      'teap is experimental',
      'add experimental: [teap] below eap:, or take it out of the methods',
    );
  }
}

/** Absent: TEAP is not served. `name`: the gateway's, which peers see in clear. */
export function teapSettings({ experimental, teap }: TeapDocument, name: string): TeapSettings | undefined {
  if (!experimental.includes('teap')) return undefined;
  return {
    authorityId: name,
    identities: teap?.identities ?? everybody,
    bindingKeys: teap?.['crypto-binding'] ?? 'both',
  };
}
