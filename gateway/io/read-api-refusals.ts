// Why the read API does not answer a request: the HTTP status of each reason word. Body and sentence are the same as the
// agent API's.

import type { Reason } from '../contract/reason.ts';

export const readRefusals = {
  'no-token': { status: 401, word: 'token-wrong' },
  'no-session': { status: 404, word: 'session-unknown' },
  'no-record': { status: 404, word: 'record-unknown' },
  'no-page': { status: 404, word: 'address-unknown' },
  'bad-request': { status: 400, word: 'request-malformed' },
  'store-down': { status: 503, word: 'store-unavailable' },
  fault: { status: 500, word: 'try-again' },
} as const satisfies Record<string, { readonly status: number; readonly word: Reason }>;

export type ReadRefusalName = keyof typeof readRefusals;
