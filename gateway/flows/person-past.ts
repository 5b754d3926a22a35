// What is known of a person from earlier days, read only where the running policy looks at it, and what is written down for
// the days to come.

import type { AcceptedTexts, Kept, TeleworkDays } from '../kept.ts';
import type { AdmissionRequest, ProvenPerson } from '../pdp/request.ts';
import type { Session } from '../pdp/session.ts';
import { isSameHalf, teleworkKeptMs, teleworkOf, withMoment, withTime } from '../pdp/telework.ts';
import type { RunningPolicy } from '../pdp/decide.ts';
import type { AdmissionStore, Log } from '../ports.ts';
import { attempts } from './live-change.ts';
import { openOf } from './live-elsewhere.ts';

type Store = Pick<AdmissionStore, 'kept' | 'sessions'>;
type Watched = RunningPolicy['past'];
/** That of today first. */
type Whom = Pick<ProvenPerson, 'pseudonym' | 'formerPseudonyms'>;

export interface Asking {
  readonly tenant: string;
  readonly past?: Watched;
  readonly person: Whom | undefined;
  readonly device?: { readonly key: string };
  /** The session itself, once it is one. */
  readonly sessionId?: string;
}

export interface PersonPast {
  /** For the question. */
  readonly known: Pick<AdmissionRequest, 'telework' | 'accepted' | 'otherSessions'>;
  /** What the answer rests on. */
  readonly teleworkKept?: KeptDays | undefined;
}

/** `undefined`: the policy looks at nothing of it, or nobody is proven. */
export async function personPast(
  store: Store,
  { tenant, past: watched, person, device, sessionId }: Asking,
  now: number,
): Promise<PersonPast | undefined> {
  if (watched === undefined || person === undefined) return undefined;
  const { teleworkZone, acceptances, otherSessions } = watched;
  const [days, accepted, others] = await Promise.all([
    teleworkZone === undefined ? undefined : daysOf(store, tenant, person),
    acceptances === undefined ? undefined : acceptedOf(store, tenant, person),
    otherSessions && sessionsOf(store, tenant, person, now),
  ]);
  return {
    known: {
      // The same machine has only reconnected.
      ...(others === undefined
        ? {}
        : {
            otherSessions: others.filter(
              ({ id, device: on }) => id !== sessionId && (on === undefined || on !== device?.key),
            ).length,
          }),
      ...(acceptances === undefined || accepted === undefined
        ? {}
        : { accepted: [...acceptances].flatMap(([name, hash]) => (accepted.all[name]?.hash === hash ? [name] : [])) }),
      ...(teleworkZone === undefined || days === undefined
        ? {}
        : { telework: teleworkOf(days.all, now, teleworkZone) }),
    },
    teleworkKept: days?.kept,
  };
}

/** Of those that a concentrator has lately reported, under whichever pseudonym. */
async function sessionsOf(
  store: Store,
  tenant: string,
  { pseudonym, formerPseudonyms = [] }: Whom,
  now: number,
): Promise<readonly Session[]> {
  const names = [pseudonym, ...formerPseudonyms];
  return (await Promise.all(names.map(person => openOf(store, { tenant, person }, now)))).flat();
}

export type KeptDays = Kept<'telework-days'>;

/** Those under earlier pseudonyms count too; they go by themselves. */
async function daysOf(
  store: Pick<AdmissionStore, 'kept'>,
  tenant: string,
  { pseudonym, formerPseudonyms = [] }: Whom,
): Promise<{ readonly kept: KeptDays | undefined; readonly all: TeleworkDays }> {
  const names = [pseudonym, ...formerPseudonyms];
  const found = await Promise.all(names.map(name => store.kept(tenant, 'telework-days', name)));
  const all: Record<string, TeleworkDays[string]> = {};
  for (const [day, half] of found.flatMap(each => Object.entries(each?.value.days ?? {}))) {
    all[day] = all[day] === undefined || all[day] === half ? half : 'both';
  }
  return { kept: found[0], all };
}

type KeptTexts = Kept<'accepted-texts'>;
/** Far more than anybody is asked to read. */
const textsAtMost = 100;

/** What was accepted under an earlier pseudonym is accepted. */
export async function acceptedOf(
  store: Pick<AdmissionStore, 'kept'>,
  tenant: string,
  { pseudonym, formerPseudonyms = [] }: Whom,
): Promise<{ readonly kept: KeptTexts | undefined; readonly all: AcceptedTexts }> {
  const names = [pseudonym, ...formerPseudonyms];
  const [kept, ...former] = await Promise.all(names.map(name => store.kept(tenant, 'accepted-texts', name)));
  const earlier = former.toReversed().map(each => each?.value.texts ?? {});
  return { kept, all: Object.assign({}, ...earlier, kept?.value.texts) as AcceptedTexts };
}

export function acceptedToKeep(
  person: string,
  kept: KeptTexts | undefined,
  { name, hash, at }: { readonly name: string; readonly hash: string; readonly at: number },
): KeptTexts {
  const others = Object.entries(kept?.value.texts ?? {}).filter(([each]) => each !== name);
  const newest = others.sort(([, a], [, b]) => b.at - a.at).slice(0, textsAtMost - 1);
  const value = { texts: { ...Object.fromEntries(newest), [name]: { hash, at } } };
  return { kind: 'accepted-texts', key: person, value, version: (kept?.version ?? 0) + 1 };
}

/** Of a session that is granted at this moment; nothing where that is written down already. */
export function teleworkToKeep(
  watched: Watched,
  { person, decision: { outcome } }: Pick<Session, 'person' | 'decision'>,
  kept: KeptDays | undefined,
  now: number,
): readonly KeptDays[] {
  const zone = watched?.teleworkZone;
  if (zone === undefined || person === undefined || outcome !== 'grant') return [];
  return daysToKeep(person, kept, withMoment(kept?.value.days ?? {}, now, zone), now);
}

function daysToKeep(person: string, kept: KeptDays | undefined, days: TeleworkDays, now: number): readonly KeptDays[] {
  if (kept !== undefined && JSON.stringify(kept.value.days) === JSON.stringify(days)) return [];
  const version = (kept?.version ?? 0) + 1;
  return [{ kind: 'telework-days', key: person, value: { days }, version, expiresAt: now + teleworkKeptMs }];
}

interface WritingPorts {
  readonly store: Pick<AdmissionStore, 'kept' | 'commit'>;
  readonly log: Log;
  readonly tenant: (name: string) => { readonly policy: Pick<RunningPolicy, 'past'> };
}

/** A session has gone on until then, as its concentrator tells: perhaps into another half day. */
export async function teleworkGoesOn(
  { store, log, tenant: rules }: WritingPorts,
  { tenant, id, person, decision, decidedAt, lastSeenAt = decidedAt }: Session,
  until: number,
): Promise<void> {
  const zone = rules(tenant).policy.past?.teleworkZone;
  if (zone === undefined || person === undefined || decision.outcome !== 'grant') return;
  if (until <= lastSeenAt || isSameHalf(lastSeenAt, until, zone)) return;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const kept = await store.kept(tenant, 'telework-days', person);
    const keep = daysToKeep(person, kept, withTime(kept?.value.days ?? {}, lastSeenAt, until, zone), until);
    if (keep.length === 0 || (await store.commit({ tenant, at: until, keep })).committed) return;
  }
  log.warn('telework-raced', { tenant, session: id });
}
