// The word somebody probably meant: the known one with the fewest slips (a letter wrong, missing, added, or swapped with
// its neighbour), at most three, and never more than half of the word.

export function nearestWord(seen: string, known: readonly string[]): string | undefined {
  const near = known
    .map(candidate => ({ candidate, slips: slips(seen, candidate) }))
    .sort((a, b) => a.slips - b.slips)[0];
  if (near === undefined) return undefined;
  const length = Math.max(seen.length, near.candidate.length);
  return near.slips <= Math.min(3, Math.floor(length / 2)) ? near.candidate : undefined;
}

const shownAtMost = 30;

/** What to write instead. Of many names only some: a thousand mistakes among a thousand names would be a million. */
export function useOneOf(known: Iterable<string>): string {
  const names = [...known];
  const more = names.length > shownAtMost ? `, and ${names.length - shownAtMost} more` : '';
  return `use one of: ${names.slice(0, shownAtMost).join(', ')}${more}`;
}

/** Optimal string alignment distance in UTF-16 units, row by row. */
function slips(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : replaced;
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, replaced, swapped));
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
