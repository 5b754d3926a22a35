// Name constraints (RFC 5280 section 4.2.1.10): what an authority may call the certificates below it. Applied whether they
// are critical or not; a name that cannot be judged under a constraint on names of its kind is refused.

import type { Certificate } from './certificate.ts';
import type { AlternativeName } from './general-name.ts';
import { isWithin, readable } from './name-constraints-match.ts';
import { valuesOf } from './name.ts';
import { isSelfIssued } from './policy-tree.ts';

/** Names times subtrees of one path: a hostile authority could write thousands of each. */
export const nameComparisons = 100_000;

export interface NameFault {
  /** In the path, the leaf being 0. */
  readonly index: number;
  /** Says the kind of name, never the name. */
  readonly detail: string;
  readonly tooMany?: boolean;
}

const emailAddress = '1.2.840.113549.1.9.1';
const commonName = '2.5.4.3';
/** A mailbox with letters beyond ASCII (RFC 9598): under the same constraints as an address. */
const internationalMailbox = '1.3.6.1.5.5.7.8.9';

export function nameFault(path: readonly Certificate[]): NameFault | undefined {
  let comparisonsLeft = nameComparisons;
  for (const [above, { nameConstraints }] of path.entries()) {
    if (above === 0 || nameConstraints === undefined) continue;
    const { permitted, excluded } = nameConstraints;
    for (const [index, certificate] of path.slice(0, above).entries()) {
      // [RFC5280-6.1.3] (b) and (c): the constraints reach over a change of key.
      if (index > 0 && isSelfIssued(certificate)) continue;
      const names = namesOf(certificate, index === 0);
      comparisonsLeft -= names.length * (permitted.length + excluded.length);
      if (comparisonsLeft < 0) return { index, detail: 'too many names and constraints', tooMany: true };
      for (const name of names) {
        const fault = faultOf(name, permitted, excluded);
        if (fault !== undefined) return { index, detail: `${name.type} name ${fault} of authority ${above}` };
      }
    }
  }
  return undefined;
}

function faultOf(
  name: AlternativeName,
  permitted: readonly AlternativeName[],
  excluded: readonly AlternativeName[],
): string | undefined {
  const allowed = permitted.filter(({ type }) => type === name.type);
  const forbidden = excluded.filter(({ type }) => type === name.type);
  if (allowed.length === 0 && forbidden.length === 0) return undefined;
  if (!readable(name)) return 'that cannot be judged by the constraints';
  if (forbidden.some(base => isWithin(name, base, 'excluded'))) return 'excluded by the constraints';
  if (allowed.length > 0 && !allowed.some(base => isWithin(name, base, 'permitted'))) {
    return 'not permitted by the constraints';
  }
  return undefined;
}

/** Every name that a certificate goes by, as names that constraints speak of. */
function namesOf({ subject, alternativeNames }: Certificate, leaf: boolean): readonly AlternativeName[] {
  const names: AlternativeName[] = alternativeNames.map(name =>
    name.oid === internationalMailbox ? { type: 'email', value: name.value } : name,
  );
  if (subject.attributes.length > 0) names.push({ type: 'directory', value: subject.key });
  for (const value of valuesOf(subject, emailAddress)) names.push({ type: 'email', value });
  // A common name that looks like a host is taken for one by those who find no other: it must not slip by.
  if (leaf && !alternativeNames.some(({ type }) => type === 'dns')) {
    for (const value of valuesOf(subject, commonName)) if (looksLikeHost(value)) names.push({ type: 'dns', value });
  }
  return names;
}

function looksLikeHost(text: string): boolean {
  return /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/i.test(text.trim());
}
