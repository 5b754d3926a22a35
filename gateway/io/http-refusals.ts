// How the agent API and the operator API say no: an HTTP status per reason, and one body for every error.

import { type Reason, type ReasonStage, reasonWords } from '../contract/reason.ts';
import type { Refusal } from '../contract/verdict.ts';
import { textsOf } from '../reasons.ts';

/** What holds for a whole stage, unless the table below says otherwise. */
const statusOfStage = {
  radius: 400,
  eap: 400,
  identity: 401,
  report: 400,
  decision: 403,
  api: 400,
  gateway: 503,
} as const satisfies Record<ReasonStage, number>;

const statusOfReason = {
  // Who it is, is clear; what was sent is not theirs to send.
  'report-signature-wrong': 403,
  'report-device-mismatch': 403,
  'channel-binding-wrong': 403,
  'proof-signature-wrong': 403,
  'person-too-young': 403,
  'device-waiting': 403,
  'identity-proof-missing': 403,
  // The connection has not proven its machine (any more).
  'session-key-unproven': 401,
  'session-key-expired': 401,
  // Good once: ask for a new challenge, or report again, and come back.
  'nonce-unknown': 409,
  'nonce-expired': 409,
  'nonce-used': 409,
  'report-sequence-old': 409,
  'report-stale': 409,
  'version-conflict': 409,
  'acceptance-outdated': 409,
  'report-too-large': 413,
  'too-many-requests': 429,
  // Of the operator API.
  'token-wrong': 401,
  'right-missing': 403,
  'session-unknown': 404,
  'record-unknown': 404,
  'person-unknown': 404,
  'device-unknown': 404,
  'nas-unknown': 404,
  'trace-unknown': 404,
  'replay-unknown': 404,
  'no-earlier-policy': 409,
  'address-unknown': 404,
  'session-ended': 409,
  'second-factor-active': 409,
  // Nobody could be asked: not the client's doing.
  'directory-unavailable': 503,
  'revocation-unknown': 503,
} as const satisfies Partial<Record<Reason, number>>;

const stageOf = new Map<Reason, ReasonStage>(
  (Object.keys(reasonWords) as ReasonStage[]).flatMap(stage =>
    reasonWords[stage].map((word): [Reason, ReasonStage] => [word, stage]),
  ),
);

export function statusOf(reason: Reason): number {
  const own: Partial<Record<Reason, number>> = statusOfReason;
  return own[reason] ?? statusOfStage[stageOf.get(reason) ?? 'gateway'];
}

export function refusalBody(reason: Reason, traceId: string): Refusal {
  return { refused: reason, text: textsOf(reason), traceId };
}
