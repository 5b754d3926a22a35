// What to work on next, and what to drop first, when more comes than can be done. Requests wait here once they are believed and
// before anything else is computed for them: a request that its NAS has given up costs nothing.
// RFC 5080 section 2.2.2 prefers conversations that are under way; RFC 2866 section 2 keeps a report until it is answered.

export const lanes = ['live', 'login', 'conversation', 'accounting'] as const;
/**
 * `live` leads on what is under way here, `login` begins one, `conversation` begins one by EAP, which costs a TLS handshake.
 * `accounting` takes nothing from those three, and they nothing from it.
 */
export type Lane = (typeof lanes)[number];

export interface Waiting {
  readonly lane: Lane;
  readonly arrivedAt: number;
  /** When its NAS has given it up. A report of accounting is worth no less later: it is kept, and taken last. */
  readonly usefulUntil: number;
}

export interface RequestQueue<W extends Waiting> {
  /** In order of arrival. What had to go for it, perhaps itself. */
  add(request: W): W | undefined;
  /** Of the lanes that may start: the next to work on. `tooOld` is dropped on the way. */
  next(mayStart: (lane: Lane) => boolean, now: number): { readonly start?: W; readonly tooOld: readonly W[] };
  waiting(lane: Lane): number;
  oldestAt(lane: Lane): number | undefined;
}

/** `atMost`: logins of every kind together, and as many reports of accounting. */
export function requestQueue<W extends Waiting>({ atMost }: { readonly atMost: number }): RequestQueue<W> {
  const lines: Readonly<Record<Lane, Line<W>>> = {
    live: new Line(),
    login: new Line(),
    conversation: new Line(),
    accounting: new Line(),
  };
  const { live, login, conversation, accounting } = lines;

  /** Of two lines: that whose oldest, or newest, is so. */
  function older(): Line<W> {
    return (login.oldest?.arrivedAt ?? Infinity) <= (conversation.oldest?.arrivedAt ?? Infinity) ? login : conversation;
  }
  function newer(): Line<W> {
    return (login.newest?.arrivedAt ?? -Infinity) >= (conversation.newest?.arrivedAt ?? -Infinity)
      ? login
      : conversation;
  }

  return {
    add(request) {
      // Its NAS keeps it and sends it again; of those that wait, some may have been given up and be nowhere else.
      if (request.lane === 'accounting' && accounting.size >= atMost) return request;
      lines[request.lane].push(request);
      if (live.size + login.size + conversation.size <= atMost) return undefined;
      // The oldest has the least time left; and whoever is half-way in has cost something already.
      return older().takeOldest() ?? live.takeOldest();
    },
    next(mayStart, now) {
      const tooOld: W[] = [];
      const isTooOld = (request: W | undefined): boolean => request !== undefined && request.usefulUntil <= now;
      const drop = (request: W | undefined): void => {
        if (request !== undefined) tooOld.push(request);
      };
      for (const line of [live, login, conversation]) {
        while (isTooOld(line.oldest)) drop(line.takeOldest());
        // One NAS is less patient than another.
        while (isTooOld(line.newest)) drop(line.takeNewest());
      }
      const take = (): W | undefined => {
        if (live.size > 0 && mayStart('live')) return live.takeNewest();
        if (accounting.size > 0 && mayStart('accounting')) return accounting.takeNewest();
        const [mayLogin, mayConverse] = [mayStart('login'), mayStart('conversation')];
        if (mayLogin && mayConverse) return newer().takeNewest();
        return mayLogin ? login.takeNewest() : mayConverse ? conversation.takeNewest() : undefined;
      };
      const start = take();
      return start === undefined ? { tooOld } : { start, tooOld };
    },
    waiting: lane => lines[lane].size,
    oldestAt: lane => lines[lane].oldest?.arrivedAt,
  };
}

/** Taken from at both ends. */
class Line<W> {
  private items: W[] = [];
  /** Those before it have been taken. */
  private from = 0;

  get size(): number {
    return this.items.length - this.from;
  }
  get oldest(): W | undefined {
    return this.items[this.from];
  }
  get newest(): W | undefined {
    return this.size === 0 ? undefined : this.items.at(-1);
  }
  push(item: W): void {
    this.items.push(item);
  }
  takeOldest(): W | undefined {
    const item = this.oldest;
    if (item === undefined) return undefined;
    this.from++;
    // What was taken is let go now and then, not one by one.
    if (this.from > 64 && this.from * 2 > this.items.length) {
      this.items = this.items.slice(this.from);
      this.from = 0;
    }
    return item;
  }
  takeNewest(): W | undefined {
    return this.size === 0 ? undefined : this.items.pop();
  }
}
