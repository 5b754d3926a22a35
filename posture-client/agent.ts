// One run of the agent, from connecting to the verdict:
// 1. connect, if asked with a session key that the machine key certifies
// 2. ask for a challenge, collect what it asks for, sign, report
// 3. prove the person, if asked
// 4. fetch a ticket for the VPN client, if asked
// 5. run the actions that the verdict names, and report again

import type { CheckType } from '../gateway/contract/check-facts.ts';
import type { Challenge, IdentityAccepted, Ticket } from '../gateway/contract/challenge.ts';
import type { ReportAction, ReportReason } from '../gateway/contract/report.ts';
import type { Verdict } from '../gateway/contract/verdict.ts';
import { type Collected, collect, collectAnew } from './collect.ts';
import { type CardSigner, cardSigner, lookForProven, type PinPrompt } from './card.ts';
import { CardFailure } from './card-fault.ts';
import type { AgentConfig } from './config.ts';
import type { GatewayConnection } from './connection.ts';
import { buildReport, signReport } from './evidence.ts';
import { AgentFailure } from './failure.ts';
import { proveIdentity } from './identity-proof.ts';
import type { Laptop } from './laptop.ts';
import { connectMachine, type KeyMemory } from './machine-connection.ts';
import { recordedLaptop } from './recorded-laptop.ts';
import { type ActionProgress, remediate } from './remediation.ts';
import { type FileSigner, keyFileSigner, type Signer } from './signer.ts';
import { stateFile } from './state-file.ts';
import { thisLaptop } from './this-laptop.ts';

export type Progress =
  | { readonly step: 'connected'; readonly key: string; readonly sessionKey: boolean }
  | { readonly step: 'collected'; readonly collected: Collected }
  | { readonly step: 'verdict'; readonly verdict: Verdict }
  | { readonly step: 'person'; readonly accepted: IdentityAccepted }
  | { readonly step: 'ticket'; readonly ticket: Ticket }
  | { readonly step: 'action'; readonly action: ActionProgress };

export interface RunOptions {
  readonly config: AgentConfig;
  readonly reason?: ReportReason;
  /** Measure only these checks, and take the rest from the last run with this memory: each keeps its own time. */
  readonly anew?: readonly CheckType[];
  /** Prove the person with the key under `identity`. */
  readonly prove?: boolean;
  /** Asks for the PIN of a card that leaves this to the agent. */
  readonly askPin?: PinPrompt;
  readonly ticket?: boolean;
  /** Run the actions that the verdict names; yes unless told otherwise. */
  readonly remediate?: boolean;
  /** Awaited: whoever connects a VPN with the ticket can do so before the updates begin. */
  readonly onProgress?: (progress: Progress) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** Kept between runs, so that a session key lives as long as it may. */
  readonly memory?: AgentMemory;
}

export interface RunResult {
  readonly verdict: Verdict;
  readonly ticket?: Ticket;
  readonly person?: IdentityAccepted;
  readonly actions: readonly ReportAction[];
}

/** What one process remembers from run to run. */
export interface AgentMemory extends KeyMemory {
  readonly startedAt: number;
  /** What the last report told, and the checks that were asked for. */
  last?: { readonly collected: Collected; readonly asked: ReadonlySet<string> };
}

/** A challenge that is about to lapse is not worth signing. */
const challengeMarginMs = 5000;

export async function runOnce(options: RunOptions): Promise<RunResult> {
  const run = await prepare(options);
  try {
    let { verdict, digest } = await report(run, options.reason ?? 'manual', { anew: options.anew });
    let person: IdentityAccepted | undefined;
    if (options.prove === true) {
      person = await provePerson(run, digest);
      await run.tell({ step: 'person', accepted: person });
      verdict = await verdictAfterProof(run);
    }
    let ticket: Ticket | undefined;
    if (options.ticket === true && verdict.outcome !== 'deny') {
      ticket = await (await run.connection()).ticket(run.machine.keyHash);
      await run.tell({ step: 'ticket', ticket });
    }
    let actions: readonly ReportAction[] = [];
    if (options.remediate !== false && verdict.actions.length > 0) {
      actions = await runActions(run, verdict);
      ({ verdict, digest } = await report(run, 'post-remediation', { actions }));
    }
    return {
      verdict,
      actions,
      ...(ticket === undefined ? {} : { ticket }),
      ...(person === undefined ? {} : { person }),
    };
  } finally {
    await run.close();
  }
}

interface Run {
  readonly options: RunOptions;
  readonly laptop: Laptop;
  readonly machine: FileSigner;
  /** A key file is read before anything is reported; a card only when it is needed: it may come later. */
  readonly person: () => Promise<Signer | CardSigner> | undefined;
  readonly memory: AgentMemory;
  /** The connection, opened anew when its socket is gone. */
  connection(): Promise<GatewayConnection>;
  tell(progress: Progress): Promise<void>;
  close(): Promise<void>;
}

async function prepare(options: RunOptions): Promise<Run> {
  const { config, signal } = options;
  const memory = options.memory ?? { startedAt: Date.now() };
  const [laptop, machine, personFile] = await Promise.all([
    laptopOf(config),
    keyFileSigner(config.machine),
    options.prove === true && config.identity !== undefined && 'key' in config.identity
      ? keyFileSigner(config.identity)
      : undefined,
  ]);
  let current: GatewayConnection | undefined;
  const person = (): Promise<Signer | CardSigner> | undefined => {
    const { identity } = config;
    if (personFile !== undefined) return Promise.resolve(personFile);
    if (identity === undefined || 'key' in identity) return undefined;
    const askPin = options.askPin ?? (() => Promise.reject(new CardFailure('pin-unasked')));
    return cardSigner({ config: identity.pkcs11, signal }, askPin);
  };
  const tell = async (progress: Progress): Promise<void> => options.onProgress?.(progress);
  return {
    ...{ options, laptop, machine, person, memory, tell },
    async connection() {
      if (current?.alive === true) return current;
      await current?.close();
      current = await connectMachine({ config, machine, memory, signal });
      await tell({ step: 'connected', key: current.key, sessionKey: config.sessionKey });
      return current;
    },
    close: async () => current?.close(),
  };
}

/** With the reader of the configured card; whose card it is stands in the state file. */
async function laptopOf({ recorded, identity, state }: AgentConfig): Promise<Laptop> {
  const laptop = recorded === undefined ? await thisLaptop() : await recordedLaptop(recorded);
  if (identity === undefined || 'key' in identity) return laptop;
  return {
    ...laptop,
    card: async () => lookForProven(identity.pkcs11, await stateFile(state).provenCard(Date.now())),
  };
}

interface ReportExtent {
  readonly actions?: readonly ReportAction[];
  readonly anew?: readonly CheckType[] | undefined;
}

async function report(
  run: Run,
  reason: ReportReason,
  { actions = [], anew }: ReportExtent,
): Promise<{ readonly verdict: Verdict; readonly digest: string }> {
  const { collected, challenge, clockOffsetMs, connection } = await collectForChallenge(run, anew);
  const now = run.laptop.now();
  const content = buildReport({
    laptop: run.laptop,
    ...{ collected, challenge, clockOffsetMs, reason, actions },
    sequence: await stateFile(run.options.config.state).nextSequence(now),
    machineKey: run.machine.keyHash,
    startedAt: run.memory.startedAt,
  });
  const { signed, digest } = await signReport(content, run.machine, connection.exporter());
  const verdict = await connection.report(signed);
  await run.tell({ step: 'verdict', verdict });
  return { verdict, digest };
}

interface Prepared {
  readonly collected: Collected;
  readonly challenge: Challenge;
  readonly clockOffsetMs: number;
  readonly connection: GatewayConnection;
}

/** Slow checks may outlive the challenge or the connection that asked for them: then the challenge is asked again, not the checks. */
async function collectForChallenge(run: Run, anew: readonly CheckType[] | undefined): Promise<Prepared> {
  let collected: Collected | undefined;
  let covered: ReadonlySet<string> = new Set();
  for (let round = 0; round < 3; round++) {
    const connection = await run.connection();
    const askedAt = Date.now();
    const challenge = await connection.challenge('report');
    const clockOffsetMs = (askedAt + Date.now()) / 2 - challenge.serverTime;
    const asked = askedBy(challenge);
    if (collected === undefined || !asked.isSubsetOf(covered)) {
      const laptop: Laptop = { ...run.laptop, watched: challenge.applications ?? [] };
      const last = anew === undefined ? undefined : run.memory.last;
      // A policy may have changed since: then everything is measured, and nothing told that is no longer asked for.
      collected =
        last?.asked.symmetricDifference(asked).size === 0
          ? await collectAnew(laptop, last.collected, anew ?? [])
          : await collect(laptop, challenge.collect);
      covered = asked;
      run.memory.last = { collected, asked };
      await run.tell({ step: 'collected', collected });
    }
    const fresh = Date.now() - clockOffsetMs < challenge.expiresAt - challengeMarginMs;
    if (fresh && connection.alive) return { collected, challenge, clockOffsetMs, connection };
  }
  throw new AgentFailure('unreachable', 'the challenge or the connection ends before the report can be sent');
}

/** Check types, and the applications with every name that is looked for. */
function askedBy({ collect: types, applications = [] }: Challenge): ReadonlySet<string> {
  return new Set([...types, ...applications.map(each => JSON.stringify(each))]);
}

/** Only now it is known which card is the person's: where the policy asks for that, it is reported before the verdict. */
async function verdictAfterProof(run: Run): Promise<Verdict> {
  if (run.memory.last?.asked.has('smart-card') === true) {
    return (await report(run, 'change', { anew: ['smart-card'] })).verdict;
  }
  const verdict = await (await run.connection()).verdict();
  await run.tell({ step: 'verdict', verdict });
  return verdict;
}

async function provePerson(run: Run, reportDigest: string): Promise<IdentityAccepted> {
  const person = await run.person();
  if (person === undefined)
    throw new AgentFailure('setup', 'to prove the person, give "identity" in the configuration');
  const connection = await run.connection();
  const accepted = await proveIdentity({ connection, person, machineKey: run.machine.keyHash, reportDigest });
  const { validUntil } = accepted;
  await stateFile(run.options.config.state).noteProvenCard(
    'mark' in person ? { mark: person.mark, validUntil } : undefined,
  );
  return accepted;
}

async function runActions(run: Run, verdict: Verdict): Promise<readonly ReportAction[]> {
  const { config, signal } = run.options;
  const told: Promise<void>[] = [];
  const actions = await remediate({
    laptop: run.laptop,
    actions: verdict.actions,
    rules: config.remediation,
    state: stateFile(config.state),
    onProgress: action => void told.push(run.tell({ step: 'action', action })),
    signal,
  });
  await Promise.all(told);
  return actions;
}
