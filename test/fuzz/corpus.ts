// Reads test/fuzz/corpus/*.txt: what was thrown at the gateway once and broke it, or might have, with what must come of it.
//
//   # remark
//   name: a sentence that says what this is
//     way       one of `ways` in fuzz-peer.ts, and `honest` or `lying`: a login by EAP
//     say       layer, the how manieth on that layer, and what is said in its place, in hex or `-`; may come several times
//     octets    hex of a datagram; several such lines are one
//     ends      `accepted`, or the reason of the refusal

import { readFileSync } from 'node:fs';

const keys = ['way', 'say', 'octets', 'ends'] as const;
type Key = (typeof keys)[number];

export interface CorpusEntry {
  readonly title: string;
  readonly values: (key: Key) => readonly string[];
  readonly value: (key: Key) => string;
}

export type CorpusName = 'conversations' | 'datagrams' | 'change-answers';

export function readCorpus(name: CorpusName): readonly CorpusEntry[] {
  const text = readFileSync(new URL(`corpus/${name}.txt`, import.meta.url), 'utf8');
  const found: { title: string; lines: [Key, string][] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (/^\S[^:]*: ./.test(line)) {
      found.push({ title: line, lines: [] });
      continue;
    }
    const [, word, value] = /^ {2}([a-z]+) +(.+)$/.exec(line) ?? [];
    const key = keys.find(known => known === word);
    const current = found.at(-1);
    if (key === undefined || value === undefined || current === undefined) {
      throw new Error(`${name}.txt:${index + 1}: cannot read`);
    }
    current.lines.push([key, value]);
  }
  return found.map(({ title, lines }) => {
    const values = (key: Key) => lines.filter(([word]) => word === key).map(([, value]) => value);
    return {
      title,
      values,
      value: key => {
        const [only, ...more] = values(key);
        if (only === undefined || more.length > 0) throw new Error(`${name}.txt, ${title}: needs one "${key}"`);
        return only;
      },
    };
  });
}

export function octetsOf(entry: CorpusEntry): Uint8Array {
  return fromHex(entry.values('octets').join(''));
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', '').replace('-', ''), 'hex'));
}
