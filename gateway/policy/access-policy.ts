// An access policy: for whom it is, what it gives, for how long, and which checks it requires.

import { outcomes } from '../contract/outcome.ts';
import { formatDuration, parseDuration } from '../documents/duration.ts';
import {
  flag,
  formOf,
  listOf,
  located,
  optional,
  parsed,
  problem,
  type Read,
  type Reading,
  record,
  required,
  text,
} from '../documents/shape.ts';
import type { Tree } from '../documents/yaml-tree.ts';
import type { Calendar } from './calendar.ts';
import { factsOf } from './check.ts';
import { name } from './names.ts';
import { compileRequirements, type Requirement, type RequirementContext, requirements } from './requirement.ts';
import { type Selection, selectionShape } from './selection.ts';

export interface AccessPolicy {
  readonly name: string;
  readonly owner: string;
  readonly for: Selection;
  /** Names of the policies that give way to this one where both fit. */
  readonly before: readonly { readonly value: string; readonly line: number }[];
  readonly gives: string;
  readonly sessionAtMostMs?: number;
  readonly requires: readonly Requirement[];
  /** For the few who must come in when all else fails: every admission is an alarm. */
  readonly breakGlass: boolean;
  readonly file: string;
  readonly line: number;
}

export interface PolicyContext extends Omit<RequirementContext, 'waivable'> {
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly segments?: ReadonlySet<string>;
}

/** No session lives longer, whatever a policy says. */
export const sessionCeilingMs = 24 * 3_600_000;
const breakGlassAtMostMs = 4 * 3_600_000;

const taken: readonly string[] = outcomes;
const segment = parsed(
  value => (/^[a-z][a-z0-9-]{0,62}$/.test(value) && !taken.includes(value) ? value : undefined),
  `a segment name of a-z 0-9 - other than ${taken.join(', ')}`,
);

export const sessionLength = parsed(
  value => {
    const ms = parseDuration(value);
    return ms !== undefined && ms > 0 && ms <= sessionCeilingMs ? ms : undefined;
  },
  `a duration of at most ${formatDuration(sessionCeilingMs)}`,
);

const document = (calendars: ReadonlyMap<string, Calendar>) =>
  listOf(
    record({
      policy: required(located(name)),
      owner: required(text(128)),
      for: required(selectionShape(calendars)),
      before: optional(listOf(located(name)), []),
      gives: required(located(segment)),
      'session at most': optional(sessionLength),
      'break glass': optional(flag, false),
      requires: required(requirements),
    }),
  );
export const accessForm = formOf(document(new Map()));
type PolicyDocument = Read<ReturnType<typeof document>>[number];

/** The policies of one file. */
export function readPolicies(tree: Tree, reading: Reading, context: PolicyContext): readonly AccessPolicy[] {
  return (document(context.calendars)(tree, reading) ?? []).map(read => compile(read, reading, context));
}

function compile(read: PolicyDocument, reading: Reading, context: PolicyContext): AccessPolicy {
  const length = read['session at most'];
  const requires = compileRequirements(read.requires, reading, { ...context, waivable: true });
  if (context.segments?.has(read.gives.value) === false) {
    const known = [...context.segments].join(', ');
    problem(reading, read.gives.line, `set.yaml knows no segment "${read.gives.value}"`, `use one of: ${known}`);
  }
  const policy = {
    name: read.policy.value,
    owner: read.owner,
    for: read.for,
    before: read.before,
    gives: read.gives.value,
    ...(length === undefined ? {} : { sessionAtMostMs: length }),
    requires,
    breakGlass: read['break glass'],
    file: reading.file,
    line: read.policy.line,
  };
  if (policy.breakGlass) checkBreakGlass(policy, reading);
  return policy;
}

/** Few, for a short time, and with a token in hand: whoever steals a laptop must not find this door. */
function checkBreakGlass(
  { name: who, line, for: selected, sessionAtMostMs, requires }: AccessPolicy,
  reading: Reading,
): void {
  const wrong = (message: string, remedy: string) =>
    problem(reading, line, `"${who}" breaks the glass, and ${message}`, remedy);
  if (selected.groups === undefined) wrong('is for no group', 'name the group under "for: { groups: … }"');
  if (sessionAtMostMs === undefined || sessionAtMostMs > breakGlassAtMostMs) {
    wrong('its sessions are too long', `write "session at most: ${formatDuration(breakGlassAtMostMs)}" or less`);
  }
  const token = requires.some(
    ({ check, otherwise }) =>
      otherwise === 'deny' &&
      factsOf(check).every(({ factName, limit }) => factName === 'person.assurance' && limit.words.startsWith('high')),
  );
  if (!token)
    wrong('asks for no hardware token', 'require a check that person.assurance is "high or better", otherwise: deny');
}
