// The fuzzer against a whole gateway: both ports, real store and TLS; beside the vectors it starts from a ticket, from
// accounting and from a login by certificate.

import { eapLogin } from '../support/eap-login.ts';
import { accounting, nasAddress, pap, radiusSecret, type RadiusWorld } from '../support/radius-world.ts';
import { type FuzzResult, fuzzRadius } from './radius-fuzz.ts';

export async function fuzzGateway(
  world: RadiusWorld,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<FuzzResult> {
  const login = eapLogin(world, world.ca.people.valid);
  const seeds = [pap(await world.ticket()), accounting('start', 'a1'), accounting('stop', 'a1'), login.request()];
  let turn = 0;
  const handler = (datagram: Uint8Array): Promise<Uint8Array | undefined> => {
    turn++;
    // Another source port each time: the answer must not come from what is remembered of an earlier one.
    const from = { address: nasAddress.vpn, port: 1 + (turn % 65_535), socket: 'fuzz' };
    // Requests die of old age meanwhile, as they would outside.
    world.advance(100);
    return world.handlers[datagram[0] === 4 ? 'accounting' : 'authentication'](datagram, from);
  };
  const result = await fuzzRadius({ count, seed, handler, secret: radiusSecret, seeds });
  login.close();
  return result;
}
