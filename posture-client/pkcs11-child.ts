// The child process that holds a card's software. It does the one thing that it is asked, answers, and ends. A module that
// crashes or hangs takes this process with it, and no more.

import { readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CardFailure, faultOf } from './card-fault.ts';
import {
  type CardMessage,
  type CardRequest,
  longestPinBytes,
  type LookRequest,
  type SignRequest,
  type WaitRequest,
  type WatchRequest,
} from './card-messages.ts';
import { glance, look, sign, triesNow } from './card-token.ts';
import { memory } from '../gateway/pkcs11/layout.ts';
import { openModule, type Pkcs11Module, Pkcs11Error } from '../gateway/pkcs11/module.ts';

process.once('message', (request: CardRequest) => void answer(request));
process.once('disconnect', () => process.exit(0));

async function answer(request: CardRequest): Promise<void> {
  let module: Pkcs11Module | undefined;
  try {
    if (request.ask === 'wait') await waitForCard(request);
    else if (request.ask === 'watch') await watchCards(request);
    else {
      module = load(request.module);
      await serve(module, request);
    }
  } catch (error) {
    await say(faultMessage(error, module));
  }
  // Whoever waited has its answer, and a channel keeps the process alive.
  process.disconnect?.();
}

async function serve(module: Pkcs11Module, request: LookRequest | SignRequest): Promise<void> {
  if (request.ask === 'look') return say({ say: 'saw', readers: look(module) });
  const signature = await sign(module, request, async tries => {
    await say({ say: 'pin-please', tries });
    return readPin();
  });
  return say({ say: 'signed', signature });
}

/** Loaded anew each time: some modules know only the cards that were there at the start. */
async function waitForCard({ module: path, everyMs }: WaitRequest): Promise<void> {
  for (let before = Infinity; ; ) {
    const module = load(path);
    const cards = module.slots(true).length;
    module.close();
    if (cards > before) return say({ say: 'came' });
    before = cards;
    await delay(everyMs);
  }
}

/** Ends with its parent. Loaded anew each time, as above; C_WaitForSlotEvent is left out by some modules and blocks in others. */
async function watchCards({ module: path, everyMs }: WatchRequest): Promise<never> {
  for (let before: string | undefined; ; ) {
    const module = load(path);
    const now = glance(module);
    const readers = now === before ? undefined : look(module);
    module.close();
    before = now;
    if (readers !== undefined) await say({ say: 'saw', readers });
    await delay(everyMs);
  }
}

function load(path: string): Pkcs11Module {
  try {
    return openModule(path);
  } catch (error) {
    if (error instanceof Pkcs11Error) throw error;
    throw new CardFailure('module-unusable', error instanceof Error ? error.message : String(error));
  }
}

/** Read with blocking calls into memory of our own: a stream would leave copies in its pool. */
function readPin(): Uint8Array | undefined {
  const room = memory(1 + longestPinBytes);
  let filled = 0;
  while (filled === 0 || filled < 1 + (room[0] ?? 0)) {
    const read = readSync(0, room, filled, room.byteLength - filled, null);
    if (read === 0) return undefined;
    filled += read;
  }
  const length = room[0] ?? 0;
  return length === 0 || length > longestPinBytes ? undefined : room.subarray(1, 1 + length);
}

function faultMessage(error: unknown, module: Pkcs11Module | undefined): CardMessage {
  if (error instanceof CardFailure) return { say: 'fault', fault: error.fault, detail: error.detail, tries: 'ok' };
  const fault = error instanceof Pkcs11Error ? faultOf(error.code) : 'card-failed';
  const detail = error instanceof Error ? error.message : String(error);
  return { say: 'fault', fault, detail, tries: fault === 'pin-wrong' && module ? triesAfter(module) : 'ok' };
}

function triesAfter(module: Pkcs11Module): ReturnType<typeof triesNow> {
  try {
    return triesNow(module);
  } catch (error) {
    // The card was pulled out after the wrong PIN: the PIN is still what was wrong.
    if (error instanceof Pkcs11Error) return 'ok';
    throw error;
  }
}

function say(message: CardMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error('started without a channel to the agent');
    process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
