// `sluis policy explain`: asks a running gateway for a session, or takes a situation from a file, and says the decision in sentences.

import type { Session } from '../pdp/session.ts';
import { explain } from '../policy/explain.ts';
import { languageOf } from './language-option.ts';
import { explainedSituation } from './policy-explain-situation.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  exitCodeOf,
  readArguments,
  readJson,
  type Surroundings,
} from './read-client.ts';
import { plain } from './read-view.ts';

const usage =
  'sluis policy explain SESSION-ID --token-file FILE [--url http://127.0.0.1:9443] [--language nl|fr|de|en] [--json], or: ' +
  'sluis policy explain DIR --given FILE [--when "2027-03-16 09:00"] [--for admin|teleworker] [--language …] [--json]';
const options = {
  ...connectionOptions,
  language: { type: 'string', default: 'en' },
  given: { type: 'string' },
  when: { type: 'string' },
  for: { type: 'string' },
} as const;
const usualUrl = 'http://127.0.0.1:9443';

export function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [id, ...more] = positionals;
    if (id === undefined || more.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    const language = languageOf(values.language);
    const write = around.write ?? (text => process.stdout.write(text));
    const { given, when, for: reader, json = false } = values;
    if (given !== undefined) {
      const lines = explainedSituation({ directory: id, given, when, reader, language, json });
      write(`${lines.map(plain).join('\n')}\n`);
      return 0;
    }
    if (when !== undefined || reader !== undefined) throw new CommandStopped(2, `Usage: ${usage}`);
    const url = values.url ?? (values.config === undefined ? usualUrl : undefined);
    const connection = await connect(url === undefined ? values : { ...values, url }, around, usage);
    const session = await readJson(connection, `/v1/sessions/${encodeURIComponent(id)}`);
    if (session === undefined) throw new CommandStopped(1, `No session is called "${id}".`);
    const { decision } = session as Session;
    write(`${(json ? [JSON.stringify(decision, undefined, 2)] : explain(decision, language)).join('\n')}\n`);
    return 0;
  });
}
