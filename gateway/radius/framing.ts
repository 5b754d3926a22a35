// Packets out of a stream: nothing but the Length field tells where one ends. RFC 6613 section 2.6.4.

import { type Refused, refused } from '../contract/reason.ts';
import { headerLength, maximumLength } from './packet.ts';

export interface PacketFraming {
  push(octets: Uint8Array): void;
  /**
   * The next whole packet, or `undefined` until more has come. After a refusal nobody knows where the next packet begins,
   * so it is given again for ever [RFC6613-2.6.4].
   */
  next(): Uint8Array | Refused | undefined;
  /** Octets that were pushed and not yet given out. */
  waiting(): number;
}

/** Holds what was pushed and no more: whoever stops pushing while `next` still gives packets bounds it. */
export function packetFraming(): PacketFraming {
  let held: Uint8Array = new Uint8Array();
  return {
    push(octets) {
      held = held.length === 0 ? octets : Buffer.concat([held, octets]);
    },
    next() {
      const [, , high, low] = held;
      if (high === undefined || low === undefined) return undefined;
      const length = (high << 8) | low;
      if (length < headerLength || length > maximumLength) {
        return refused('packet-length-wrong', `Length ${length} in a stream`);
      }
      if (held.length < length) return undefined;
      const packet = held.subarray(0, length);
      held = held.subarray(length);
      return packet;
    },
    waiting: () => held.length,
  };
}
