// `sluis policy explain SESSION-ID`: asks a running gateway for a session and says its decision in sentences.

import { type Language, languages } from '../contract/language.ts';
import type { Session } from '../pdp/session.ts';
import { explain } from '../policy/explain.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  exitCodeOf,
  readArguments,
  readJson,
  type Surroundings,
} from './read-client.ts';

const usage =
  'sluis policy explain SESSION-ID --token-file FILE [--url http://127.0.0.1:9443] [--language nl|fr|de|en] [--json]';
const usualUrl = 'http://127.0.0.1:9443';

export function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(
      args,
      { ...connectionOptions, language: { type: 'string', default: 'en' } },
      usage,
    );
    const [id, ...more] = positionals;
    if (id === undefined || more.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    const language = languageOf(values.language);
    const url = values.url ?? (values.config === undefined ? usualUrl : undefined);
    const connection = await connect(url === undefined ? values : { ...values, url }, around, usage);
    const session = await readJson(connection, `/v1/sessions/${encodeURIComponent(id)}`);
    if (session === undefined) throw new CommandStopped(1, `No session is called "${id}".`);
    const { decision } = session as Session;
    const write = around.write ?? (text => process.stdout.write(text));
    write(
      `${(values.json === true ? [JSON.stringify(decision, undefined, 2)] : explain(decision, language)).join('\n')}\n`,
    );
    return 0;
  });
}

function languageOf(word: string): Language {
  const language = languages.find(each => each === word);
  if (language === undefined) throw new CommandStopped(2, `"${word}" is not one of ${languages.join(', ')}`);
  return language;
}
