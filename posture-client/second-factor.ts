// A person gives themselves a new second factor: the gateway gives it to whoever was proven on this machine a few minutes
// ago, and to nobody else.

import type { NewSecondFactor } from '../gateway/contract/challenge.ts';
import { asPerson, type PersonOptions } from './as-person.ts';

export async function newSecondFactor(options: PersonOptions): Promise<NewSecondFactor> {
  return asPerson(options, (connection, machineKey) => connection.secondFactor(machineKey));
}
