// What TLS proved about a client's connection, read once per socket: reading the certificate anew for every request
// costs more than all the rest of it. RFC 9266 for the exporter.

import { createHash, type X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { exporterBytes, exporterLabel } from '../contract/proof.ts';
import type { AgentConnection } from '../ports.ts';

/** Longer chains are cut here, and refused by whoever judges them. */
const chainAtMost = 10;

const known = new WeakMap<TLSSocket, AgentConnection>();

/** Nothing when the client sent no certificate. */
export function connectionOf(socket: unknown): AgentConnection | undefined {
  if (!(socket instanceof TLSSocket)) throw new TypeError('the agent API is served over TLS alone');
  const before = known.get(socket);
  if (before) return before;
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return undefined;
  const connection = read(socket, leaf);
  known.set(socket, connection);
  return connection;
}

function read(socket: TLSSocket, leaf: X509Certificate): AgentConnection {
  const spki = leaf.publicKey.export({ type: 'spki', format: 'der' });
  return {
    key: createHash('sha256').update(spki).digest('hex'),
    spki,
    chain: chainOf(leaf),
    selfSigned: isSelfSigned(leaf),
    exporter: socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0)).toString('base64url'),
    // A dual-stack socket shows IPv4 sources as ::ffff:a.b.c.d.
    remoteAddress: (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''),
  };
}

function chainOf(leaf: X509Certificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (let at: X509Certificate | undefined = leaf; at && chain.length < chainAtMost; at = at.issuerCertificate) {
    chain.push(at.raw);
  }
  return chain;
}

/** By name and by key: the name alone could be anybody's claim. */
function isSelfSigned(leaf: X509Certificate): boolean {
  return leaf.subject === leaf.issuer && leaf.verify(leaf.publicKey);
}
