// The one line at the end of `npm test`: nothing that went wrong may be missing from it.

import { describe, expect, it } from 'vitest';
import { summary, tallyOf, type VitestReport } from './tally.ts';

function report(
  ...files: readonly (readonly [status: string, ...tests: (readonly [status: string, name: string])[]])[]
): VitestReport {
  return {
    testResults: files.map(([status, ...tests], index) => ({
      name: `file-${index}.test.ts`,
      status,
      assertionResults: tests.map(([each, fullName]) => ({ status: each, fullName })),
    })),
  };
}

describe('a tally', () => {
  it('counts what passed and failed', () => {
    const tally = tallyOf(report(['passed', ['passed', 'a']], ['failed', ['failed', 'b'], ['passed', 'c']]), 1);
    expect(summary(tally)).toBe('2 passed, 1 failed');
  });

  it('counts a file that did not load as a failure', () => {
    expect(summary(tallyOf(report(['failed'], ['passed', ['passed', 'a']]), 1))).toBe('1 passed, 1 failed');
  });

  it('counts an error outside every test as a failure', () => {
    expect(summary(tallyOf(report(['passed', ['passed', 'a']]), 1))).toBe('1 passed, 1 failed');
  });

  it('names the reason of skipped tests once', () => {
    const title = 'with EAP [skipped: eapol_test is not installed (Debian package eapoltest)] works';
    const tally = tallyOf(report(['passed', ['passed', 'a'], ['skipped', title], ['pending', title]]), 0);
    expect(summary(tally)).toBe('1 passed, 0 failed, 2 skipped');
    expect(tally.reasons).toEqual(['2 × eapol_test is not installed (Debian package eapoltest)']);
  });

  it('takes a test that was skipped without a reason for a failure', () => {
    const tally = tallyOf(report(['passed', ['passed', 'a'], ['skipped', 'b'], ['todo', 'c']]), 0);
    expect(summary(tally)).toBe('1 passed, 2 failed');
    expect(tally.unexplained).toEqual(['b', 'c']);
  });
});
