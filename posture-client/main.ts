// The command line of the agent: reads options and configuration, runs once or stays, and says in the person's language
// what the gateway decided. Exit codes: 0 grant, 10 quarantine, 11 deny, 12 cannot be decided now, 13 update, 14 refused,
// 15 card, 2 setup, 1 our own mistake.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkTypes } from '../gateway/contract/check-facts.ts';
import { type Language, languages } from '../gateway/contract/language.ts';
import { type AgentMemory, type Progress, type RunResult, runOnce } from './agent.ts';
import { cardArrival } from './card.ts';
import { cardReport } from './card-command.ts';
import { CardFailure, type CardFault, cardText } from './card-fault.ts';
import { pinPrompt } from './card-pin.ts';
import { collect } from './collect.ts';
import { type AgentConfig, readConfig } from './config.ts';
import { AgentFailure, exitCodes } from './failure.ts';
import { factsText } from './facts-text.ts';
import { phrases } from './phrases.ts';
import { recordedLaptop } from './recorded-laptop.ts';
import { startResident } from './resident.ts';
import { thisLaptop } from './this-laptop.ts';
import { verdictText } from './verdict-text.ts';

const usage = `usage: sluis-agent --config FILE [--once] [options]     report, and keep reporting
       sluis-agent collect [--recorded FOLDER] [--json]     show the facts of this laptop; talks to nobody
       sluis-agent card [--config FILE | --module FILE]     show the readers and cards that it sees; talks to nobody

  --once              report once, then end with an exit code that says the outcome
  --language CODE     nl, fr, de or en
  --ticket            also fetch a ticket for the VPN client, and print it as JSON
  --ticket-file FILE  write the ticket to FILE (mode 0600) instead
  --prove             prove the person with the key or the card under "identity"
  --session-key       connect with a short-lived key that the machine key certifies
  --no-remediation    run none of the actions that the verdict names
  --recorded FOLDER   a recorded laptop in place of this machine
  --module FILE       card software (PKCS #11) in place of the Belgian eID middleware
  --show-name         also show whose card it is
  --json              print the verdict as JSON`;

const optionTable = {
  config: { type: 'string' },
  once: { type: 'boolean' },
  language: { type: 'string' },
  ticket: { type: 'boolean' },
  'ticket-file': { type: 'string' },
  prove: { type: 'boolean' },
  'session-key': { type: 'boolean' },
  'no-remediation': { type: 'boolean' },
  recorded: { type: 'string' },
  module: { type: 'string' },
  'show-name': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof readArguments>['values'];

function readArguments(args: readonly string[]) {
  return parseArgs({ args: [...args], options: optionTable, allowPositionals: true, strict: true });
}

/** Runs the command line and answers its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let values: Values;
  let positionals: readonly string[];
  try {
    ({ values, positionals } = readArguments(args));
  } catch (error) {
    // parseArgs names the option that it does not know.
    return wrongUsage(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) {
    say(usage);
    return 0;
  }
  const [verb, ...rest] = positionals;
  if (rest.length > 0 || (verb !== undefined && verb !== 'collect' && verb !== 'card'))
    return wrongUsage(`unknown word "${rest[0] ?? verb ?? ''}"`);
  let language = languages.find(code => code === values.language);
  if (values.language !== undefined && language === undefined) return wrongUsage('--language is nl, fr, de or en');
  try {
    if (verb === 'collect') return await showFacts(values);
    if (verb === 'card') return await showCard(values);
    if (values.config === undefined) return wrongUsage('--config FILE is missing');
    const config = await loadConfig(values.config, values);
    if (config === undefined) return exitCodes.setup;
    language ??= config.language ?? 'en';
    return values.once === true ? await once(config, values, language) : await stay(config, values, language);
  } catch (error) {
    if (!(error instanceof AgentFailure)) throw error;
    complain(failureText(error, language ?? 'en'));
    return exitCodes[error.kind];
  }
}

async function showFacts(values: Values): Promise<number> {
  const laptop = values.recorded === undefined ? await thisLaptop() : await recordedLaptop(resolve(values.recorded));
  const collected = await collect(laptop, checkTypes);
  say(values.json === true ? JSON.stringify(collected, null, 2) : factsText(laptop, collected));
  return 0;
}

async function showCard(values: Values): Promise<number> {
  const config = values.config === undefined ? undefined : await loadConfig(values.config, values);
  if (values.config !== undefined && config === undefined) return exitCodes.setup;
  const configured = config?.identity !== undefined && 'pkcs11' in config.identity ? config.identity.pkcs11 : {};
  const card = { ...configured, ...(values.module === undefined ? {} : { module: resolve(values.module) }) };
  const { text, check } = await cardReport(card, { showName: values['show-name'] === true, now: Date.now() });
  say(text);
  check();
  return 0;
}

async function loadConfig(file: string, values: Values): Promise<AgentConfig | undefined> {
  const path = resolve(file);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new AgentFailure('setup', `cannot read the configuration ${path}`, undefined, cause);
  }
  const read = readConfig(text, path);
  if ('problems' in read) {
    for (const { line, message, remedy } of read.problems) complain(`${path}:${line}: ${message}; ${remedy}`);
    return undefined;
  }
  return {
    ...read.config,
    ...(values['session-key'] === true ? { sessionKey: true } : {}),
    ...(values.recorded === undefined ? {} : { recorded: resolve(values.recorded) }),
  };
}

async function once(config: AgentConfig, values: Values, language: Language): Promise<number> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const wantsTicket = values.ticket === true || values['ticket-file'] !== undefined;
  const result = await runOnce({
    config,
    reason: wantsTicket ? 'preconnect' : 'manual',
    prove: values.prove === true,
    askPin: pinPrompt(language),
    ticket: wantsTicket,
    remediate: values['no-remediation'] !== true,
    onProgress: progress => show(progress, values, language),
    signal: stop.signal,
  });
  showResult(result, values, language);
  return exitCodes[result.verdict.outcome];
}

const absences: readonly CardFault[] = ['reader-missing', 'card-missing', 'card-unreadable'];

async function stay(config: AgentConfig, values: Values, language: Language): Promise<number> {
  const stop = new AbortController();
  const memory: AgentMemory = { startedAt: Date.now() };
  let waitsForCard = false;
  let looking = false;
  const lookForCard = async (): Promise<void> => {
    const { identity } = config;
    if (looking || identity === undefined || !('pkcs11' in identity)) return;
    looking = true;
    try {
      await cardArrival({ config: identity.pkcs11, signal: stop.signal });
      resident.wake();
    } catch (error) {
      // The agent ends, or the card software fails: the next report tries the card all the same.
      if (!(error instanceof CardFailure)) throw error;
    } finally {
      looking = false;
    }
  };
  const reasons = { first: 'preconnect', periodic: 'periodic', asked: 'recheck' } as const;
  const resident = startResident({
    run: async why => {
      const result = await runOnce({
        config,
        memory,
        reason: reasons[why],
        // The person is asked for a proof at the start, not every hour; or as soon as their card is there.
        prove: values.prove === true && (why === 'first' || waitsForCard),
        askPin: pinPrompt(language),
        remediate: values['no-remediation'] !== true,
        onProgress: progress => show(progress, values, language),
        signal: stop.signal,
      });
      waitsForCard = false;
      showResult(result, values, language);
      return result.verdict.nextReportInSeconds;
    },
    onFailure: failure => {
      // Only a card that is not there is waited for. A wrong PIN is never asked for again unasked: three block the card.
      if (failure instanceof CardFailure) waitsForCard = absences.includes(failure.fault);
      if (waitsForCard) void lookForCard();
      complain(failureText(failure, language));
    },
    signal: stop.signal,
    random: Math.random,
  });
  process.on('SIGHUP', () => resident.wake());
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  await resident.done;
  return 0;
}

async function show(progress: Progress, values: Values, language: Language): Promise<void> {
  if (progress.step === 'action') {
    const { actionId, state, phase, progressPct } = progress.action;
    const where = progressPct === undefined ? phase : `${phase} ${progressPct} %`;
    complain(`${actionId}: ${phrases[language].action[state]} (${where})`);
  }
  if (progress.step !== 'ticket') return;
  const ticket = JSON.stringify(progress.ticket);
  const file = values['ticket-file'];
  if (file === undefined) return say(ticket);
  await writeFile(file, `${ticket}\n`, { mode: 0o600 });
  // The mode above only counts for a new file.
  await chmod(file, 0o600);
}

function showResult({ verdict, actions }: RunResult, values: Values, language: Language): void {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  say(values.json === true ? JSON.stringify({ verdict, actions }) : verdictText(verdict, { language, timeZone }));
}

function failureText(failure: AgentFailure, language: Language): string {
  const words = phrases[language];
  const { kind, refusal, message } = failure;
  if (failure instanceof CardFailure) return `${cardText(failure.fault, failure.tries, language)} (${message})`;
  if (kind === 'setup') return message;
  if (kind === 'try-again') return `${words.tryAgain} (${message})`;
  if (refusal === undefined) return `${words.unreachable}: ${message}`;
  return `${words.refused}: ${refusal.text[language]} (${refusal.refused}, ${refusal.traceId})`;
}

function wrongUsage(message: string): number {
  complain(`${message}\n${usage}`);
  return exitCodes.setup;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Everything that is not the answer itself goes beside it. */
function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}
