// A RADIUS client for admins and for the demo: what a concentrator would send, and what it would make of the answer.
// PAP, EAP-TLS, accounting and Status-Server, one function each.

import { randomBytes, randomInt } from 'node:crypto';
import { isRefused } from '../contract/reason.ts';
import { eapTlsPeer, type TlsPeerStatus } from '../eap/peer.ts';
import { encodeEap, eapTypes } from '../eap/packet.ts';
import { tlsAlerts } from '../eap/step.ts';
import { type Attributes, attribute, eapAttributes, eapMessage, first } from '../radius/attributes.ts';
import { signRequest } from '../radius/authenticator.ts';
import { accountingRequest, passwordRequest, statusRequest } from '../radius/client-requests.ts';
import { packetCodes } from '../radius/code.ts';
import { revealKey } from '../radius/hiding.ts';
import type { Packet } from '../radius/packet.ts';
import { exchange } from './radius-client.ts';
import { type TlsPeerSettings, tlsPeerEngine } from './tls-peer.ts';

export interface ProbeServer {
  readonly address: string;
  readonly port: number;
  readonly secret: Uint8Array;
  readonly timeoutMs?: number;
  /** `false`: as Debian's ocserv and OpenVPN plugin do; only a NAS excused from it gets an answer. */
  readonly messageAuthenticator?: boolean;
}

export interface ProbeResult {
  readonly verdict: 'accept' | 'reject' | 'answered' | 'no-reply';
  /** The last reply; absent when none came. */
  readonly reply?: Packet;
  readonly roundTrips: number;
  readonly elapsedMs: number;
  /** Why the exchange ended early or how it went, in words. */
  readonly notes: readonly string[];
  readonly tls?: TlsPeerStatus;
  /** Whether the MS-MPPE keys equal the peer's own (EAP-TLS, accepted only). */
  readonly keysMatch?: boolean;
}

export async function probePassword(
  server: ProbeServer,
  login: { readonly userName: string; readonly password: string; readonly attributes?: Attributes },
): Promise<ProbeResult> {
  const request = passwordRequest({
    ...asked(server),
    userName: login.userName,
    password: login.password,
    attributes: login.attributes ?? [],
    messageAuthenticator: server.messageAuthenticator ?? true,
  });
  return once(server, request);
}

export async function probeStatus(server: ProbeServer): Promise<ProbeResult> {
  return once(server, statusRequest(asked(server)), 0);
}

export async function probeAccounting(
  server: ProbeServer,
  record: {
    readonly status: 'start' | 'stop' | 'interim' | 'on' | 'off';
    readonly acctSessionId: string;
    readonly attributes?: Attributes;
  },
): Promise<ProbeResult> {
  const { status, acctSessionId, attributes = [] } = record;
  const { identifier, secret } = asked(server);
  return once(server, accountingRequest({ identifier, secret, status, acctSessionId, attributes }));
}

export interface EapTlsLogin {
  readonly identity: string;
  readonly tls: TlsPeerSettings;
  readonly fragmentBytes?: number;
  /** Sent with every Access-Request. */
  readonly attributes?: Attributes;
}

/** No login takes more rounds than this: a server that never ends is told apart from a slow one. */
const mostRoundTrips = 200;

export async function probeEapTls(server: ProbeServer, login: EapTlsLogin): Promise<ProbeResult> {
  const startedMs = performance.now();
  const engine = tlsPeerEngine(login.tls);
  const peer = eapTlsPeer({ identity: login.identity, engine, fragmentBytes: login.fragmentBytes ?? 1000 });
  const data = Buffer.from(login.identity, 'utf8');
  let response: Uint8Array = encodeEap({ code: 'response', identifier: 0, type: eapTypes.identity, data });
  let state: Uint8Array | undefined;
  const notes: string[] = [];
  const ended = (verdict: ProbeResult['verdict'], roundTrips: number, reply?: Packet): ProbeResult => {
    const { tls, alert, detail } = peer.result();
    if (alert !== undefined) notes.push(`the server sent TLS alert ${alertName(alert)}`);
    if (detail !== undefined) notes.push(detail);
    engine.close();
    return { verdict, roundTrips, elapsedMs: performance.now() - startedMs, notes, tls, ...(reply ? { reply } : {}) };
  };
  for (let roundTrip = 1; roundTrip <= mostRoundTrips; roundTrip++) {
    const authenticator = randomBytes(16);
    const content = {
      code: packetCodes['Access-Request'],
      identifier: randomInt(256),
      authenticator,
      attributes: [
        attribute('User-Name', login.identity),
        ...(login.attributes ?? []),
        ...(state ? [attribute('State', state)] : []),
        ...eapAttributes(response),
      ],
    };
    const exchanged = await exchange({ ...wire(server), request: signRequest(content, server.secret) });
    if (exchanged.result === 'no-reply') {
      notes.push(...silence(exchanged));
      return ended('no-reply', roundTrip);
    }
    const { reply } = exchanged;
    const message = eapMessage(reply.attributes);
    const answer =
      message === undefined || isRefused(message) || message.length === 0 ? undefined : await peer.answer(message);
    if (reply.code === packetCodes['Access-Challenge'] && answer !== undefined && !isRefused(answer)) {
      response = answer;
      state = first(reply.attributes, 'State');
      continue;
    }
    if (isRefused(answer)) notes.push(`the server's EAP packet is no good: ${answer.refused}`);
    const { msk, ended: how } = peer.result();
    if (reply.code !== packetCodes['Access-Accept'] || how !== 'success') return ended('reject', roundTrip, reply);
    const keys = revealKeys(reply, authenticator, server.secret);
    const keysMatch = msk !== undefined && keys !== undefined && Buffer.compare(msk, keys) === 0;
    return { ...ended('accept', roundTrip, reply), keysMatch };
  }
  notes.push(`no end after ${mostRoundTrips} round trips`);
  return ended('no-reply', mostRoundTrips);
}

function asked(server: ProbeServer): { identifier: number; secret: Uint8Array; authenticator: Uint8Array } {
  return { identifier: randomInt(256), secret: server.secret, authenticator: randomBytes(16) };
}

function wire({ address, port, secret, timeoutMs = 2000 }: ProbeServer) {
  return { address, port, secret, timeoutMs };
}

async function once(server: ProbeServer, request: Uint8Array, retransmits = 2): Promise<ProbeResult> {
  const exchanged = await exchange({ ...wire(server), request, retransmits });
  if (exchanged.result === 'no-reply') {
    const { copiesSent } = exchanged;
    return { verdict: 'no-reply', roundTrips: copiesSent, elapsedMs: 0, notes: silence(exchanged) };
  }
  const { reply, copiesSent, elapsedMs } = exchanged;
  const notes = copiesSent > 1 ? [`answered after ${copiesSent} copies`] : [];
  const asksLogin = request[0] === packetCodes['Access-Request'];
  const verdict = reply.code === packetCodes['Access-Reject'] ? 'reject' : asksLogin ? 'accept' : 'answered';
  return { verdict, reply, roundTrips: copiesSent, elapsedMs, notes };
}

function silence(exchanged: Extract<Awaited<ReturnType<typeof exchange>>, { result: 'no-reply' }>): string[] {
  const forged = exchanged.refusals.map(why => `a reply was dropped: ${why.refused} ${why.detail ?? ''}`.trim());
  const network = exchanged.networkError === undefined ? [] : [`the network says ${exchanged.networkError}`];
  return [
    `no reply to ${exchanged.copiesSent} copies: wrong secret, unknown source address, or nobody listens`,
    ...network,
    ...forged,
  ];
}

function revealKeys(reply: Packet, authenticator: Uint8Array, secret: Uint8Array): Uint8Array | undefined {
  const receive = first(reply.attributes, 'MS-MPPE-Recv-Key');
  const send = first(reply.attributes, 'MS-MPPE-Send-Key');
  if (receive === undefined || send === undefined) return undefined;
  const a = revealKey(receive, authenticator, secret);
  const b = revealKey(send, authenticator, secret);
  return a && b && Buffer.concat([a, b]);
}

function alertName(code: number): string {
  return Object.entries(tlsAlerts).find(([, value]) => value === code)?.[0] ?? String(code);
}
