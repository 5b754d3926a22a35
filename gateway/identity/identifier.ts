// Where in a certificate a profile finds the identifier: sources, tried in order, each with a pattern that says exactly
// what the value looks like.

import type { AlternativeName } from './general-name.ts';
import type { Certificate } from './certificate.ts';
import { valuesOf } from './name.ts';

export const sourceKinds = ['subject', 'san-dns', 'san-email', 'san-uri', 'san-upn', 'san-othername'] as const;
export type SourceKind = (typeof sourceKinds)[number];

export interface IdentifierSource {
  readonly from: SourceKind;
  /** Attribute of the subject, or type of the other name. */
  readonly oid?: string;
  readonly pattern: IdentifierPattern;
}

/** Anchored at both ends, one group named `id`, and no repetition inside a repetition: it cannot run away. */
export type IdentifierPattern = RegExp & { readonly anchored: true };

export const identifierLimits = { characters: 255 } as const;

/** Microsoft's user principal name. */
const upnOid = '1.3.6.1.4.1.311.20.2.3';

const token = String.raw`(?:[A-Za-z0-9 :_/@-]|\\[d.]|\[[A-Za-z0-9 ._:@-]+\])(?:\{\d{1,3}(?:,\d{1,3})?\}|\?)?`;
const grammar = new RegExp(String.raw`^\^(?:${token})*\(\?<id>(?:${token})+\)(?:${token})*\$$`);

/** `undefined` for anything outside the small grammar above. */
export function readPattern(text: string): IdentifierPattern | undefined {
  if (text.length > 200 || !grammar.test(text)) return undefined;
  try {
    return Object.assign(new RegExp(text, 'u'), { anchored: true } as const);
  } catch {
    // The grammar lets a few impossible ranges through (`[z-a]`, `{3,1}`); the engine names them all.
    return undefined;
  }
}

/** The first value that some source's pattern takes. */
export function findIdentifier(certificate: Certificate, sources: readonly IdentifierSource[]): string | undefined {
  for (const source of sources) {
    const values = valuesFor(certificate, source).filter(value => value.length <= identifierLimits.characters);
    for (const value of values) {
      const id = source.pattern.exec(value)?.groups?.['id'];
      if (id !== undefined) return id;
    }
  }
  return undefined;
}

function valuesFor(certificate: Certificate, { from, oid }: IdentifierSource): readonly string[] {
  const names = (type: AlternativeName['type'], otherOid?: string) =>
    certificate.alternativeNames
      .filter(name => name.type === type && (otherOid === undefined || name.oid === otherOid))
      .map(name => name.value);
  switch (from) {
    case 'subject':
      return valuesOf(certificate.subject, oid ?? '');
    case 'san-dns':
      return names('dns').map(name => name.toLowerCase());
    case 'san-email':
      return names('email');
    case 'san-uri':
      return names('uri');
    case 'san-upn':
      return names('other-name', upnOid);
    case 'san-othername':
      return names('other-name', oid);
  }
}
