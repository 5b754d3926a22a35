// How the name in a certificate looks on a terminal: as issued, escaped, and without anything that may be an identifier.

import type { Certificate } from '../identity/certificate.ts';
import type { NameAttribute } from '../identity/name.ts';
import { plain } from './read-view.ts';

const attributeNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.42': 'GN',
  '0.9.2342.19200300.100.1.25': 'DC',
};

/** In the order of the certificate. Of a holder no number is shown: some authorities write it into several attributes. */
export function shownName({ subject, basicConstraints }: Certificate): string {
  const shown = (attribute: NameAttribute) => {
    const label = attributeNames[attribute.oid];
    if (basicConstraints?.ca === true) return `${label ?? attribute.oid}=${escaped(attribute.text)}`;
    // What else stands in a name of a holder is likely to be an identifier: serialNumber, uid, organizationIdentifier.
    return label === undefined ? `${attribute.oid}=[hidden]` : `${label}=${escaped(withoutNumbers(attribute.text))}`;
  };
  return subject.attributes.length === 0 ? '(no subject)' : subject.attributes.map(shown).join(', ');
}

/** Words and groups of digits with six digits or more. */
function withoutNumbers(text: string): string {
  return text.replaceAll(
    /[\p{L}\p{N}\p{Cf}./:_-]*\p{N}[\p{L}\p{N}\p{Cf}./:_-]*(?:\s+\p{N}[\p{L}\p{N}\p{Cf}./:_-]*)*/gu,
    word => ((word.match(/\p{N}/gu) ?? []).length >= 6 ? '[hidden]' : word),
  );
}

/** RFC 4514 section 2.4, and nothing that steers a terminal. */
function escaped(text: string): string {
  return plain(text.replaceAll(/[\\,+"<>;=]/g, String.raw`\$&`));
}
