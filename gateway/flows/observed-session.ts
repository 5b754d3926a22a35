// Sessions that the authority of an observed concentrator admitted: remembered by the name that the concentrator gives them, so that
// the day we decide there, they are nobody's break-in and go on.

import { hash } from 'node:crypto';
import type { Nas } from '../pdp/nas.ts';
import type { AdmissionStore, Clock } from '../ports.ts';

interface ObservedSessionPorts {
  readonly store: AdmissionStore;
  readonly clock: Clock;
}

/** Since it was last told of while its authority decided: no session is longer. */
const rememberedForMs = 30 * 86_400_000;

export async function rememberObserved(ports: ObservedSessionPorts, nas: Nas, acctSessionId: string): Promise<void> {
  const key = keyOf(nas, acctSessionId);
  const at = ports.clock.now();
  const kept = await ports.store.kept(nas.tenant, 'observed-session', key);
  const version = (kept?.version ?? 0) + 1;
  // Whoever was faster wrote the same.
  await ports.store.commit({
    tenant: nas.tenant,
    at,
    keep: [{ kind: 'observed-session', key, value: { at }, version, expiresAt: at + rememberedForMs }],
  });
}

export async function wasObserved(ports: ObservedSessionPorts, nas: Nas, acctSessionId: string): Promise<boolean> {
  if (nas.authority === undefined) return false;
  const kept = await ports.store.kept(nas.tenant, 'observed-session', keyOf(nas, acctSessionId));
  return (kept?.expiresAt ?? 0) > ports.clock.now();
}

function keyOf({ name }: Nas, acctSessionId: string): string {
  return hash('sha256', JSON.stringify([name, acctSessionId]), 'base64url');
}
