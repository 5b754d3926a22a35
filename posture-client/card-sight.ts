// What may be told of the card readers: whether the card that proved the person is in one of them. A card is known again by
// a mark made of its serial number and its certificate; the mark stays on this laptop.

import { createHash } from 'node:crypto';
import type { CheckFacts } from '../gateway/contract/check-facts.ts';
import type { CardFault } from './card-fault.ts';
import type { SeenCertificate, SeenReader, SeenToken } from './card-messages.ts';

/** Null is not known: a card that cannot be read, or nobody was proven by a card. */
export type CardSight = Required<CheckFacts<'smart-card'>>;

/** SHA-256 (hex). */
export function cardMark(token: SeenToken, certificate: SeenCertificate): string {
  return createHash('sha256').update(`${token.serial}\0`).update(certificate.der).digest('hex');
}

/** `proven` is the mark of the card that proved the person. */
export function sightOf(readers: readonly SeenReader[], proven: string | undefined): CardSight {
  const tokens = readers.flatMap(({ token }) => (token === undefined ? [] : [token]));
  const unreadable = readers.some(reader => reader.unreadable === true);
  const seen = { readerPresent: readers.length > 0, cardPresent: tokens.length > 0 || unreadable };
  if (!seen.cardPresent) return { ...seen, card: 'none' };
  if (proven === undefined) return { ...seen, card: null };
  const marks = tokens.flatMap(token => token.certificates.map(certificate => cardMark(token, certificate)));
  if (marks.includes(proven)) return { ...seen, card: 'proven-card' };
  return { ...seen, card: unreadable ? null : 'other-card' };
}

export type CardLook = CardSight | { readonly fault: CardFault };
