// This gateway and FreeRADIUS beside each other, with the same users, and what either answers.

import { isRefused } from '../../gateway/contract/reason.ts';
import { listenRadius } from '../../gateway/io/radius-udp.ts';
import { all } from '../../gateway/radius/attributes.ts';
import { packetName } from '../../gateway/radius/code.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { nasAddress } from '../support/radius-world.ts';
import { sendDatagrams } from './datagrams.ts';
import { type EapolWorld, startEapolWorld } from './eapol-world.ts';
import { startFreeRadiusWorld } from './freeradius-world.ts';

/** A ticket in our store, a line in the users file of theirs. */
export interface User {
  readonly handle: string;
  readonly secret: string;
}

export interface Answer {
  /** Name of the code; `silence` when nothing came. */
  readonly code: string;
  /** Of those that are compared, with their values. */
  readonly attributes: readonly string[];
}

/** What the policies of the test world say to whoever comes in; FreeRADIUS is configured to say it as well. */
export const reply = { 'Filter-Id': 'machines', 'Session-Timeout': '28800', 'Acct-Interim-Interval': '600' } as const;
/** Attributes that both are configured to send, or must send back. Class and Reply-Message are ours alone. */
export const compared = ['Filter-Id', 'Session-Timeout', 'Acct-Interim-Interval', 'Proxy-State', 'State'] as const;

export const silence: Answer = { code: 'silence', attributes: [] };
export const rejected: Answer = { code: 'Access-Reject', attributes: [] };
export const accepted: Answer = {
  code: 'Access-Accept',
  attributes: ['Filter-Id 6d616368696e6573', 'Session-Timeout 00007080', 'Acct-Interim-Interval 00000258'],
};

export interface BothServers {
  readonly world: EapolWorld;
  readonly secret: Uint8Array;
  readonly users: readonly User[];
  /** `strict` demands a Message-Authenticator, `lax` does not. */
  readonly ports: Readonly<Record<'ours' | 'theirs', Readonly<Record<'strict' | 'lax', number>>>>;
  /** FreeRADIUS as a proxy in front of this gateway. */
  readonly proxy: number;
  readonly stop: () => Promise<void>;
}

export async function startBothServers(program: string, countOfUsers: number): Promise<BothServers> {
  const world = await startEapolWorld();
  const { ticket, ca, handlers } = world.world;
  const lax = await listenRadius({
    address: '127.0.0.1',
    port: 0,
    handler: (datagram, from) => handlers.authentication(datagram, { ...from, address: nasAddress.excused }),
  });
  const users = await Promise.all(Array.from({ length: countOfUsers }, () => ticket()));
  const strict = world.ports.authentication;
  const theirs = await startFreeRadiusWorld(program, { secret: world.secret, users, ca, reply, behind: strict });
  return {
    world,
    secret: Buffer.from(world.secret),
    users,
    ports: { ours: { strict, lax: lax.port }, theirs: theirs.ports },
    proxy: theirs.ports.proxy,
    stop: async () => {
      await theirs.stop();
      await lax.close();
      await world.stop();
    },
  };
}

export async function answerAt(port: number, datagram: Uint8Array, waitMs = 400): Promise<Answer> {
  const [octets] = await sendDatagrams(port, [datagram], { expected: 1, waitMs });
  if (octets === undefined) return silence;
  const packet = decode(octets);
  if (isRefused(packet)) throw new Error(`answered by what is no packet: ${packet.refused}`);
  const attributes = compared.flatMap(name =>
    // What stands in a State is the business of each.
    all(packet.attributes, name).map(value =>
      name === 'State' ? name : `${name} ${Buffer.from(value).toString('hex')}`,
    ),
  );
  return { code: packetName(packet.code) ?? String(packet.code), attributes };
}
