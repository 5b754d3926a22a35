// The agent that stays. Around its reports it watches for three things: the card that it waits for, the card that proved the
// person, and the addresses of this machine, which change when the VPN comes up.

import type { Outcome } from '../gateway/contract/outcome.ts';
import { type AgentMemory, runOnce } from './agent.ts';
import { cardArrival } from './card.ts';
import { CardFailure, type CardFault } from './card-fault.ts';
import { pinPrompt } from './card-pin.ts';
import { watchProvenCard } from './card-watch.ts';
import type { AgentConfig } from './config.ts';
import { confirmSession, startConfirming } from './confirmation.ts';
import { type ReportOccasion, startResident } from './resident.ts';
import { stateFile } from './state-file.ts';
import { complain, confirmedText, failureText, showAction, showResult, type SpeechOptions } from './terminal.ts';

export interface StayOptions extends SpeechOptions {
  readonly config: AgentConfig;
  readonly prove: boolean;
  readonly remediate: boolean;
}

const absences: readonly CardFault[] = ['reader-missing', 'card-missing', 'card-unreadable'];
const reasons = { first: 'preconnect', periodic: 'periodic', asked: 'recheck', changed: 'change' } as const;
/** What a confirmed session may still change. */
const open: readonly Outcome[] = ['update', 'quarantine'];

/** Ends on SIGINT or SIGTERM; reports at once on SIGHUP. */
export async function stay(options: StayOptions): Promise<void> {
  const { config, language } = options;
  const card = config.identity !== undefined && 'pkcs11' in config.identity ? config.identity.pkcs11 : undefined;
  const stop = new AbortController();
  const { signal } = stop;
  const memory: AgentMemory = { startedAt: Date.now() };
  let waitsForCard = false;
  let looking = false;
  let watched: { readonly mark: string; readonly end: AbortController } | undefined;

  const confirming = startConfirming({
    confirm: () => confirmSession({ config, memory, signal }),
    onConfirmed: answer => complain(confirmedText(answer, options)),
    signal,
  });
  const resident = startResident({
    run: report,
    onFailure: failure => {
      // Only a card that is not there is waited for. A wrong PIN is never asked for again unasked: three block the card.
      if (failure instanceof CardFailure) waitsForCard = absences.includes(failure.fault);
      if (waitsForCard) void awaitCard();
      complain(failureText(failure, language));
    },
    signal,
    random: Math.random,
  });
  process.on('SIGHUP', () => resident.wake());
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  try {
    await Promise.race([resident.done, confirming.done]);
  } finally {
    stop.abort();
  }
  await Promise.all([resident.done, confirming.done]);

  async function report(why: ReportOccasion): Promise<number> {
    const result = await runOnce({
      ...{ config, memory, signal, reason: reasons[why], remediate: options.remediate, askPin: pinPrompt(language) },
      ...(why === 'changed' ? { anew: ['smart-card'] } : {}),
      // The person is asked for a proof at the start, not every hour; or as soon as their card is there.
      prove: options.prove && (why === 'first' || waitsForCard),
      onProgress: progress => showAction(progress, language),
    });
    waitsForCard = false;
    showResult(result, options);
    if (open.includes(result.verdict.outcome)) confirming.ask();
    await watchCard();
    return result.verdict.nextReportInSeconds;
  }

  /** The first look at the reader waits until the person's card is there. */
  async function awaitCard(): Promise<void> {
    if (looking || card === undefined) return;
    looking = true;
    try {
      await cardArrival({ config: card, signal });
      resident.wake();
    } catch (error) {
      // The agent ends, or the card software fails: the next report tries the card all the same.
      if (!(error instanceof CardFailure)) throw error;
    } finally {
      looking = false;
    }
  }

  /** Watches the card of the proof that counts now, where the policy asks for the card at all. */
  async function watchCard(): Promise<void> {
    const asked = card !== undefined && memory.last?.asked.has('smart-card') === true;
    const mark = asked ? await stateFile(config.state).provenCard(Date.now()) : undefined;
    if (mark === watched?.mark) return;
    watched?.end.abort();
    watched = undefined;
    if (card === undefined || mark === undefined) return;
    const end = new AbortController();
    watched = { mark, end };
    const onChange = (): void => resident.wake('changed');
    void watchProvenCard({ config: card, mark, onChange, signal: AbortSignal.any([signal, end.signal]) });
  }
}
