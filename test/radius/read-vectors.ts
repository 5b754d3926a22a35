// Reads test/radius/vectors/*.txt: packets in hex with what must be made of them.
//
//   # remark
//   name: a sentence that says what this packet is
//     secret         shared secret
//     octets         hex; several such lines are one packet
//     padding        how many octets at the end are not part of the packet
//     means          one line of the readable dump; the first names code, identifier and length
//     refused        the reason for which decoding refuses it
//     server-strict  what a server says that demands a Message-Authenticator: `accepted` or the reason
//     server-lax     the same for a concentrator that never sends one
//     answers        name of the request in the same file that this packet answers
//     client-strict  what a client says that demands the Message-Authenticator in first place
//     client-lax     the same for a client that demands none
//     password       what User-Password hides
//     key            attribute name and the key it hides, in hex
//     authenticator  Request Authenticator, where the request itself is not printed

import { readdirSync, readFileSync } from 'node:fs';

const keys = [
  'secret',
  'octets',
  'padding',
  'means',
  'refused',
  'server-strict',
  'server-lax',
  'answers',
  'client-strict',
  'client-lax',
  'password',
  'key',
  'authenticator',
] as const;
export type VectorKey = (typeof keys)[number];

export interface Vector {
  readonly file: string;
  readonly name: string;
  readonly sentence: string;
  readonly octets: Uint8Array;
  /** The values of a key, in order. */
  readonly values: (key: VectorKey) => readonly string[];
  /** The only value of a key. */
  readonly value: (key: VectorKey) => string | undefined;
}

const folder = new URL('vectors/', import.meta.url);

export function readVectors(): readonly Vector[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.txt'))
    .sort()
    .flatMap(name => parseVectors(name, readFileSync(new URL(name, folder), 'utf8')));
}

export function parseVectors(file: string, text: string): readonly Vector[] {
  const found: { name: string; sentence: string; lines: [VectorKey, string][] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const where = `${file}:${index + 1}`;
    if (line.trim() === '' || line.startsWith('#')) continue;
    const heading = /^(\S[^:]*): (.+)$/.exec(line);
    const [, name, sentence] = heading ?? [];
    if (name !== undefined && sentence !== undefined) {
      found.push({ name, sentence, lines: [] });
      continue;
    }
    const [, word, value] = /^ {2}([a-z-]+) +(.+)$/.exec(line) ?? [];
    const key = keys.find(known => known === word);
    const current = found.at(-1);
    if (key === undefined || value === undefined || current === undefined) throw new Error(`${where}: cannot read`);
    current.lines.push([key, value]);
  }
  return found.map(({ name, sentence, lines }) => {
    const values = (key: VectorKey) => lines.filter(([word]) => word === key).map(([, value]) => value);
    return {
      file,
      name,
      sentence,
      octets: Buffer.from(values('octets').join('').replaceAll(' ', ''), 'hex'),
      values,
      value: key => {
        const all = values(key);
        if (all.length > 1) throw new Error(`${file}, ${name}: ${key} twice`);
        return all[0];
      },
    };
  });
}
