// Two storms: of agents with tickets (PAP), where what limits is the store, and of laptops by EAP-TLS, where it is the number
// of handshakes. `npm run bench -- --storm 20000` makes the first one in full.

import { attribute } from '../../gateway/radius/attributes.ts';
import type { GateLimits } from '../../gateway/flows/request-gate.ts';
import { eapLogin } from '../support/eap-login.ts';
import { accounting, nasAddress, pap, type RadiusWorld } from '../support/radius-world.ts';
import { storm, type StormOptions, type StormResult } from './storm.ts';

/** Strangers to each other, and so many behind the address of an office. */
const officeOf = 200;
/** Patient and impatient ones. */
const concentrators = [nasAddress.vpn, nasAddress.standby, nasAddress.ocserv, nasAddress.strongswan];

/** As a gateway has them whose configuration says nothing. */
export const usualLimits: GateLimits = {
  inWork: 256,
  waiting: 8_192,
  conversations: 512,
  nasLogins: { perSecond: 500, burst: 1_000 },
  callerLogins: { perSecond: 10, burst: 600 },
};

export interface StormSize extends Pick<StormOptions, 'clients' | 'capacity' | 'stepMs' | 'say'> {
  readonly withinMs: number;
  readonly limits: GateLimits;
}

/** Half of them within the first tenth of the time. */
function arrival(client: number, { clients, withinMs }: StormSize): number {
  const share = client / clients;
  return withinMs * (share < 0.5 ? share / 5 : 0.1 + (share - 0.5) * 1.8);
}

function callerOf(client: number): string {
  return client < officeOf ? '198.51.100.9' : `100.64.${client >> 8}.${client & 255}`;
}

export function ticketStorm(size: StormSize): Promise<StormResult> {
  const tickets = new Map<number, { readonly handle: string; readonly secret: string; readonly at: number }>();
  return storm({
    ...size,
    arrivesAt: client => arrival(client, size),
    nas: nasOf,
    visit: async (world, client) => {
      const known = tickets.get(client);
      const now = world.now();
      // Within its minute a ticket gets the same answer again; the agent draws another before that is over.
      const fresh = known !== undefined && now - known.at < 45_000;
      const ticket = fresh ? known : { ...(await newTicket(world, client)), at: now };
      tickets.set(client, ticket);
      const request = pap(ticket, { callingStationId: callerOf(client) });
      return { request: () => request, take: () => false, close: () => undefined };
    },
    afterwards: client =>
      accounting('start', `s-${client}`, [attribute('User-Name', tickets.get(client)?.handle ?? '')]),
  });
}

function newTicket(world: RadiusWorld, client: number): ReturnType<RadiusWorld['ticket']> {
  const device = client.toString(16).padStart(64, '0');
  return world.ticket({ device, deviceName: `lt-${client}.example` });
}

export function certificateStorm(size: StormSize): Promise<StormResult> {
  return storm({
    ...size,
    arrivesAt: client => arrival(client, size),
    nas: nasOf,
    visit: (world, client) => {
      const attributes = [attribute('Calling-Station-Id', callerOf(client))];
      return eapLogin(world, world.ca.machines.valid, { tls: client % 2 === 0 ? '1.3' : '1.2', attributes });
    },
  });
}

function nasOf(client: number): string {
  return concentrators[client % concentrators.length] ?? nasAddress.vpn;
}

export function stormLines(result: StormResult): string {
  return Object.entries(result)
    .flatMap(([name, value]: [string, number | Readonly<Record<string, number>>]) =>
      typeof value === 'number' ? [[name, value]] : Object.entries(value),
    )
    .map(([name, value]) => `  ${String(name).padEnd(24)}${String(value).padStart(10)}`)
    .join('\n');
}
