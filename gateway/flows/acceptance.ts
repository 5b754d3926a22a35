// Flow: a person reads what they have to accept, and accepts it.
// 1. the texts that the running policy asks for and the person proven on this machine has not accepted as they are now
// 2. one of them is accepted, in the version that was shown, by somebody who was proven a few minutes ago
// 3. kept by their pseudonym and recorded with hash and moment; what is open to them is decided again

import { caseCode, recordId } from '../audit/case-code.ts';
import type { DecisionDraft } from '../audit/record.ts';
import type { Acceptance, Accepted, OpenTexts } from '../contract/acceptance.ts';
import { isRefused, type Refused, refused } from '../contract/reason.ts';
import type { AgentRequest, PersonProof } from '../ports.ts';
import type { AcceptanceText } from '../policy/acceptance.ts';
import type { AgentPorts } from './agent-ports.ts';
import { connectionDevice } from './connection-device.ts';
import { justProven } from './just-proven.ts';
import { acceptedOf, acceptedToKeep } from './person-past.ts';

/** 1. */
export function openTexts(ports: AgentPorts) {
  return async (request: AgentRequest<undefined>): Promise<OpenTexts | Refused> => {
    const { tenant, traceId } = request;
    const now = ports.clock.now();
    const device = await connectionDevice(ports, request, now);
    if (isRefused(device)) return device;
    const proof = await ports.store.personProof(tenant, device.key, now);
    if (proof === undefined) return refused('identity-proof-missing');
    const { open } = await standing(ports, proof);
    const texts = open.map(({ name, hash, title, text, by, date }) => ({
      ...{ name, hash, by, date },
      title: { ...title },
      text: { ...text },
    }));
    return { texts, traceId };
  };
}

/** 2 and 3. */
export function acceptance(ports: AgentPorts) {
  return async (request: AgentRequest<Acceptance>): Promise<Accepted | Refused> => {
    const now = ports.clock.now();
    const proof = await justProven(ports, request, now);
    if (isRefused(proof)) return proof;
    const { name, hash } = request.body;
    const { texts, accepted, open } = await standing(ports, proof);
    if (texts.find(each => each.name === name)?.hash !== hash) return refused('acceptance-outdated', name);
    const { traceId } = request;
    const before = accepted.all[name];
    // Said twice is accepted once.
    if (before?.hash === hash) return { name, hash, acceptedAt: before.at, open: open.length, traceId };
    const draft = record(ports, request, proof, now);
    const keep = acceptedToKeep(proof.pseudonym, accepted.kept, { name, hash, at: now });
    const { tenant, device, pseudonym } = proof;
    const written = await ports.store.commit({ tenant, at: now, keep: [keep], decision: draft });
    if (!written.committed) return refused('version-conflict', 'another text was accepted in this moment');
    ports.log.info('text accepted', {
      trace: traceId,
      tenant,
      device,
      person: pseudonym,
      name,
      hash,
      case: draft.caseCode,
    });
    ports.reportChanged?.(tenant, device, 'person-changed');
    return { name, hash, acceptedAt: now, open: open.length - 1, traceId };
  };
}

/** What is asked for by now, and how far the person is. */
async function standing(ports: AgentPorts, proof: PersonProof) {
  const asked = ports.past()?.acceptances ?? new Map<string, string>();
  const texts = ports.acceptances().filter(({ name }) => asked.has(name));
  const accepted = await acceptedOf(ports.store, proof.tenant, proof);
  const open: readonly AcceptanceText[] = texts.filter(({ name, hash }) => accepted.all[name]?.hash !== hash);
  return { texts, accepted, open };
}

function record(
  { random, policyHash }: Pick<AgentPorts, 'random' | 'policyHash'>,
  { traceId, body: { name, hash, language } }: AgentRequest<Acceptance>,
  { tenant, device, pseudonym }: PersonProof,
  at: number,
): DecisionDraft {
  return {
    tenant,
    id: recordId(random.bytes(12)),
    caseCode: caseCode(random.bytes(6)),
    kind: 'acceptance',
    at,
    outcome: 'done',
    reasons: [],
    failures: [],
    // No facts were looked at.
    factsHash: '0'.repeat(64),
    policyHash: policyHash(),
    traceId,
    device,
    person: pseudonym,
    accepted: { name, hash, language },
  };
}
