// Export lines of a decision record: canonical JSON for archives, CEF (ArcSight Common Event Format, version 0) for
// security monitoring. One record is one line, whatever its fields contain.

import { canonicalJson } from './canonical.ts';
import type { DecisionRecord } from './record.ts';

export function toJsonLine(record: DecisionRecord): string {
  return canonicalJson(record);
}

/** CEF severity, 0 to 10. */
const severities: Readonly<Record<DecisionRecord['outcome'], number>> = {
  grant: 1,
  done: 2,
  'try-again': 3,
  update: 4,
  quarantine: 6,
  deny: 8,
};

export function toCef(record: DecisionRecord): string {
  const signature = record.reasons[0] ?? record.outcome;
  const header = ['CEF:0', 'Sluis', 'VPN admission gateway', String(record.version), signature, nameOf(record)];
  const extension = extensionOf(record).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${escapeValue(String(value))}`],
  );
  return `${header.map(escapeHeader).join('|')}|${severities[record.outcome]}|${extension.join(' ')}`;
}

function nameOf(record: DecisionRecord): string {
  const reasons = record.reasons.length === 0 ? '' : `: ${record.reasons.join(', ')}`;
  return `${record.kind} ${record.outcome}${reasons}`;
}

function extensionOf(record: DecisionRecord): readonly (readonly [string, string | number | undefined])[] {
  const failures = record.failures.map(({ check, result }) => `${check}=${result}`).join(',');
  return [
    ['rt', record.at],
    ['externalId', record.id],
    ['cat', record.kind],
    ['outcome', record.outcome],
    ['reason', record.reasons.join(',')],
    ['suser', record.person],
    ['deviceExternalId', record.device],
    ['dvchost', record.nas],
    ['cs1Label', 'caseCode'],
    ['cs1', record.caseCode],
    ['cs2Label', 'tenant'],
    ['cs2', record.tenant],
    ['cs3Label', 'failures'],
    ['cs3', failures],
    ['cs4Label', 'policyHash'],
    ['cs4', record.policyHash],
    ['cs5Label', 'chainHash'],
    ['cs5', record.chainHash],
    ['cs6Label', 'traceId'],
    ['cs6', record.traceId],
    ['cn1Label', 'sequence'],
    ['cn1', record.sequence],
    ['flexString1Label', 'writer'],
    ['flexString1', `${record.writer}/${record.epoch}`],
    ['msg', record.detail],
  ];
}

/** In the header a bar and a backslash are escaped, and a line break cannot be written at all. */
function escapeHeader(text: string): string {
  return text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ').replaceAll(/[\\|]/g, '\\$&');
}

/** In a value an equals sign and a backslash are escaped, and a line break is written as `\n` or `\r`. */
function escapeValue(text: string): string {
  return text
    .replaceAll(/[\\=]/g, '\\$&')
    .replaceAll(/[\n\u2028\u2029]/g, '\\n')
    .replaceAll('\r', '\\r');
}
