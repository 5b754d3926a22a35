// The thread in which TLS handshakes run: the cost of a login is here, so that no datagram waits for it.

import { parentPort, workerData } from 'node:worker_threads';
import type { TlsStep } from '../eap/step.ts';
import { Unavailable } from '../ports.ts';
import type { TlsServerSettings } from './tls-context.ts';
import { TlsHandshakes } from './tls-handshakes.ts';
import type { FromWorker, ToWorker } from './tls-messages.ts';
import type { TlsSession } from './tls-sessions.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a worker thread of the TLS engine');

const settings = workerData as TlsServerSettings;
const wanted = new Map<number, (session: TlsSession | undefined) => void>();
let asked = 0;

const handshakes = new TlsHandshakes(settings, {
  ...(settings.resumption?.shared === true ? { elsewhere: wantSession } : {}),
  changed: change => {
    say({ said: 'session-changed', change });
  },
});

function wantSession(id: string): Promise<TlsSession | undefined> {
  return new Promise(found => {
    wanted.set(++asked, found);
    say({ said: 'session-wanted', asked, id });
  });
}

function say(message: FromWorker): void {
  port?.postMessage(message);
}

async function answer(call: number, work: Promise<TlsStep>): Promise<void> {
  try {
    say({ said: 'answer', call, step: await work });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Both are the caller's to handle; an exception here would end the thread and everybody else's handshakes.
    say({ said: error instanceof Unavailable ? 'unavailable' : 'threw', call, message });
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.do) {
    case 'step':
      void answer(message.call, handshakes.step(message.conversation, message.bytes, message.method, message.profile));
      return;
    case 'seal':
      void answer(message.call, handshakes.seal(message.conversation, message.data));
      return;
    case 'settle':
      void answer(message.call, handshakes.settle(message.conversation, message.settlement));
      return;
    case 'close':
      handshakes.close(message.conversation);
      return;
    case 'staple':
      handshakes.staple(message.staple);
      return;
    case 'session-found':
      wanted.get(message.asked)?.(message.session);
      wanted.delete(message.asked);
      return;
    case 'learn':
      handshakes.learn(message.change);
  }
});

say({ said: 'ready' });
