// `sluis nas list | show | simulate | add | import`: the concentrators of a configuration. What each may do and why, what it
// would be sent, and new ones. No secret is shown but the one that `add` has just made.
// Exit codes: 0 done, 1 the answer is no or something stays behind, 2 not understood or not readable.

import { randomInt } from 'node:crypto';
import type { Config } from '../config.ts';
import { type Outcome, outcomes } from '../contract/outcome.ts';
import { loadConfig, loadRules, problemLines } from '../io/configuration.ts';
import { draftNasEntries } from '../io/nas-entries.ts';
import type { Nas } from '../pdp/nas.ts';
import type { NasProfile } from '../pdp/nas-profile.ts';
import { durationMs } from './duration.ts';
import { carriedAddress } from './nas-carried.ts';
import { factsOf, type NasFacts } from './nas-facts.ts';
import { afterwards, importNas, place, sources, usable } from './nas-import.ts';
import { profileTable, profileText } from './nas-profile-view.ts';
import { simulationLines } from './nas-simulation.ts';
import { snippet } from './nas-snippet.ts';
import { CommandStopped, exitCodeOf, readArguments, type Surroundings } from './read-client.ts';
import { block, plain, table } from './read-view.ts';

const sourceNames = Object.keys(sources) as (keyof typeof sources)[];

const usage = `sluis nas list [--json] --config FILE
       sluis nas show NAME [--json] --config FILE
       sluis nas simulate NAME --outcome ${outcomes.join('|')} [--segment NAME] [--session-timeout 8h] --config FILE
       sluis nas add --name NAME --address ADDRESS [--profile NAME] [--group NAME] --config FILE
       sluis nas import --from ${sourceNames.join('|')} FILE [--profile NAME] [--group NAME] [--dry-run] --config FILE
       sluis nas profiles [NAME] [--json] --config FILE`;

const options = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  outcome: { type: 'string' },
  segment: { type: 'string' },
  'session-timeout': { type: 'string' },
  name: { type: 'string' },
  address: { type: 'string' },
  profile: { type: 'string' },
  group: { type: 'string' },
  from: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

/** What each command takes beside `--config`. */
const taken: Readonly<Record<string, readonly string[]>> = {
  list: ['json'],
  show: ['json'],
  simulate: ['outcome', 'segment', 'session-timeout'],
  add: ['name', 'address', 'profile', 'group'],
  import: ['from', 'profile', 'group', 'dry-run'],
  profiles: ['json'],
};

type Values = ReturnType<typeof readArguments<typeof options>>['values'];

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command = '', named, ...more] = positionals;
    const { config } = values;
    const foreign = Object.keys(values).filter(name => name !== 'config' && taken[command]?.includes(name) !== true);
    const wantsName = command !== 'list' && command !== 'add';
    const misnamed = command !== 'profiles' && wantsName !== (named !== undefined);
    if (foreign.length > 0 || more.length > 0 || misnamed) throw notUnderstood();
    if (config === undefined) throw notUnderstood('Name the configuration with --config FILE');
    switch (command) {
      case 'list':
        return list(open(config), values.json === true);
      case 'show':
        return show(open(config), named ?? '', values.json === true);
      case 'simulate':
        return simulate(open(config), named ?? '', values);
      case 'add':
        return add(config, values);
      case 'import': {
        const from = oneOf(sourceNames, values.from, '--from');
        const profile =
          values.profile === undefined ? {} : { profile: profileNamed(open(config), values.profile).name };
        const forAll = { ...profile, ...(values.group === undefined ? {} : { group: values.group }) };
        return importNas({ from, file: named ?? '', config, dryRun: values['dry-run'] === true, forAll }, write);
      }
      case 'profiles':
        return profiles(open(config), named, values.json === true);
      default:
        throw notUnderstood();
    }
  });

  function list(config: Config, json: boolean): number {
    const all = config.nas.map(nas => factsOf(nas, config, Date.now()));
    write(json ? `${JSON.stringify(all, null, 2)}\n` : listOf(all));
    return 0;
  }

  function show(config: Config, name: string, json: boolean): number {
    const facts = factsOf(nasNamed(config, name), config, Date.now());
    write(json ? `${JSON.stringify(facts, null, 2)}\n` : block(pairsOf(facts)));
    return 0;
  }

  function profiles(config: Config, name: string | undefined, json: boolean): number {
    const shown = name === undefined ? config.nasProfiles : profileNamed(config, name);
    if (json) write(`${JSON.stringify(shown, null, 2)}\n`);
    else write('name' in shown ? profileText(shown) : profileTable(shown));
    return 0;
  }

  function simulate(config: Config, name: string, values: Values): number {
    const nas = nasNamed(config, name);
    const outcome = oneOf(outcomes, values.outcome, '--outcome');
    const segment = outcome === 'deny' ? undefined : (values.segment ?? segmentOf(config, outcome));
    const sessionTimeoutMs = timeoutMs(values['session-timeout'] ?? '8h');
    const asked = { outcome, ...(segment === undefined ? {} : { segment }), sessionTimeoutMs, now: Date.now() };
    write(`${simulationLines(nas, asked).join('\n')}\n`);
    return 0;
  }

  function add(path: string, values: Values): number {
    const { name, address: said, group } = values;
    if (name === undefined || said === undefined) throw notUnderstood();
    const address = carriedAddress(said);
    if ('because' in address) throw new CommandStopped(2, `--address ${plain(said)}: ${address.because}`);
    const profile = values.profile === undefined ? undefined : profileNamed(open(path), values.profile);
    const secret = randomSecret();
    const added = {
      name,
      ...address,
      secret,
      ...(profile && { profile: profile.name }),
      ...(group === undefined ? {} : { group }),
    };
    const draft = usable(draftNasEntries(path, [added]));
    place(draft);
    const lines = snippet(
      {
        ...added,
        profile: nasNamed(draft.config, name).profile,
        requireMessageAuthenticator: true,
        segments: segmentsOf(draft.config),
      },
      draft.config,
    );
    write(`${name} is in ${path}, its secret in ${draft.secrets[0]?.path ?? ''}\n${afterwards}`);
    write(`On the concentrator, with the secret, which is not shown again:\n\n${lines.join('\n')}\n`);
    return 0;
  }
}

/** Letters and digits only: every concentrator takes them, in any quotes. 190 bits. */
function randomSecret(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 32 }, () => letters[randomInt(letters.length)]).join('');
}

function open(path: string): Config {
  const loaded = loadConfig(path);
  if ('problems' in loaded) throw new CommandStopped(2, problemLines(loaded.problems).map(plain).join('\n'));
  return loaded.config;
}

function nasNamed({ nas }: Config, name: string): Nas {
  const found = nas.find(each => each.name === name);
  if (found !== undefined) return found;
  throw new CommandStopped(1, `there is no NAS "${plain(name)}"; there is: ${nas.map(each => each.name).join(', ')}`);
}

function oneOf<T extends string>(words: readonly T[], said: string | undefined, option: string): T {
  const word = words.find(each => each === said);
  if (word !== undefined) return word;
  throw new CommandStopped(2, `${option} is one of: ${words.join(', ')}\nUsage: ${usage}`);
}

function profileNamed({ nasProfiles }: Config, said: string): NasProfile {
  const found = nasProfiles.find(each => each.name === said);
  if (found !== undefined) return found;
  throw new CommandStopped(2, `--profile is one of: ${nasProfiles.map(each => each.name).join(', ')}`);
}

/** For `grant` the one that the policies give, where they give one alone; the others have names of their own. */
function segmentOf(config: Config, outcome: Exclude<Outcome, 'deny'>): string {
  if (outcome !== 'grant') return outcome;
  const [segment, another] = segmentsGiven(config);
  if (segment !== undefined && another === undefined) return segment;
  throw new CommandStopped(2, `--segment is one of: ${segmentsGiven(config).join(', ')}`);
}

function segmentsGiven(config: Config): readonly string[] {
  const loaded = loadRules(config);
  if ('problems' in loaded) throw new CommandStopped(2, problemLines(loaded.problems).map(plain).join('\n'));
  return [...new Set(loaded.rules.policySet.policies.map(policy => policy.gives))];
}

function segmentsOf(config: Config): readonly string[] {
  return [...segmentsGiven(config), 'update', 'quarantine'];
}

function timeoutMs(said: string): number {
  const ms = durationMs(said);
  if (ms !== undefined) return ms;
  throw new CommandStopped(2, `--session-timeout is a duration such as 8h or "8 hours"`);
}

function listOf(all: readonly NasFacts[]): string {
  if (all.length === 0) return 'No NAS.\n';
  const rows = all.map(nas => [
    nas.name,
    nas.address ?? certificateOf(nas) ?? '-',
    nas.group,
    nas.profile,
    nas.path,
    nas.messageAuthenticator.required ? 'required' : 'optional',
    changeOf(nas),
    nas.passwords.possible
      ? nas.passwords.until === undefined
        ? 'yes'
        : `until ${nas.passwords.until.slice(0, 10)}`
      : 'no',
  ]);
  return table(['NAME', 'ADDRESS', 'GROUP', 'PROFILE', 'PATH', 'SIGNED', 'LIVE CHANGE', 'PASSWORDS'], rows);
}

function pairsOf(nas: NasFacts): readonly (readonly [string, string | undefined])[] {
  const { messageAuthenticator: signed, liveChange, passwords } = nas;
  const until = passwords.until === undefined ? '' : ` until ${passwords.until}`;
  return [
    ['name', nas.name],
    ['tenant', nas.tenant],
    ['address', nas.address],
    ['certificate', certificateOf(nas)],
    ['decides', nas.authority && (nas.authority.decides ? `${nas.authority.address}; observed here` : 'this gateway')],
    ['former secret', nas.formerSecret ? 'taken as well: sluis nas seen says who still uses it' : undefined],
    ['group', nas.group],
    ['profile', nas.profile],
    ['path', nas.path],
    ['TLS profile', `${nas.tls.profile ?? 'none'}: ${nas.tls.because}`],
    ['EAP methods', `${nas.eapMethods.methods.join(', ')}: ${nas.eapMethods.because}`],
    ['message-authenticator', `${signed.required ? 'required' : 'optional'}: ${signed.because}`],
    ['live change', liveChange.possible ? `${changeOf(nas)}, ${liveChange.because}` : `no: ${liveChange.because}`],
    ['passwords', `${passwords.possible ? 'taken' : 'refused'}${until}: ${passwords.because}`],
  ];
}

function changeOf({ liveChange: { possible, kind, address, port } }: NasFacts): string {
  if (!possible) return 'no';
  const where = address === undefined ? 'over TLS' : `to ${address} port ${port ?? ''}`;
  return `${kind === 'coa' ? 'CoA' : 'Disconnect'} ${where}`;
}

function certificateOf({ certificate }: NasFacts): string | undefined {
  if (certificate === undefined) return undefined;
  return [certificate.name, certificate.fingerprint].filter(each => each !== undefined).join(', ');
}

function notUnderstood(why = ''): CommandStopped {
  return new CommandStopped(2, `${why}${why === '' ? '' : '\n'}Usage: ${usage}`);
}
