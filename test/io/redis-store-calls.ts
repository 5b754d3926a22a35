// What tests of the Redis store ask of it, and what it logs meanwhile.

import { type AdmissionStore, type Log } from '../../gateway/ports.ts';
import { decision, draft, now, session } from '../contracts/admission-store-samples.ts';

export function decide(store: AdmissionStore, id: string) {
  const whole = decision();
  return store.commit({
    tenant: 'town',
    at: now,
    session: { session: session(id, { decision: whole, decisionId: id }), expectedVersion: 0 },
    decision: draft(id, { decision: whole }),
  });
}

/** The reasons of those that were rejected. */
export async function failures(calls: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const answers = await Promise.allSettled(calls);
  return answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
}

export function recordingLog(): { readonly log: Log; readonly events: string[] } {
  const events: string[] = [];
  const note = (event: string) => void events.push(event);
  return { log: { info: note, warn: note, error: note }, events };
}
