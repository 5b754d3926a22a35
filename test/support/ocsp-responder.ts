// OCSP responders for tests: the one of the `openssl` program on loopback, answers written by hand with any deviation and
// signed by a real key, and an HTTP server that behaves as badly as a test wants.

import { spawn } from 'node:child_process';
import { createHash, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type CertId, certIdHashOids } from '../../gateway/identity/ocsp-request.ts';
import { bits, der, extension, integer, nothing, octets, oid, sequence } from '../identity/der-writer.ts';
import type { EidCertificate, EidPki } from './eid-pki.ts';

export const ocspSigner = [
  'basicConstraints=critical,CA:false',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=OCSPSigning',
  'noCheck=ignored',
];
const nonceOid = '1.3.6.1.5.5.7.48.1.2';
const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'));

export interface AnswerParts {
  readonly id: CertId;
  readonly state?: 'good' | 'revoked' | 'on-hold' | 'removed' | 'unknown';
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  readonly nonce?: Uint8Array;
  readonly signer: EidCertificate;
  /** Name another responder than the signer. */
  readonly named?: EidCertificate;
  readonly byKey?: boolean;
  readonly certificates?: readonly EidCertificate[];
  readonly responseExtensions?: readonly Uint8Array[];
  readonly algorithm?: Uint8Array;
  readonly digest?: string;
}

export function generalizedTime(ms: number): Buffer {
  return der(0x18, Buffer.from(`${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`, 'latin1'));
}

/** A whole response with exactly these parts. */
export function ocspAnswer(parts: AnswerParts): Buffer {
  const { id, state = 'good', thisUpdate, nextUpdate, nonce, signer, named = signer, certificates = [] } = parts;
  const { algorithm = ecdsaSha256, digest = 'sha256' } = parts;
  const hex = (value: string) => Buffer.from(value, 'hex');
  const hash = sequence(oid(certIdHashOids[id.hash]), nothing);
  const certId = sequence(hash, octets(hex(id.issuerName)), octets(hex(id.issuerKey)), integer(hex(id.serial)));
  const time = generalizedTime(thisUpdate);
  const because = (code: number) => der(0xa1, time, der(0xa0, der(0x0a, Buffer.of(code))));
  const status = {
    good: der(0x80),
    unknown: der(0x82),
    revoked: der(0xa1, time),
    'on-hold': because(6),
    removed: because(8),
  }[state];
  const next = nextUpdate === undefined ? [] : [der(0xa0, generalizedTime(nextUpdate))];
  const more = [
    ...(nonce === undefined ? [] : [extension(nonceOid, octets(nonce))]),
    ...(parts.responseExtensions ?? []),
  ];
  const tbs = sequence(
    parts.byKey === true ? der(0xa2, octets(keyIdOf(named))) : der(0xa1, subjectOf(named)),
    time,
    sequence(sequence(certId, status, time, ...next)),
    ...(more.length === 0 ? [] : [der(0xa1, sequence(...more))]),
  );
  const chain = certificates.length === 0 ? [] : [der(0xa0, sequence(...certificates.map(each => each.der)))];
  return basicResponse(sequence(tbs, algorithm, bits(sign(digest, tbs, signer.keyPem)), ...chain));
}

export function basicResponse(basic: Uint8Array): Buffer {
  const typed = sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic));
  return sequence(der(0x0a, Buffer.of(0)), der(0xa0, typed));
}

export function statusOnly(status: number): Buffer {
  return sequence(der(0x0a, Buffer.of(status)));
}

function subjectOf({ der: bytes }: EidCertificate): Buffer {
  return fieldsOf(bytes)[5] ?? Buffer.of();
}

function keyIdOf({ pem }: EidCertificate): Buffer {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  // algorithm, then the bits with their count of unused ones in front.
  return createHash('sha1')
    .update(childrenOf(spki)[1]?.subarray(contentAt(childrenOf(spki)[1] ?? spki) + 1) ?? '')
    .digest();
}

function fieldsOf(certificate: Uint8Array): readonly Buffer[] {
  return childrenOf(childrenOf(certificate)[0] ?? Buffer.of());
}

function contentAt(element: Uint8Array): number {
  const length = element[1] ?? 0;
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
}

function childrenOf(element: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(element);
  const children: Buffer[] = [];
  for (let at = contentAt(bytes); at < bytes.length; ) {
    const rest = bytes.subarray(at);
    const from = contentAt(rest);
    const size = from === 2 ? (rest[1] ?? 0) : rest.readUIntBE(2, from - 2);
    children.push(rest.subarray(0, from + size));
    at += from + size;
  }
  return children;
}

/** The nonce in a request as it came over the wire. */
export function nonceIn(request: Buffer): Buffer | undefined {
  const at = request.indexOf(oid(nonceOid));
  return at < 0 ? undefined : request.subarray(at + oid(nonceOid).length + 4);
}

export interface OcspServer {
  readonly url: string;
  readonly host: string;
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

/** Every request that arrives is handed over whole. */
export async function startOcspServer(
  answer: (body: Buffer, response: ServerResponse, request: IncomingMessage) => void,
): Promise<OcspServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Buffer.concat(chunks), response, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/ocsp`,
    host,
    requests: () => requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** `openssl ocsp` over the database of an authority, answering by a delegated signer. */
export async function startOpensslResponder(
  pki: EidPki,
  port: number,
  authority: string,
  signer: EidCertificate,
): Promise<{ readonly stop: () => Promise<void> }> {
  const words = ['-index', `${authority}.index`, '-CA', `${authority}.pem`, '-nmin', '5', '-port', String(port)];
  const child = spawn('openssl', ['ocsp', ...words, '-rsigner', `${signer.name}.pem`, '-rkey', `${signer.name}.key`], {
    cwd: pki.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  // A connection without a request would keep it busy for ever: it is believed when it says that it waits.
  await new Promise<void>((resolve, reject) => {
    const heard = (text: Buffer) => {
      if (text.includes('waiting for OCSP client')) resolve();
    };
    child.stdout.on('data', heard);
    child.stderr.on('data', heard);
    child.once('exit', () => reject(new Error('the responder of openssl ended')));
  });
  return {
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
