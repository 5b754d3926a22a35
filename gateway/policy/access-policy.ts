// An access policy: for whom it is, what it gives, for how long, and which checks it requires.
// What an outcome cannot carry yet (grace, deadline) is refused, never ignored.

import { outcomes } from '../contract/outcome.ts';
import { formatDuration, parseDuration } from '../documents/duration.ts';
import {
  listOf,
  located,
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
import type { Tree } from '../documents/yaml-tree.ts';
import type { Check } from './check.ts';
import { institutionWord, name, type RefusalOutcome, refusal } from './names.ts';

export interface Requirement {
  readonly check: Check;
  readonly otherwise: RefusalOutcome;
}

/** Absent means whoever; a session must fit all that is given. */
export interface Selection {
  readonly groups?: ReadonlySet<string>;
  readonly deviceClasses?: ReadonlySet<string>;
  readonly concentrators?: ReadonlySet<string>;
}

export interface AccessPolicy {
  readonly name: string;
  readonly owner: string;
  readonly for: Selection;
  /** Names of the policies that give way to this one where both fit. */
  readonly before: readonly { readonly value: string; readonly line: number }[];
  readonly gives: string;
  readonly sessionAtMostMs?: number;
  readonly requires: readonly Requirement[];
  readonly file: string;
  readonly line: number;
}

/** No session lives longer, whatever a policy says. */
export const sessionCeilingMs = 24 * 3_600_000;

/** A word that other policy languages know and this one does not: refused, because ignoring it would surprise. */
const later = (word: string): Shape<never> => {
  return (tree, reading) =>
    problem(reading, tree.line, `"${word}" is not understood`, `remove "${word}": a requirement counts at once`);
};

const otherwise = record({
  otherwise: required(refusal),
  grace: optional(later('grace')),
  deadline: optional(later('deadline')),
  remind: optional(later('remind')),
});

interface RequirementDocument {
  readonly check: string;
  readonly line: number;
  readonly otherwise: RefusalOutcome;
}

/** `- disk-encrypted: { otherwise: quarantine }` */
const requirement: Shape<RequirementDocument> = (tree, reading) => {
  const [entry, ...more] = tree.kind === 'map' ? tree.entries : [];
  if (entry === undefined || more.length > 0) {
    return problem(reading, tree.line, 'expected one check and what follows', 'write "- name: { otherwise: deny }"');
  }
  const [check, { value, line }] = entry;
  const read = otherwise(value, reading);
  return read === undefined ? undefined : { check, line, otherwise: read.otherwise };
};

/** A list that, when it is there, names someone. */
const someWords: Shape<readonly string[]> = (tree, reading) => {
  const words = listOf(institutionWord)(tree, reading);
  if (words?.length !== 0) return words;
  return problem(reading, tree.line, 'an empty list selects nobody', 'name someone, or leave the key out');
};

const narrowed = record({
  groups: optional(someWords),
  device: optional(someWords),
  concentrator: optional(someWords),
});

const selection: Shape<Selection> = (tree, reading) => {
  if (tree.kind === 'text' && tree.text === 'everyone') return {};
  const read = narrowed(tree, reading);
  if (read === undefined) return undefined;
  const { groups, device, concentrator } = read;
  if (groups === undefined && device === undefined && concentrator === undefined) {
    return problem(reading, tree.line, 'selects nobody in particular', 'write "for: everyone" when that is meant');
  }
  return {
    ...(groups === undefined ? {} : { groups: new Set(groups) }),
    ...(device === undefined ? {} : { deviceClasses: new Set(device) }),
    ...(concentrator === undefined ? {} : { concentrators: new Set(concentrator) }),
  };
};

const taken: readonly string[] = outcomes;
const segment = parsed(
  value => (/^[a-z][a-z0-9-]{0,62}$/.test(value) && !taken.includes(value) ? value : undefined),
  `a segment name of a-z 0-9 - other than ${taken.join(', ')}`,
);

const sessionLength = parsed(
  value => {
    const ms = parseDuration(value);
    return ms !== undefined && ms > 0 && ms <= sessionCeilingMs ? ms : undefined;
  },
  `a duration of at most ${formatDuration(sessionCeilingMs)}`,
);

const document = listOf(
  record({
    policy: required(located(name)),
    owner: required(text(128)),
    for: required(selection),
    before: optional(listOf(located(name)), []),
    gives: required(segment),
    'session at most': optional(sessionLength),
    requires: required(located(listOf(requirement))),
  }),
);
type PolicyDocument = Read<typeof document>[number];

/** The policies of one file. `checks` are those of the whole set; `names` holds those too that are themselves broken. */
export function readPolicies(
  tree: Tree,
  reading: Reading,
  checks: ReadonlyMap<string, Check>,
  names: ReadonlySet<string>,
): readonly AccessPolicy[] {
  return (document(tree, reading) ?? []).map(read => compile(read, reading, checks, names));
}

function compile(
  read: PolicyDocument,
  reading: Reading,
  checks: ReadonlyMap<string, Check>,
  names: ReadonlySet<string>,
): AccessPolicy {
  const requires = new Map<string, Requirement>();
  if (read.requires.value.length === 0) {
    problem(reading, read.requires.line, 'requires nothing, so it would grant to anyone', 'name at least one check');
  }
  for (const wanted of read.requires.value) {
    const check = checks.get(wanted.check);
    if (check === undefined) {
      if (names.has(wanted.check)) continue;
      problem(reading, wanted.line, `no check is called "${wanted.check}"`, `use one of: ${[...names].join(', ')}`);
    } else if (requires.has(wanted.check)) {
      problem(reading, wanted.line, `"${wanted.check}" is required twice`, 'keep one of the two');
    } else {
      // Else a laptop would fare better by hiding a fact than by telling it.
      if (outcomes.indexOf(check.ifUnknown) < outcomes.indexOf(wanted.otherwise)) {
        const message = `"${wanted.check}" means ${wanted.otherwise} when it fails, but only ${check.ifUnknown} when it is unknown`;
        problem(
          reading,
          wanted.line,
          message,
          `write "if unknown: ${wanted.otherwise}" in ${check.file}, or soften this one`,
        );
      }
      requires.set(wanted.check, { check, otherwise: wanted.otherwise });
    }
  }
  const length = read['session at most'];
  return {
    name: read.policy.value,
    owner: read.owner,
    for: read.for,
    before: read.before,
    gives: read.gives,
    ...(length === undefined ? {} : { sessionAtMostMs: length }),
    requires: [...requires.values()],
    file: reading.file,
    line: read.policy.line,
  };
}
