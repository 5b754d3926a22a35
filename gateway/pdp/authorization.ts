// From decision to what the concentrator is told. Policy chooses the segment, the configuration says what that is in the
// network, and the profile of the NAS which attributes say it; caps are enforced here, last.
// Attribute names are those of `radius/dictionary.ts`; nothing here knows octets.

import type { Decision } from '../contract/decision.ts';
import type { Nas } from './nas.ts';
import { type NetworkWord, type ReplyRule, type ReplyWord, type SegmentNetwork } from './nas-profile.ts';

/** A value in the form that its attribute has: a number may be told in digits, octets as text or after `0x` in hex. */
export interface ReplyAttribute {
  readonly name: string;
  readonly value: string | number;
}

/** Session-Timeout never exceeds this, whatever a policy says: a forgotten session ends within a day. */
export const sessionAtMostMs = 24 * 3_600_000;
/** How often a NAS is asked to say that a session is there. */
export const interimIntervalMs = 600_000;

type Told = Pick<Nas, 'profile' | 'segments'>;

/**
 * Reply attributes of an Access-Accept for a session, in the order they are sent; empty for `deny`.
 * Session-Timeout is in seconds and never below the NAS profile's floor: below it, strongSwan logs in again without end.
 */
export function authorization(
  decision: Decision,
  nas: Told,
  sessionId: string,
  now: number,
): readonly ReplyAttribute[] {
  return attributesFor(decision, nas, sessionId, now, () => true);
}

/** Of those, what a CoA-Request can bring about there: a NAS refuses all of a request with something that it does not take. */
export function changedAuthorization(...of: Parameters<typeof authorization>): readonly ReplyAttribute[] {
  const { coaChanges } = of[1].profile;
  return attributesFor(...of, word => coaChanges.includes(word));
}

function attributesFor(
  decision: Decision,
  nas: Told,
  sessionId: string,
  now: number,
  wanted: (word: ReplyWord) => boolean,
): readonly ReplyAttribute[] {
  const { outcome, segment, validUntil } = decision;
  if (outcome === 'deny' || segment === undefined) return [];
  const leftS = Math.ceil((validUntil - now) / 1000);
  const timeoutS = Math.min(sessionAtMostMs / 1000, Math.max(leftS, nas.profile.sessionTimeoutFloorS));
  const said: Readonly<Partial<Record<ReplyWord, readonly (string | number)[]>>> = {
    ...networkOf(nas, segment),
    session: [sessionId],
    'session-timeout': [timeoutS],
    interim: [interimIntervalMs / 1000],
  };
  return nas.profile.reply.filter(({ word }) => wanted(word)).flatMap(rule => filled(rule, said[rule.word] ?? []));
}

/** What a segment is to this NAS; without another word of the configuration it is a group of the same name. */
function networkOf({ segments }: Pick<Nas, 'segments'>, segment: string): SegmentNetwork {
  return { group: [segment], ...segments?.get(segment) };
}

function filled({ sends }: ReplyRule, values: readonly (string | number)[]): readonly ReplyAttribute[] {
  return sends.flatMap(({ attribute: name, value: template }) => {
    const put = (value: string | number, index: number): ReplyAttribute => {
      // Alone it stays what it is: a number for an attribute that holds one.
      if (/^\{(value|first|second)\}$/.test(template)) return { name, value };
      const text = template.replaceAll(/\{(value|first|second)\}/g, () => String(value));
      return { name, value: text.replaceAll('{n}', String(index + 1)) };
    };
    if (template.includes('{second}')) return values.slice(1, 2).map(put);
    if (template.includes('{value}')) return values.map(put);
    return values.slice(0, 1).map(put);
  });
}

/** Words of a segment that nothing says there, so that its sessions are not as the configuration has them. */
export function unsaidOf(nas: Told, segment: string): readonly NetworkWord[] {
  const network = nas.segments?.get(segment) ?? {};
  return (Object.keys(network) as NetworkWord[]).filter(word => {
    const rule = nas.profile.reply.find(each => each.word === word);
    const values = network[word]?.length ?? 0;
    const taken = rule?.sends.some(({ value }) => value.includes('{value}')) === true ? Number.POSITIVE_INFINITY : 2;
    return rule === undefined || values > taken;
  });
}

/** Whether anything tells the NAS in which segment a session is: where nothing does, quarantine would be the whole network. */
export function tellsSegment(nas: Told, segment: string): boolean {
  const network = networkOf(nas, segment);
  const placing = (word: ReplyWord) => word !== 'idle-timeout' && !word.startsWith('dns') && word !== 'domain';
  return nas.profile.reply.some(({ word }) => word in network && placing(word));
}

/** Where a session is and what it is told, but not what it may do: whoever leaves such a segment may keep it. */
const comforts: readonly ReplyWord[] = [
  'pool',
  'routes',
  'routes-ipv6',
  'split-list',
  'dns',
  'dns-ipv6',
  'domain',
  'idle-timeout',
];

/** Whether a live session can be moved there by CoA: nothing else than what a CoA-Request can change has to be other. */
export function movesByCoa(nas: Told, from: string | undefined, to: string | undefined): boolean {
  const { change, coaChanges, coaReplaces, reply } = nas.profile;
  if (change !== 'coa' || to === undefined) return false;
  const before: SegmentNetwork = from === undefined ? {} : networkOf(nas, from);
  const after = networkOf(nas, to);
  const always: readonly ReplyWord[] = ['session', 'session-timeout', 'interim'];
  // A CoA-Request that says nothing is none.
  if (!coaChanges.some(word => word in after || always.includes(word))) return false;
  return reply.every(({ word }) => {
    const [was, is] = [before[word as NetworkWord], after[word as NetworkWord]];
    if (JSON.stringify(was) === JSON.stringify(is)) return true;
    const changes = coaChanges.includes(word);
    return is === undefined ? comforts.includes(word) || (changes && coaReplaces) : changes;
  });
}

/** The segments that a NAS may mean by what it repeats of its authorization. */
export function segmentsMeant({ segments }: Pick<Nas, 'segments'>, told: readonly string[]): readonly string[] {
  const others = [...(segments ?? [])].flatMap(([name, { group = [], filter = [] }]) =>
    [...group, ...filter].some(word => told.includes(String(word))) ? [name] : [],
  );
  return [...new Set([...told, ...others])];
}
