// `sluis cert verify`: judges one certificate as the gateway would, and shows every step of it. With a profile the profile
// judges; without one it is plain RFC 5280 section 6.1. No identifier and no pseudonym is ever shown.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isRefused, type Reason, type Refused, refused } from '../contract/reason.ts';
import { type Certificate, isIssuedBy, readCertificate } from '../identity/certificate.ts';
import { type Crl, CrlSet } from '../identity/crl.ts';
import { identifyWith } from '../identity/identify.ts';
import { buildPath, chainLimits, type Path, type PathOptions } from '../identity/path.ts';
import { splitPem } from '../identity/pem.ts';
import { type IdentityProfile, readProfile, withCrls } from '../identity/profile.ts';
import { curves } from '../identity/public-key.ts';
import { findRevocation } from '../identity/revocation.ts';
import { validationSteps, whichOf } from '../identity/validation.ts';
import { problemLines } from '../io/configuration.ts';
import { textsOf } from '../reasons.ts';
import { bytesOf, type Material, readAnchors, readAuthorities, readCrls } from './cert-files.ts';
import { shownName } from './cert-name.ts';
import { CommandStopped, exitCodeOf, readArguments, type Surroundings } from './read-client.ts';
import { table, time } from './read-view.ts';

const usage = `sluis cert verify [--profile FILE [--environment test]] [--anchor FILE]… [--intermediate FILE]…
       [--crl FILE]… [--policy OID]… [--require-explicit-policy] [--inhibit-policy-mapping] [--inhibit-any-policy]
       [--at RFC3339] [--json] CERT`;

const options = {
  profile: { type: 'string' },
  environment: { type: 'string', default: 'production' },
  anchor: { type: 'string', multiple: true },
  intermediate: { type: 'string', multiple: true },
  crl: { type: 'string', multiple: true },
  policy: { type: 'string', multiple: true },
  'require-explicit-policy': { type: 'boolean' },
  'inhibit-policy-mapping': { type: 'boolean' },
  'inhibit-any-policy': { type: 'boolean' },
  at: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** What a profile says itself. */
const ownRules = [
  'anchor',
  'policy',
  'require-explicit-policy',
  'inhibit-policy-mapping',
  'inhibit-any-policy',
] as const satisfies readonly (keyof typeof options)[];

/** What the gateway takes where no profile says otherwise; a longer path than any profile allows can be looked at. */
const plainRules = {
  maxDepth: 10,
  hashes: ['sha256', 'sha384', 'sha512'],
  rsaMinBits: 2048,
  curves,
  clockSkewMs: 0,
} as const satisfies PathOptions;

interface Step {
  readonly check: string;
  readonly certificate: string;
  readonly ok: boolean;
  readonly reason?: Reason;
  readonly detail?: string;
}

interface Judged {
  readonly path?: Path;
  readonly steps: readonly Step[];
}

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw wrong('Name one certificate');
    const now = values.at === undefined ? Date.now() : instantOf(values.at);
    const lists = (values.crl ?? []).map(readCrls);
    const crls = lists.flatMap(({ usable }) => usable);
    const authorities = (values.intermediate ?? []).map(readAuthorities);
    const others = authorities.flatMap(({ usable }) => usable);
    const chain = splitPem(bytesOf(file), 'CERTIFICATE');
    if (chain.length === 0) throw new CommandStopped(2, `${file} holds no certificate: name one in PEM or DER`);
    let judged: Judged;
    if (values.profile === undefined) {
      const anchors = (values.anchor ?? []).flatMap(readAnchors);
      if (anchors.length === 0) throw wrong('Trusted by whom? Name --anchor or --profile');
      if (values.environment !== 'production') throw wrong('--environment goes with --profile');
      const rules = {
        ...plainRules,
        ...(values.policy === undefined ? {} : { policies: values.policy.map(policyOf) }),
        requireExplicitPolicy: values['require-explicit-policy'] === true,
        inhibitPolicyMapping: values['inhibit-policy-mapping'] === true,
        inhibitAnyPolicy: values['inhibit-any-policy'] === true,
      };
      judged = judgePlainly(chain, others, anchors, rules, crls, now);
    } else {
      const surplus = ownRules.find(name => values[name] !== undefined);
      if (surplus !== undefined) throw wrong(`--${surplus} does not go with --profile: the profile says it`);
      const profile = profileOf(values.profile, values.environment);
      const whole = [...chain, ...others.map(({ raw }) => raw)];
      judged = judgeByProfile(whole, crls.length === 0 ? profile : withCrls(profile, crls), now);
    }
    const leftOut = [...leftOutSteps('intermediate', authorities), ...leftOutSteps('list', lists)];
    const told = { ...judged, steps: [...leftOut, ...judged.steps] };
    write(values.json === true ? asJson(told, now) : asText(told, now));
    return judged.steps.every(step => step.ok) ? 0 : 1;
  });
}

function judgePlainly(
  chain: readonly Uint8Array[],
  others: readonly Certificate[],
  anchors: readonly Certificate[],
  rules: PathOptions,
  crls: readonly Crl[],
  now: number,
): Judged {
  const judged = judgePath(chain, others, anchors, rules, now);
  if (judged.path === undefined || crls.length === 0) return judged;
  const { state, detail } = findRevocation(
    judged.path,
    new CrlSet(crls),
    { checkIssuingCa: true, clockSkewMs: 0 },
    now,
  );
  const words = { revoked: 'certificate-revoked', 'on-hold': 'certificate-on-hold' } as const;
  const reason = state === 'revoked' || state === 'on-hold' ? words[state] : 'revocation-unknown';
  const step = { check: 'revocation', certificate: 'path', detail: state === 'good' ? state : detail };
  return {
    ...judged,
    steps: [...judged.steps, state === 'good' ? { ...step, ok: true } : { ...step, ok: false, reason }],
  };
}

function judgeByProfile(chain: readonly Uint8Array[], profile: IdentityProfile, now: number): Judged {
  // The name of a person is a pseudonym under the key of a gateway: this one is thrown away, and so is the name.
  const identity = identifyWith(chain, profile, {
    tenant: 'none',
    pseudonymKeys: [{ id: 'none', key: randomBytes(32) }],
    now,
  });
  const step = { check: 'profile', certificate: profile.id };
  const last: Step = isRefused(identity)
    ? { ...step, ...refusal(identity) }
    : {
        ...step,
        ok: true,
        detail: `${profile.kind}, assurance ${identity.assurance}, revocation ${identity.revocation}`,
      };
  if (chain.length > chainLimits.certificates) return { steps: [last] };
  const judged = judgePath(chain, profile.intermediates, profile.anchors, profile.path, now, profile.acceptFromPeer);
  const told = judged.steps.some(({ reason }) => reason !== undefined && reason === last.reason);
  return told ? judged : { ...judged, steps: [...judged.steps, last] };
}

/** Reads, finds a path and tells every step along it; of a path that does not hold, every step too. */
function judgePath(
  chain: readonly Uint8Array[],
  others: readonly Certificate[],
  anchors: readonly Certificate[],
  rules: PathOptions,
  now: number,
  acceptFromPeer = true,
): Judged {
  const read: Certificate[] = [];
  for (const [index, bytes] of chain.entries()) {
    const certificate = readCertificate(bytes);
    if (isRefused(certificate)) {
      return { steps: [{ check: 'encoding', certificate: `certificate ${index}`, ...refusal(certificate) }] };
    }
    read.push(certificate);
  }
  const [leaf, ...sent] = read;
  if (leaf === undefined) throw new Error('a chain holds a certificate');
  const encoding: Step = { check: 'encoding', certificate: 'all', ok: true, detail: `${read.length} read` };
  const found = buildPath(leaf, acceptFromPeer ? [...others, ...sent] : others, anchors, rules, now);
  const path = isRefused(found) ? found.path : found;
  if (path === undefined) {
    const step = {
      check: 'path',
      certificate: 'leaf',
      ...refusal(isRefused(found) ? found : refused('certificate-anchor-unknown')),
    };
    return { steps: [encoding, step] };
  }
  return { path, steps: [encoding, ...signatureSteps(path), ...ruleSteps(path, rules, now)] };
}

function signatureSteps({ certificates }: Path): readonly Step[] {
  return certificates.slice(0, -1).map((certificate, index): Step => {
    const step = { check: 'signature', certificate: whichOf(index) };
    const issuer = certificates[index + 1];
    if (issuer === undefined || !isIssuedBy(certificate, issuer)) {
      return { ...step, ok: false, reason: 'certificate-signature-wrong' };
    }
    const { scheme } = certificate.signedWith;
    return {
      ...step,
      ok: true,
      detail: `${scheme?.padding ?? ''} ${scheme?.hash ?? ''}, key of ${whichOf(index + 1)}`,
    };
  });
}

function ruleSteps({ certificates }: Path, rules: PathOptions, now: number): readonly Step[] {
  return Array.from(validationSteps(certificates, rules, now), ({ check, index, fault, found }): Step => {
    const step = { check, certificate: whichOf(index) };
    if (fault !== undefined) return { ...step, ok: false, reason: fault[0], detail: fault[1] };
    return found === undefined ? { ...step, ok: true } : { ...step, ok: true, detail: found };
  });
}

/** What cannot be read counts for nothing, as if it were not there; that it was is told. */
function leftOutSteps(check: string, materials: readonly Material<unknown>[]): readonly Step[] {
  return materials.flatMap(({ leftOut }) =>
    leftOut.map(({ number, why }) => ({
      check,
      certificate: `number ${number}`,
      ok: true,
      detail: `left out: ${why}`,
    })),
  );
}

function refusal({ refused: reason, detail }: Refused): Pick<Step, 'ok' | 'reason' | 'detail'> {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };
}

function asText({ path, steps }: Judged, now: number): string {
  const names = (path?.certificates ?? []).map(
    (certificate, index) => `${whichOf(index).padEnd(12)} ${shownName(certificate)}\n`,
  );
  const rows = steps.map(({ check, certificate, ok, reason, detail }) => [
    check,
    certificate,
    ok ? 'ok' : 'refused',
    reason ?? '',
    detail ?? '',
  ]);
  const first = steps.find(({ ok }) => !ok)?.reason;
  const verdict = first === undefined ? 'accepted' : `refused: ${first}\n${textsOf(first).en}`;
  return `${names.join('')}\n${table(['CHECK', 'CERTIFICATE', 'RESULT', 'REASON', 'DETAIL'], rows)}\n${time(now)} ${verdict}\n`;
}

function asJson({ path, steps }: Judged, now: number): string {
  const reason = steps.find(({ ok }) => !ok)?.reason;
  const certificates = (path?.certificates ?? []).map((certificate, index) => ({
    certificate: whichOf(index),
    name: shownName(certificate),
    sha256: certificate.fingerprint,
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
  }));
  const verdict = reason === undefined ? { accepted: true } : { accepted: false, reason };
  return `${JSON.stringify({ ...verdict, at: new Date(now).toISOString(), path: certificates, steps }, undefined, 2)}\n`;
}

function wrong(what: string): CommandStopped {
  return new CommandStopped(2, `${what}\nUsage: ${usage}`);
}

function instantOf(text: string): number {
  const shaped = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const instant = shaped ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) throw wrong(`--at ${text} is no instant: write 2026-11-24T12:00:00Z`);
  return instant;
}

function policyOf(text: string): string {
  if (/^[0-2](?:\.(?:0|[1-9]\d*)){1,20}$/.test(text)) return text;
  throw wrong(`--policy ${text} is no object identifier`);
}

function profileOf(file: string, environment: string): IdentityProfile {
  if (environment !== 'production' && environment !== 'test') throw wrong('--environment is production or test');
  const files = (path: string) => {
    try {
      return readFileSync(resolve(dirname(file), path));
    } catch {
      // The profile's own problem, told with its line and remedy.
      return undefined;
    }
  };
  const read = readProfile(Buffer.from(bytesOf(file)).toString('utf8'), file, files, { environment });
  if ('problems' in read) throw new CommandStopped(2, problemLines(read.problems).join('\n'));
  return read.profile;
}
