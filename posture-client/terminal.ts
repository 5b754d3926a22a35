// What the agent says in the terminal: the answer itself on standard output, everything else beside it.

import type { DeviceEnrolled, SessionConfirmed } from '../gateway/contract/challenge.ts';
import type { Language } from '../gateway/contract/language.ts';
import { colon } from '../gateway/contract/measure-words.ts';
import type { Progress, RunResult } from './agent.ts';
import { CardFailure, cardText } from './card-fault.ts';
import type { AgentFailure } from './failure.ts';
import { phrases } from './phrases.ts';
import { verdictText } from './verdict-text.ts';

export interface SpeechOptions {
  readonly language: Language;
  /** For programs: the answer as JSON. */
  readonly json: boolean;
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function showResult({ verdict, actions }: RunResult, { language, json }: SpeechOptions): void {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  say(json ? JSON.stringify({ verdict, actions }) : verdictText(verdict, { language, timeZone }));
}

export function showAction(progress: Progress, language: Language): void {
  if (progress.step !== 'action') return;
  const { actionId, state, phase, progressPct } = progress.action;
  const where = progressPct === undefined ? phase : `${phase} ${progressPct} %`;
  complain(`${actionId}: ${phrases[language].action[state]} (${where})`);
}

export function failureText(failure: AgentFailure, language: Language): string {
  const words = phrases[language];
  const { kind, refusal, message } = failure;
  if (failure instanceof CardFailure) return `${cardText(failure.fault, failure.tries, language)} (${message})`;
  if (kind === 'setup') return message;
  if (kind === 'try-again') return `${words.tryAgain} (${message})`;
  if (refusal === undefined) return `${words.unreachable}: ${message}`;
  return `${words.refused}: ${refusal.text[language]} (${refusal.refused}, ${refusal.traceId})`;
}

/** With the configuration to start the agent with, once it is of use. */
export function enrolmentText({ state, device, caseCode }: DeviceEnrolled, language: Language, config: string): string {
  const words = phrases[language];
  const mark = colon(language);
  const lines = [words.enrolment[state], `${words.deviceKey}${mark} ${device}`];
  if (caseCode !== undefined) lines.push(`${words.caseCode}${mark} ${caseCode}`);
  if (state === 'active') lines.push(`sluis-agent --config ${config}`);
  return lines.join('\n');
}

export function confirmedText(answer: SessionConfirmed, { language, json }: SpeechOptions): string {
  if (json) return JSON.stringify(answer);
  const words = phrases[language];
  return answer.confirmed ? `${words.confirmed} ${words.outcome[answer.outcome]}` : words.notConfirmed;
}
