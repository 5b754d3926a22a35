// Session confirmation: once the VPN is up, the machine speaks to the gateway from inside the tunnel. Always over a new
// connection, so that it takes the route of the moment and not that of a socket from before the tunnel.

import { networkInterfaces } from 'node:os';
import type { SessionConfirmed } from '../gateway/contract/challenge.ts';
import type { AgentConfig } from './config.ts';
import { AgentFailure } from './failure.ts';
import { connectMachine, type KeyMemory } from './machine-connection.ts';
import { keyFileSigner } from './signer.ts';

export interface ConfirmationOptions {
  readonly config: AgentConfig;
  readonly memory: KeyMemory;
  readonly signal?: AbortSignal;
}

export async function confirmSession({ config, memory, signal }: ConfirmationOptions): Promise<SessionConfirmed> {
  const machine = await keyFileSigner(config.machine);
  const connection = await connectMachine({ config, machine, memory, signal });
  try {
    return await connection.confirmSession(machine.keyHash);
  } finally {
    await connection.close();
  }
}

/** All addresses of this machine in one text, to compare. */
export function localAddresses(): string {
  const all = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ cidr, address }) => `${name} ${cidr ?? address}`),
  );
  return all.sort().join('\n');
}

export interface ConfirmingParts {
  readonly confirm: () => Promise<SessionConfirmed>;
  readonly onConfirmed: (answer: SessionConfirmed) => void;
  readonly signal: AbortSignal;
  readonly addresses?: () => string;
  readonly times?: ConfirmingTimes;
}

export interface ConfirmingTimes {
  /** How often the addresses are compared. */
  readonly lookMs: number;
  /** At least this long from one confirmation to the next. */
  readonly gapMs: number;
}

const usualTimes: ConfirmingTimes = { lookMs: 3000, gapMs: 30_000 };
/** The tunnel may still be coming up, and the gateway may hear of the session later than we do. */
const triesEach = 4;

export interface Confirming {
  /** Confirm soon. */
  ask(): void;
  /** Resolves once `signal` was aborted and the last confirmation has ended. */
  readonly done: Promise<unknown>;
}

/** Confirms when told to and whenever the addresses of this machine change; each time until the gateway says yes, or four times. */
export function startConfirming(parts: ConfirmingParts): Confirming {
  const { signal, addresses = localAddresses } = parts;
  const { lookMs, gapMs } = parts.times ?? usualTimes;
  const stopped = Promise.withResolvers<undefined>();
  let known = addresses();
  let tries = 0;
  let last = -Infinity;
  let running: Promise<void> | undefined;
  const timer = setInterval(look, lookMs);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return {
    ask() {
      tries = triesEach;
      look();
    },
    done: stopped.promise,
  };

  function look(): void {
    const now = addresses();
    if (now !== known) [known, tries] = [now, triesEach];
    const due = tries > 0 && performance.now() - last >= gapMs;
    if (signal.aborted || running !== undefined || !due) return;
    tries -= 1;
    last = performance.now();
    running = confirm().finally(() => {
      running = undefined;
    });
    running.catch(stopped.reject);
  }

  async function confirm(): Promise<void> {
    const before = known;
    try {
      const answer = await parts.confirm();
      if (signal.aborted || !answer.confirmed) return;
      // The addresses changed meanwhile: that route has not been confirmed.
      if (known === before && addresses() === before) tries = 0;
      parts.onConfirmed(answer);
    } catch (error) {
      // No route, no session yet, a gateway that is busy: the next try is due soon enough. Our own mistakes must show.
      if (!(error instanceof AgentFailure)) throw error;
    }
  }

  function stop(): void {
    clearInterval(timer);
    (running ?? Promise.resolve()).then(() => stopped.resolve(undefined), stopped.reject);
  }
}
