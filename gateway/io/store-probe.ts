// Whether the store answers. A store that is down makes this instance unfit as a whole: Status-Server falls silent and the NAS
// fails over.

import type { AdmissionStore } from '../ports.ts';

export interface StoreProbe {
  /** Why this instance should not be asked now; empty when it may. */
  readonly unfit: () => readonly string[];
  /** Since when it has answered without a break, as far as this process knows; never while it does not. */
  readonly answersSince: () => number;
  readonly close: () => Promise<void>;
}

const probeEveryMs = 2_000;

export function startStoreProbe(store: Pick<AdmissionStore, 'nonce'>, tenant: string): StoreProbe {
  let answers = true;
  let since = Date.now();
  const probing = setInterval(() => {
    store.nonce(tenant, 'probe').then(
      () => {
        if (!answers) since = Date.now();
        answers = true;
      },
      () => (answers = false),
    );
  }, probeEveryMs);
  return {
    unfit: () => (answers ? [] : ['store-unavailable']),
    answersSince: () => (answers ? since : Number.POSITIVE_INFINITY),
    close: async () => clearInterval(probing),
  };
}
