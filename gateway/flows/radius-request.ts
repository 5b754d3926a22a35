// From request to reply, for both UDP ports and RADIUS over TLS. Silence is a decision like any other, counted by its reason.
//   1 source       which NAS, and so which secret and tenant
//   2 shape        decode
//   3 believe      authenticators; nothing before this touches any state
//   4 duplicate    the same octets get the same answer, or wait for it [RFC5080-2.2.2]
//   5 dispatch     Access-Request, Accounting-Request, Status-Server
//   6 answer       the outcome table, signed and remembered

import { type Refused, isRefused, refused } from '../contract/reason.ts';
import type { Nas } from '../pdp/nas.ts';
import { Unavailable } from '../ports.ts';
import { attribute } from '../radius/attributes.ts';
import { readAccounting, sessionClass } from '../radius/accounting.ts';
import { type Carrier, sharedSecret } from '../radius/carrier.ts';
import { readClaims } from '../radius/claims.ts';
import { packetCodes, packetName } from '../radius/code.ts';
import type { RecentRequests, RequestKey } from '../radius/duplicates.ts';
import { type ServerPort, replyCode, serves } from '../radius/outcome.ts';
import type { Packet } from '../radius/packet.ts';
import { type AccessPorts, type Answer, accessRequest, saidName } from './access-request.ts';
import { type AccountingPorts, accountingRequest } from './accounting-request.ts';
import { type StatusPorts, statusServer } from './status-server.ts';

export interface RadiusPorts extends AccessPorts, StatusPorts, Pick<AccountingPorts, 'sessionMoved' | 'unadmitted'> {
  readonly nasOf: (sourceAddress: string) => Nas | undefined;
  readonly recent: RecentRequests;
  /** Told of what cannot be believed: where there is a connection, it ends [RFC6613-2.6.4]. */
  readonly disbelieved?: (why: Refused) => void;
}

/** Where a datagram came from, and on which of our sockets. */
export interface Source {
  readonly address: string;
  readonly port: number;
  readonly socket: string;
}

/** The reply to send back, or nothing. */
export type RadiusHandler = (datagram: Uint8Array, from: Source) => Promise<Uint8Array | undefined>;

export function radiusRequest(ports: RadiusPorts, port: ServerPort): RadiusHandler {
  return async (datagram, from) => {
    const nas = ports.nasOf(from.address);
    // No counter by source: a stranger must not be able to grow the metrics.
    if (nas === undefined) return silent(ports, 'none', refused('unknown-nas'));
    const carrier = ports.carrier ?? sharedSecret(nas);
    const packet = carrier.decode(datagram);
    if (isRefused(packet)) return disbelieved(ports, nas, packet);
    const believed = carrier.verify(packet);
    if (isRefused(believed)) return disbelieved(ports, nas, believed);
    if (!serves(port, packet.code)) return silent(ports, nas.name, refused('code-not-served', `code ${packet.code}`));
    countRequest(ports, nas, packet);
    const key: RequestKey = { ...from, code: packet.code, identifier: packet.identifier };
    const now = ports.clock.now();
    const seen = ports.recent.look(key, packet.authenticator, now);
    if (seen.seen === 'answered') return seen.bytes;
    if (seen.seen === 'in-progress') return silent(ports, nas.name, refused('duplicate-in-progress'));
    if (seen.seen === 'full') return unable(ports, nas, carrier, packet, refused('overloaded'));
    let reply: Uint8Array | undefined;
    try {
      reply = await answer(ports, port, packet, nas, carrier);
    } finally {
      // Also after a fault of ours: the next copy of the request gets a new chance.
      if (reply === undefined) ports.recent.silent(key, packet.authenticator);
      else ports.recent.answered(key, packet.authenticator, reply, ports.clock.now());
      ports.meter.observe('sluis_radius_seconds', (ports.clock.now() - now) / 1000, { code: codeName(packet) });
    }
    return reply;
  };
}

async function answer(
  ports: RadiusPorts,
  port: ServerPort,
  packet: Packet,
  nas: Nas,
  carrier: Carrier,
): Promise<Uint8Array | undefined> {
  const made = await dispatch(ports, packet, nas);
  if (made.refused) note(ports, nas, packet, made);
  const code = replyCode(port, packet.code, made.outcome);
  if (code === 'silence') return carrier.unable?.(packet);
  const reply = carrier.sign({ code, attributes: made.attributes }, packet);
  return isRefused(reply) ? unable(ports, nas, carrier, packet, reply) : reply;
}

async function dispatch(ports: RadiusPorts, packet: Packet, nas: Nas): Promise<Answer> {
  try {
    switch (packet.code) {
      case packetCodes['Access-Request']:
        return await accessRequest(ports, packet, nas);
      case packetCodes['Accounting-Request']:
        return await accounting(ports, packet, nas);
      default:
        return status(ports);
    }
  } catch (error) {
    // A dependency that is down says nothing about the person: no answer, and the NAS turns to another gateway.
    if (error instanceof Unavailable) {
      return { outcome: 'try-again', attributes: [], refused: refused('store-unavailable', error.message) };
    }
    throw error;
  }
}

function status(ports: RadiusPorts): Answer {
  const alive = statusServer(ports);
  if (isRefused(alive)) return { outcome: 'silent', attributes: [], refused: alive };
  return { outcome: 'answered', attributes: [attribute('Reply-Message', alive.message)] };
}

async function accounting(ports: RadiusPorts, packet: Packet, nas: Nas): Promise<Answer> {
  const event = readAccounting(packet, ports.clock.now());
  if (isRefused(event)) return { outcome: 'silent', attributes: [], refused: event };
  const claims = readClaims(packet);
  const sessionId = sessionClass(packet);
  const recorded = await accountingRequest(ports, {
    nas,
    event,
    userName: claims.userName ?? '',
    ...saidName(packet, claims),
    callingStationId: claims.callingStationId ?? '',
    ...(sessionId === undefined ? {} : { sessionId }),
  });
  if (isRefused(recorded)) return { outcome: 'silent', attributes: [], refused: recorded };
  return { outcome: 'answered', attributes: [] };
}

function codeName(packet: Packet): string {
  return packetName(packet.code) ?? 'other';
}

function countRequest(ports: RadiusPorts, nas: Nas, packet: Packet): void {
  ports.meter.count('sluis_radius_requests_total', { code: codeName(packet), nas: nas.name });
  const signed = packet.messageAuthenticatorAt !== undefined || nas.path === 'tls';
  if (packet.code === packetCodes['Access-Request'] && !signed) {
    ports.meter.count('sluis_legacy_request_without_message_authenticator_total', { nas: nas.name });
  }
}

/** A rejected request is logged; what was dropped unauthenticated only counts, or a flood would fill the disk. */
function note(ports: RadiusPorts, nas: Nas, packet: Packet, made: Answer): void {
  ports.meter.count('sluis_radius_refused_total', { reason: made.refused?.refused ?? 'try-again', nas: nas.name });
  ports.log.info('not-accepted', {
    nas: nas.name,
    code: codeName(packet),
    outcome: made.outcome,
    reason: made.refused?.refused,
    detail: made.refused?.detail,
  });
}

function disbelieved(ports: RadiusPorts, nas: Nas, why: Refused): undefined {
  silent(ports, nas.name, why);
  ports.disbelieved?.(why);
}

/** Silence, unless this way in can say as much. */
function unable(ports: RadiusPorts, nas: Nas, carrier: Carrier, packet: Packet, why: Refused): Uint8Array | undefined {
  silent(ports, nas.name, why);
  return carrier.unable?.(packet);
}

function silent(ports: RadiusPorts, nas: string, why: Refused): undefined {
  ports.meter.count('sluis_radius_refused_total', { reason: why.refused, nas });
}
