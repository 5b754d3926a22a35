// A profile for the cards of one test authority with the revocation part that a test wants, and chains proven under it.

import { randomBytes } from 'node:crypto';
import { isRefused } from '../../gateway/contract/reason.ts';
import { type IdentifyContext, type Proven, prove } from '../../gateway/identity/identify.ts';
import { type IdentityProfile, readProfile } from '../../gateway/identity/profile.ts';
import type { PseudonymKeys } from '../../gateway/identity/pseudonym.ts';
import type { RevocationAnswers } from '../../gateway/identity/revocation-answers.ts';
import type { EidCertificate } from './eid-pki.ts';

/** `revocation` is YAML in braces, so that a test says it in one line. */
export function cardProfile(
  anchor: EidCertificate,
  revocation: string,
  files: Readonly<Record<string, Uint8Array>> = {},
): IdentityProfile {
  const document = `
schema: identity-profile/1
id: card
kind: identity-certificate
environment: test
assurance: high
trust:
  anchors: [root.pem]
  acceptFromPeer: yes
  maxDepth: 3
leaf:
  keyUsage: { all: [digitalSignature] }
identifier:
  sources: [{ from: subject, oid: 2.5.4.5, pattern: "^(?<id>[0-9]{11})$" }]
  canonical: "PNOBE-{id}"
revocation: ${revocation}
`;
  const bytes = (path: string) => (path === 'root.pem' ? Buffer.from(anchor.pem) : files[path]);
  const read = readProfile(document, 'card.yaml', bytes, { environment: 'test' });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems, undefined, 1));
  return read.profile;
}

const pseudonymKeys: PseudonymKeys = [{ id: 'k1', key: randomBytes(32) }];

export function contextAt(now: number, answers?: RevocationAnswers): IdentifyContext {
  return { tenant: 'town', pseudonymKeys, now, ...(answers === undefined ? {} : { answers }) };
}

export function provenUnder(profile: IdentityProfile, leaf: EidCertificate): Proven {
  const proven = prove([leaf.der], [profile], contextAt(Date.now()));
  if (isRefused(proven)) throw new Error(`${proven.refused}: ${proven.detail ?? ''}`);
  return proven;
}
