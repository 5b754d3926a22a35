// `sluis config check --config FILE`: every problem of the configuration, its profiles and its policies, with file, line
// and remedy; and what is in order and perhaps not meant. Exit code 0 when there is no problem, 2 when there is one.

import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { loadConfig, loadRules, problemLines } from '../io/configuration.ts';
import { ownCertificates } from '../io/tls-settings.ts';
import { askedAbout } from '../io/tls-stapling.ts';
import { unsaidOf } from '../pdp/authorization.ts';
import { type Nas, passwordPath } from '../pdp/nas.ts';
import { reliances } from './live-change-reliance.ts';

export async function run(args: readonly string[], write: (text: string) => void = toStdout): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } }, strict: true });
  if (values.config === undefined) {
    write('sluis config check: name the configuration with --config FILE\n');
    return 2;
  }
  const loaded = loadConfig(values.config);
  if ('problems' in loaded) return report(loaded.problems);
  const rules = loadRules(loaded.config);
  if ('problems' in rules) return report(rules.problems);
  const { nas, eap } = loaded.config;
  const stapled = eap.stapling ? ownCertificates(eap).map(askedAbout) : [];
  const unusable = stapled.filter(each => typeof each === 'string');
  for (const each of unusable) write(`${values.config}: ${each}\n`);
  // The gateway would not start.
  if (unusable.length > 0) return 2;
  for (const { name } of withoutPasswords(loaded.config, Date.now())) {
    write(
      `warning: passwords from ${name} will be refused: the path to it is plain; ` +
        'say `path: ipsec` where it is, use RADIUS over TLS, or name a day in passwords-over-plain-until\n',
    );
  }
  for (const warning of nas.flatMap(unsigned)) write(`warning: ${warning}\n`);
  for (const warning of networkWarnings(loaded.config)) write(`warning: ${warning}\n`);
  for (const { message, remedy } of reliances(rules.rules.policySet.policies, nas, Date.now())) {
    write(`warning: ${message}; ${remedy}\n`);
  }
  write(`${values.config}: in order; ${nas.length} NAS, policy ${rules.rules.policySet.hash.slice(0, 12)}\n`);
  return 0;

  function report(problems: Parameters<typeof problemLines>[0]): number {
    write(`${problemLines(problems).join('\n')}\n`);
    return 2;
  }
}

/** What the configuration says of a segment, or asks of a concentrator, and its profile cannot. */
function networkWarnings({ nas: all }: Config): readonly string[] {
  return all.flatMap(nas => {
    const { name, profile, segments } = nas;
    const unsaid = [...(segments?.keys() ?? [])].flatMap(segment =>
      unsaidOf(nas, segment).map(
        word =>
          `segment "${segment}" says ${word}, and ${profile.name} (${name}) takes no such thing, or not so many; sluis nas profiles ${profile.name}`,
      ),
    );
    const silent =
      nas.requireMessageAuthenticator && profile.messageAuthenticator === 'never' && nas.path !== 'tls'
        ? [`${name} must sign its requests, and ${profile.name} never does; add require-message-authenticator: no`]
        : [];
    return [...unsaid, ...silent];
  });
}

function withoutPasswords({ directory, nas }: Config, now: number): readonly Nas[] {
  if (directory?.passwords !== true) return [];
  return nas.filter(each => passwordPath(each, now) === 'plain');
}

/** What is taken or sent without a signature: in order while it lasts, and not meant to last. */
function unsigned({ name, path, requireMessageAuthenticator, unsignedReplies = false }: Nas): readonly string[] {
  if (path === 'tls') return [];
  return [
    ...(requireMessageAuthenticator
      ? []
      : [`${name} may send requests that nobody signed; sluis_nas_unsigned_days says for how long it has`]),
    ...(unsignedReplies
      ? [`${name} gets replies that are signed with MD5 alone (reply-message-authenticator: no)`]
      : []),
  ];
}

function toStdout(text: string): void {
  process.stdout.write(text);
}
