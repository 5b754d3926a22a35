// A share of all on the command line: `2%`.

/** Between 0 and 1; `undefined` when it is none. */
export function shareOf(written: string): number | undefined {
  const [, number] = /^(\d{1,3}(?:\.\d{1,4})?) ?%$/.exec(written.trim()) ?? [];
  const share = Number(number ?? Number.NaN) / 100;
  return share >= 0 && share <= 1 ? share : undefined;
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
