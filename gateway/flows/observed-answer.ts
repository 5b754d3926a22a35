// Two answers to one login, theirs and ours, and whether they are the same to whoever logs in.

import type { DecisionDraft } from '../audit/record.ts';
import type { Comparison, ObservedAnswer } from '../contract/observation.ts';
import type { Attributes } from '../radius/attributes.ts';
import type { Reply } from '../radius/carrier.ts';
import { packetCodes } from '../radius/code.ts';
import { dump } from '../radius/dump.ts';

/** What would have been answered here, or why nothing is known of that. */
export interface Ours {
  readonly answer?: ObservedAnswer;
  readonly because: readonly string[];
  readonly asClaimed?: true;
  /** The record that would have been written. */
  readonly draft?: DecisionDraft;
}

export function theirAnswer({ code, attributes }: Reply): ObservedAnswer {
  return { answer: code === packetCodes['Access-Accept'] ? 'accept' : 'reject', attributes: shown(attributes) };
}

/** Of one conversation, or of one request; what is left decides where a session may go and for how long. */
const passing =
  /^(?:EAP-Message|State|User-Name|Reply-Message|Message-Authenticator|Proxy-State|Acct-Interim-Interval|MS-MPPE|MS-CHAP)/;
/** It names a session, ours or theirs, unless it is text that says something else: `OU=staff`. */
const namesSession = /^Class = (?:0x|"S-)/;

export function shown(attributes: Attributes): string[] {
  const [, ...lines] = dump({
    code: packetCodes['Access-Accept'],
    identifier: 0,
    authenticator: new Uint8Array(16),
    attributes,
  });
  return lines.filter(line => !passing.test(line) && !namesSession.test(line)).toSorted();
}

export function compare(theirs: ObservedAnswer, ours: ObservedAnswer | undefined): Comparison {
  if (ours === undefined) return 'not-judged';
  if (ours.answer !== theirs.answer) return 'outcome-differs';
  if (theirs.answer === 'reject') return 'same';
  return theirs.attributes.join('\n') === ours.attributes.join('\n') ? 'same' : 'attributes-differ';
}
