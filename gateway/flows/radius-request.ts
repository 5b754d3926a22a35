// From request to reply, for both UDP ports and RADIUS over TLS. Silence is a decision like any other, counted by its reason.
//   1 source       which NAS, and so which secret and tenant
//   2 shape        decode
//   3 copies       one of what is worked on or was answered gets the answer of the first, or waits for it [RFC5080-2.2.2]
//   4 believe      authenticators, by the secret or, while it is replaced, the former one; nothing before touches any state
//   5 turn         all others wait until there is room, see `request-gate.ts`, and are looked at for copies once more
//   6 dispatch     Access-Request, Accounting-Request, Status-Server
//   7 answer       the outcome table, signed, delayed if it is a reject, and remembered

import { type Refused, isRefused, refused } from '../contract/reason.ts';
import type { Authority, Nas } from '../pdp/nas.ts';
import { Unavailable } from '../ports.ts';
import { attribute } from '../radius/attributes.ts';
import { clockSkewMs, readAccounting, sessionClass } from '../radius/accounting.ts';
import { type Carrier, sharedSecret } from '../radius/carrier.ts';
import { readClaims } from '../radius/claims.ts';
import { packetCodes, packetName } from '../radius/code.ts';
import { type RecentRequests, type RequestKey, requestName } from '../radius/duplicates.ts';
import { type ServerPort, replyCode, serves } from '../radius/outcome.ts';
import type { Packet } from '../radius/packet.ts';
import { type AccessPorts, type Answer, accessRequest, saidName } from './access-request.ts';
import { type AccountingPorts, accountingRequest } from './accounting-request.ts';
import { type Believed, believe } from './believed-request.ts';
import type { NasSightings } from './nas-sightings.ts';
import type { RejectDelay } from './reject-delay.ts';
import type { RequestGate, Turn } from './request-gate.ts';
import { type ObservedPorts, type ObservedRequest, observedRequest } from './observed-request.ts';
import { type StatusPorts, statusServer } from './status-server.ts';
import type { Strangers } from './strangers.ts';
import { type RequestTap, traced } from './traced-request.ts';
import type { Tracing } from './tracing.ts';

export interface RadiusPorts
  extends AccessPorts,
    StatusPorts,
    Pick<AccountingPorts, 'sessionMoved' | 'unadmitted' | 'isObserved'> {
  readonly nasOf: (sourceAddress: string) => Nas | undefined;
  readonly recent: RecentRequests;
  readonly gate: Pick<RequestGate, 'turn'>;
  readonly rejects: Pick<RejectDelay, 'hold'>;
  readonly sightings: Pick<NasSightings, 'heard' | 'clock'>;
  readonly strangers: Pick<Strangers, 'datagram'>;
  /** Told of what cannot be believed: where there is a connection, it ends [RFC6613-2.6.4]. */
  readonly disbelieved?: (why: Refused) => void;
  /** Absent: no concentrator has an authority beside us. */
  readonly observed?: ObservedPorts;
  readonly tracing?: Tracing;
  /** Only while somebody traces. */
  readonly tap?: RequestTap;
}

/** Where a datagram came from, and on which of our sockets. */
export interface Source {
  readonly address: string;
  readonly port: number;
  readonly socket: string;
}

/** The reply to send back, or nothing. */
export type RadiusHandler = (datagram: Uint8Array, from: Source) => Promise<Uint8Array | undefined>;

export function radiusRequest(given: RadiusPorts, port: ServerPort): RadiusHandler {
  return async (datagram, from) => {
    const known = given.nasOf(from.address);
    // No counter by source: a stranger must not be able to grow the metrics.
    if (known === undefined) {
      given.strangers.datagram(from.address, port, datagram);
      return silent(given, 'none', refused('unknown-nas'));
    }
    const ports = given.tracing?.active === true ? traced(given, given.tracing, known, from) : given;
    const carrier = ports.carrier ?? sharedSecret(known);
    const packet = carrier.decode(datagram);
    if (isRefused(packet)) return disbelieved(ports, known, packet);
    const arrivedAt = ports.clock.now();
    const key: RequestKey = { ...from, code: packet.code, identifier: packet.identifier };
    const again = ports.recent.repeated(key, packet.authenticator, arrivedAt);
    if (again !== undefined) return repeated(ports, known, carrier, packet, again);
    // A forgery takes nobody's turn and spends nobody's patience: it costs a few microseconds, and is gone.
    const believed = believe(known, carrier, packet);
    if (isRefused(believed)) return disbelieved(ports, known, believed);
    const authority = ports.observed?.observing.authorityOf(believed.nas, packet);
    const name = requestName(key, packet.authenticator);
    const takes = takesTurns(packet, authority);
    const turn = takes ? await ports.gate.turn({ nas: believed.nas, packet, name }) : atOnce;
    if (isRefused(turn)) return unable(ports, believed.nas, believed.carrier, packet, turn);
    try {
      return await inTurn(ports, port, { believed, key, arrivedAt, from, authority }, turn);
    } finally {
      turn.end();
    }
  };
}

interface Heard {
  readonly believed: Believed;
  /** Who decides instead of us. */
  readonly authority: Authority | undefined;
  readonly key: RequestKey;
  readonly arrivedAt: number;
  readonly from: Source;
}

/** Whether this gateway is alive is said however busy it is. */
const atOnce: Turn = { end: () => undefined };

/** What an authority answers is no work for us: as much as comes passes by. */
function takesTurns({ code }: Packet, authority: Authority | undefined): boolean {
  const works = code === packetCodes['Access-Request'] || code === packetCodes['Accounting-Request'];
  return works && authority === undefined;
}

/** 3. The first copy was believed, and its answer goes where it went before. */
function repeated(
  ports: RadiusPorts,
  nas: Nas,
  carrier: Carrier,
  packet: Packet,
  again: NonNullable<ReturnType<RecentRequests['repeated']>>,
): Uint8Array | undefined {
  // To a trace only what is believed is shown.
  if (ports.tap !== undefined && !isRefused(believe(nas, carrier, packet))) ports.tap.received(packet);
  if (again.seen === 'in-progress') {
    ports.observed?.observing.repeat(nas, packet);
    return silent(ports, nas.name, refused('duplicate-in-progress'));
  }
  ports.tap?.again();
  ports.meter.count('sluis_radius_repeated_total', { nas: nas.name });
  return again.bytes;
}

async function inTurn(
  ports: RadiusPorts,
  port: ServerPort,
  { believed, key, arrivedAt, from, authority }: Heard,
  turn: Turn,
): Promise<Uint8Array | undefined> {
  const { nas, carrier, packet } = believed;
  ports.tap?.received(packet);
  if (!serves(port, packet.code)) return silent(ports, nas.name, refused('code-not-served', `code ${packet.code}`));
  countRequest(ports, believed, from);
  const seen = ports.recent.look(key, packet.authenticator, arrivedAt);
  switch (seen.seen) {
    case 'answered':
      return repeated(ports, nas, carrier, packet, seen);
    case 'in-progress':
      return silent(ports, nas.name, refused('duplicate-in-progress'));
    case 'outdated':
      return silent(ports, nas.name, refused('duplicate-in-progress', 'a newer request took its place'));
    case 'full':
      return unable(ports, nas, carrier, packet, refused('overloaded'));
    case 'new':
  }
  let reply: Uint8Array | undefined;
  try {
    reply = await (authority === undefined
      ? answer(ports, port, packet, nas, carrier)
      : answerOfAuthority(ports, { packet, nas, carrier }, authority));
    const tookMs = ports.clock.now() - arrivedAt;
    ports.meter.observe('sluis_radius_seconds', tookMs / 1000, { code: codeName(packet) });
    turn.end();
    // Copies that come meanwhile wait for it as well. An authority has delayed its own.
    if (authority === undefined && reply?.[0] === packetCodes['Access-Reject']) await ports.rejects.hold();
  } finally {
    // Also after a fault of ours: the next copy of the request gets a new chance.
    if (reply === undefined) ports.recent.silent(key, packet.authenticator);
    else ports.recent.answered(key, packet.authenticator, reply, ports.clock.now());
  }
  return reply;
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
  if (code === 'silence') {
    ports.tap?.silence(made.refused);
    return carrier.unable?.(packet);
  }
  const reply = carrier.sign({ code, attributes: made.attributes }, packet);
  if (isRefused(reply)) return unable(ports, nas, carrier, packet, reply);
  ports.tap?.sent({ code, attributes: made.attributes }, packet);
  return reply;
}

/** What its authority says; our own accounting is only kept. */
async function answerOfAuthority(
  ports: RadiusPorts,
  request: ObservedRequest,
  authority: Authority,
): Promise<Uint8Array | undefined> {
  const { packet, nas, carrier } = request;
  const account = () => dispatch({ ...ports, isObserved: () => true }, packet, nas);
  const reply = await observedRequest(ports, request, authority, account);
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
  const now = ports.clock.now();
  const event = readAccounting(packet, now);
  if (isRefused(event)) return { outcome: 'silent', attributes: [], refused: event };
  const skewMs = clockSkewMs(packet, now);
  if (skewMs !== undefined) ports.sightings.clock(nas, skewMs);
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

function countRequest(ports: RadiusPorts, { nas, packet, secret }: Believed, { address }: Source): void {
  ports.meter.count('sluis_radius_requests_total', { code: codeName(packet), nas: nas.name });
  const signed = packet.messageAuthenticatorAt !== undefined || nas.path === 'tls';
  const unsigned = packet.code === packetCodes['Access-Request'] && !signed;
  if (unsigned) {
    ports.meter.count('sluis_legacy_request_without_message_authenticator_total', { nas: nas.name });
  }
  ports.sightings.heard(nas, { address, secret, unsigned });
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
  ports.tap?.silence(why);
  ports.meter.count('sluis_radius_refused_total', { reason: why.refused, nas });
}
