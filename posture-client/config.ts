// The agent's configuration: a small YAML file, read strictly. Every problem is told with its line and its remedy, all of
// them at once; a key that is not known is a problem, because a misspelt key would otherwise silently do nothing.

import { dirname, isAbsolute, resolve } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type Language, languages } from '../gateway/contract/language.ts';
import type { CardConfig } from './card.ts';
import type { Command } from './commands.ts';
import type { RemediationRules } from './remediation.ts';
import { remedies } from './remedies.ts';
import type { KeyFiles } from './signer.ts';

export interface AgentConfig {
  readonly gateway: string;
  /** PEM file with the certificates that the gateway's own must lead to. */
  readonly trust: string;
  readonly machine: KeyFiles;
  /** TLS with a fresh key that the machine key certifies, instead of the machine key itself. */
  readonly sessionKey: boolean;
  /** The person's key: on a card, or in files. */
  readonly identity?: KeyFiles | { readonly pkcs11: CardConfig };
  readonly state: string;
  readonly language?: Language;
  /** Folder of a recorded laptop, in place of this machine. */
  readonly recorded?: string;
  readonly remediation: RemediationRules;
}

export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

export type ReadConfig = { readonly config: AgentConfig } | { readonly problems: readonly ConfigProblem[] };

const keys = [
  ...['gateway', 'trust', 'machine', 'session-key', 'identity', 'state', 'language', 'recorded'],
  ...['allowed-actions', 'remediation'],
];
const programLimitMs = 10 * 60_000;

/** `path` is where relative paths start from. */
export function readConfig(text: string, path: string): ReadConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, merge: false });
  const problems: ConfigProblem[] = [];
  for (const error of document.errors) {
    const [message = 'not YAML'] = error.message.split(' at line ');
    problems.push({ file: path, line: error.linePos?.[0].line ?? 1, message, remedy: 'correct the YAML here' });
  }
  if (problems.length > 0) return { problems };

  const root = mapOf(document.contents, keys);
  const config = {
    gateway: required(root, 'gateway', httpsUrl),
    trust: required(root, 'trust', filePath),
    machine: required(root, 'machine', keyFiles),
    sessionKey: optional(root, 'session-key', yesNo) ?? false,
    identity: optional(root, 'identity', personKey),
    state: required(root, 'state', filePath),
    language: optional(root, 'language', language),
    recorded: optional(root, 'recorded', filePath),
    allowed: optional(root, 'allowed-actions', actionList),
    programs: optional(root, 'remediation', programs) ?? {},
  };
  if (Object.keys(config.programs).length > 0 && config.recorded === undefined) {
    problem(
      root.get('remediation')?.line ?? 1,
      'programs of your own may only stand for actions of a recorded laptop',
      'remove "remediation", or name the recording under "recorded"',
    );
  }
  const { gateway, trust, machine, state } = config;
  if (problems.length > 0 || gateway === undefined || trust === undefined) return { problems };
  if (machine === undefined || state === undefined) return { problems };
  return {
    config: {
      ...{ gateway, trust, machine, state, sessionKey: config.sessionKey },
      ...(config.identity === undefined ? {} : { identity: config.identity }),
      ...(config.language === undefined ? {} : { language: config.language }),
      ...(config.recorded === undefined ? {} : { recorded: config.recorded }),
      remediation: {
        programs: config.programs,
        ...(config.allowed === undefined ? {} : { allowed: config.allowed }),
      },
    },
  };

  function problem(line: number, message: string, remedy: string): undefined {
    problems.push({ file: path, line, message, remedy });
  }

  function lineOf(node: unknown): number {
    const range = (node as Node | null)?.range;
    return range ? lines.linePos(range[0]).line : 1;
  }

  /** The entries of a map; with `known`, any other key is a problem. */
  function mapOf(node: unknown, known?: readonly string[]): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    if (!isMap(node)) {
      problem(lineOf(node), 'expected "name: value" lines', `write ${(known ?? ['name']).join(', ')}`);
      return entries;
    }
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '?';
      const line = lineOf(key);
      if (known !== undefined && !known.includes(name)) {
        problem(line, `unknown key "${name}"`, `the keys are: ${known.join(', ')}`);
      } else entries.set(name, { node: value, line, name });
    }
    return entries;
  }

  function required<T>(
    map: ReadonlyMap<string, Entry>,
    name: string,
    read: (entry: Entry) => T | undefined,
  ): T | undefined {
    const entry = map.get(name);
    return entry === undefined ? problem(1, `"${name}" is missing`, `add "${name}: …"`) : read(entry);
  }

  function optional<T>(
    map: ReadonlyMap<string, Entry>,
    name: string,
    read: (entry: Entry) => T | undefined,
  ): T | undefined {
    const entry = map.get(name);
    return entry === undefined ? undefined : read(entry);
  }

  function textOf(entry: Entry, expected: string): string | undefined {
    const value = isScalar(entry.node) ? entry.node.value : undefined;
    if (typeof value === 'string' && value !== '') return value;
    return problem(entry.line, `"${entry.name}" needs ${expected}`, `write ${expected}`);
  }

  function httpsUrl(entry: Entry): string | undefined {
    const value = textOf(entry, 'an address such as https://gateway.example.org');
    if (value === undefined) return undefined;
    if (URL.canParse(value) && new URL(value).protocol === 'https:') return value;
    return problem(entry.line, `"${value}" is not an https address`, 'write https://name:port');
  }

  function filePath(entry: Entry): string | undefined {
    const value = textOf(entry, 'a path');
    return value === undefined ? undefined : resolve(dirname(path), value);
  }

  function keyFiles(entry: Entry): KeyFiles | undefined {
    const map = mapOf(entry.node, ['key', 'certificate']);
    const key = required(map, 'key', filePath);
    const certificate = required(map, 'certificate', filePath);
    return key === undefined || certificate === undefined ? undefined : { key, certificate };
  }

  function personKey(entry: Entry): AgentConfig['identity'] {
    const onCard = isMap(entry.node) && entry.node.has('pkcs11');
    if (!onCard) return keyFiles(entry);
    const card = mapOf(entry.node, ['pkcs11']).get('pkcs11');
    if (card === undefined) return undefined;
    const map = mapOf(card.node, ['module', 'token-label']);
    const module = optional(map, 'module', modulePath);
    const tokenLabel = optional(map, 'token-label', label => textOf(label, 'the label of the token'));
    return {
      pkcs11: { ...(module === undefined ? {} : { module }), ...(tokenLabel === undefined ? {} : { tokenLabel }) },
    };
  }

  /** A relative path would let whoever chooses the folder choose the code. */
  function modulePath(entry: Entry): string | undefined {
    const value = textOf(entry, 'an absolute path');
    if (value === undefined || isAbsolute(value)) return value;
    return problem(entry.line, `"${value}" is not an absolute path`, 'write /usr/lib/… or C:\\…');
  }

  function yesNo(entry: Entry): boolean | undefined {
    const value = textOf(entry, 'yes or no');
    if (value === 'yes' || value === 'no') return value === 'yes';
    return value === undefined ? undefined : problem(entry.line, `"${value}" is not yes or no`, 'write yes or no');
  }

  function language(entry: Entry): Language | undefined {
    const value = textOf(entry, `one of ${languages.join(', ')}`);
    const known = languages.find(word => word === value);
    if (known !== undefined || value === undefined) return known;
    return problem(entry.line, `"${value}" is no language of the agent`, `write one of ${languages.join(', ')}`);
  }

  function texts(entry: Entry): readonly string[] | undefined {
    const items = isSeq(entry.node) ? entry.node.items : [];
    const values = items.map(item => (isScalar(item) && typeof item.value === 'string' ? item.value : undefined));
    if (isSeq(entry.node) && !values.includes(undefined)) return values.filter(value => value !== undefined);
    return problem(entry.line, `"${entry.name}" needs a list of words`, 'write [one, two]');
  }

  function actionList(entry: Entry): readonly string[] | undefined {
    const values = texts(entry);
    const stranger = values?.find(value => !Object.hasOwn(remedies, value));
    if (stranger === undefined) return values;
    return problem(
      entry.line,
      `"${stranger}" is no action of this agent`,
      `the actions are: ${Object.keys(remedies).join(', ')}`,
    );
  }

  function programs(entry: Entry): Readonly<Record<string, Command>> {
    const read = [...mapOf(entry.node, Object.keys(remedies)).values()].map(action => {
      const map = mapOf(action.node, ['command']);
      const [program, ...args] = required(map, 'command', texts) ?? [];
      if (program === undefined) return undefined;
      // `node` is the runtime that runs this agent: the only program a recording can count on.
      const file = program === 'node' ? process.execPath : program;
      if (!isAbsolute(file))
        return problem(action.line, `"${program}" is not an absolute path`, 'write /path/program or node');
      const here = dirname(path);
      const whole = args.map(arg => (arg.startsWith('./') || arg.startsWith('../') ? resolve(here, arg) : arg));
      return [action.name, { programs: [file], args: whole, timeLimitMs: programLimitMs }] as const;
    });
    return Object.fromEntries(read.filter(pair => pair !== undefined));
  }
}

interface Entry {
  readonly name: string;
  readonly node: unknown;
  readonly line: number;
}
