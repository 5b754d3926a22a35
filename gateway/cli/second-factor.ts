// `sluis second-factor enrol PSEUDONYM --account LABEL --reason TEXT`: a second factor for a person, shown once in the
// terminal or written to a page for them. The running gateway makes it, and records who gave it out and why.

import { type FileHandle, open, rm } from 'node:fs/promises';
import { secondFactorText } from '../../posture-client/second-factor-text.ts';
import { act, reasonOf } from './act-client.ts';
import {
  CommandStopped,
  connect,
  connectionOptions,
  connectionUsage,
  exitCodeOf,
  readArguments,
  type Surroundings,
} from './read-client.ts';
import { secondFactorPage } from './second-factor-page.ts';

const usage = `sluis second-factor enrol PSEUDONYM --account LABEL --reason TEXT [--replace] [--html FILE] ${connectionUsage}`;

const options = {
  ...connectionOptions,
  account: { type: 'string' },
  reason: { type: 'string' },
  replace: { type: 'boolean', default: false },
  html: { type: 'string' },
} as const;

export async function run(args: readonly string[], around: Surroundings = {}): Promise<number> {
  const write = around.write ?? (text => process.stdout.write(text));
  return exitCodeOf(around, async () => {
    const { values, positionals } = readArguments(args, options, usage);
    const [command, person, ...more] = positionals;
    const { account, html, replace } = values;
    if (command !== 'enrol' || person === undefined || account === undefined || more.length > 0) {
      throw new CommandStopped(2, `Usage: ${usage}`);
    }
    const reason = reasonOf(values.reason, usage);
    const gateway = await connect(values, around, usage);
    const enrol = () => act(gateway, 'second-factor-enrol', { person, account, replace, reason });
    if (html === undefined) {
      const given = await enrol();
      write(values.json === true ? `${JSON.stringify(given, null, 2)}\n` : `${secondFactorText(given, 'en')}\n`);
      return 0;
    }
    await written(html, async page => page.writeFile(secondFactorPage(await enrol(), account)));
    write(`${html} holds the second factor: hand it over, then delete it\n`);
    return 0;
  });
}

/** Opened before anything is given out: what cannot be written down would be lost. */
async function written(path: string, fill: (page: FileHandle) => Promise<void>): Promise<void> {
  const page = await open(path, 'wx', 0o600).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandStopped(2, `The page cannot be written (${why}): name a file that does not exist yet`);
  });
  try {
    await fill(page);
  } catch (error) {
    // Nothing was given out, or only half of it was written.
    await rm(path);
    throw error;
  } finally {
    await page.close();
  }
}
