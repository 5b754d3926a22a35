// An agent's side of the wire for tests: one mutual TLS 1.3 connection, JSON requests on it, and raw sockets for those
// who do not behave.

import https from 'node:https';
import { connect, type ConnectionOptions, TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { exporterBytes, exporterLabel } from '../../gateway/contract/proof.ts';
import type { AgentPki, Holder } from '../support/agent-pki.ts';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: T;
}

export interface AgentClient {
  get<T>(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer<T>>;
  post<T>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer<T>>;
  postText<T>(path: string, body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<Answer<T>>;
  /** RFC 9266 exporter of this connection, seen from the client. */
  exporter(): Promise<string>;
  close(): void;
}

export function tlsOptions(pki: AgentPki, port: number, holder?: Holder): ConnectionOptions {
  const own = holder ? { key: holder.credential.keyPem, cert: holder.credential.chainPem } : {};
  return { host: '127.0.0.1', port, servername: 'localhost', ca: pki.machineRoot, minVersion: 'TLSv1.3', ...own };
}

/** Everything this client does goes over one connection. */
export function agentClient(pki: AgentPki, port: number, holder?: Holder): AgentClient {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...tlsOptions(pki, port, holder) });
  let socket: TLSSocket | undefined;

  function send<T>(
    method: string,
    path: string,
    body: string | Buffer | undefined,
    headers: Readonly<Record<string, string>>,
  ) {
    return new Promise<Answer<T>>((resolve, reject) => {
      const length =
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = https.request(
        { agent, host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer as T });
          });
        },
      );
      request.on('socket', used => {
        if (used instanceof TLSSocket) socket = used;
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  return {
    get: (path, headers = {}) => send('GET', path, undefined, headers),
    post: (path, body, headers = {}) => send('POST', path, JSON.stringify(body), headers),
    postText: (path, body, headers = {}) => send('POST', path, body, headers),
    exporter: async () => {
      if (socket === undefined) await send('GET', '/v1/openapi.json', undefined, {});
      if (socket === undefined) throw new Error('no connection');
      return socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0)).toString('base64url');
    },
    close: () => agent.destroy(),
  };
}

/** A connection whose bytes the test writes itself. */
export async function rawConnection(pki: AgentPki, port: number, holder: Holder): Promise<TLSSocket> {
  const socket = connect(tlsOptions(pki, port, holder));
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}
