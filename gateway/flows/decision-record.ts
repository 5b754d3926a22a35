// What every record of a decision has in common, whoever asked for it.

import { caseCode, recordId } from '../audit/case-code.ts';
import type { DecisionDraft } from '../audit/record.ts';
import type { Decision } from '../contract/decision.ts';
import type { Refused } from '../contract/reason.ts';
import type { Nas } from '../pdp/nas.ts';
import type { Random } from '../ports.ts';

export interface CaseNames {
  readonly decisionId: string;
  readonly caseCode: string;
}

export function newCase(random: Random): CaseNames {
  return { decisionId: recordId(random.bytes(12)), caseCode: caseCode(random.bytes(6)) };
}

/** Of what never reached a decision: no facts were looked at. */
export function refusalRecord(
  { decisionId, caseCode: code }: CaseNames,
  { tenant, name }: Pick<Nas, 'tenant' | 'name'>,
  { refused, detail }: Refused,
  more: Pick<DecisionDraft, 'at' | 'policyHash' | 'traceId'> &
    Partial<Pick<DecisionDraft, 'device' | 'person' | 'sessionId'>>,
): DecisionDraft {
  return {
    tenant,
    id: decisionId,
    caseCode: code,
    kind: 'refusal',
    outcome: 'deny',
    reasons: [refused],
    failures: [],
    factsHash: '0'.repeat(64),
    nas: name,
    ...more,
    ...(detail === undefined ? {} : { detail }),
  };
}

/** The decision as its record tells it. */
export function told(
  decision: Decision,
): Pick<DecisionDraft, 'outcome' | 'reasons' | 'failures' | 'factsHash' | 'policyHash' | 'decision'> {
  return {
    outcome: decision.outcome,
    reasons: decision.reasons,
    failures: decision.results.flatMap(({ check, result }) => (result === 'pass' ? [] : [{ check, result }])),
    factsHash: decision.factsHash,
    policyHash: decision.policyHash,
    decision,
  };
}
