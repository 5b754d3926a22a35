// Versions compare component by component as numbers: 10.10 is above 10.9, and 12 equals 12.0.

/** The leading dotted numbers (`1.4.3+dfsg-1` → 1, 4, 3), or `undefined` when there are none worth comparing. */
export function parseVersion(text: string): readonly number[] | undefined {
  const [leading] = /^\d+(?:\.\d+)*/.exec(text) ?? [];
  const components = leading?.split('.') ?? [];
  // Beyond 15 digits two different numbers could compare as equal.
  if (components.length === 0 || components.some(each => each.length > 15)) return undefined;
  return components.map(Number);
}

/** Negative when `a` is below `b`, zero when equal, positive when above. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
