// Evidence (RFC 9334): the bytes of a report whose signature has been verified → a report whose every field is checked.
// The order is the defence: size, depth and string length are settled before anything is parsed.

import { Compile, type Validator } from 'typebox/compile';
import { checkFactsSchemas, type CheckType, checkTypes } from '../contract/check-facts.ts';
import { type Refused, refused } from '../contract/reason.ts';
import { type Report, type ReportCheck, reportLimits, reportSchema } from '../contract/report.ts';
import { jsonExtent } from './json-scan.ts';

const envelope = Compile(reportSchema);
const factsByType: ReadonlyMap<string, Validator> = new Map(
  checkTypes.map((type: CheckType): [string, Validator] => [type, Compile(checkFactsSchemas[type])]),
);

/** Reads the signed payload. Anything out of bounds is a refusal, whatever else is right with it. */
export function readReport(payload: Uint8Array): Report | Refused {
  if (payload.byteLength > reportLimits.bodyBytes) {
    return refused('report-too-large', `${payload.byteLength} bytes, the limit is ${reportLimits.bodyBytes}`);
  }
  const text = decodeUtf8(payload);
  if (text === undefined) return refused('report-malformed', 'not UTF-8');
  const { depth, longestString } = jsonExtent(text);
  if (depth > reportLimits.depth)
    return refused('report-too-deep', `${depth} levels, the limit is ${reportLimits.depth}`);
  if (longestString > reportLimits.stringCharacters) {
    return refused('report-too-large', `a string of ${longestString}, the limit is ${reportLimits.stringCharacters}`);
  }
  const parsed = parseJson(text);
  if (parsed === undefined) return refused('report-malformed', 'not JSON');
  const hostileKey = prototypeKey(parsed.value);
  if (hostileKey !== undefined) return refused('report-malformed', `the key "${hostileKey}"`);
  const report = parsed.value;
  if (!envelope.Check(report)) return refused('report-schema-wrong', firstError(envelope, report));
  return checksRefused(report.checks) ?? report;
}

/** A measured check must fit the schema of its type; an unmeasured one may also be empty. */
function checksRefused(checks: readonly ReportCheck[]): Refused | undefined {
  const seen = new Set<string>();
  for (const { type, instance, state, facts } of checks) {
    const key = JSON.stringify([type, instance ?? null]);
    if (seen.has(key)) return refused('report-schema-wrong', `${key} is there twice`);
    seen.add(key);
    const schema = factsByType.get(type);
    if (schema === undefined) {
      // Site types carry a dot and pass without a schema.
      if (type.includes('.')) continue;
      return refused('report-schema-wrong', `check type "${type}" is unknown`);
    }
    const unmeasured = state !== 'ok' && state !== 'partial' && Object.keys(facts).length === 0;
    if (!unmeasured && !schema.Check(facts)) {
      return refused('report-schema-wrong', `${type}: ${firstError(schema, facts)}`);
    }
  }
  return undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // `fatal` throws on the first byte sequence that is not UTF-8: report-malformed.
    return undefined;
  }
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // JSON.parse has no other way to say no: report-malformed.
    return undefined;
  }
}

const prototypeKeys: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** A key that names the prototype chain has no business in data. Recursion is bounded: the depth was scanned. */
function prototypeKey(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = prototypeKeys.includes(key) ? key : prototypeKey(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstError(schema: Pick<Validator, 'Errors'>, value: unknown): string {
  const [error] = schema.Errors(value);
  return error === undefined ? 'schema' : `${error.instancePath || '/'} ${error.message}`.slice(0, 200);
}
