// What the person's authority says about their certificate now (OCSP, RFC 6960 with appendix A, over HTTP): the laptop may
// reach a responder that the gateway cannot. Nothing is judged here, and whoever does not answer in time is done without.

import { createHash, X509Certificate } from 'node:crypto';
import { request } from 'undici';
import { broughtOcspBytes } from '../gateway/contract/challenge.ts';

const deadlineMs = 2_000;

/** The responder's answer about the first certificate, as it came; `undefined` where there is none to be had. */
export async function ocspStaple(chain: readonly Uint8Array[]): Promise<Uint8Array | undefined> {
  try {
    const [leaf, ...others] = chain.map(der => new X509Certificate(der));
    const issuer = others.find(other => leaf?.checkIssued(other) === true);
    const url = /^OCSP - URI:(http:\/\/\S+)$/m.exec(leaf?.infoAccess ?? '')?.[1];
    return leaf && issuer && url ? await ask(url, ocspQuestion(leaf, issuer)) : undefined;
  } catch {
    // Unreachable, slow, no responder at all, or a certificate that the gateway will refuse with a better word.
    return undefined;
  }
}

async function ask(url: string, question: Uint8Array): Promise<Uint8Array | undefined> {
  const { statusCode, body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' },
    body: question,
    signal: AbortSignal.timeout(deadlineMs),
  });
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    if (statusCode !== 200) return undefined;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > broughtOcspBytes) return undefined;
      chunks.push(chunk);
    }
  } finally {
    // Whatever is left is not worth reading, and must not keep the connection.
    body.on('error', () => undefined).destroy();
  }
  return total === 0 ? undefined : Buffer.concat(chunks);
}

/** An OCSPRequest for one certificate, unsigned and without a nonce: the gateway could not know it [RFC6960-4.1.1]. */
export function ocspQuestion(leaf: X509Certificate, issuer: X509Certificate): Uint8Array {
  const [tbs = Buffer.of()] = inside(leaf.raw);
  // version (absent in version 1), serialNumber, signature, issuer
  const [serial = Buffer.of(), , issuerName = Buffer.of()] = inside(tbs).filter(field => field[0] !== 0xa0);
  const [, keyBits = Buffer.of()] = inside(issuer.publicKey.export({ type: 'spki', format: 'der' }));
  // Before the bits stands how many of the last octet are unused: none.
  const key = keyBits.subarray(contentAt(keyBits) + 1);
  const sha1 = (bytes: Uint8Array) => der(0x04, createHash('sha1').update(bytes).digest());
  const certId = der(0x30, sha1Algorithm, sha1(issuerName), sha1(key), serial);
  return der(0x30, der(0x30, der(0x30, der(0x30, certId))));
}

/** 1.3.14.3.2.26 with its NULL: what every responder knows. */
const sha1Algorithm = Buffer.from('300906052b0e03021a0500', 'hex');

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  // Longer only with a serial number that no authority may give [RFC5280-4.1.2.2].
  if (content.length > 0x7f) throw new RangeError('a question about one certificate is never this long');
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

/** The elements within an element of a certificate that has been read already. */
function inside(element: Buffer): readonly Buffer[] {
  const elements: Buffer[] = [];
  for (let at = contentAt(element); at < element.length; ) {
    const rest = element.subarray(at);
    const from = contentAt(rest);
    const size = from === 2 ? (rest[1] ?? 0) : rest.readUIntBE(2, from - 2);
    elements.push(rest.subarray(0, from + size));
    at += from + size;
  }
  return elements;
}

function contentAt(element: Buffer): number {
  const length = element[1] ?? 0;
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
}
