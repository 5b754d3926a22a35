// Since when the checks of a machine have failed without a break, as its reports told: what grace is reckoned from. Kept only
// while something that has grace fails, and forgotten when it passes.

import type { Decision } from '../contract/decision.ts';
import type { Kept } from '../kept.ts';
import type { AdmissionStore } from '../ports.ts';

export type KeptFailures = Kept<'failing-since'>;

/** A machine that has not reported for so long begins anew. */
const forgottenAfterMs = 120 * 86_400_000;

export async function failingSince(
  store: Pick<AdmissionStore, 'kept'>,
  tenant: string,
  device: string,
): Promise<{ readonly kept?: KeptFailures; readonly since: ReadonlyMap<string, number> }> {
  const kept = await store.kept(tenant, 'failing-since', device);
  return { ...(kept === undefined ? {} : { kept }), since: new Map(Object.entries(kept?.value.since ?? {})) };
}

/** What a report leaves to remember; nothing when that is what is remembered already. */
export function failuresToKeep(
  device: string,
  { failing = [], decidedAt }: Decision,
  kept: KeptFailures | undefined,
): readonly KeptFailures[] {
  const before = kept?.value.since ?? {};
  const since = Object.fromEntries(failing.map(check => [check, before[check] ?? decidedAt]));
  if (JSON.stringify(before) === JSON.stringify(since)) return [];
  const version = (kept?.version ?? 0) + 1;
  return [{ kind: 'failing-since', key: device, value: { since }, version, expiresAt: decidedAt + forgottenAfterMs }];
}
