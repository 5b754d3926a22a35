// `policy-changes:` of the configuration: how fast new rules are taken to open sessions, and how many of these may end by it before an
// operator has to agree.

import { integer, optional, type Read, record } from './documents/shape.ts';

export interface PolicyChangeSettings {
  readonly perSecond: number;
  readonly endShare: number;
  readonly endCount: number;
}

const usual = { 'sessions-per-second': 2_500, 'end-percent': 10, 'end-sessions': 20 } as const;

export const policyChangesShape = record({
  'sessions-per-second': optional(integer(10, 20_000), usual['sessions-per-second']),
  'end-percent': optional(integer(0, 100), usual['end-percent']),
  'end-sessions': optional(integer(0, 1_000_000), usual['end-sessions']),
});

export function policyChangeSettings(
  read: Omit<Read<typeof policyChangesShape>, 'line'> = usual,
): PolicyChangeSettings {
  return {
    perSecond: read['sessions-per-second'],
    endShare: read['end-percent'] / 100,
    endCount: read['end-sessions'],
  };
}
