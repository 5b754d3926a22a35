// The machine that somebody claims to be in a login that only passes by, judged as if it had proven itself: its authority has seen
// the proof. A machine is claimed by the name in its certificate (`host/NAME` as Windows says it); which key goes with that name
// is known once its agent has spoken to this gateway. Whoever claims anything else, a person or a realm, is not judged.

import type { DecisionDraft } from '../audit/record.ts';
import type { Nas } from '../pdp/nas.ts';
import { readClaims } from '../radius/claims.ts';
import type { Packet } from '../radius/packet.ts';
import { authorize } from './access-request.ts';
import { admit } from './admission.ts';
import type { SeenMachine } from './device-first-seen.ts';
import { type Ours, shown } from './observed-answer.ts';
import type { RadiusPorts } from './radius-request.ts';

export interface MachinesByName {
  seen(tenant: string, machine: SeenMachine): void;
  of(tenant: string, name: string): SeenMachine | undefined;
}

const machinesAtMost = 50_000;

export function machinesByName(): MachinesByName {
  // Seen last stands last.
  const machines = new Map<string, SeenMachine>();
  const placeOf = (tenant: string, name: string): string => `${tenant} ${name.toLowerCase()}`;
  return {
    seen: (tenant, machine) => {
      const place = placeOf(tenant, machine.name);
      machines.delete(place);
      const [oldest] = machines.keys();
      if (machines.size >= machinesAtMost && oldest !== undefined) machines.delete(oldest);
      machines.set(place, machine);
    },
    of: (tenant, name) => machines.get(placeOf(tenant, name)),
  };
}

/** `drafts`: where the records of `ports` end up. */
export async function judgeClaimed(
  ports: RadiusPorts,
  machines: MachinesByName,
  drafts: readonly DecisionDraft[],
  nas: Nas,
  packet: Packet,
): Promise<Ours> {
  const { userName = '', callingStationId = '', acctSessionId } = readClaims(packet);
  const device = machines.of(nas.tenant, userName.replace(/^host\//i, ''));
  if (device === undefined)
    return { because: ['who it is was shown to the authority alone, and no agent of that name is known'] };
  const admitted = await admit(ports, {
    nas,
    way: 'eap-tls-machine',
    userName,
    callingStationId,
    ...(acctSessionId === undefined ? {} : { acctSessionId }),
    device,
    binding: 'one-conversation',
    traceId: Buffer.from(ports.random.bytes(16)).toString('hex'),
  });
  if (!('session' in admitted)) return { because: [admitted.conflict] };
  const { session } = admitted;
  const { outcome, reasons } = session.decision;
  const draft = drafts.at(-1);
  return {
    answer:
      outcome === 'deny'
        ? { answer: 'reject', attributes: [] }
        : { answer: 'accept', attributes: shown(authorize(ports, nas, session)) },
    because: reasons,
    asClaimed: true,
    ...(draft && { draft }),
  };
}
