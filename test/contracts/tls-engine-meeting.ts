// How a real TLS client meets a TLS engine: by hand, message by message, or over TCP.

import { connect, createServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { TlsPeerEngine, TlsPeerStep } from '../../gateway/eap/peer.ts';
import type { TlsMethod, TlsPeer, TlsStep } from '../../gateway/eap/step.ts';
import type { TlsEngine } from '../../gateway/ports.ts';

/** What a handshake between the engine and a peer came to before it was settled. */
export type Met = Extract<TlsStep, { step: 'judge' | 'failed' }>;
type Finished = Extract<TlsStep, { step: 'judge' | 'tunnel' | 'failed' }>;

/** Runs a handshake of EAP-TLS until the engine judges or gives up. */
export async function meet(
  engine: TlsEngine,
  id: string,
  client: Pick<TlsPeerEngine, 'begin' | 'step'>,
  profile?: string,
): Promise<Met> {
  const step = await finish(engine, id, client, 'eap-tls', profile);
  if (step.step === 'tunnel') throw new Error('a tunnel where EAP-TLS was asked for');
  return step;
}

/** Runs a handshake of any method until the engine knows what came of it. */
export async function finish(
  engine: TlsEngine,
  id: string,
  client: Pick<TlsPeerEngine, 'begin' | 'step'>,
  method?: TlsMethod,
  profile?: string,
): Promise<Finished> {
  let toServer = flightOf(await client.begin());
  for (let round = 0; round < 8; round++) {
    const step = await engine.step(id, toServer, method, profile);
    if (step.step === 'judge' || step.step === 'tunnel' || step.step === 'failed') return step;
    toServer = flightOf(await client.step(bytesOf(step)));
  }
  throw new Error('the handshake does not end');
}

export function judgedPeer(step: Met): TlsPeer {
  if (step.step !== 'judge') throw new Error(`the handshake failed: ${step.reason}, ${step.detail}`);
  return step.peer;
}

export function bytesOf(step: TlsStep): Uint8Array {
  if (step.step === 'judge' || step.step === 'inside') throw new Error(`no octets for the peer: ${step.step}`);
  return step.bytes;
}

export function flightOf(step: TlsPeerStep): Uint8Array {
  if (step.step !== 'flight') throw new Error(`the peer failed: ${step.detail}`);
  return step.bytes;
}

export function plainTlsAlert(code: number): Uint8Array {
  return Uint8Array.of(21, 3, 3, 0, 2, 2, code);
}

/** The signature algorithms in the CertificateRequest of a TLS 1.2 server flight (RFC 5246 section 7.4.4). */
export function requestedAlgorithms(flight: Uint8Array): readonly number[] {
  const messages: number[] = [];
  for (let at = 0; at < flight.length; ) {
    const length = ((flight[at + 3] ?? 0) << 8) | (flight[at + 4] ?? 0);
    messages.push(...flight.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  for (let at = 0; at < messages.length; ) {
    const length = ((messages[at + 1] ?? 0) << 16) | ((messages[at + 2] ?? 0) << 8) | (messages[at + 3] ?? 0);
    if (messages[at] === 13) {
      const body = messages.slice(at + 4, at + 4 + length);
      const start = 1 + (body[0] ?? 0);
      const octets = ((body[start] ?? 0) << 8) | (body[start + 1] ?? 0);
      const codes: number[] = [];
      for (let code = 0; code < octets; code += 2) {
        codes.push(((body[start + 2 + code] ?? 0) << 8) | (body[start + 3 + code] ?? 0));
      }
      return codes;
    }
    at += 4 + length;
  }
  throw new Error('no CertificateRequest');
}

/** A foreign client: Node's own TLS over a TCP connection, whose octets are carried to the engine. */
export async function overTcp(
  engine: TlsEngine,
  id: string,
  options: ConnectionOptions,
  says?: string,
): Promise<{ step: string; reason?: string; resumed?: boolean; sessions: Buffer[] }> {
  const sessions: Buffer[] = [];
  const listener = createServer();
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const accepted = new Promise<Socket>(resolve => listener.once('connection', resolve));
  const plain = connect(address.port, '127.0.0.1');
  const client = connectTls({ ...options, socket: plain });
  client.on('error', () => undefined);
  const sessionOffered = new Promise<void>(resolve => {
    client.on('session', session => {
      sessions.push(session);
      resolve();
    });
  });
  if (says !== undefined) client.once('secureConnect', () => client.write(says));
  const wire = await accepted;
  try {
    let queued = Promise.resolve<Met | undefined>(undefined);
    const met = await new Promise<Met>((resolve, reject) => {
      wire.on('close', () => {
        resolve({ step: 'failed', reason: 'tls-alert-from-peer', detail: 'connection', bytes: new Uint8Array() });
      });
      wire.on('data', data => {
        // However TCP cut it: the engine says nothing before a message is whole.
        queued = queued.then(async done => {
          if (done !== undefined) return done;
          const step = await engine.step(id, Buffer.from(data));
          if (step.step === 'settled' || step.step === 'tunnel' || step.step === 'inside') throw new Error(step.step);
          if (step.step === 'flight') {
            wire.write(step.bytes);
            return undefined;
          }
          resolve(step);
          return step;
        });
        queued.catch(reject);
      });
    });
    if (met.step !== 'judge') return { step: met.step, reason: met.reason, sessions };
    wire.write(bytesOf(await engine.settle(id, { accept: true })));
    await sessionOffered;
    return { step: 'judge', resumed: met.peer.resumed, sessions };
  } finally {
    client.destroy();
    wire.destroy();
    listener.close();
  }
}
