// What would have been answered to a login that an authority has decided, by the same stories as ever, with hands tied: they read
// everything and change nothing, neither the store nor the metrics. A difference is recorded in the chain under a case code of its
// own, which explains our side.
//
// What can be judged: a ticket always; a password of the directory when the authority accepted it, for a wrong one would be tried
// twice and count twice at the directory. What answers a question of the authority is a code, and no password to be tried. Of EAP the machine that is claimed: its TLS ends at the authority.

import type { DecisionDraft } from '../audit/record.ts';
import type { Observation } from '../contract/observation.ts';
import { isRefused } from '../contract/reason.ts';
import { isTicketHandle } from '../identity/ticket.ts';
import { first } from '../radius/attributes.ts';
import type { Reply } from '../radius/carrier.ts';
import { readClaims } from '../radius/claims.ts';
import { accessRequest } from './access-request.ts';
import { judgeClaimed, type MachinesByName } from './claimed-machine.ts';
import { newCase } from './decision-record.ts';
import { compare, type Ours, shown, theirAnswer } from './observed-answer.ts';
import type { ObservedRequest } from './observed-request.ts';
import { pendingLogins } from './pending-logins.ts';
import type { RadiusPorts } from './radius-request.ts';

export async function judgedBeside(
  ports: RadiusPorts,
  machines: MachinesByName,
  request: ObservedRequest,
  reply: Reply,
): Promise<Observation> {
  const { packet, nas } = request;
  const theirs = theirAnswer(reply);
  const { answer, because, asClaimed, draft } = await judge(ports, machines, request, theirs.answer === 'accept');
  const comparison = compare(theirs, answer);
  const at = ports.clock.now();
  const observation: Observation = {
    at,
    userName: readClaims(packet).userName ?? '',
    comparison,
    theirs,
    because: [...because],
    ...(answer === undefined ? {} : { ours: answer }),
    ...(asClaimed === undefined ? {} : { asClaimed }),
  };
  if (draft === undefined || comparison === 'same') return observation;
  const { caseCode, decisionId } = newCase(ports.random);
  const detail = `${nas.authority?.address ?? 'the authority'}: ${theirs.answer}; here: ${answer?.answer ?? 'not judged'}`;
  const decision: DecisionDraft = {
    ...withoutSession(draft),
    id: decisionId,
    caseCode,
    kind: 'observation',
    at,
    detail,
  };
  await ports.store.commit({ tenant: nas.tenant, at, decision });
  return { ...observation, caseCode };
}

async function judge(
  ports: RadiusPorts,
  machines: MachinesByName,
  { packet, nas, carrier }: ObservedRequest,
  accepted: boolean,
): Promise<Ours> {
  const credentials = carrier.credentials(packet);
  const kind = isRefused(credentials) ? undefined : credentials.kind;
  const isTicket = isTicketHandle(readClaims(packet).userName ?? '');
  if (!accepted && kind === 'eap') return { because: ['nobody has proven to be who they claim'] };
  if (!accepted && kind === 'password' && !isTicket) return { because: ['a wrong password is not tried twice'] };
  if (kind === 'password' && !isTicket && first(packet.attributes, 'State') !== undefined) {
    return { because: ['it answers a question that the authority has asked'] };
  }
  const { tied, drafts } = withHandsTied(ports);
  if (kind === 'eap') return judgeClaimed(tied, machines, drafts, nas, packet);
  const { outcome, attributes, refused: why } = await accessRequest(tied, packet, nas);
  const draft = drafts.at(-1);
  const because = draft?.reasons ?? (why === undefined ? [] : [why.refused]);
  if (outcome === 'challenge') {
    return { answer: { answer: outcome, attributes: [] }, because: ['a second factor is asked for'] };
  }
  if (outcome !== 'accept' && outcome !== 'reject') return { because };
  return { answer: { answer: outcome, attributes: shown(attributes) }, because, ...(draft && { draft }) };
}

/** The same ports, which do nothing; and what would have been recorded. */
function withHandsTied(ports: RadiusPorts): { readonly tied: RadiusPorts; readonly drafts: readonly DecisionDraft[] } {
  const drafts: DecisionDraft[] = [];
  const { passwords, ...others } = ports;
  const tied: RadiusPorts = {
    ...others,
    // Of a session that does not exist nothing is learnt either.
    snapshots: { take: nothing },
    // A login writes by commits alone.
    store: {
      ...ports.store,
      commit: async ({ decision }) => {
        if (decision !== undefined) drafts.push(decision);
        return { committed: true };
      },
    },
    machineSeen: nothing,
    about: nothing,
    decided: nothing,
    judgedBeside: nothing,
    meter: { count: nothing, observe: nothing, gauge: nothing },
    log: { info: nothing, warn: nothing, error: nothing },
    ...(passwords && {
      passwords: {
        sealing: passwords.sealing,
        recoveryCodeKey: passwords.recoveryCodeKey,
        directory: passwords.directory,
        // Nobody will come with the code that is waited for.
        pending: pendingLogins(),
      },
    }),
  };
  return { tied, drafts };
}

const nothing = (): void => undefined;

/** It does not exist. */
function withoutSession(draft: DecisionDraft): DecisionDraft {
  return Object.fromEntries(Object.entries(draft).filter(([name]) => name !== 'sessionId')) as unknown as DecisionDraft;
}
