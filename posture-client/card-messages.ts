// What the agent and the child process that holds the card's software say to each other. The PIN is no message: it goes
// through the child's standard input, one octet of length and then the PIN, so that both ends can wipe their only copy.

import type { CardFault, PinTries } from './card-fault.ts';
import type { Mechanism } from '../gateway/pkcs11/module.ts';

export interface LookRequest {
  readonly ask: 'look';
  readonly module: string;
}

export interface SignRequest {
  readonly ask: 'sign';
  readonly module: string;
  /** The certificate that was chosen after a look: the same card must still be there. */
  readonly certificate: Uint8Array;
  readonly id: Uint8Array;
  readonly mechanism: Mechanism;
  /** A digest for `ecdsa`, else the bytes themselves. */
  readonly data: Uint8Array;
}

/** Answered when a card comes that was not there before; until then the reader is looked at again and again. */
export interface WaitRequest {
  readonly ask: 'wait';
  readonly module: string;
  readonly everyMs: number;
}

/** Answered with what is seen at once, and again each time that a card or a reader comes or goes. */
export interface WatchRequest {
  readonly ask: 'watch';
  readonly module: string;
  readonly everyMs: number;
}

export type CardRequest = LookRequest | SignRequest | WaitRequest | WatchRequest;

export interface SeenCertificate {
  readonly label: string;
  readonly id: Uint8Array;
  /** DER, without the zeros that fill up its file on a card. */
  readonly der: Uint8Array;
}

export interface SeenToken {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  /** Never leaves the laptop, and is never shown. */
  readonly serial: string;
  readonly pinBy: 'agent' | 'reader' | 'module';
  readonly tries: PinTries;
  readonly certificates: readonly SeenCertificate[];
}

export interface SeenReader {
  readonly name: string;
  readonly token?: SeenToken;
  /** A card that the module does not know, or that lies the wrong way up. */
  readonly unreadable?: true;
}

export type CardMessage =
  | { readonly say: 'saw'; readonly readers: readonly SeenReader[] }
  | { readonly say: 'pin-please'; readonly tries: PinTries }
  | { readonly say: 'signed'; readonly signature: Uint8Array }
  | { readonly say: 'came' }
  | { readonly say: 'fault'; readonly fault: CardFault; readonly detail: string | undefined; readonly tries: PinTries };

export const longestPinBytes = 32;
