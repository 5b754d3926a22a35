// What an operator does to a running gateway, the same for every act:
//   1 right      the operator has the one that this act needs
//   2 reason     told in words, for whoever reads the record later
//   3 run        the act itself: what it answers and what it changes, or why not
//   4 record     change and record in one commit; when somebody else wrote first, the act runs again
//   5 answer     only now: nothing is told or done outside the store that is not recorded
// A refused act is recorded as well, with the word for it: that somebody tried is worth knowing. Without a reason
// nothing was tried.

import { caseCode, recordId } from '../audit/case-code.ts';
import type { DecisionDraft } from '../audit/record.ts';
import { type ActName, acts, type AnswerOf, type ArgsOf, reasonLength } from '../contract/acts.ts';
import type { ActRequest } from '../contract/operator.ts';
import { isRefused, type Reason, type Refused, refused } from '../contract/reason.ts';
import type { AdmissionStore, Clock, Commit, Log, Meter, Random } from '../ports.ts';
import { redactNationalNumber } from '../radius/redaction.ts';

export interface ActPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly log: Log;
}

/** `Ports` is what this act needs to run; an act that needs nothing of its own is content with these. */
export interface Act<N extends ActName, Ports = ActPorts> {
  readonly name: N;
  /** Known before it runs, so that a refusal is recorded with it too. */
  readonly about?: (args: ArgsOf<N>) => About;
  readonly run: (ports: Ports, question: ActQuestion<ArgsOf<N>>) => Promise<Done<AnswerOf<N>> | Refused>;
}

export interface ActQuestion<Args> {
  readonly operator: string;
  readonly tenant: string;
  readonly args: Args;
  /** As it is recorded. */
  readonly reason: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

export type About = Pick<DecisionDraft, 'device' | 'person' | 'sessionId'>;

export type Done<Answer> = {
  /** What was done, in a few words for the record; no names of people, no secrets. */
  readonly what: string;
  readonly about?: About;
  readonly effect?: Omit<Commit, 'tenant' | 'at' | 'decision'>;
} & (
  | { readonly answer: Answer }
  /** What happens outside the store. */
  | { readonly afterwards: () => Promise<Answer | Refused> }
);

const attempts = 4;
/** An act follows from no facts and no policy. */
const none = '0'.repeat(64);

export function operatorAct<N extends ActName, Ports>(ports: Ports & ActPorts, act: Act<N, Ports>) {
  return async (request: ActRequest<ArgsOf<N>>): Promise<AnswerOf<N> | Refused> => {
    const about = act.about?.(request.args) ?? {};
    const { right } = acts[act.name];
    if (!request.operator.rights.includes(right)) {
      return recordRefused(ports, act.name, request, about, refused('right-missing', `needs ${right}`));
    }
    if (request.reason.trim().length < reasonLength.least) {
      return told(ports, act.name, request, refused('reason-missing'));
    }
    for (let attempt = 1; ; attempt++) {
      const now = ports.clock.now();
      const { operator, tenant, args } = request;
      const why = redactNationalNumber(request.reason.trim());
      const done = await act.run(ports, { operator: operator.name, tenant, args, reason: why, now });
      if (isRefused(done)) return recordRefused(ports, act.name, request, about, done);
      const record = actRecord(ports, request, now, done.what, { ...about, ...done.about });
      const committed = await ports.store.commit({ ...done.effect, tenant, at: now, decision: record });
      if (committed.committed) {
        tell(ports, act.name, request, 'done', { what: done.what, case: record.caseCode });
        return 'answer' in done ? done.answer : afterwards(ports, act.name, request, about, done.afterwards);
      }
      if (committed.conflict !== 'version-conflict' || attempt === attempts) {
        return recordRefused(ports, act.name, request, about, refused('version-conflict', committed.conflict));
      }
    }
  };
}

async function afterwards<Answer>(
  ports: ActPorts,
  name: ActName,
  request: ActRequest<unknown>,
  about: About,
  work: () => Promise<Answer | Refused>,
): Promise<Answer | Refused> {
  const answer = await work();
  return isRefused(answer) ? recordRefused(ports, name, request, about, answer) : answer;
}

async function recordRefused(
  ports: ActPorts,
  name: ActName,
  request: ActRequest<unknown>,
  about: About,
  why: Refused,
): Promise<Refused> {
  const now = ports.clock.now();
  const record = actRecord(ports, request, now, `${name}: refused`, about, why);
  await ports.store.commit({ tenant: request.tenant, at: now, decision: record });
  return told(ports, name, request, why, record.caseCode);
}

function told(ports: ActPorts, name: ActName, request: ActRequest<unknown>, why: Refused, code?: string): Refused {
  tell(ports, name, request, 'refused', { reason: why.refused, detail: why.detail, case: code });
  return why;
}

function tell(
  { meter, log }: ActPorts,
  act: ActName,
  { tenant, operator, traceId }: ActRequest<unknown>,
  result: 'done' | 'refused',
  fields: Readonly<Record<string, string | undefined>>,
): void {
  meter.count('sluis_acts_total', { act, result, tenant });
  log.info('act', { trace: traceId, tenant, operator: operator.name, act, result, ...fields });
}

/** The record of something that was done, or tried, by somebody with a name. */
export function actRecord(
  { random }: Pick<ActPorts, 'random'>,
  { tenant, operator, reason, traceId }: Pick<ActRequest<unknown>, 'tenant' | 'operator' | 'reason' | 'traceId'>,
  at: number,
  what: string,
  about: About,
  why?: Refused,
): DecisionDraft {
  const reasons: readonly Reason[] = why === undefined ? [] : [why.refused];
  return {
    tenant,
    id: recordId(random.bytes(12)),
    caseCode: caseCode(random.bytes(6)),
    kind: 'act',
    at,
    outcome: 'done',
    reasons,
    failures: [],
    factsHash: none,
    policyHash: none,
    traceId,
    ...about,
    act: { operator: operator.name, what, reason: redactNationalNumber(reason.trim()) },
    ...(why?.detail === undefined ? {} : { detail: why.detail }),
  };
}
