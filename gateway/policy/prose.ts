// A whole policy set in plain prose, for those who answer for it and read no YAML: a manager, a works council. Headings,
// paragraphs and lists; how they look is for `prose-page.ts`.

import type { Language } from '../contract/language.ts';
import { colon } from '../contract/measure-words.ts';
import { sentences } from './explanation-words.ts';
import { type AccessPolicy, sessionCeilingMs } from './access-policy.ts';
import type { Calendar } from './calendar.ts';
import type { Floor } from './floor.ts';
import { applicationsFor, type PolicySet } from './policy-set.ts';
import { dayWords, durationWords, listed, momentWords } from './prose-measures.ts';
import { mustBe, requirementSentence } from './prose-requirement.ts';
import { calendarSentences, forWhom } from './prose-selection.ts';
import { followsWords, say } from './prose-words.ts';
import type { RevocationRule } from './revocation-rule.ts';
import type { Waiver } from './waiver.ts';

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] };

const heading = (level: 1 | 2 | 3, text: string): Block => ({ kind: 'heading', level, text });
const paragraph = (...parts: readonly string[]): Block => ({ kind: 'paragraph', text: parts.join(' ') });
const list = (items: readonly string[]): Block => ({ kind: 'list', items });

export function policySetInProse(set: PolicySet, language: Language): readonly Block[] {
  const { zone, hash, name } = set;
  return [
    heading(1, name === undefined ? say('title', language) : say('titleOf', language, { name })),
    paragraph(say('version', language, { hash: hash.slice(0, 12), zone })),
    ...howDecided(set, language),
    ...set.policies.flatMap(policy => policyBlocks(policy, set, language)),
    ...(set.floors.length === 0 ? [] : [heading(2, say('floors', language))]),
    ...set.floors.flatMap(floor => floorBlocks(floor, set, language)),
    ...calendarBlocks([...set.calendars.values()], language),
    ...acceptanceBlocks(set, language),
    ...applicationBlocks(set, language),
    ...excuseBlocks(set, language),
    ...unknownBlocks(set, language),
  ];
}

function howDecided({ closedTo, exclusiveGroups }: PolicySet, language: Language): readonly Block[] {
  return [
    heading(2, say('how', language)),
    paragraph(say('one', language)),
    paragraph(say('all', language)),
    paragraph(say('waivers', language)),
    ...exclusiveGroups.map(groups =>
      paragraph(say('exclusive', language, { groups: listed(groups, 'conjunction', language) })),
    ),
    ...(closedTo.length === 0
      ? []
      : [paragraph(say('closedTo', language)), list(closedTo.map(each => forWhom(each, language)))]),
  ];
}

function policyBlocks(policy: AccessPolicy, { zone, policies }: PolicySet, language: Language): readonly Block[] {
  const time = durationWords(policy.sessionAtMostMs ?? sessionCeilingMs, language);
  const others = policies.filter(({ name }) => policy.before.some(({ value }) => value === name));
  return [
    heading(2, say('policy', language, { name: policy.name })),
    paragraph(
      `${forWhom(policy.for, language)}.`,
      say('gives', language, { segment: policy.gives, time }),
      ...(others.length === 0
        ? []
        : [say('before', language, { others: listed(others.map(quotedName), 'conjunction', language) })]),
      ...(policy.breakGlass ? [sentences.breakGlass[language]] : []),
      say('owner', language, { owner: policy.owner }),
    ),
    paragraph(say('asked', language)),
    list(policy.requires.map(each => requirementSentence(each, { language, zone, usuallyWaivable: true }))),
  ];
}

function quotedName({ name }: AccessPolicy): string {
  return `“${name}”`;
}

function floorBlocks(floor: Floor, { zone }: PolicySet, language: Language): readonly Block[] {
  const [, layer] = /^layers\/([^/]+)\//.exec(floor.file) ?? [];
  const { sessionAtMostMs, source } = floor;
  return [
    heading(3, say('floor', language, { name: floor.name })),
    paragraph(
      `${forWhom(floor.for, language)}.`,
      ...(sessionAtMostMs === undefined
        ? []
        : [say('atMost', language, { time: durationWords(sessionAtMostMs, language) })]),
      say('owner', language, { owner: floor.owner }),
      ...(layer === undefined ? [] : [say('layer', language, { layer })]),
      ...(source === undefined ? [] : [stopped(say('source', language, { source }))]),
    ),
    list(floor.requires.map(each => requirementSentence(each, { language, zone, usuallyWaivable: false }))),
  ];
}

function calendarBlocks(calendars: readonly Calendar[], language: Language): readonly Block[] {
  if (calendars.length === 0) return [];
  return [heading(2, say('calendars', language)), list(calendars.map(each => calendarSentences(each, language)))];
}

function acceptanceBlocks({ acceptances }: PolicySet, language: Language): readonly Block[] {
  if (acceptances.size === 0) return [];
  return [
    heading(2, say('texts', language)),
    ...[...acceptances.values()].flatMap(({ title, by, date, text }) => [
      heading(3, say('textOf', language, { title: title[language], by, date: dayWords(date, language) })),
      ...text[language].split(/\n+/).map(each => paragraph(each)),
    ]),
  ];
}

/** Of the laptop of somebody at home: they may know what is looked for. */
function applicationBlocks(set: PolicySet, language: Language): readonly Block[] {
  const asked = applicationsFor(set);
  if (asked.length === 0) return [];
  const items = asked.map(({ word, windows, macos, linux }) => {
    const names = [...new Set([...windows, ...macos, ...linux])];
    return `${word}${colon(language)} ${listed(names, 'conjunction', language)}`;
  });
  return [heading(2, say('applications', language)), list(items)];
}

function excuseBlocks({ waivers, checks, zone }: PolicySet, language: Language): readonly Block[] {
  if (waivers.length === 0) return [];
  const sentence = (waiver: Waiver) => {
    const excused = [...waiver.checks].flatMap(name => checks.get(name) ?? []);
    const what = say('told', language, {
      what: excused.map(check => mustBe(check, language)).join(say('or', language)),
    });
    const who =
      waiver.for === undefined ? listed(waiver.holders, 'conjunction', language) : forWhom(waiver.for, language);
    const [from, until] = [waiver.from, waiver.until].map(each => momentWords(each, zone, language));
    const words = { name: waiver.name, who, from: from ?? '', until: until ?? '', what };
    return [
      say(waiver.kind, language, words),
      say('agreed', language, {
        reason: stopped(waiver.reason),
        by: waiver.requestedBy,
        approved: listed(waiver.approvedBy, 'conjunction', language),
      }),
      ...(waiver.instead === undefined ? [] : [stopped(say('instead', language, { instead: waiver.instead }))]),
    ].join(' ');
  };
  return [heading(2, say('excuses', language)), list(waivers.map(sentence))];
}

function unknownBlocks({ degraded }: PolicySet, language: Language): readonly Block[] {
  const { noReport, staleReport, directory, revocation = [] } = degraded;
  const outcome = (word: typeof noReport) => ({ outcome: followsWords(word, language) });
  return [
    heading(2, say('unknown', language)),
    list([
      say('noReport', language, outcome(noReport)),
      say('staleReport', language, outcome(staleReport)),
      ...(directory === undefined
        ? []
        : [
            say('directory', language, {
              time: durationWords(directory.keepMs, language),
              ...outcome(directory.then),
            }),
          ]),
      ...revocation.map(rule => revocationSentence(rule, language)),
    ]),
  ];
}

function revocationSentence({ issuer, groups, keepMs, then }: RevocationRule, language: Language): string {
  return say('revocation', language, {
    issuer: issuer === 'any' ? say('anyIssuer', language) : issuer,
    who: groups === undefined ? '' : ` (${listed(groups, 'disjunction', language)})`,
    time: durationWords(keepMs, language),
    outcome: followsWords(then, language),
  });
}

/** What an author wrote may end with a stop, or not. */
function stopped(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
