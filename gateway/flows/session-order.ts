// Who may work on which session when: one at a time on each, a bounded number at each concentrator, so that a silent one holds
// up nobody but itself.

export class SessionOrder {
  readonly #atOnce: number;
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #busy = new Map<string, number>();
  readonly #queues = new Map<string, (() => void)[]>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** After all earlier work on that session; what it rejects with is the caller's. */
  turn<T>(session: string, nas: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(session) ?? Promise.resolve();
    const mine = before.then(() => this.#placed(nas, work));
    const over = mine
      // The next in turn does not care how this one ended.
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(session) === over) this.#last.delete(session);
      });
    this.#last.set(session, over);
    return mine;
  }

  /** Resolves when nobody works any more. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }

  async #placed<T>(nas: string, work: () => Promise<T>): Promise<T> {
    const busy = this.#busy.get(nas) ?? 0;
    if (busy < this.#atOnce) this.#busy.set(nas, busy + 1);
    else await this.#handedOn(nas);
    try {
      return await work();
    } finally {
      this.#leave(nas);
    }
  }

  #handedOn(nas: string): Promise<void> {
    return new Promise(resolve => {
      const queue = this.#queues.get(nas);
      if (queue === undefined) this.#queues.set(nas, [resolve]);
      else queue.push(resolve);
    });
  }

  /** The place goes to the next in the queue, or is free. */
  #leave(nas: string): void {
    const queue = this.#queues.get(nas);
    const next = queue?.shift();
    if (queue?.length === 0) this.#queues.delete(nas);
    if (next !== undefined) next();
    else this.#busy.set(nas, (this.#busy.get(nas) ?? 1) - 1);
  }
}
