// The support calendar: until when the maker of an operating system mends it. Data of the policy directory
// (`os-support.yaml`) or of the reference data, never a word of the agent. A version that nobody listed is unknown, not unsupported;
// one that is newer than all that are listed is supported: makers do not give up what they have just brought out.

import { parseLastOfDay } from '../documents/calendar-day.ts';
import { type OsFamily, osFamilies } from '../contract/report.ts';
import {
  formOf,
  listOf,
  mapOf,
  optional,
  parsed,
  problem,
  type Reading,
  record,
  required,
  text,
} from '../documents/shape.ts';
import { parseYaml, type Problem } from '../documents/yaml-tree.ts';

interface SupportedVersion {
  /** Dotted, `10.0.26100`; covers every version that starts with the same components. */
  readonly components: readonly string[];
  /** Last moment of the last supported day (UTC). */
  readonly endsAt: number;
  /** Other last days by edition, lower case. */
  readonly endsAtByEdition: ReadonlyMap<string, number>;
}

export type SupportCalendar = ReadonlyMap<OsFamily, readonly SupportedVersion[]>;

export const emptyCalendar: SupportCalendar = new Map();

const lastDay = parsed(parseLastOfDay, 'a date (2027-10-12)');

const document = mapOf(
  listOf(
    record({
      version: required(parsed(value => (/^\d+(\.\d+)*$/.test(value) ? value : undefined), 'a version (10.0.26100)')),
      name: required(text(128)),
      ends: required(lastDay),
      'ends for': optional(mapOf(lastDay), new Map()),
    }),
  ),
);

export const supportForm = formOf(document);

export function readSupportCalendar(source: string, file: string): SupportCalendar | { problems: readonly Problem[] } {
  const tree = parseYaml(source, file);
  if ('problems' in tree) return tree;
  const reading: Reading = { file, problems: [] };
  const read = document(tree.tree, reading);
  const calendar = new Map<OsFamily, readonly SupportedVersion[]>();
  for (const [name, versions] of read ?? []) {
    const family = osFamilies.find(each => each === name);
    if (family === undefined) {
      problem(reading, versions[0]?.line ?? 1, `"${name}" is no OS family`, `use one of: ${osFamilies.join(', ')}`);
      continue;
    }
    calendar.set(
      family,
      versions.map(each => ({
        components: each.version.split('.'),
        endsAt: each.ends,
        endsAtByEdition: new Map([...each['ends for']].map(([edition, at]) => [edition.toLowerCase(), at])),
      })),
    );
  }
  return reading.problems.length > 0 ? { problems: reading.problems } : calendar;
}

interface OperatingSystem {
  readonly family: OsFamily;
  readonly version: string;
  readonly edition?: string | null;
}

/** When support ends for this system; the row with the most components in common decides. */
export function supportEndsAt(calendar: SupportCalendar, os: OperatingSystem): number | undefined {
  const components = componentsOf(os.version);
  let found: SupportedVersion | undefined;
  for (const row of calendar.get(os.family) ?? []) {
    const fits = row.components.every((component, at) => component === components[at]);
    if (fits && row.components.length > (found?.components.length ?? 0)) found = row;
  }
  return found?.endsAtByEdition.get((os.edition ?? '').toLowerCase()) ?? found?.endsAt;
}

/** Whether it came out after everything that is listed of its family; of a version told less exactly than they are, nobody knows. */
export function isNewerThanListed(calendar: SupportCalendar, { family, version }: OperatingSystem): boolean {
  const components = componentsOf(version);
  const rows = calendar.get(family) ?? [];
  if (rows.length === 0 || rows.every(row => components.length < row.components.length)) return false;
  return rows.every(row => isNewer(components, row.components));
}

/** Of what a row covers, nothing is newer than the row. */
function isNewer(components: readonly string[], listed: readonly string[]): boolean {
  const at = listed.findIndex((component, index) => Number(component) !== Number(components[index]));
  return at >= 0 && Number(components[at]) > Number(listed[at]);
}

function componentsOf(version: string): readonly string[] {
  return version.split(/[^0-9]+/);
}
