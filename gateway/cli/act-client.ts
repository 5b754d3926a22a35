// How a command has something done by a running gateway: one act of the operator API, with the reason for it.

import { type ActName, acts, type AnswerOf, type ArgsOf, reasonLength } from '../contract/acts.ts';
import { ask, CommandStopped, type ReadConnection } from './read-client.ts';

export async function act<N extends ActName>(
  connection: ReadConnection,
  name: N,
  body: ArgsOf<N> & { readonly reason: string },
): Promise<AnswerOf<N>> {
  const answer = await ask(connection, `/v1/acts/${name}`, body);
  // The gateway gives what `contract/acts.ts` says, or the refusal that is told here.
  if (answer.ok) return answer.body as AnswerOf<N>;
  const { refused, text } = answer.refusal;
  if (refused === 'right-missing') {
    const right = `operator-api: operators: … rights: [${acts[name].right}]`;
    throw new CommandStopped(
      1,
      `The operator of this token has not the right "${acts[name].right}". Whoever keeps the configuration gives it (${right}); ` +
        'name the token of an operator who has it with --token-file.',
    );
  }
  throw new CommandStopped(answer.status >= 500 ? 2 : 1, `${refused}: ${text.en}`);
}

/** The reason that every act is recorded with. */
export function reasonOf(given: string | undefined, usage: string): string {
  const reason = given?.trim() ?? '';
  if (reason.length >= reasonLength.least && reason.length <= reasonLength.most) return reason;
  const { least, most } = reasonLength;
  throw new CommandStopped(2, `Say why with --reason, in ${least} to ${most} characters: it is kept\nUsage: ${usage}`);
}
