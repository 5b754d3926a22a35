// The person's card, seen from the agent: starts the child process that holds the card's software, and lets it look or
// sign. The signer made here fits the signer port beside the key file.

import { fork } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { signatureAlgorithms } from '../gateway/contract/proof.ts';
import { authenticationCertificate, chainOf } from './card-certificate.ts';
import { CardFailure, type PinTries } from './card-fault.ts';
import { type CardMessage, type CardRequest, longestPinBytes, type SeenReader } from './card-messages.ts';
import { type CardLook, cardMark, sightOf } from './card-sight.ts';
import { algorithmOf, publicKeyHash, type Signer } from './signer.ts';

export interface CardConfig {
  /** Absolute path of the PKCS #11 module; the Belgian middleware's when nothing is said. */
  readonly module?: string;
  /** Only a token with this label is the person's. */
  readonly tokenLabel?: string;
}

/** Asks the person for the PIN. Nothing for "no"; the bytes are wiped after use. */
export type PinPrompt = (tries: PinTries) => Promise<Uint8Array | undefined>;

export interface CardOptions {
  readonly config: CardConfig;
  readonly signal?: AbortSignal | undefined;
}

/** Where the Belgian middleware puts its module. */
export const belgianModules: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    '/usr/lib/x86_64-linux-gnu/libbeidpkcs11.so.0',
    '/usr/lib/aarch64-linux-gnu/libbeidpkcs11.so.0',
    '/usr/lib64/libbeidpkcs11.so.0',
    '/usr/lib/libbeidpkcs11.so.0',
    '/usr/local/lib/libbeidpkcs11.so.0',
  ],
  darwin: [
    '/Library/Belgium Identity Card/Pkcs11/beid-pkcs11.bundle/Contents/MacOS/libbeidpkcs11.dylib',
    '/usr/local/lib/beid-pkcs11.bundle/Contents/MacOS/libbeidpkcs11.dylib',
  ],
  win32: ['C:\\Windows\\System32\\beidpkcs11.dll'],
};

const lookLimitMs = 30_000;
/** A person types, in a window of ours or of the middleware; just under the life of a nonce. */
const signLimitMs = 110_000;
const waitEveryMs = 2000;
const watchEveryMs = 2000;
/** A process that hangs in the card's software is replaced after this. */
const watchLimitMs = 3_600_000;
/** The resident agent asks again at every report. */
const waitLimitMs = 24 * 3_600_000;

export async function lookAtCards({ config, signal }: CardOptions): Promise<readonly SeenReader[]> {
  const request: CardRequest = { ask: 'look', module: moduleOf(config) };
  return exchange(request, { limitMs: lookLimitMs, signal }, message => {
    return message.say === 'saw' ? { answer: message.readers } : undefined;
  });
}

export interface CardSigner extends Signer {
  /** By which the card is known again. */
  readonly mark: string;
}

/** The signer of the card that is in a reader now; each signature asks for the PIN anew, if the agent has to ask at all. */
export async function cardSigner(options: CardOptions, askPin: PinPrompt): Promise<CardSigner> {
  const { config, signal } = options;
  const { token, certificate } = personsCertificate(await lookAtCards(options), config);
  const leaf = new X509Certificate(certificate.der);
  const { algorithm, hash } = algorithmOf(leaf.publicKey, 'the certificate on the card');
  const ec = signatureAlgorithms[algorithm].key === 'ec';
  return {
    algorithm,
    mark: cardMark(token, certificate),
    chain: chainOf(certificate, token),
    keyHash: publicKeyHash(leaf.publicKey),
    sign: bytes => {
      const request: CardRequest = {
        ...{ ask: 'sign', module: moduleOf(config), certificate: certificate.der, id: certificate.id },
        // Hashed here: not every module knows ECDSA with a hash of its own.
        ...(ec
          ? { mechanism: 'ecdsa', data: createHash(hash).update(bytes).digest() }
          : { mechanism: 'sha256-rsa-pkcs', data: bytes }),
      };
      return exchange(request, { limitMs: signLimitMs, signal, askPin }, message => {
        return message.say === 'signed' ? { answer: message.signature } : undefined;
      });
    },
  };
}

/** The token and the certificate that the person signs in with. */
export function personsCertificate(readers: readonly SeenReader[], config: CardConfig) {
  if (readers.length === 0) throw new CardFailure('reader-missing');
  const tokens = readers
    .flatMap(({ token }) => (token === undefined ? [] : [token]))
    .filter(({ label }) => config.tokenLabel === undefined || label === config.tokenLabel);
  if (tokens.length === 0) {
    throw new CardFailure(readers.some(({ unreadable }) => unreadable === true) ? 'card-unreadable' : 'card-missing');
  }
  for (const token of tokens) {
    const certificate = authenticationCertificate(token);
    if (certificate !== undefined) return { token, certificate };
  }
  throw new CardFailure('certificate-missing');
}

/** Resolves when a card comes; one that is there already does not count. */
export async function cardArrival({ config, signal }: CardOptions): Promise<void> {
  const request: CardRequest = { ask: 'wait', module: moduleOf(config), everyMs: waitEveryMs };
  await exchange(request, { limitMs: waitLimitMs, signal }, message => {
    return message.say === 'came' ? { answer: true } : undefined;
  });
}

/** `proven` is the mark of the card that proved the person. Software that is missing, hangs or crashes says nothing about the card. */
export async function lookForProven(config: CardConfig, proven: string | undefined): Promise<CardLook> {
  try {
    return sightOf(await lookAtCards({ config }), proven);
  } catch (error) {
    if (error instanceof CardFailure) return { fault: error.fault };
    throw error;
  }
}

/** What is in the readers now, and again at each change; always ends with a failure, be it that of `signal`. */
export async function watchCards(
  { config, signal }: CardOptions,
  onSeen: (readers: readonly SeenReader[]) => void,
): Promise<never> {
  const request: CardRequest = { ask: 'watch', module: moduleOf(config), everyMs: watchEveryMs };
  return exchange<never>(request, { limitMs: watchLimitMs, signal }, message => {
    if (message.say === 'saw') onSeen(message.readers);
    return undefined;
  });
}

export function moduleOf({ module }: CardConfig): string {
  const candidates = module === undefined ? (belgianModules[process.platform] ?? []) : [module];
  const found = candidates.find(path => existsSync(path));
  if (found === undefined) throw new CardFailure('module-missing', candidates.join(', '));
  return found;
}

interface ExchangeOptions {
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly askPin?: PinPrompt;
}

/** One request to a child process of its own. */
async function exchange<T>(
  request: CardRequest,
  { limitMs, signal, askPin }: ExchangeOptions,
  read: (message: CardMessage) => { readonly answer: T } | undefined,
): Promise<T> {
  const child = fork(fileURLToPath(new URL('./pkcs11-child.ts', import.meta.url)), [], {
    execArgv: ['--experimental-ffi', '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    // A module may print what it likes; standard input brings the PIN.
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
    env: environment(),
  });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new CardFailure('card-timeout')), limitMs);
  const stop = (): void => reject(new CardFailure('pin-cancelled', 'stopped'));
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  child.once('error', cause => reject(new CardFailure('card-failed', cause.message)));
  // Its last words may still be on the way when it has ended, and the other way round.
  const [exited, silent] = [Promise.withResolvers<string>(), Promise.withResolvers<true>()];
  child.once('exit', (code, ended) => exited.resolve(`ended with ${ended ?? code}`));
  child.once('disconnect', () => silent.resolve(true));
  void Promise.all([exited.promise, silent.promise]).then(([how]) => reject(new CardFailure('module-unusable', how)));
  // The child may end before it has read its PIN: that is told by its exit.
  child.stdin?.on('error', () => undefined);
  child.on('message', (message: CardMessage) => {
    if (message.say === 'fault') reject(new CardFailure(message.fault, message.detail, message.tries));
    else if (message.say === 'pin-please') answerPin(message.tries).catch(reject);
    else {
      const result = read(message);
      if (result !== undefined) resolve(result.answer);
    }
  });
  child.send(request);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }

  async function answerPin(tries: PinTries): Promise<void> {
    const pin = await askPin?.(tries);
    const length = pin === undefined || pin.byteLength > longestPinBytes ? 0 : pin.byteLength;
    const framed = Buffer.alloc(1 + length);
    framed[0] = length;
    if (pin !== undefined && length > 0) framed.set(pin, 1);
    pin?.fill(0);
    child.stdin?.end(framed, () => framed.fill(0));
  }
}

/** A window of the middleware needs the person's desktop; settings for Node are for this process alone. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')));
}
