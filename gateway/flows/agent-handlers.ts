// The flows of the agent API, by route, with every refusal counted.

import { isRefused, type Refused } from '../contract/reason.ts';
import type { AgentRequest } from '../ports.ts';
import { acceptance, openTexts } from './acceptance.ts';
import type { AgentPorts } from './agent-ports.ts';
import { challenge } from './challenge.ts';
import { deviceEnrolment } from './device-enrolment.ts';
import { identityProof } from './identity-proof.ts';
import { postureReport } from './posture-report.ts';
import { secondFactorRenewal } from './second-factor-renewal.ts';
import { sessionConfirmation } from './session-confirmation.ts';
import { sessionKey } from './session-key.ts';
import { ticketIssue } from './ticket-issue.ts';
import { verdict } from './verdict.ts';

export function agentHandlers(ports: AgentPorts) {
  return {
    challenge: counted(ports, challenge(ports)),
    sessionKey: counted(ports, sessionKey(ports)),
    report: counted(ports, postureReport(ports)),
    identityProof: counted(ports, identityProof(ports)),
    ticket: counted(ports, ticketIssue(ports)),
    verdict: counted(ports, verdict(ports)),
    sessionConfirmation: counted(ports, sessionConfirmation(ports)),
    secondFactor: counted(ports, secondFactorRenewal(ports)),
    openTexts: counted(ports, openTexts(ports)),
    acceptance: counted(ports, acceptance(ports)),
    deviceEnrolment: counted(ports, deviceEnrolment(ports)),
  };
}

function counted<Body, Answer>(
  ports: AgentPorts,
  flow: (request: AgentRequest<Body>) => Promise<Answer | Refused>,
): (request: AgentRequest<Body>) => Promise<Answer | Refused> {
  return async request => {
    const answer = await flow(request);
    if (isRefused(answer)) ports.meter.count('sluis_reports_refused_total', { reason: answer.refused });
    return answer;
  };
}
