// `sluis serve --config FILE`: runs the gateway until it is told to stop. SIGHUP reads the policies again: broken files
// change nothing but a log line. The first line on standard output says which ports are in use.

import { parseArgs } from 'node:util';
import { loadConfig, loadRules, problemLines } from '../io/configuration.ts';
import { openLog } from '../io/log.ts';
import { startGateway } from '../main.ts';

export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } }, strict: true });
  if (values.config === undefined) {
    process.stderr.write('sluis serve: name the configuration with --config FILE\n');
    return 2;
  }
  const loaded = loadConfig(values.config);
  const rules = 'problems' in loaded ? loaded : loadRules(loaded.config);
  if ('problems' in loaded || 'problems' in rules) {
    const { problems } = 'problems' in loaded ? loaded : (rules as Extract<typeof rules, { problems: unknown }>);
    process.stderr.write(`${problemLines(problems).join('\n')}\n`);
    return 2;
  }
  const { config } = loaded;
  const log = openLog({ gateway: config.name });
  const gateway = await startGateway(config, rules.rules, log).catch((error: unknown) => {
    process.stderr.write(`sluis serve: ${cannotStart(error)}\n`);
    return undefined;
  });
  if (gateway === undefined) return 1;

  const reload = (): void => {
    const again = loadRules(config);
    if ('problems' in again) log.error('rules-refused', { problems: problemLines(again.problems) });
    else gateway.replaceRules(again.rules);
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
  await gateway.close();
  return 0;
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
