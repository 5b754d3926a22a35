// What the demo told and whether it was true: each line of the story that claims something is checked, and one that does
// not hold makes the whole demo fail.

import { styleText } from 'node:util';

export interface Ledger {
  heading(text: string): void;
  /** A line of the story. */
  tell(text: string): void;
  /** A line that must hold. */
  claim(holds: boolean, text: string): void;
  broken(): readonly string[];
}

export function openLedger(write: (text: string) => void): Ledger {
  const broken: string[] = [];
  const line = (text: string): void => {
    for (const part of text.split('\n')) write(`  ${part}\n`);
  };
  return {
    heading: text => write(`\n${styleText('bold', text)}\n`),
    tell: line,
    claim: (holds, text) => {
      line(`${holds ? styleText('green', '✓') : styleText('red', '✗ NOT SO:')} ${text}`);
      if (!holds) broken.push(text);
    },
    broken: () => broken,
  };
}
