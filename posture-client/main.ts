// The command line of the agent: reads options and configuration, runs once or stays, and says in the person's language
// what the gateway decided. Exit codes: 0 grant, 10 quarantine, 11 deny, 12 cannot be decided now, 13 update, 14 refused,
// 15 card, 2 setup, 1 our own mistake.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Ticket } from '../gateway/contract/challenge.ts';
import { checkTypes } from '../gateway/contract/check-facts.ts';
import { type Language, languages } from '../gateway/contract/language.ts';
import { acceptanceWords, acceptTexts, openTexts, terminalQuestions } from './acceptance.ts';
import { runOnce } from './agent.ts';
import { cardReport } from './card-command.ts';
import { pinPrompt } from './card-pin.ts';
import { collect } from './collect.ts';
import { type AgentConfig, readConfig } from './config.ts';
import { confirmSession } from './confirmation.ts';
import { enrol } from './enrolment.ts';
import { AgentFailure, exitCodes } from './failure.ts';
import { factsText } from './facts-text.ts';
import { recordedLaptop } from './recorded-laptop.ts';
import { newSecondFactor } from './second-factor.ts';
import { secondFactorText } from './second-factor-text.ts';
import { stay } from './stay.ts';
import { complain, confirmedText, enrolmentText, failureText, say, showAction, showResult } from './terminal.ts';
import { thisLaptop } from './this-laptop.ts';

const usage = `usage: sluis-agent --config FILE [--once] [options]     report, and keep reporting
       sluis-agent collect [--recorded FOLDER] [--json]     show the facts of this laptop; talks to nobody
       sluis-agent card [--config FILE | --module FILE]     show the readers and cards that it sees; talks to nobody
       sluis-agent confirm --config FILE                    tell the gateway, from inside the VPN, that this machine is in it
       sluis-agent second-factor --config FILE              a new second factor for yourself, with your identity card
       sluis-agent accept --config FILE                     read what you have to accept, and accept it
       sluis-agent enrol --gateway URL --ca FILE            ask to be admitted with a PC of your own

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
  --folder FOLDER     where enrol puts key and configuration; else .sluis-agent in the home folder
  --json              print the answer as JSON`;

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
  gateway: { type: 'string' },
  ca: { type: 'string' },
  folder: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const verbs: readonly string[] = ['collect', 'card', 'confirm', 'second-factor', 'accept', 'enrol'];

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
  if (rest.length > 0 || (verb !== undefined && !verbs.includes(verb)))
    return wrongUsage(`unknown word "${rest[0] ?? verb ?? ''}"`);
  let language = languages.find(code => code === values.language);
  if (values.language !== undefined && language === undefined) return wrongUsage('--language is nl, fr, de or en');
  try {
    if (verb === 'collect') return await showFacts(values);
    if (verb === 'card') return await showCard(values);
    if (verb === 'enrol') return await askAdmission(values, language ?? 'en');
    if (values.config === undefined) return wrongUsage('--config FILE is missing');
    const config = await loadConfig(values.config, values);
    if (config === undefined) return exitCodes.setup;
    language ??= config.language ?? 'en';
    if (verb === 'confirm') return await confirm(config, values, language);
    if (verb === 'second-factor') return await renewFactor(config, values, language);
    if (verb === 'accept') return await accept(config, values, language);
    if (values.once === true) return await once(config, values, language);
    const [prove, json] = [values.prove === true, values.json === true];
    await stay({ config, language, prove, json, remediate: values['no-remediation'] !== true });
    return 0;
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
    onProgress: progress => {
      showAction(progress, language);
      return progress.step === 'ticket' ? writeTicket(progress.ticket, values['ticket-file']) : undefined;
    },
    signal: stop.signal,
  });
  showResult(result, { language, json: values.json === true });
  return exitCodes[result.verdict.outcome];
}

/** By hand, once the VPN is up. */
async function confirm(config: AgentConfig, values: Values, language: Language): Promise<number> {
  const answer = await confirmSession({ config, memory: {} });
  say(confirmedText(answer, { language, json: values.json === true }));
  return answer.confirmed ? exitCodes[answer.outcome] : exitCodes['try-again'];
}

async function renewFactor(config: AgentConfig, values: Values, language: Language): Promise<number> {
  const factor = await newSecondFactor({ config, askPin: pinPrompt(language) });
  say(values.json === true ? JSON.stringify(factor) : secondFactorText(factor, language));
  return 0;
}

/** Programs are told what is open, and nothing is accepted. */
async function accept(config: AgentConfig, values: Values, language: Language): Promise<number> {
  const person = { config, askPin: pinPrompt(language) };
  if (values.json === true) {
    say(JSON.stringify({ texts: await openTexts(person) }));
    return 0;
  }
  const { ask, close } = terminalQuestions(language, { input: process.stdin, output: process.stdout });
  try {
    const words = acceptanceWords[language];
    const { accepted, declined } = await acceptTexts({ ...person, language, ask, tell: what => say(words[what]) });
    if (accepted.length + declined.length === 0) say(words.nothing);
    return declined.length === 0 ? 0 : exitCodes.refused;
  } finally {
    close();
  }
}

async function askAdmission(values: Values, language: Language): Promise<number> {
  const { gateway, ca } = values;
  if (gateway === undefined || ca === undefined) return wrongUsage('--gateway URL and --ca FILE are needed');
  if (!URL.canParse(gateway) || new URL(gateway).protocol !== 'https:')
    return wrongUsage('--gateway is https://name:port');
  const folder = resolve(values.folder ?? join(homedir(), '.sluis-agent'));
  const laptop = values.recorded === undefined ? await thisLaptop() : await recordedLaptop(resolve(values.recorded));
  const enrolled = await enrol({ gateway, trust: resolve(ca), folder, laptop });
  const text = enrolmentText(enrolled, language, join(folder, 'agent.yaml'));
  say(values.json === true ? JSON.stringify(enrolled) : text);
  return { active: exitCodes.grant, waiting: exitCodes['try-again'], refused: exitCodes.refused }[enrolled.state];
}

async function writeTicket(ticket: Ticket, file: string | undefined): Promise<void> {
  const text = JSON.stringify(ticket);
  if (file === undefined) return say(text);
  await writeFile(file, `${text}\n`, { mode: 0o600 });
  // The mode above only counts for a new file.
  await chmod(file, 0o600);
}

function wrongUsage(message: string): number {
  complain(`${message}\n${usage}`);
  return exitCodes.setup;
}
