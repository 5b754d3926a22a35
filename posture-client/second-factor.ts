// A person gives themselves a new second factor: the gateway gives it to whoever was proven on this machine a few minutes
// ago, and to nobody else.

import type { NewSecondFactor } from '../gateway/contract/challenge.ts';
import { runOnce } from './agent.ts';
import type { PinPrompt } from './card.ts';
import type { AgentConfig } from './config.ts';
import { AgentFailure } from './failure.ts';
import { connectMachine } from './machine-connection.ts';
import { keyFileSigner } from './signer.ts';

export interface SecondFactorOptions {
  readonly config: AgentConfig;
  /** Asks for the PIN of a card that leaves this to the agent. */
  readonly askPin?: PinPrompt;
}

export async function newSecondFactor({ config, askPin }: SecondFactorOptions): Promise<NewSecondFactor> {
  try {
    return await ask(config);
  } catch (error) {
    if (!(error instanceof AgentFailure) || error.refusal?.refused !== 'identity-proof-missing') throw error;
    await runOnce({ config, prove: true, ...(askPin === undefined ? {} : { askPin }), remediate: false });
    return ask(config);
  }
}

async function ask(config: AgentConfig): Promise<NewSecondFactor> {
  const machine = await keyFileSigner(config.machine);
  const connection = await connectMachine({ config, machine, memory: {} });
  try {
    return await connection.secondFactor(machine.keyHash);
  } finally {
    await connection.close();
  }
}
