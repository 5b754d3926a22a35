// The thread that reads one file of revocation lists: a hundred thousand entries are parsed, packed and checked against
// their authority's key here, and only flat buffers go back.

import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { isRefused } from '../contract/reason.ts';
import { type Certificate, readCertificate } from '../identity/certificate.ts';
import { type Crl, isCrlOf, parseCrl } from '../identity/crl.ts';
import { packSerials } from '../identity/crl-serials.ts';
import { splitPem } from '../identity/pem.ts';
import type { CrlJob, CrlJobResult, PackedCrl } from './crl-reading.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a worker thread that reads revocation lists');

const { path, authorities } = workerData as CrlJob;
const known = authorities.map(readCertificate).filter((each): each is Certificate => !isRefused(each));
const result = readAll();
const buffers = 'lists' in result ? result.lists.flatMap(({ revoked, onHold }) => [revoked.buffer, onHold.buffer]) : [];
port.postMessage(result, buffers);

function readAll(): CrlJobResult {
  const blocks = splitPem(readFileSync(path), 'X509 CRL');
  if (blocks.length === 0) return { refused: 'no list in it' };
  const lists: PackedCrl[] = [];
  for (const block of blocks) {
    const crl = parseCrl(block);
    if (isRefused(crl)) return { refused: crl.detail ?? crl.refused };
    const packed = pack(crl, known);
    if (packed === undefined) return { refused: 'not signed by the authority that it names' };
    lists.push(packed);
  }
  return { lists };
}

function pack(crl: Crl, authorities: readonly Certificate[]): PackedCrl | undefined {
  const namesakes = authorities.filter(authority => authority.subject.key === crl.issuer.key);
  const signer = namesakes.find(authority => isCrlOf(crl, authority));
  // An authority that no one has met yet cannot vouch; its list waits for it unproven.
  if (signer === undefined && namesakes.length > 0) return undefined;
  const { revoked, onHold, tbs, ...rest } = crl;
  return {
    ...rest,
    revoked: packSerials(revoked as ReadonlySet<string>),
    onHold: packSerials(onHold as ReadonlySet<string>),
    ...(signer === undefined ? { tbs: Uint8Array.from(tbs) } : { tbs: new Uint8Array(), signedByKey: signer.key.hash }),
    signature: Uint8Array.from(crl.signature),
  };
}
