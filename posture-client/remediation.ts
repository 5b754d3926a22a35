// Remediation: the actions that a verdict names are looked up in the agent's own list, run one at a time, and measured again.
// An unknown name runs nothing. Three tries a day per action, then it stops and says so.

import { randomUUID } from 'node:crypto';
import type { ActionState, ReportAction } from '../gateway/contract/report.ts';
import { collectCheck } from './collect.ts';
import { type Command, type CommandId, execute } from './commands.ts';
import type { CommandResult, Laptop } from './laptop.ts';
import { type Remedy, remedyFor } from './remedies.ts';
import type { StateFile } from './state-file.ts';

/** What the laptop's own configuration says about one action. */
export interface RemediationRules {
  /** Absent: all of the agent's list. The gateway can never widen it. */
  readonly allowed?: readonly string[];
  /** For a recorded laptop only: the local program that stands for the action. */
  readonly programs: Readonly<Record<string, Command>>;
}

export interface ActionProgress {
  readonly actionId: string;
  readonly state: ActionState;
  readonly phase: string;
  readonly progressPct?: number;
}

export interface RemediationParts {
  readonly laptop: Laptop;
  readonly actions: readonly string[];
  readonly rules: RemediationRules;
  readonly state: StateFile;
  readonly onProgress: (progress: ActionProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

const triesPerDay = 3;
const actionsAtMost = 16;

export async function remediate(parts: RemediationParts): Promise<readonly ReportAction[]> {
  const results: ReportAction[] = [];
  const names = [...new Set(parts.actions)].filter(name => /^[a-z][a-z0-9.-]{2,63}$/.test(name));
  for (const actionId of names.slice(0, actionsAtMost)) {
    const startedAt = parts.laptop.now();
    const result = parts.signal?.aborted === true ? ending('cancelled', 'stopped') : await runAction(parts, actionId);
    results.push({
      actionId,
      runId: randomUUID(),
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(parts.laptop.now()).toISOString(),
      ...result,
    });
    parts.onProgress({ actionId, state: result.state, phase: result.messageKey });
  }
  return results;
}

interface Ending {
  readonly state: ActionState;
  readonly messageKey: string;
  readonly exitCode?: number | null;
  readonly rebootRequired?: boolean;
  readonly detail?: string;
}

function ending(state: ActionState, messageKey: string, more: Partial<Ending> = {}): Ending {
  return { state, messageKey, ...more };
}

async function runAction(parts: RemediationParts, actionId: string): Promise<Ending> {
  const { laptop, rules } = parts;
  const remedy = remedyFor(actionId);
  if (remedy === undefined) return ending('unsupported', 'action-unknown');
  if (rules.allowed !== undefined && !rules.allowed.includes(actionId)) {
    return ending('blocked-by-policy', 'not-allowed-here');
  }
  const program = Object.hasOwn(rules.programs, actionId) ? rules.programs[actionId] : undefined;
  const steps: readonly (CommandId | Command)[] =
    program === undefined ? (remedy.steps[laptop.platform] ?? []) : [program];
  if (steps.length === 0) return ending('needs-user', 'by-hand-only');
  if (remedy.needsElevation && !laptop.elevated) return ending('needs-user', 'rights-missing');

  const earlier = await parts.state.noteAttempt(actionId, laptop.now());
  if (earlier >= triesPerDay) return ending('failed', 'tried-too-often', { detail: `${earlier} tries in 24 hours` });

  const report = (phase: string, progressPct?: number): void =>
    parts.onProgress({ actionId, state: 'running', phase, ...(progressPct === undefined ? {} : { progressPct }) });
  const before = await collectCheck(laptop, remedy.check);
  report('installing');
  let last: CommandResult | undefined;
  for (const step of steps) {
    last = await runStep(laptop, step, report);
    if (last.failed === 'missing') return ending('unsupported', 'program-missing');
    if (last.failed !== undefined) break;
  }
  report('verifying');
  const after = await collectCheck(laptop, remedy.check);
  if (!remedy.succeeded(before, after, laptop.now())) return failedEnding(last);
  return succeededEnding(laptop, remedy, last);
}

function runStep(
  laptop: Laptop,
  step: CommandId | Command,
  report: (phase: string, progressPct?: number) => void,
): Promise<CommandResult> {
  let shown = -1;
  const onLine = (line: string): void => {
    const percent = /\b(\d{1,3}(?:\.\d+)?)\s?%/.exec(line)?.[1];
    const whole = percent === undefined ? Number.NaN : Math.floor(Number(percent));
    if (!(whole >= 0 && whole <= 100) || whole === shown) return;
    shown = whole;
    report('installing', whole);
  };
  return typeof step === 'string' ? laptop.run(step, onLine) : execute(step, onLine);
}

function failedEnding(last: CommandResult | undefined): Ending {
  if (last?.failed === 'denied') return ending('needs-user', 'rights-missing');
  const detail = `${last?.stdout ?? ''}\n${last?.stderr ?? ''}`.trim().split('\n').slice(-5).join('\n').slice(-500);
  return ending('failed', last?.failed === 'timeout' ? 'time-limit' : 'no-effect', {
    exitCode: last?.exitCode ?? null,
    ...(detail === '' ? {} : { detail }),
  });
}

async function succeededEnding(laptop: Laptop, remedy: Remedy, last: CommandResult | undefined): Promise<Ending> {
  const exitCode = last?.exitCode ?? null;
  if (remedy.mayNeedReboot) {
    const [check] = await collectCheck(laptop, 'reboot');
    if (check?.facts['pending'] === true) {
      return ending('needs-reboot', 'restart-needed', { exitCode, rebootRequired: true });
    }
  }
  return ending('succeeded', 'done', { exitCode });
}
