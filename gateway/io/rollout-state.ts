// What decided last here, since when, and before it; and since when a draft has only been looked at: so that a restart does not begin
// anew with watching and counting days.

import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Ran } from '../policy/rollout.ts';
import { replaceFile } from './secret-file.ts';

export interface RolloutState {
  readonly ran?: Ran;
  readonly beside?: { readonly hash: string; readonly stage: string; readonly since: number };
}

export function readRolloutState(path: string): RolloutState {
  try {
    // Written by us: what is cut short is as if it were not there.
    return JSON.parse(readFileSync(path, 'utf8')) as RolloutState;
  } catch {
    // The first start, or a file that somebody has spoilt: watching begins anew.
    return {};
  }
}

export function writeRolloutState(path: string, state: RolloutState): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  replaceFile(path, `${JSON.stringify(state)}\n`);
}
