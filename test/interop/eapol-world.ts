// The gateway's RADIUS side of `radius-world.ts` behind a real socket, for a client that is a program of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RadiusPorts, radiusRequest } from '../../gateway/flows/radius-request.ts';
import { listenRadius } from '../../gateway/io/radius-udp.ts';
import { makeRadiusWorld, nasAddress, radiusSecret, type RadiusWorld } from '../support/radius-world.ts';
import type { EapolServer } from './eapol-client.ts';

export interface EapolWorld extends EapolServer {
  readonly world: RadiusWorld;
  readonly stop: () => Promise<void>;
}

/** `more`: ports beside those of the world. */
export async function startEapolWorld(
  more: (ports: RadiusPorts) => Partial<RadiusPorts> = () => ({}),
): Promise<EapolWorld> {
  const world = await makeRadiusWorld();
  const authentication = radiusRequest({ ...world.ports, ...more(world.ports) }, 'authentication');
  const directory = mkdtempSync(join(tmpdir(), 'sluis-eapol-'));
  const put = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
    return join(directory, name);
  };
  const listener = await listenRadius({
    address: '127.0.0.1',
    port: 0,
    // The client is at 127.0.0.1; to the gateway it is the first concentrator of `town`.
    handler: (datagram, from) => authentication(datagram, { ...from, address: nasAddress.vpn }),
  });
  return {
    world,
    secret: radiusSecret.toString(),
    put,
    installation: { trustFile: put('trust.pem', world.ca.serverCa.pem) },
    ports: { authentication: listener.port },
    stop: async () => {
      await listener.close();
      await world.close();
      rmSync(directory, { recursive: true });
    },
  };
}
