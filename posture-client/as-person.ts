// Something that a person does in their own name: tried at once, and after a new proof of who they are where the gateway says that
// the last one is too old.

import { runOnce } from './agent.ts';
import type { PinPrompt } from './card.ts';
import type { AgentConfig } from './config.ts';
import type { GatewayConnection } from './connection.ts';
import { AgentFailure } from './failure.ts';
import { connectMachine } from './machine-connection.ts';
import { keyFileSigner } from './signer.ts';

export interface PersonOptions {
  readonly config: AgentConfig;
  /** Asks for the PIN of a card that leaves this to the agent. */
  readonly askPin?: PinPrompt;
}

export async function asPerson<T>(
  { config, askPin }: PersonOptions,
  work: (connection: GatewayConnection, machineKey: string) => Promise<T>,
): Promise<T> {
  const attempt = async (): Promise<T> => {
    const machine = await keyFileSigner(config.machine);
    const connection = await connectMachine({ config, machine, memory: {} });
    try {
      return await work(connection, machine.keyHash);
    } finally {
      await connection.close();
    }
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof AgentFailure) || error.refusal?.refused !== 'identity-proof-missing') throw error;
    await runOnce({ config, prove: true, ...(askPin === undefined ? {} : { askPin }), remediate: false });
    return attempt();
  }
}
