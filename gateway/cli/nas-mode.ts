// `sluis nas cut-over | go-back NAME`: this gateway decides about a concentrator from now on, or its authority does again. The running
// gateway is told, which records it; then the configuration says the same, so that it is still so after a restart.

import { draftNasMode } from '../io/nas-mode-edit.ts';
import { problemLines } from '../io/configuration.ts';
import { act, reasonOf } from './act-client.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  exitCodeOf,
  messageOf,
  readArguments,
  type Surroundings,
} from './read-client.ts';
import { plain } from './read-view.ts';

const usage = `sluis nas cut-over NAME --reason TEXT --config FILE [--token-file FILE]
       sluis nas go-back NAME --reason TEXT --config FILE [--token-file FILE]`;

const options = { ...connectionOptions, reason: { type: 'string' } } as const;

const modes = { 'cut-over': 'decide', 'go-back': 'observe' } as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, name, ...more] = positionals;
    if ((command !== 'cut-over' && command !== 'go-back') || name === undefined || more.length > 0) {
      throw new CommandStopped(2, `Usage: ${usage}`);
    }
    const { config } = values;
    if (config === undefined) throw new CommandStopped(2, `Which configuration?\nUsage: ${usage}`);
    const reason = reasonOf(values.reason, usage);
    const mode = modes[command];
    const draft = draftNasMode(config, name, mode);
    if ('problems' in draft) throw new CommandStopped(2, problemLines(draft.problems).map(plain).join('\n'));
    if ('refused' in draft) throw new CommandStopped(1, draft.refused);
    const { before } = await act(await connect(values, around, usage), 'nas-mode', { nas: name, mode, reason });
    const already = before === mode ? ' already' : '';
    write(
      `${name}: ${mode === 'decide' ? 'this gateway decides' : 'its authority decides, this gateway observes'}${already}.\n`,
    );
    const written = attempt(draft.write);
    if (written === true) return 0;
    throw new CommandStopped(1, `${written.refused}: write mode: ${mode} for ${name} there, or a restart undoes it`);
  });
}

function attempt(write: () => true | { readonly refused: string }): true | { readonly refused: string } {
  try {
    return write();
  } catch (error) {
    // The running gateway has changed already; the file system says why the file has not.
    return { refused: messageOf(error) };
  }
}
