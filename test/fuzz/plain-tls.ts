// TLS without cryptography, both ends: records that anyone can read and write, so that a fuzzer gets behind it a hundred
// thousand times. What conversations are told is what the engine would tell them.
//
//   Record(1) Length(2) content    hello ─▶ ◀─ flight ─▶ finished, with what the peer shows as its certificate ─▶ said …

import type { TlsEngine } from '../../gateway/ports.ts';
import type { TlsPeer, TlsStep } from '../../gateway/eap/step.ts';
import type { PeerTls } from './fuzz-peer.ts';

const records = { hello: 1, flight: 2, finished: 3, settled: 4, said: 5, alert: 6 } as const;
const nothing = new Uint8Array();

/** 17 octets that TLS would give both ends. */
export const plainChallenge = Uint8Array.from({ length: 17 }, (_, at) => 100 + at);

export function plainTlsPeer(certificate: Uint8Array): PeerTls {
  let finished = false;
  let heard: Uint8Array = nothing;
  return {
    begin: async () => record('hello', nothing),
    step: async message => {
      if (message[0] === records.flight) {
        finished = true;
        return record('finished', certificate);
      }
      heard = Buffer.concat([heard, ...(parse(message) ?? []).filter(saidInside).map(({ content }) => content)]);
      return nothing;
    },
    finished: () => finished,
    heard: async () => {
      const data = heard;
      heard = nothing;
      return data;
    },
    say: async data => record('said', data),
    challenge: () => plainChallenge,
    close: () => undefined,
  };
}

/** `failing`: whether a broken handshake has an alert for the peer. */
export function plainTlsEngine(failing: () => boolean): TlsEngine {
  const phases = new Map<string, 'hello' | 'judge' | 'tunnel'>();
  function step(id: string, message: Uint8Array, method: string): TlsStep {
    const [first, ...rest] = parse(message) ?? [];
    const phase = phases.get(id);
    if (first?.type === records.hello && phase === undefined) {
      phases.set(id, 'hello');
      return { step: 'flight', bytes: record('flight', new Uint8Array(1_500)) };
    }
    if (first?.type === records.finished && phase === 'hello') {
      const peer = peerOf(first.content);
      phases.set(id, method === 'eap-tls' ? 'judge' : 'tunnel');
      if (method === 'eap-tls') return { step: 'judge', peer };
      return { step: 'tunnel', peer, challenge: plainChallenge, bytes: record('settled', nothing), data: saidIn(rest) };
    }
    if (first !== undefined && phase === 'tunnel') return { step: 'inside', data: saidIn([first, ...rest]) };
    const bytes = failing() ? record('alert', nothing) : nothing;
    return { step: 'failed', reason: 'tls-handshake-failed', detail: 'not a record', bytes };
  }
  return {
    step: async (id, bytes, method = 'eap-tls') => step(id, bytes, method),
    seal: async (_id, data) => ({ step: 'flight', bytes: record('said', data) }),
    settle: async (_id, { accept }) => ({ step: 'settled', bytes: record(accept ? 'settled' : 'alert', nothing) }),
    close: id => void phases.delete(id),
  };
}

interface Record {
  readonly type: number;
  readonly content: Uint8Array;
}

function record(type: keyof typeof records, content: Uint8Array): Uint8Array {
  return Uint8Array.of(records[type], content.length >> 8, content.length & 0xff, ...content);
}

function parse(message: Uint8Array): readonly Record[] | undefined {
  const found: Record[] = [];
  for (let at = 0; at < message.length; ) {
    const [type = 0, high = 0, low] = message.subarray(at);
    if (low === undefined) return undefined;
    const end = at + 3 + ((high << 8) | low);
    if (end > message.length) return undefined;
    found.push({ type, content: message.slice(at + 3, end) });
    at = end;
  }
  return found;
}

const saidInside = ({ type }: Record): boolean => type === records.said;

function saidIn(all: readonly Record[]): Uint8Array {
  return new Uint8Array(Buffer.concat(all.filter(saidInside).map(({ content }) => content)));
}

function peerOf(certificate: Uint8Array): TlsPeer {
  const chain = certificate.length === 0 ? [] : [certificate];
  const keyMaterial = Uint8Array.from({ length: 128 }, (_, at) => at);
  return { chain, version: 'TLSv1.3', cipher: 'plain', resumed: false, keyMaterial };
}
