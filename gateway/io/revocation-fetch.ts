// HTTP for revocation data: one request, no redirects, a total deadline and a cap on the body that holds while it streams.
// The caller has checked the address against the profile; what its name resolves to is checked here.

import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';

/** Why nothing usable came; `status` when something answered. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
}

export interface FetchRequest {
  readonly url: URL;
  /** Posted when present, else GET. */
  readonly body?: { readonly bytes: Uint8Array; readonly type: string };
  readonly accept: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly dispatcher: Dispatcher;
}

/** No name of a public service leads to the gateway itself or to its own link; who means that writes the address. */
const ownAddresses = new BlockList();
ownAddresses.addSubnet('127.0.0.0', 8, 'ipv4');
ownAddresses.addSubnet('169.254.0.0', 16, 'ipv4');
ownAddresses.addSubnet('0.0.0.0', 8, 'ipv4');
ownAddresses.addAddress('::1', 'ipv6');
ownAddresses.addAddress('::', 'ipv6');
ownAddresses.addSubnet('fe80::', 10, 'ipv6');

export const outwardLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) {
      callback(error, '', 0);
      return;
    }
    const own = (address: string) => ownAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
    const outward = hostname === 'localhost' ? found : found.filter(({ address }) => !own(address));
    const [first] = outward;
    if (first === undefined) callback(new Error(`${hostname} leads to no outside address`), '', 0);
    else if (options.all === true) callback(null, outward);
    else callback(null, first.address, first.family);
  });
};

/** Connections to responders and lists: no proxy of the environment, no reuse beyond seconds. */
export function revocationDispatcher(connections: number): Agent {
  return new Agent({
    connections,
    pipelining: 1,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 10_000,
    maxHeaderSize: 8 * 1024,
    connect: { lookup: outwardLookup },
  });
}

/** The body, chunk by chunk; throws `FetchFailed` for everything that is not a 200 within its limits. */
export async function* fetchBody(asked: FetchRequest): AsyncGenerator<Uint8Array> {
  const { url, body, accept, maxBytes, signal, dispatcher } = asked;
  try {
    // undici follows no redirect unless it is told to: what is not 200 is a failure.
    const answer = await request(url, {
      dispatcher,
      signal,
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept, ...(body === undefined ? {} : { 'content-type': body.type }) },
      ...(body === undefined ? {} : { body: body.bytes }),
    });
    try {
      if (answer.statusCode !== 200) throw new FetchFailed(`status ${answer.statusCode}`);
      const announced = Number(answer.headers['content-length'] ?? 0);
      if (announced > maxBytes) throw new FetchFailed(`${announced} bytes announced, at most ${maxBytes}`);
      let total = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        total += chunk.length;
        if (total > maxBytes) throw new FetchFailed(`more than ${maxBytes} bytes`);
        yield chunk;
      }
    } finally {
      // Whatever is left is not worth reading, and must not keep the connection.
      answer.body.on('error', () => undefined).destroy();
    }
  } catch (error) {
    if (error instanceof FetchFailed) throw error;
    throw new FetchFailed(signal.aborted ? 'too slow' : messageOf(error));
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code} ` : '';
  return `${code}${error.message}`.trim();
}
