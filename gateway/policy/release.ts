// A release: which version of the policies (by content hash) is to decide how, signed by people whose keys are not here. A gateway
// verifies and never signs. RFC 8032 (Ed25519), FIPS 186-5 (ECDSA).

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { choice, integer, optional, parsed, problem, type Reading, record, required } from '../documents/shape.ts';
import { parseYaml, type Problem } from '../documents/yaml-tree.ts';

/** `shadow`: judged beside what decides. `canary`: decides for some. `enforce`: decides. */
export const stages = ['shadow', 'canary', 'enforce'] as const;
export type Stage = (typeof stages)[number];

/** Whose logins a canary decides. */
export type Canary = { readonly group: string } | { readonly percent: number };

export interface Release {
  /** Content hash of the policy set (SHA-256, hex). */
  readonly policy: string;
  readonly stage: Stage;
  readonly canary?: Canary;
  /** Instants are milliseconds since 1970 UTC. A release that was signed earlier never follows one that was signed later. */
  readonly signedAt: number;
  readonly validFrom?: number;
  /** What a replay found: of so many people and machines, with how many it is stricter. */
  readonly forecast?: Forecast;
  /** How far beyond the forecast it may go, as a share of all logins. */
  readonly denyMargin?: number;
}

export interface Forecast {
  /** Whoever came: a person, or a machine without one. */
  readonly subjects: number;
  readonly stricter: number;
}

export const releaseFile = 'release.yaml';
export const signatureFile = 'release.sig';

const hashForm = /^[0-9a-f]{64}$/;
const hash = parsed(text => (hashForm.test(text) ? text : undefined), 'a content hash (64 hexadecimal digits)');
const instant = parsed(instantOf, 'an instant such as 2026-12-01T08:00:00Z');
const percent = parsed(text => shareOf(text, 1), 'a share above 0% and up to 100%, such as 5%');
const margin = parsed(text => shareOf(text, 0), 'a share from 0% to 100%, such as 2%');
const groupName = parsed(text => (/^\S{1,128}$/.test(text) ? text : undefined), 'the name of a group');

const shape = record({
  policy: required(hash),
  stage: required(choice(...stages)),
  canary: optional(record({ group: optional(groupName), percent: optional(percent) })),
  'signed at': required(instant),
  'valid from': optional(instant),
  forecast: optional(record({ subjects: required(integer(0, 1e12)), stricter: required(integer(0, 1e12)) })),
  'deny margin': optional(margin),
});

export function readRelease(
  text: string,
  file: string,
): { readonly release: Release } | { readonly problems: readonly Problem[] } {
  const tree = parseYaml(text, file);
  if ('problems' in tree) return tree;
  const reading: Reading = { file, problems: [] };
  const read = shape(tree.tree, reading);
  if (read === undefined) return { problems: reading.problems };
  const { canary: named, stage, forecast } = read;
  const canary = canaryOf(named);
  if ((stage === 'canary') !== (canary !== undefined)) {
    const remedy = 'write canary: { group: NAME } or canary: { percent: 5% } with stage: canary, and nowhere else';
    problem(reading, read.line, 'says not for whom the canary decides', remedy);
  }
  if (reading.problems.length > 0) return { problems: reading.problems };
  return {
    release: {
      policy: read.policy,
      stage,
      ...(canary === undefined ? {} : { canary }),
      signedAt: read['signed at'],
      ...(read['valid from'] === undefined ? {} : { validFrom: read['valid from'] }),
      ...(forecast === undefined ? {} : { forecast: { subjects: forecast.subjects, stricter: forecast.stricter } }),
      ...(read['deny margin'] === undefined ? {} : { denyMargin: read['deny margin'] }),
    },
  };
}

function canaryOf(
  named: { readonly group: string | undefined; readonly percent: number | undefined } | undefined,
): Canary | undefined {
  if (named === undefined || (named.group === undefined) === (named.percent === undefined)) return undefined;
  return named.group === undefined ? { percent: rounded((named.percent ?? 0) * 100) } : { group: named.group };
}

/** What `readRelease` reads. */
export function releaseText(release: Release): string {
  const { policy, stage, canary, signedAt, validFrom, forecast, denyMargin } = release;
  const lines = [
    `policy: ${policy}`,
    `stage: ${stage}`,
    ...(canary === undefined
      ? []
      : [`canary: { ${'group' in canary ? `group: ${canary.group}` : `percent: ${canary.percent}%`} }`]),
    `signed at: ${new Date(signedAt).toISOString()}`,
    ...(validFrom === undefined ? [] : [`valid from: ${new Date(validFrom).toISOString()}`]),
    ...(forecast === undefined ? [] : [`forecast: { subjects: ${forecast.subjects}, stricter: ${forecast.stricter} }`]),
    ...(denyMargin === undefined ? [] : [`deny margin: ${rounded(denyMargin * 100)}%`]),
  ];
  return `${lines.join('\n')}\n`;
}

function rounded(percent: number): number {
  return Number(percent.toFixed(4));
}

/** As `2026-12-01T08:00:00Z`. */
export function instantOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function shareOf(text: string, least: 0 | 1): number | undefined {
  const [, number] = /^(\d{1,3}(?:\.\d{1,4})?) ?%$/.exec(text) ?? [];
  const share = Number(number ?? Number.NaN) / 100;
  return share <= 1 && (least === 0 ? share >= 0 : share > 0) ? share : undefined;
}

/** One of those whose signature counts. */
export interface Signer {
  /** The beginning of the SHA-256 of its key (SubjectPublicKeyInfo), hex. */
  readonly id: string;
  readonly key: KeyObject;
}

const curves = ['prime256v1', 'secp384r1', 'secp521r1'];

/** `undefined`: no key of a kind that releases are signed with. */
export function signerOf(pem: string): Signer | undefined {
  try {
    const key = createPublicKey(pem);
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    const fits = type === 'ed25519' || (type === 'ec' && curves.includes(details?.namedCurve ?? ''));
    return fits ? { id: idOf(key), key } : undefined;
  } catch {
    // Not PEM, or no key in it: whoever named the file is told.
    return undefined;
  }
}

function idOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

/** What is signed: nothing else that anybody signs begins like this. */
export function signedBytes(text: string): Uint8Array {
  return Buffer.from(`Sluis policy release, version 1\n${text}`, 'utf8');
}

/** With what a key of that kind signs. */
export function digestOf({ asymmetricKeyType: type }: KeyObject): 'sha256' | null {
  return type === 'ed25519' ? null : 'sha256';
}

/** `KEY-ID SIGNATURE` in base64, one a line. Whose signatures hold, each signer once. */
export function signedBy(text: string, signatures: string, signers: readonly Signer[]): readonly Signer[] {
  const given = signatures.split('\n').flatMap(line => {
    const [, id, signature] = /^([0-9a-f]{16}) ([A-Za-z0-9+/]{1,200}={0,2})$/.exec(line.trim()) ?? [];
    return id === undefined || signature === undefined ? [] : [{ id, signature: Buffer.from(signature, 'base64') }];
  });
  return signers.filter(({ id, key }) =>
    given.some(each => each.id === id && verify(digestOf(key), signedBytes(text), key, each.signature)),
  );
}
