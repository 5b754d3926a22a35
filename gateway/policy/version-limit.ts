// Limits on versions, which compare number by number.

import { isText, type Limit, listed, passing } from './limit-parts.ts';
import { compareVersions, parseVersion } from './version.ts';

/** As `membership`, but 12 is the same version as 12.0. */
export function versionMembership(text: string): Limit | string | undefined {
  const list = /^((?:not )?one of) (.+)$/.exec(text);
  const written = listed(list?.[2] ?? '');
  if (list?.[1] === undefined || written === undefined) return undefined;
  const members = written.flatMap(each => (/^\d+(\.\d+)*$/.test(each) ? [parseVersion(each) ?? []] : []));
  if (members.length < written.length) return `${written.join(', ')} are not all versions`;
  const wanted = list[1] === 'one of';
  return ofVersions(
    `${list[1]} ${written.join(', ')}`,
    seen => members.some(member => compareVersions(member, seen) === 0) === wanted,
  );
}

/** The version that was looked at last is remembered: a fleet has few of them, and reading one takes longer than all else. */
export function ofVersions(words: string, accepts: (seen: readonly number[]) => boolean): Limit {
  let last = '';
  let lastPasses = Number.NaN;
  return {
    words,
    passesUntil: value => {
      if (!isText(value)) return Number.NaN;
      if (value === last) return lastPasses;
      const seen = parseVersion(value);
      last = value;
      lastPasses = passing(seen !== undefined && accepts(seen));
      return lastPasses;
    },
    usable: value => isText(value) && parseVersion(value) !== undefined,
  };
}
