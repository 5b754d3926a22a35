// `sluis serve --config FILE [--observe]`: runs the gateway until it is told to stop. SIGHUP reads the policies again: broken files
// change nothing but an alarm, at a start neither when a policy ran before. The first line on standard output says which ports are in use.

import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { loadConfig, loadRules, loadRulesOrLast, policyDirectories, problemLines } from '../io/configuration.ts';
import { openLog } from '../io/log.ts';
import { policyParsing } from '../io/policy-parsing.ts';
import { startGateway } from '../main.ts';
import { policyVersionsOf } from '../running-rules.ts';

export async function run(args: readonly string[]): Promise<number> {
  const options = { config: { type: 'string' }, observe: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...args], options, strict: true });
  if (values.config === undefined) {
    process.stderr.write('sluis serve: name the configuration with --config FILE\n');
    return 2;
  }
  const loaded = loadConfig(values.config);
  const parsing = policyParsing();
  const rules =
    'problems' in loaded
      ? loaded
      : loadRulesOrLast(loaded.config, policyVersionsOf(loaded.config).last(), parsing.parse);
  if ('problems' in loaded || 'problems' in rules) {
    const { problems } = 'problems' in loaded ? loaded : (rules as Extract<typeof rules, { problems: unknown }>);
    process.stderr.write(`${problemLines(problems).join('\n')}\n`);
    return 2;
  }
  const config = values.observe === true ? observing(loaded.config) : loaded.config;
  const alone = config.nas.filter(nas => nas.authority === undefined).map(nas => nas.name);
  if (values.observe === true && alone.length > 0) {
    process.stderr.write(
      `sluis serve --observe: nobody else decides for ${alone.join(', ')}; give each an authority\n`,
    );
    return 2;
  }
  const { brokenFiles } = rules.rules;
  if (brokenFiles !== undefined) {
    process.stderr.write(
      `${problemLines(brokenFiles).join('\n')}\nsluis serve: the policy files are broken; the policy that ran last runs on\n`,
    );
  }
  const log = openLog({ gateway: config.name });
  const gateway = await startGateway(config, rules.rules, log).catch((error: unknown) => {
    process.stderr.write(`sluis serve: ${cannotStart(error)}\n`);
    return undefined;
  });
  if (gateway === undefined) return 1;

  const reloadOnce = async (): Promise<void> => {
    const stuck = await parsing.ahead(policyDirectories(config));
    const again = stuck === undefined ? loadRules(config, parsing.parse) : { problems: [stuck] };
    if ('problems' in again) gateway.rulesRefused(again.problems);
    else gateway.replaceRules(again.rules);
  };
  let reloading = Promise.resolve();
  const reload = (): void => {
    reloading = reloading.then(reloadOnce);
  };
  process.on('SIGHUP', reload);
  const told = new Promise<string>(resolve => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
  // Said last: whoever reads it may end us at once.
  log.info('serving', { ...gateway.ports, tenant: config.tenant, policy: rules.rules.policySet.hash });
  const signal = await told;
  process.off('SIGHUP', reload);
  log.info('stopping', { signal });
  await reloading;
  await gateway.close();
  return 0;
}

/** This gateway decides about nobody, whatever the configuration says of each concentrator. */
function observing(config: Config): Config {
  return { ...config, nas: config.nas.map(nas => ({ ...nas, mode: 'observe' })) };
}

/** What kept it from starting, in words, with what to do about the usual two. */
function cannotStart(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  if (code === 'EADDRINUSE') return `${error.message}: stop what listens there, or choose another port`;
  if (code === 'EACCES') return `${error.message}: choose a port above 1023, or grant CAP_NET_BIND_SERVICE`;
  return `${error.message}${cause}`;
}
