// How commands ask a running gateway: its operator API, with the token of an operator from a file.
// Exit codes of these commands: 0 done, 1 the answer is no (not found, broken, not allowed), 2 it could not be asked.

import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { loadConfig, problemLines } from '../io/configuration.ts';
import { readSecret } from '../io/secret-file.ts';

export interface ReadConnection {
  /** Base address of the operator API, for example `http://127.0.0.1:8090`. */
  readonly url: string;
  readonly token: string;
}

/** What a command gets from whoever runs it. */
export interface Surroundings {
  readonly write?: (text: string) => unknown;
  readonly writeError?: (text: string) => unknown;
  /** Gives address and token of the operator API from a configuration file. */
  readonly connectionFromConfig?: (path: string) => Promise<ReadConnection>;
}

/** A command that cannot go on: what happened and what to do, for standard error. */
export class CommandStopped extends Error {
  override readonly name = 'CommandStopped';
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export const connectionOptions = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const connectionUsage = '(--config sluis.yaml | --url URL --token-file FILE) [--json]';

interface ConnectionValues {
  readonly url?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly config?: string | undefined;
}

/** Reads the arguments of a command; what it does not know stops it with its usage. */
export function readArguments<T extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  args: readonly string[],
  options: T,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals: true, strict: true } as {
      args: string[];
      options: NonNullable<T>;
      allowPositionals: true;
      strict: true;
    });
  } catch (error) {
    // parseArgs names the argument that it does not know.
    throw new CommandStopped(2, `${messageOf(error)}\nUsage: ${usage}`);
  }
}

/** `--url` and `--token-file` win over what the configuration file says. */
export async function connect(values: ConnectionValues, around: Surroundings, usage: string): Promise<ReadConnection> {
  const { url, config } = values;
  const tokenFile = values['token-file'];
  const configured = config === undefined ? undefined : await readConfigured(config, around);
  const token = tokenFile === undefined ? configured?.token : readToken(tokenFile);
  const address = url ?? configured?.url;
  if (address === undefined || token === undefined) {
    throw new CommandStopped(2, `Which gateway, and with which token?\nUsage: ${usage}`);
  }
  if (!URL.canParse(address)) throw new CommandStopped(2, `--url ${address} is no address: write http://HOST:PORT`);
  return { url: address, token };
}

async function readConfigured(path: string, around: Surroundings): Promise<ReadConnection> {
  try {
    return await (around.connectionFromConfig ?? connectionFromConfig)(path);
  } catch (error) {
    // Missing, unreadable or wrong: the reader of the configuration says which.
    throw new CommandStopped(2, `${path} does not say where the operator API is: ${messageOf(error)}`);
  }
}

/** Where the gateway of this configuration listens, as seen from the same machine. */
export async function connectionFromConfig(path: string): Promise<ReadConnection> {
  const { operatorApi } = configured(path);
  const anywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const address = anywhere[operatorApi.address] ?? operatorApi.address;
  const host = isIP(address) === 6 ? `[${address}]` : address;
  return { url: `http://${host}:${operatorApi.port}`, token: operatorApi.operators[0].token };
}

/** The configuration, or an Error with every problem in it. */
export function configured(path: string): Config {
  const loaded = loadConfig(path);
  if ('problems' in loaded) throw new Error(problemLines(loaded.problems).join('\n'));
  return loaded.config;
}

function readToken(path: string): string {
  let text: string;
  try {
    text = Buffer.from(readSecret(path)).toString('utf8');
  } catch (error) {
    // Most often the file, or the key that opens it, belongs to the gateway's own account.
    throw new CommandStopped(2, `The token cannot be read (${messageOf(error)}): run as the account that owns ${path}`);
  }
  const token = text.trim();
  if (token === '') throw new CommandStopped(2, `${path} is empty: put the token of the operator API in it`);
  return token;
}

export type Answer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly refusal: Refusal };

/** Asks for what is at this path, or posts a body to it. */
export async function ask(connection: ReadConnection, path: string, body?: object): Promise<Answer> {
  const address = new URL(path, connection.url);
  const json = 'application/json';
  let response: Response;
  try {
    response = await fetch(address, {
      headers: { authorization: `Bearer ${connection.token}`, accept: json, ...(body && { 'content-type': json }) },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    // `fetch` says only "fetch failed"; its cause says what failed.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CommandStopped(
      2,
      `${address.origin} does not answer (${messageOf(cause)}): is the gateway running there?`,
    );
  }
  const answer = await bodyOf(response, address);
  if (response.ok) return { ok: true, body: answer };
  if (response.status === 401) {
    throw new CommandStopped(2, `${address.origin} does not know this token: use the one in its configuration`);
  }
  if (isRefusal(answer)) return { ok: false, status: response.status, refusal: answer };
  throw new CommandStopped(2, `${address.origin} answered ${response.status} (it gave no reason)`);
}

/** The JSON at this path, or `undefined` when the gateway knows no such thing. */
export async function readJson(connection: ReadConnection, path: string): Promise<unknown> {
  const answer = await ask(connection, path);
  if (answer.ok) return answer.body;
  const { status, refusal } = answer;
  if (status === 404) return undefined;
  throw new CommandStopped(
    2,
    `${new URL(connection.url).origin} answered ${status} (${refusal.refused}: ${refusal.text.en})`,
  );
}

/** The list that the gateway gives under this name. */
export async function readList<T>(connection: ReadConnection, path: string, name: string): Promise<readonly T[]> {
  const body = await readJson(connection, path);
  const list: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  if (!Array.isArray(list))
    throw new CommandStopped(2, `${connection.url} gave no ${name}: is its gateway of this version?`);
  return list as readonly T[];
}

async function bodyOf(response: Response, address: URL): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // Not JSON: whatever listens there, it is not the operator API.
    throw new CommandStopped(2, `${address.origin} is not the operator API of a gateway: check host and port`);
  }
}

interface Refusal {
  readonly refused: string;
  readonly text: { readonly en: string };
}

function isRefusal(body: unknown): body is Refusal {
  return typeof body === 'object' && body !== null && 'refused' in body && 'text' in body;
}

/** Runs a command to its exit code; what stops it goes to standard error. */
export async function exitCodeOf(around: Surroundings, command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof CommandStopped)) throw error;
    const writeError = around.writeError ?? (text => process.stderr.write(text));
    writeError(`${error.message}\n`);
    return error.exitCode;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
