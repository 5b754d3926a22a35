// `sluis policy sign DIR --key FILE --stage STAGE …`: writes DIR/release.yaml and DIR/release.sig. Without --stage it adds a signature
// to the release that is there: that of a second pair of eyes. The key never comes near a gateway.

import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPolicyFiles } from '../io/policy-files.ts';
import { problemLines } from '../io/configuration.ts';
import { replaceFile } from '../io/secret-file.ts';
import { compilePolicySet } from '../policy/policy-set.ts';
import {
  type Canary,
  digestOf,
  type Forecast,
  instantOf,
  readRelease,
  type Release,
  releaseFile,
  releaseText,
  signatureFile,
  signedBytes,
  type Signer,
  signerOf,
  stages,
} from '../policy/release.ts';
import { CommandStopped, exitCodeOf, messageOf, readArguments, type Surroundings } from './read-client.ts';
import { plain } from './read-view.ts';
import { percent, shareOf } from './share.ts';

const usage = `sluis policy sign DIR --key FILE --stage shadow|canary|enforce [--canary-group GROUP | --canary-percent N]
         [--valid-from INSTANT] [--forecast FILE] [--deny-margin 2%] [--passphrase-file FILE]
       sluis policy sign DIR --key FILE`;

const options = {
  key: { type: 'string' },
  'passphrase-file': { type: 'string' },
  stage: { type: 'string' },
  'canary-group': { type: 'string' },
  'canary-percent': { type: 'string' },
  'valid-from': { type: 'string' },
  forecast: { type: 'string' },
  'deny-margin': { type: 'string' },
} as const;

type Values = Readonly<Partial<Record<keyof typeof options, string | undefined>>>;

const usualMargin = 0.02;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [directory, ...more] = positionals;
    if (directory === undefined || more.length > 0 || values.key === undefined) throw stopped('');
    const key = privateKey(values.key, values['passphrase-file']);
    const hash = hashOf(directory);
    const { text, release, signatures } =
      values.stage === undefined ? existing(directory, hash) : begun(newRelease(values, hash));
    const { signer } = key;
    const line = `${signer.id} ${sign(digestOf(key.key), signedBytes(text), key.key).toString('base64')}`;
    const others = signatures.split('\n').filter(each => each.trim() !== '' && !each.startsWith(`${signer.id} `));
    // The release last: until both are there, what is there does not fit together and nothing is taken over.
    replaceFile(join(directory, signatureFile), [...others, line, ''].join('\n'), 0o644);
    replaceFile(join(directory, releaseFile), text, 0o644);
    write(`${toldOf(release)}\nsigned by ${signer.id}${others.length === 0 ? '' : ` and ${others.length} more`}\n`);
    return 0;
  });
}

function stopped(message: string): CommandStopped {
  return new CommandStopped(2, `${message}${message === '' ? '' : '\n'}Usage: ${usage}`);
}

function privateKey(path: string, passphraseFile: string | undefined): { key: KeyObject; signer: Signer } {
  let key: KeyObject;
  let signer: Signer | undefined;
  try {
    const passphrase = passphraseFile === undefined ? undefined : readFileSync(passphraseFile, 'utf8').trim();
    key = createPrivateKey({ key: readFileSync(path), ...(passphrase === undefined ? {} : { passphrase }) });
    signer = signerOf(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
  } catch (error) {
    // Missing, no key, or locked: OpenSSL says which.
    throw stopped(`${path} cannot be used as a key (${messageOf(error)})`);
  }
  if (signer === undefined)
    throw stopped(`${path} is neither an Ed25519 key nor an ECDSA key on P-256, P-384 or P-521`);
  return { key, signer };
}

function hashOf(directory: string): string {
  const read = readPolicyFiles(directory);
  const compiled = 'problems' in read ? read : compilePolicySet(read.files);
  // Whoever signs says that it can run.
  if ('problems' in compiled) throw new CommandStopped(1, problemLines(compiled.problems).map(plain).join('\n'));
  return compiled.set.hash;
}

interface Begun {
  readonly text: string;
  readonly release: Release;
  /** Of others. */
  readonly signatures: string;
}

function begun(release: Release): Begun {
  return { text: releaseText(release), release, signatures: '' };
}

function existing(directory: string, hash: string): Begun {
  const file = join(directory, releaseFile);
  let text: string;
  let signatures: string;
  try {
    text = readFileSync(file, 'utf8');
    signatures = readFileSync(join(directory, signatureFile), 'utf8');
  } catch {
    // Not there: then this is the first signature, and it has to say what it signs.
    throw stopped(`${directory} has no release yet: say with --stage what it is to do`);
  }
  const read = readRelease(text, file);
  if ('problems' in read) throw new CommandStopped(1, problemLines(read.problems).map(plain).join('\n'));
  if (read.release.policy !== hash) throw stopped(`${directory} has changed since it was signed: sign it anew`);
  return { text, release: read.release, signatures };
}

function newRelease(values: Values, policy: string): Release {
  const stage = stages.find(each => each === values.stage);
  if (stage === undefined) throw stopped(`--stage is one of ${stages.join(', ')}`);
  const canary = canaryOf(values);
  if ((stage === 'canary') !== (canary !== undefined)) {
    throw stopped('a canary is for --canary-group or --canary-percent, and nothing else is');
  }
  const validFrom = values['valid-from'] === undefined ? undefined : instantOf(values['valid-from']);
  if (values['valid-from'] !== undefined && validFrom === undefined) {
    throw stopped('--valid-from is an instant such as 2026-12-01T08:00:00Z');
  }
  const forecast = values.forecast === undefined ? undefined : forecastOf(values.forecast, policy);
  const margin = values['deny-margin'] === undefined ? usualMargin : shareOf(values['deny-margin']);
  if (margin === undefined) throw stopped('--deny-margin is a share such as 2%');
  return {
    policy,
    stage,
    ...(canary === undefined ? {} : { canary }),
    signedAt: Date.now(),
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(forecast === undefined ? {} : { forecast, denyMargin: margin }),
  };
}

function canaryOf({ 'canary-group': group, 'canary-percent': share }: Values): Canary | undefined {
  if (group !== undefined && share !== undefined) throw stopped('a canary is for a group or for a share, not for both');
  if (group !== undefined && /^\S{1,128}$/.test(group)) return { group };
  if (share === undefined) return undefined;
  const number = /^\d{1,3}(\.\d{1,4})?$/.test(share) ? Number(share) : Number.NaN;
  if (number > 0 && number <= 100) return { percent: number };
  throw stopped('--canary-percent is a number above 0 and up to 100');
}

/** What `sluis policy replay --json` wrote of this very version. */
function forecastOf(file: string, policy: string): Forecast {
  let report: unknown;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Missing, or no JSON.
    throw stopped(`${file} is no result of a replay (${messageOf(error)})`);
  }
  const { draft, subjects, stricterSubjects } = (report ?? {}) as Readonly<Record<string, unknown>>;
  if (draft !== policy) throw stopped(`${file} is about other policies than these: replay them as they are now`);
  if (typeof subjects !== 'number' || typeof stricterSubjects !== 'number' || subjects <= 0) {
    throw stopped(`${file} judged no logins: there is no forecast in it`);
  }
  return { subjects, stricter: stricterSubjects };
}

function toldOf({ policy, stage, canary, forecast, denyMargin = 0 }: Release): string {
  const whom =
    canary === undefined ? '' : 'group' in canary ? ` for group ${canary.group}` : ` for ${canary.percent} %`;
  const watched =
    forecast === undefined
      ? stage === 'enforce'
        ? ', and with no --forecast nothing would take it back by itself'
        : ''
      : `, taken back by itself above ${percent(forecast.stricter / forecast.subjects + denyMargin)} of stricter answers`;
  return `${policy.slice(0, 12)}: ${stage}${whom}${watched}`;
}
