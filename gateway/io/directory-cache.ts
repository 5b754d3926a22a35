// What is known of people: answers of the directory kept for a few minutes, one question per person at a time, and the last
// answer of each kept for as long as the policy may believe it. Lives in memory: a restart forgets it.

import { createHash } from 'node:crypto';
import type { DirectoryAnswer, KnownPerson } from '../pdp/directory.ts';
import { type Clock, type Directory, type KnownPeople, type Log, type Meter, Unavailable } from '../ports.ts';

export interface CacheOptions {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly cacheMs: number;
  readonly meter: Meter;
  readonly log: Log;
  readonly peopleAtMost?: number;
}

/** Somebody who was enrolled a moment ago should not wait for minutes. */
const absentAtMostMs = 30_000;
/** A directory that just failed is not asked about the same person again at once. */
const afterFailureMs = 5_000;
const peopleAtMost = 50_000;

/** That of today, then those under earlier keys. */
type Pseudonyms = readonly [string, ...string[]];

interface Person {
  last?: NonNullable<KnownPerson['last']>;
  failedAt?: number;
  asking?: Promise<void>;
}

export function knownPeople({ directory, clock, cacheMs, meter, log, ...options }: CacheOptions): KnownPeople {
  const people = new Map<string, Person>();
  const limit = options.peopleAtMost ?? peopleAtMost;

  function fresh({ last }: Person, jitter: number): boolean {
    if (last === undefined) return false;
    const forMs = last.answer.found ? cacheMs * jitter : Math.min(cacheMs, absentAtMostMs);
    const ageMs = clock.now() - last.observedAt;
    // A clock that was set back must not make an answer good for longer.
    return ageMs >= 0 && ageMs < forMs;
  }

  async function ask(person: Person, tenant: string, pseudonyms: Pseudonyms): Promise<void> {
    const askedAt = performance.now();
    let result = 'answered';
    try {
      const answer = await firstFound(directory, tenant, pseudonyms);
      person.last = { answer, observedAt: clock.now() };
      delete person.failedAt;
    } catch (error) {
      // Down, or a fault of ours: either way nothing new is known, and the policy says what follows.
      person.failedAt = clock.now();
      result = error instanceof Unavailable ? 'unavailable' : 'fault';
      log.warn('directory-silent', { tenant, person: pseudonyms[0], error: String(error) });
    } finally {
      delete person.asking;
    }
    meter.count('sluis_directory_total', { result });
    meter.observe('sluis_directory_seconds', (performance.now() - askedAt) / 1000, { result });
  }

  function personOf(key: string): Person {
    const known = people.get(key) ?? {};
    // The longest unasked stands first.
    people.delete(key);
    people.set(key, known);
    if (people.size > limit) {
      const [oldest] = people.keys();
      if (oldest !== undefined) people.delete(oldest);
    }
    return known;
  }

  return {
    person: async (tenant, pseudonym, withinMs, former = []) => {
      const person = personOf(JSON.stringify([tenant, pseudonym]));
      if (fresh(person, jitterOf(pseudonym))) return known(person);
      const { failedAt } = person;
      const justFailed = failedAt !== undefined && Math.abs(clock.now() - failedAt) < afterFailureMs;
      if (person.asking === undefined && justFailed) return known(person, 'error');
      const asking = (person.asking ??= ask(person, tenant, [pseudonym, ...former]));
      if (!(await settledWithin(asking, withinMs))) return known(person, 'timeout');
      return person.failedAt === undefined ? known(person) : known(person, 'error');
    },
  };
}

/** Once the directory is brought up to date, the first question finds everybody. */
async function firstFound(directory: Directory, tenant: string, pseudonyms: Pseudonyms): Promise<DirectoryAnswer> {
  const [current, ...former] = pseudonyms;
  let answer = await directory.person(tenant, current);
  for (const pseudonym of former) {
    if (answer.found) break;
    answer = await directory.person(tenant, pseudonym);
  }
  return answer;
}

function known({ last }: Person, unanswered?: 'timeout' | 'error'): KnownPerson {
  return { ...(last === undefined ? {} : { last }), ...(unanswered === undefined ? {} : { unanswered }) };
}

async function settledWithin(work: Promise<void>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), withinMs);
  });
  const settled = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return settled;
}

/** 0.8 to 1, the same for a person each time: those who logged in together are not all asked about again together. */
function jitterOf(pseudonym: string): number {
  const [octet = 0] = createHash('sha256').update(pseudonym, 'utf8').digest();
  return 0.8 + (octet / 255) * 0.2;
}
