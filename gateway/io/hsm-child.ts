// The child process that holds the PKCS #11 module of an HSM: reads one request from standard input, answers it on descriptor 3,
// and ends.

import { constants, createPublicKey, hash, type KeyObject, publicEncrypt, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { memory, type OaepHash, tokenFlags } from '../pkcs11/layout.ts';
import {
  attribute,
  type Handle,
  objectClass,
  openModule,
  type Pkcs11Module,
  Pkcs11Error,
  type Session,
} from '../pkcs11/module.ts';
import type { Pkcs11Uri } from '../pkcs11/uri.ts';
import type { HsmAnswer, HsmRequest } from './hsm.ts';
import type { HsmFault } from './hsm-fault.ts';
import type { MasterKey } from './sealed-secret.ts';
import type { WrappedKey } from './wrapped-key.ts';

class Fault extends Error {
  readonly fault: HsmFault;
  readonly detail: string | undefined;

  constructor(fault: HsmFault, detail?: string) {
    super(fault);
    this.fault = fault;
    this.detail = detail;
  }
}

/** CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, CKR_PIN_LOCKED. */
const pinFaults: ReadonlyMap<number, HsmFault> = new Map([
  [0xa0, 'pin-wrong'],
  [0xa1, 'pin-wrong'],
  [0xa2, 'pin-wrong'],
  [0xa4, 'pin-blocked'],
]);

const answer = serialize(answerTo(deserialize(readFileSync(0)) as HsmRequest));
writeFileSync(3, answer);
answer.fill(0);

function answerTo({ uri, pin, work }: HsmRequest): HsmAnswer {
  try {
    const module = load(uri.module);
    const slot = slotOf(module, uri);
    const session = module.open(slot);
    const loggedIn = login(module, slot, session, pin);
    try {
      const key = keyOf(session, uri);
      return 'open' in work
        ? { keys: work.open.map(each => opened(session, key, each)) }
        : { wrapped: wrapped(session, key, work.wrap) };
    } finally {
      // Some tokens stay open for every program of the machine until then.
      if (loggedIn) session.logout();
    }
  } catch (error) {
    if (error instanceof Fault)
      return { fault: error.fault, ...(error.detail === undefined ? {} : { detail: error.detail }) };
    if (error instanceof Pkcs11Error) return { fault: 'failed', detail: error.message };
    throw error;
  }
}

function load(path: string): Pkcs11Module {
  try {
    return openModule(path);
  } catch (error) {
    throw new Fault('module-unusable', error instanceof Error ? error.message : String(error));
  }
}

function slotOf(module: Pkcs11Module, { token }: Pkcs11Uri): Handle {
  const found = module.slots(true).filter(slot => {
    const { label, serial, manufacturer, model } = module.tokenInfo(slot);
    const has = { token: label, serial, manufacturer, model };
    return Object.entries(token).every(([part, wanted]) => Reflect.get(has, part) === wanted);
  });
  const [slot] = found;
  if (slot === undefined) throw new Fault('token-missing');
  // A PIN is tried on no token but the one that is meant.
  if (found.length > 1) throw new Fault('token-ambiguous', String(found.length));
  return slot;
}

function login(module: Pkcs11Module, slot: Handle, session: Session, given: Uint8Array | undefined): boolean {
  const { flags } = module.tokenInfo(slot);
  if ((flags & tokenFlags.loginRequired) === 0n) return false;
  if (given === undefined) throw new Fault('pin-missing');
  if ((flags & tokenFlags.pinLocked) !== 0n) throw new Fault('pin-blocked');
  // A gateway is started again and again; the last try is for a person.
  if ((flags & tokenFlags.pinFinalTry) !== 0n) throw new Fault('pin-last-try');
  const pin = memory(given.byteLength);
  pin.set(given);
  given.fill(0);
  try {
    session.login(pin);
    return true;
  } catch (error) {
    const fault = error instanceof Pkcs11Error ? pinFaults.get(error.code) : undefined;
    throw fault === undefined ? error : new Fault(fault);
  } finally {
    pin.fill(0);
  }
}

interface HsmKey {
  readonly handle: Handle;
  readonly id: string;
  readonly publicKey: KeyObject;
}

/** The public half is that of the private key itself: anybody may have put another public key beside it. */
function keyOf(session: Session, uri: Pkcs11Uri): HsmKey {
  const found = session.objects(objectClass.privateKey, uri);
  const [handle] = found;
  if (handle === undefined) throw new Fault('key-missing');
  if (found.length > 1) throw new Fault('key-ambiguous', String(found.length));
  const [n, e] = session.read(handle, [attribute.modulus, attribute.publicExponent]);
  if (n === undefined || e === undefined) throw new Fault('key-unfit', 'no RSA key, or one that hides its public half');
  const jwk = { kty: 'RSA', n: withoutZeros(n), e: withoutZeros(e) };
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2048) throw new Fault('key-unfit', `RSA of ${bits} bits`);
  const id = hash('sha256', publicKey.export({ type: 'spki', format: 'der' })).slice(0, 8);
  return { handle, id, publicKey };
}

function withoutZeros(integer: Buffer): string {
  return integer.subarray(integer.findIndex(octet => octet !== 0)).toString('base64url');
}

function opened(session: Session, key: HsmKey, { id, hsmKeyId, hash: by, box }: WrappedKey): Uint8Array {
  if (hsmKeyId !== key.id) throw new Fault('other-key', `${hsmKeyId}, and the URI names ${key.id}`);
  try {
    const plain = session.decrypt(by, key.handle, box);
    if (plain.byteLength === 32) return plain;
  } catch (error) {
    // Whatever the module calls what it cannot decrypt: they do not agree.
    if (!(error instanceof Pkcs11Error)) throw error;
    throw new Fault('not-opened', `${id}, ${error.message}`);
  }
  throw new Fault('not-opened', id);
}

/** By SHA-256 where the module can, else by SHA-1: OAEP does not rest on what SHA-1 has lost, that no two texts share a hash. */
function wrapped(session: Session, key: HsmKey, keys: readonly MasterKey[]): readonly WrappedKey[] {
  const hashes: readonly OaepHash[] = ['sha256', 'sha1'];
  let refusal: Fault | undefined;
  for (const by of hashes) {
    try {
      return keys.map(each => wrappedBy(by, session, key, each));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refusal = error;
    }
  }
  throw new Fault('key-unfit', refusal?.detail);
}

/** Opened again at once: what cannot be opened must not be kept. */
function wrappedBy(by: OaepHash, session: Session, key: HsmKey, { id, key: plain }: MasterKey): WrappedKey {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const box = publicEncrypt({ key: key.publicKey, padding, oaepHash: by }, plain);
  const made: WrappedKey = { id, hsmKeyId: key.id, hash: by, box };
  const again = opened(session, key, made);
  if (!timingSafeEqual(again, plain)) throw new Fault('not-opened', id);
  return made;
}
