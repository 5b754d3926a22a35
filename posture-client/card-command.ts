// `sluis-agent card`: what the agent sees of readers and cards. Who the card belongs to is left out unless asked for: this
// text is what people send to a helpdesk.

import { X509Certificate } from 'node:crypto';
import { type CardConfig, lookAtCards, moduleOf, personsCertificate } from './card.ts';
import type { SeenCertificate, SeenReader, SeenToken } from './card-messages.ts';
import { algorithmOf } from './signer.ts';

export interface CardTextOptions {
  readonly showName: boolean;
  readonly now: number;
}

/** The text, and whether the person could sign in with what is there; throws the same failure as signing in would. */
export async function cardReport(config: CardConfig, options: CardTextOptions) {
  const readers = await lookAtCards({ config });
  return {
    text: [`module       ${moduleOf(config)}`, ...readers.flatMap(reader => readerLines(reader, options))].join('\n'),
    check: () => personsCertificate(readers, config),
  };
}

function readerLines({ name, token, unreadable }: SeenReader, options: CardTextOptions): readonly string[] {
  const card = token ? `${token.label} (${token.model}, ${token.manufacturer})` : unreadable ? 'unreadable' : 'none';
  return ['', `reader       ${name}`, `card         ${card}`, ...(token ? tokenLines(token, options) : [])];
}

const pinWords = { agent: 'asked by this agent', reader: 'typed on the reader', module: 'asked by the card software' };
const triesWords = { ok: '', low: '; a wrong one was given', last: '; one try left', blocked: '; blocked' };

function tokenLines(token: SeenToken, options: CardTextOptions): readonly string[] {
  const pin = `pin          ${pinWords[token.pinBy]}${triesWords[token.tries]}`;
  return [pin, ...token.certificates.map(certificate => certificateLine(certificate, options))];
}

function certificateLine({ label, der }: SeenCertificate, { showName, now }: CardTextOptions): string {
  const shown = `certificate  ${label === '' ? '(no label)' : label.replaceAll(/\p{Cc}/gu, ' ')}:`;
  let certificate: X509Certificate;
  let kind: string;
  try {
    certificate = new X509Certificate(der);
    kind = algorithmOf(certificate.publicKey, label).algorithm;
  } catch {
    // Certificates of other purposes may have keys that the agent does not sign with; a line is not a verdict.
    return `${shown} cannot be used`;
  }
  const [from, to] = [certificate.validFromDate, certificate.validToDate];
  const state = now < from.getTime() ? 'not valid yet' : now > to.getTime() ? 'ended' : 'valid';
  const dates = `${from.toISOString().slice(0, 10)} to ${to.toISOString().slice(0, 10)}`;
  const name = showName ? `, ${certificate.subject.replaceAll('\n', ', ')}` : '';
  return `${shown} ${kind}, ${dates}, ${state}${name}`;
}
