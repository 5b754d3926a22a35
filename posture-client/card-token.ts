// What is done with a card's software: look at readers, tokens and certificates; sign with the key of one certificate.
// Everything here blocks, and runs in the child process.

import { type TokenInfo, tokenFlags } from '../gateway/pkcs11/layout.ts';
import {
  attribute,
  type Handle,
  objectClass,
  type Pkcs11Module,
  Pkcs11Error,
  type Session,
} from '../gateway/pkcs11/module.ts';
import { CardFailure, triesOf, type PinTries } from './card-fault.ts';
import type { SeenCertificate, SeenReader, SeenToken, SignRequest } from './card-messages.ts';
import { withoutPadding } from './card-padding.ts';

const alreadyLoggedIn = 0x100;
/** CKR_TOKEN_NOT_PRESENT, CKR_DEVICE_REMOVED: the card left between two calls. */
const gone: readonly number[] = [0xe0, 0x32];

export function look(module: Pkcs11Module): readonly SeenReader[] {
  const filled = new Set(module.slots(true));
  return module.slots(false).map(slot => {
    const name = module.slotInfo(slot).description;
    if (!filled.has(slot)) return { name };
    try {
      const token = seenToken(module, slot);
      return token === undefined ? { name } : { name, token };
    } catch (error) {
      if (!(error instanceof Pkcs11Error)) throw error;
      return gone.includes(error.code) ? { name } : { name, unreadable: true };
    }
  });
}

/** Readers and cards in one text: no session is opened and nothing read from a card, so that it can be made every few seconds. */
export function glance(module: Pkcs11Module): string {
  const cards = module.slots(true).map(slot => {
    try {
      const { label, serial } = module.tokenInfo(slot);
      return [String(slot), label, serial];
    } catch (error) {
      if (!(error instanceof Pkcs11Error)) throw error;
      return [String(slot), error.code];
    }
  });
  return JSON.stringify([module.slots(false).length, cards]);
}

function seenToken(module: Pkcs11Module, slot: Handle): SeenToken | undefined {
  const info = module.tokenInfo(slot);
  if (isBlank(info)) return undefined;
  const session = module.open(slot);
  try {
    const { label, manufacturer, model, serial, flags } = info;
    const certificates = certificatesOf(session);
    return { label, manufacturer, model, serial, pinBy: pinBy(flags), tries: triesOf(flags), certificates };
  } finally {
    session.close();
  }
}

/** A token that nobody has initialized is a slot of a software module, not a card. */
function isBlank({ label, flags }: TokenInfo): boolean {
  return label === '' && (flags & tokenFlags.initialized) === 0n;
}

function pinBy(flags: bigint): SeenToken['pinBy'] {
  if ((flags & tokenFlags.protectedAuthenticationPath) !== 0n) return 'reader';
  return (flags & tokenFlags.loginRequired) === 0n ? 'module' : 'agent';
}

function certificatesOf(session: Session, id?: Uint8Array): readonly SeenCertificate[] {
  return session.objects(objectClass.certificate, { id }).flatMap(object => {
    const [label, ownId, value] = session.read(object, [attribute.label, attribute.id, attribute.value]);
    if (value === undefined || value.byteLength === 0) return [];
    return [{ label: label?.toString('utf8') ?? '', id: ownId ?? new Uint8Array(), der: withoutPadding(value) }];
  });
}

/** Asks for the PIN; the answer is wiped as soon as the token has seen it. */
export type AskPin = (tries: PinTries) => Promise<Uint8Array | undefined>;

export async function sign(module: Pkcs11Module, request: SignRequest, askPin: AskPin): Promise<Uint8Array> {
  for (const slot of module.slots(true)) {
    const session = sessionWith(module, slot, request);
    if (session === undefined) continue;
    try {
      const loggedIn = await login(module, slot, session, askPin);
      try {
        const [key] = session.objects(objectClass.privateKey, { id: request.id });
        if (key === undefined) throw new CardFailure('key-missing');
        return session.sign(request.mechanism, key, request.data);
      } finally {
        // The card would sign for any program until it is pulled out.
        if (loggedIn) quietly(() => session.logout());
      }
    } finally {
      quietly(() => session.close());
    }
  }
  throw new CardFailure('card-removed');
}

/** A session with the card of that very certificate; what else is in other readers does not matter. */
function sessionWith(module: Pkcs11Module, slot: Handle, { id, certificate }: SignRequest): Session | undefined {
  let session: Session | undefined;
  try {
    session = module.open(slot);
    if (certificatesOf(session, id).some(({ der }) => Buffer.compare(der, certificate) === 0)) return session;
  } catch (error) {
    // An empty slot of a software module, a bank card: not the one.
    if (!(error instanceof Pkcs11Error)) throw error;
  }
  quietly(() => session?.close());
  return undefined;
}

async function login(module: Pkcs11Module, slot: Handle, session: Session, askPin: AskPin): Promise<boolean> {
  const { flags } = module.tokenInfo(slot);
  const tries = triesOf(flags);
  if (tries === 'blocked') throw new CardFailure('pin-blocked');
  const by = pinBy(flags);
  const required = (flags & tokenFlags.loginRequired) !== 0n;
  if (!required) return false;
  const pin = by === 'reader' ? undefined : await askPin(tries);
  if (by === 'agent' && pin === undefined) throw new CardFailure('pin-cancelled');
  try {
    session.login(pin);
  } catch (error) {
    if (!(error instanceof Pkcs11Error)) throw error;
    if (error.code === alreadyLoggedIn) return false;
    throw error;
  } finally {
    pin?.fill(0);
  }
  return true;
}

/** Never a second try by itself: three wrong ones block an identity card. */
export function triesNow(module: Pkcs11Module): PinTries {
  const order: readonly PinTries[] = ['blocked', 'last', 'low'];
  const seen = module.slots(true).map(slot => triesOf(module.tokenInfo(slot).flags));
  return order.find(tries => seen.includes(tries)) ?? 'ok';
}

function quietly(action: () => void): void {
  try {
    action();
  } catch (error) {
    // The card is gone, and the session with it: what happened before is what counts.
    if (!(error instanceof Pkcs11Error)) throw error;
  }
}
