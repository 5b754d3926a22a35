// The peer's side of EAP-TLS (RFC 3748, RFC 5216, RFC 9190): answers the requests of a server, message by message. For
// `sluis radius probe` and for tests; a laptop has its own supplicant.

import { isRefused, type Refused, refused } from '../contract/reason.ts';
import { eapKeys } from './keys.ts';
import { decodeEap, type EapExchange, eapTypes, encodeEap } from './packet.ts';
import type { TlsPeer } from './step.ts';
import {
  acknowledgementData,
  type Collection,
  collect,
  cutMessage,
  decodeFragment,
  emptyCollection,
  encodeFragment,
  isStart,
  type TlsFragment,
} from './tls-fragments.ts';

export type TlsPeerStep =
  | { readonly step: 'flight'; readonly bytes: Uint8Array }
  /** `alert` is the code of the alert that the server sent; without it the peer itself gave up, and says so in `bytes`. */
  | { readonly step: 'failed'; readonly alert?: number; readonly detail: string; readonly bytes: Uint8Array };

export type TlsPeerStatus =
  | { readonly finished: false }
  | {
      readonly finished: true;
      readonly version: TlsPeer['version'];
      readonly cipher: string;
      readonly serverChain: readonly Uint8Array[];
      readonly keyMaterial: Uint8Array;
      /** In TLS 1.3: was the protected success indication read? TLS 1.2 has none, its Finished says it. */
      readonly successIndicated: boolean;
    };

export interface TlsPeerEngine {
  /** The ClientHello. */
  begin(): Promise<TlsPeerStep>;
  step(message: Uint8Array): Promise<TlsPeerStep>;
  status(): TlsPeerStatus;
  close(): void;
}

export interface EapTlsPeerOptions {
  readonly identity: string;
  readonly engine: TlsPeerEngine;
  readonly fragmentBytes: number;
  readonly maxMessageBytes?: number;
  /** The L flag on every fragment, as some peers do. */
  readonly lengthAlways?: boolean;
}

export interface EapTlsPeerResult {
  /** Absent while the conversation goes on. A success without its indication is a failure. */
  readonly ended?: 'success' | 'failure';
  readonly msk?: Uint8Array;
  /** Code of the TLS alert that the server sent. */
  readonly alert?: number;
  readonly detail?: string;
  readonly tls: TlsPeerStatus;
}

export interface EapTlsPeer {
  /** EAP-Response to an EAP-Request; nothing to EAP-Success and EAP-Failure, which end it; a refusal of what is neither. */
  answer(request: Uint8Array): Promise<Uint8Array | undefined | Refused>;
  result(): EapTlsPeerResult;
}

export function eapTlsPeer(options: EapTlsPeerOptions): EapTlsPeer {
  const { engine } = options;
  const maxMessageBytes = options.maxMessageBytes ?? 65_536;
  let collection: Collection = emptyCollection;
  let outbound: readonly TlsFragment[] = [];
  let ended: EapTlsPeerResult['ended'];
  let alert: number | undefined;
  let detail: string | undefined;
  // The engine can no longer be asked once it is closed.
  let tls: TlsPeerStatus = { finished: false };

  function take(step: TlsPeerStep): Uint8Array {
    if (step.step === 'failed') {
      alert = step.alert;
      detail = step.detail;
    } else tls = engine.status();
    if (step.bytes.length === 0) return acknowledgementData;
    const fragments = cutMessage(step.bytes, options.fragmentBytes);
    const messageLength = step.bytes.length;
    return nextFragment(options.lengthAlways === true ? fragments.map(one => ({ ...one, messageLength })) : fragments);
  }

  function nextFragment(fragments: readonly TlsFragment[]): Uint8Array {
    const [first, ...rest] = fragments;
    outbound = rest;
    return first === undefined ? acknowledgementData : encodeFragment(first);
  }

  async function tlsData(data: Uint8Array): Promise<Uint8Array | Refused> {
    if (isStart(data)) return take(await engine.begin());
    const fragment = decodeFragment(data);
    if (isRefused(fragment)) return fragment;
    if (outbound.length > 0) {
      if (fragment.data.length > 0) return refused('eap-unexpected', 'TLS data in place of an acknowledgement');
      return nextFragment(outbound);
    }
    const collected = collect(collection, fragment, maxMessageBytes);
    if (isRefused(collected)) return collected;
    collection = collected.complete ? emptyCollection : collected.collection;
    if (!collected.complete) return acknowledgementData;
    if (alert !== undefined || detail !== undefined) return acknowledgementData;
    return take(await engine.step(collected.message));
  }

  async function respond(request: EapExchange): Promise<Uint8Array | Refused> {
    const { identifier, type } = request;
    if (type === eapTypes.identity) {
      const data = new TextEncoder().encode(options.identity);
      return encodeEap({ code: 'response', identifier, type, data });
    }
    if (type !== eapTypes.tls) {
      // [RFC3748-5.3.1] Another method was offered: name the one we can do.
      return encodeEap({ code: 'response', identifier, type: eapTypes.nak, data: Uint8Array.of(eapTypes.tls) });
    }
    const data = await tlsData(request.data);
    return isRefused(data) ? data : encodeEap({ code: 'response', identifier, type, data });
  }

  return {
    answer: async octets => {
      const packet = decodeEap(octets);
      if (isRefused(packet)) return packet;
      if (packet.code === 'request') return respond(packet);
      if (packet.code === 'response') return refused('eap-unexpected', 'a response from the server');
      // [RFC9190-2.1.1] A success that TLS did not announce is none.
      const trusted = tls.finished && tls.successIndicated && alert === undefined && detail === undefined;
      ended = packet.code === 'success' && trusted ? 'success' : 'failure';
      if (packet.code === 'success' && !trusted) detail ??= 'EAP-Success without a protected success indication';
      engine.close();
      return undefined;
    },
    result: () => ({
      tls,
      ...(ended === undefined ? {} : { ended }),
      ...(ended === 'success' && tls.finished ? { msk: eapKeys(tls.keyMaterial).msk } : {}),
      ...(alert === undefined ? {} : { alert }),
      ...(detail === undefined ? {} : { detail }),
    }),
  };
}
