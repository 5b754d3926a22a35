// An OCSP response (RFC 6960 section 4.2) read from strict DER into plain values. Nothing here is trusted yet.

import { isRefused } from '../contract/reason.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { eachExtension } from './certificate-extensions.ts';
import { DerFault, type DerLimits, DerReader, derRoot, tags } from './der.ts';
import { readName } from './name.ts';
import { nonceOid } from './ocsp-request.ts';
import { readSignatureAlgorithm, type SignedWith } from './signed-bytes.ts';

export const ocspLimits: DerLimits & { readonly certificates: number; readonly answers: number } = {
  maxBytes: 64 * 1024,
  maxDepth: 24,
  certificates: 8,
  answers: 16,
};

/** [RFC6960-4.2.1] */
const statusNames: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};
const basicResponse = '1.3.6.1.5.5.7.48.1.1';
const reasonCode = { certificateHold: 6, removeFromCrl: 8 } as const;

export interface OcspResponse {
  readonly responder: { readonly name: string } | { readonly keyId: string };
  readonly answers: readonly SingleAnswer[];
  /** Hex. */
  readonly nonce?: string;
  readonly tbs: Uint8Array;
  readonly signedWith: SignedWith;
  readonly signature: Uint8Array;
  /** Those that could be read. */
  readonly certificates: readonly Certificate[];
}

export interface SingleAnswer {
  /** Object identifier. */
  readonly hash: string;
  /** Hex. */
  readonly issuerName: string;
  readonly issuerKey: string;
  readonly serial: string;
  readonly state: 'good' | 'revoked' | 'on-hold' | 'unknown';
  /** Milliseconds since 1970 UTC. */
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
}

/** The response, or the name of the status by which the responder gives none; throws `DerFault`. */
export function parseOcspResponse(bytes: Uint8Array): OcspResponse | string {
  const outer = derRoot(bytes, ocspLimits).enter(tags.sequence);
  const status = outer.smallInteger(tags.enumerated);
  if (status !== 0) return statusNames[status] ?? `status ${status}`;
  const holder = outer.enter(0xa0);
  outer.finish();
  const typed = holder.enter(tags.sequence);
  holder.finish();
  if (typed.oid() !== basicResponse) throw new DerFault('no basic response');
  const content = typed.content(tags.octetString);
  typed.finish();
  return parseBasic(content);
}

function parseBasic(bytes: Uint8Array): OcspResponse {
  const basic = derRoot(bytes, ocspLimits).enter(tags.sequence);
  const tbs = basic.raw(tags.sequence);
  const signedWith = readSignatureAlgorithm(basic);
  const { bytes: signature, unusedBits } = basic.bitString();
  if (unusedBits !== 0) throw new DerFault('signature is not whole octets');
  const certificates = basic.nextTag === 0xa0 ? readCertificates(basic.enter(0xa0)) : [];
  basic.finish();

  const fields = new DerReader(tbs).enter(tags.sequence);
  if (fields.nextTag === 0xa0) throw new DerFault('version of the response');
  const responder = readResponder(fields);
  // When it was signed says nothing that thisUpdate does not.
  fields.time();
  const list = fields.enter(tags.sequence);
  const answers: SingleAnswer[] = [];
  while (!list.atEnd) {
    if (answers.length === ocspLimits.answers) throw new DerFault('too many answers');
    answers.push(readAnswer(list.enter(tags.sequence)));
  }
  const nonce = fields.nextTag === 0xa1 ? readNonce(fields.enter(0xa1)) : undefined;
  fields.finish();
  const response = { responder, answers, tbs, signedWith, signature, certificates };
  return nonce === undefined ? response : { ...response, nonce };
}

function readCertificates(holder: DerReader): readonly Certificate[] {
  const list = holder.enter(tags.sequence);
  holder.finish();
  const certificates: Certificate[] = [];
  for (let count = 0; !list.atEnd; count++) {
    if (count === ocspLimits.certificates) throw new DerFault('too many certificates');
    const certificate = readCertificate(list.raw(tags.sequence));
    // Responders send whole chains, roots of version 1 among them: who cannot be read cannot have signed, that is all.
    if (!isRefused(certificate)) certificates.push(certificate);
  }
  return certificates;
}

function readResponder(fields: DerReader): OcspResponse['responder'] {
  const byName: boolean = fields.nextTag === 0xa1;
  const holder = fields.enter(byName ? 0xa1 : 0xa2);
  const responder = byName
    ? { name: readName(holder).key }
    : { keyId: holder.content(tags.octetString).toString('hex') };
  holder.finish();
  return responder;
}

function readAnswer(single: DerReader): SingleAnswer {
  const id = single.enter(tags.sequence);
  const algorithm = id.enter(tags.sequence);
  const hash = algorithm.oid();
  if (!algorithm.atEnd) algorithm.content(tags.null);
  algorithm.finish();
  const issuerName = id.content(tags.octetString).toString('hex');
  const issuerKey = id.content(tags.octetString).toString('hex');
  const serial = id.integer().toString('hex');
  id.finish();
  const state = readState(single);
  const thisUpdate = single.time();
  let nextUpdate: number | undefined;
  if (single.nextTag === 0xa0) {
    const holder = single.enter(0xa0);
    nextUpdate = holder.time();
    holder.finish();
  }
  if (single.nextTag === 0xa1) refuseCritical(single.enter(0xa1));
  single.finish();
  const answer = { hash, issuerName, issuerKey, serial, state, thisUpdate };
  return nextUpdate === undefined ? answer : { ...answer, nextUpdate };
}

function readState(single: DerReader): SingleAnswer['state'] {
  const tag = single.nextTag;
  if (tag === 0x80 || tag === 0x82) {
    if (single.content(tag).length > 0) throw new DerFault('status with content');
    return tag === 0x80 ? 'good' : 'unknown';
  }
  const revoked = single.enter(0xa1);
  revoked.time();
  let code = 0;
  if (!revoked.atEnd) {
    const holder = revoked.enter(0xa0);
    code = holder.smallInteger(tags.enumerated);
    holder.finish();
  }
  revoked.finish();
  if (code === reasonCode.removeFromCrl) throw new DerFault('a removal is no state');
  return code === reasonCode.certificateHold ? 'on-hold' : 'revoked';
}

function refuseCritical(holder: DerReader): void {
  for (const { oid, critical } of eachExtension(holder.enter(tags.sequence))) {
    if (critical) throw new DerFault(`critical extension ${oid}`);
  }
  holder.finish();
}

function readNonce(holder: DerReader): string | undefined {
  let nonce: string | undefined;
  for (const { oid, critical, value } of eachExtension(holder.enter(tags.sequence))) {
    if (oid === nonceOid) {
      const content = new DerReader(value);
      nonce = content.content(tags.octetString).toString('hex');
      content.finish();
    } else if (critical) throw new DerFault(`critical extension ${oid}`);
  }
  holder.finish();
  return nonce;
}
