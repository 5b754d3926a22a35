// From the test runner's report to the one line that says how it went. A file that does not load is a failure, a skipped
// test must say why in its title, and an error outside every test is one too.

interface VitestTest {
  readonly status: string;
  readonly fullName: string;
}

export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly VitestTest[];
  }[];
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why tests were skipped, each reason once, with the number of tests. */
  readonly reasons: readonly string[];
  /** Skipped tests that do not say why; they count as failed. */
  readonly unexplained: readonly string[];
}

const skippedBecause = /\[skipped: ([^\]]+)\]/;

export function tallyOf(report: VitestReport, exitCode: number): Tally {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const reasons = new Map<string, number>();
  const unexplained: string[] = [];
  for (const file of report.testResults) {
    const failedHere = file.assertionResults.filter(test => test.status === 'failed').length;
    failed += failedHere;
    if (failedHere === 0 && file.status === 'failed') failed += 1;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed += 1;
      if (test.status === 'passed' || test.status === 'failed') continue;
      const reason = skippedBecause.exec(test.fullName)?.[1];
      if (reason === undefined) {
        unexplained.push(test.fullName);
        failed += 1;
      } else {
        skipped += 1;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
  }
  if (failed === 0 && exitCode !== 0) failed = 1;
  return {
    passed,
    failed,
    skipped,
    reasons: [...reasons].map(([reason, count]) => `${count} × ${reason}`),
    unexplained,
  };
}

/** `412 passed, 0 failed`, and `, 3 skipped` only when some were. */
export function summary(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
