// The protected header of a signed report (RFC 7515 section 4), read strictly: these five members and no others, so that
// no `crit`, embedded key or key address can ever mean anything.

import type { ReportHeader } from '../contract/proof.ts';
import { type Refused, refused } from '../contract/reason.ts';
import { base64urlBytes } from './base64url.ts';
import { isSignatureAlgorithm } from './proof-reading.ts';

const maxCharacters = 2048;
const members = ['alg', 'exporter', 'kid', 'nonce', 'typ'];

export function readReportHeader(text: string): ReportHeader | Refused {
  if (text.length > maxCharacters) return refused('report-malformed', 'header too large');
  const bytes = base64urlBytes(text);
  const fields = bytes && jsonObject(bytes);
  if (fields === undefined) return refused('report-malformed', 'header is no JSON object');
  if (Object.keys(fields).sort().join() !== members.join()) return refused('report-malformed', 'header members');
  const { typ, alg, kid, nonce, exporter } = fields;
  if (typ !== 'posture-report+jws') return refused('report-malformed', 'header typ');
  if (typeof alg !== 'string' || !isSignatureAlgorithm(alg)) return refused('report-malformed', 'header alg');
  if (typeof kid !== 'string' || typeof nonce !== 'string' || typeof exporter !== 'string') {
    return refused('report-malformed', 'header kid, nonce or exporter');
  }
  return { typ, alg, kid, nonce, exporter };
}

function jsonObject(bytes: Uint8Array): Partial<Record<keyof ReportHeader, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // report-malformed: neither UTF-8 nor JSON.
    return undefined;
  }
}
