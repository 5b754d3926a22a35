// What each Error-Cause means for whoever asked. RFC 5176 section 3.5; the names of the numbers are in `value-names.ts`.

import type { AfterRefusal, ChangeKind } from '../contract/change.ts';
import { valueName } from './value-names.ts';

type Row = AfterRefusal | Readonly<Record<ChangeKind, AfterRefusal>>;

/** Where the NAS cannot make the change, it can still end the session; where it cannot end it, nothing is left to fall back to. */
const beyondThisNas: Row = { coa: 'fall-back-to-disconnect', disconnect: 'configuration' };

/** A number without a row is no reason that this product knows: `give-up`. */
export const errorCauses: ReadonlyMap<number, Row> = new Map<number, Row>([
  // [RFC5176-3.5] 200 to 299 tell of success and have no place in a NAK.
  [201, 'give-up'],
  [202, 'give-up'],
  [401, beyondThisNas],
  [402, beyondThisNas],
  [403, 'configuration'],
  [404, 'configuration'],
  [405, beyondThisNas],
  [406, beyondThisNas],
  [407, 'configuration'],
  [501, 'configuration'],
  [502, 'configuration'],
  [503, 'session-gone'],
  [504, 'retry-later'],
  [505, 'retry-later'],
  [506, 'retry-later'],
  // It answers a request for a new login (Authorize-Only), which this product never sends.
  [507, 'give-up'],
  // Several sessions match what we know of one, and will the next time.
  [508, 'configuration'],
]);

export function afterRefusal(errorCause: number, kind: ChangeKind): AfterRefusal {
  const row = errorCauses.get(errorCause) ?? 'give-up';
  return typeof row === 'string' ? row : row[kind];
}

export function errorCauseWord(errorCause: number): string {
  return valueName('Error-Cause', errorCause) ?? `Error-Cause-${errorCause}`;
}
