// The file of a NAS profile → profile, or everything wrong with it. The parts are those of `nas-profile.ts`.

import { parseDuration } from '../documents/duration.ts';
import {
  choice,
  flag,
  listOf,
  located,
  mapOf,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
  type Shape,
  text,
} from '../documents/shape.ts';
import { parseYaml, type Problem } from '../documents/yaml-tree.ts';
import {
  changes,
  clientClaimNames,
  evidenceKinds,
  joinKeys,
  type NasProfile,
  type ReplyRule,
  type ReplyWord,
  replyWords,
  sessionIdentifiers,
} from './nas-profile.ts';

/** What an attribute holds, by its name; `undefined` for one that this product cannot write. */
export type AttributeKinds = (name: string) => 'text' | 'octets' | 'number' | 'address' | undefined;

export type NasProfileResult = { readonly profile: NasProfile } | { readonly problems: readonly Problem[] };

/** `name` is that of the file. */
export function readNasProfile(source: string, file: string, name: string, kindOf: AttributeKinds): NasProfileResult {
  const tree = parseYaml(source, file);
  if ('problems' in tree) return tree;
  const reading: Reading = { file, problems: [] };
  const read = profileShape(kindOf)(tree.tree, reading);
  const profile = read === undefined ? undefined : profileOf(read, name, reading);
  return profile === undefined || reading.problems.length > 0 ? { problems: reading.problems } : { profile };
}

const duration = parsed(parseDuration, 'a duration such as "2 seconds"');
const sentence = text(400);
const placeholders = /\{(value|first|second|n)\}/;

function profileShape(kindOf: AttributeKinds) {
  const attribute = parsed(
    value => (kindOf(value) === undefined ? undefined : value),
    'the name of an attribute that Sluis can write',
  );
  return record({
    product: required(text(200)),
    evidence: required(listOf(record({ by: required(choice(...evidenceKinds)), says: required(sentence) }))),
    reply: required(located(replyShape(kindOf))),
    'never-sends': optional(listOf(record({ attribute: required(attribute), because: required(sentence) })), []),
    'client-claims': optional(
      listOf(
        record({
          claim: required(choice(...clientClaimNames)),
          attribute: required(attribute),
          after: optional(text(100)),
        }),
      ),
      [],
    ),
    'smallest-session-timeout': required(duration),
    'retransmits-after': required(duration),
    'gives-up-after': required(duration),
    'message-authenticator': required(choice('always', 'never', 'unknown')),
    'repeats-password': required(flagOrUnknown),
    change: required(located(choice(...changes))),
    'coa-changes': optional(listOf(choice(...replyWords)), []),
    'coa-replaces': optional(flag, false),
    'identified-by': optional(listOf(someOf(choice(...sessionIdentifiers))), []),
    'unexplained-nak': optional(choice('session-gone', 'give-up'), 'give-up'),
    'joined-by': required(listOf(choice(...joinKeys))),
    settings: optional(
      listOf(record({ setting: required(sentence), value: required(sentence), because: required(sentence) })),
      [],
    ),
    'own-configuration': required(text(8192)),
  });
}
type Document = Read<ReturnType<typeof profileShape>>;

const flagOrUnknown: Shape<boolean | 'unknown'> = (tree, reading) =>
  tree.kind === 'text' && tree.text === 'unknown' ? 'unknown' : flag(tree, reading);

/** A list in a list, which a single value is not. */
function someOf<T>(item: Shape<T>): Shape<readonly T[]> {
  const all = listOf(item);
  return (tree, reading) => {
    if (tree.kind === 'list' && tree.items.length > 0) return all(tree, reading);
    return problem(reading, tree.line, 'expected a list of what is sent together', 'write for example [user-name]');
  };
}

/** Words → the attributes that say them. A value must fit its attribute whatever is put in its place. */
function replyShape(kindOf: AttributeKinds): Shape<readonly ReplyRule[]> {
  const rules = mapOf(mapOf(text(200)));
  return (tree, reading) => {
    const read = rules(tree, reading);
    if (read === undefined || tree.kind !== 'map') return undefined;
    const out: ReplyRule[] = [];
    for (const [key, sends] of read) {
      const line = tree.entries.get(key)?.line ?? tree.line;
      const word = choice(...replyWords)({ kind: 'text', text: key, line }, reading);
      if (word === undefined) continue;
      const rule = { word, sends: [...sends].map(([attribute, value]) => ({ attribute, value })) };
      for (const { attribute, value } of rule.sends) {
        const wrong = misfit(kindOf(attribute), word, value);
        if (wrong !== undefined)
          problem(reading, line, `${attribute}: "${value}" ${wrong}`, 'see docs/operations/concentrators.md');
      }
      out.push(rule);
    }
    return out;
  };
}

const numbers: readonly ReplyWord[] = ['vlan', 'idle-timeout', 'session-timeout', 'interim'];

function misfit(kind: ReturnType<AttributeKinds>, word: ReplyWord, value: string): string | undefined {
  if (kind === undefined) return 'stands for an attribute that Sluis cannot write';
  const bare = /^\{(value|first|second)\}$/.test(value);
  if (kind === 'number') {
    return /^\d{1,9}$/.test(value) || (bare && numbers.includes(word)) ? undefined : 'is no whole number';
  }
  if (kind === 'address') return bare && word.startsWith('dns') ? undefined : 'is no address';
  return value === '' ? 'is empty' : undefined;
}

function profileOf(read: Document, name: string, reading: Reading): NasProfile {
  const reply = read.reply.value;
  const wrong = (line: number, message: string, remedy: string) => problem(reading, line, message, remedy);
  const sent = new Set(reply.flatMap(({ sends }) => sends.map(({ attribute }) => attribute)));
  for (const { attribute, line } of read['never-sends']) {
    if (sent.has(attribute)) wrong(line, `${attribute} is never sent, and "reply" sends it`, 'leave one of them out');
  }
  for (const { word, sends } of reply) {
    if (sends.some(({ value }) => placeholders.test(value))) continue;
    wrong(read.reply.line, `nothing of "${word}" is said`, 'put {value} into the value of an attribute');
  }
  const words = new Set<ReplyWord>(reply.map(({ word }) => word));
  const { value: change, line: changeLine } = read.change;
  const byRadius = change === 'coa' || change.startsWith('disconnect');
  if (byRadius !== read['identified-by'].length > 0) {
    const remedy = byRadius ? 'add identified-by:' : 'leave identified-by: out';
    wrong(changeLine, `change: ${change} ${byRadius ? 'needs what names a session' : 'names no session'}`, remedy);
  }
  if (change === 'coa' && read['coa-changes'].length === 0) {
    wrong(changeLine, 'change: coa changes nothing', 'add coa-changes:, or write change: disconnect');
  }
  const unsaid = read['coa-changes'].find(word => !words.has(word));
  if (unsaid !== undefined) wrong(changeLine, `coa-changes: "${unsaid}" is no word of "reply"`, 'add it there');
  if (read['joined-by'].includes('class') && !words.has('session')) {
    wrong(read.line, 'joined-by: class needs "session" in "reply"', 'add session: { Class: "{value}" }');
  }
  return {
    name,
    product: read.product,
    evidence: read.evidence.map(({ by, says }) => ({ by, says })),
    reply,
    neverSent: read['never-sends'].map(({ attribute, because }) => ({ attribute, because })),
    clientClaims: read['client-claims'].map(({ claim, attribute, after }) => ({
      claim,
      attribute,
      ...(after === undefined ? {} : { after }),
    })),
    sessionTimeoutFloorS: read['smallest-session-timeout'] / 1000,
    retransmitsAfterMs: read['retransmits-after'],
    givesUpAfterMs: read['gives-up-after'],
    messageAuthenticator: read['message-authenticator'],
    repeatsPassword: read['repeats-password'],
    change,
    coaChanges: read['coa-changes'],
    coaReplaces: read['coa-replaces'],
    identifiedBy: read['identified-by'],
    unexplainedNak: read['unexplained-nak'],
    joinedBy: read['joined-by'],
    settings: read.settings.map(({ setting, value, because }) => ({ setting, value, because })),
    ownConfiguration: read['own-configuration'],
  };
}
