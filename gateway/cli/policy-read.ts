// `sluis policy read DIR`: a whole policy set in plain prose, for those who answer for it and read no YAML.

import { asHtml, asText } from '../policy/prose-page.ts';
import { policySetInProse } from '../policy/prose.ts';
import { languageOf } from './language-option.ts';
import { loadPolicySet, problemLines } from './policy-check.ts';
import { CommandStopped, exitCodeOf, readArguments, type Surroundings } from './read-client.ts';
import { plain } from './read-view.ts';

const usage = 'sluis policy read DIR [--language nl|fr|de|en] [--html]';

export function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  return exitCodeOf(around, async () => {
    const options = { language: { type: 'string', default: 'en' }, html: { type: 'boolean' } } as const;
    const { values, positionals } = readArguments(args, options, usage);
    const [directory, ...more] = positionals;
    if (directory === undefined || more.length > 0) throw new CommandStopped(2, `Usage: ${usage}`);
    const language = languageOf(values.language);
    const loaded = loadPolicySet(directory);
    if ('problems' in loaded) throw new CommandStopped(1, problemLines(loaded.problems).trimEnd());
    const blocks = policySetInProse(loaded.set, language);
    const write = around.write ?? (text => process.stdout.write(text));
    write(values.html === true ? asHtml(blocks, language) : plainLines(asText(blocks)));
    return 0;
  });
}

/** What authors wrote must not steer the terminal. */
function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}
