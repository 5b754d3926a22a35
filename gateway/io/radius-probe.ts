// A RADIUS client for admins and for the demo: what a concentrator would send, and what it would make of the answer.
// PAP, EAP-TLS, accounting and Status-Server, one function each, over UDP or over TLS.

import { randomBytes } from 'node:crypto';
import { isRefused } from '../contract/reason.ts';
import { eapTlsPeer, type TlsPeerStatus } from '../eap/peer.ts';
import { encodeEap, eapTypes } from '../eap/packet.ts';
import { tlsAlerts } from '../eap/step.ts';
import { type Attributes, attribute, eapAttributes, eapMessage, first } from '../radius/attributes.ts';
import { accessRequest, accountingRequest, passwordRequest, statusRequest } from '../radius/client-requests.ts';
import { packetCodes } from '../radius/code.ts';
import { revealKey } from '../radius/hiding.ts';
import type { Packet } from '../radius/packet.ts';
import type { Exchanged } from './radius-client.ts';
import { openProbePath, type ProbePath, type ProbeServer } from './radius-probe-path.ts';
import { type TlsPeerSettings, tlsPeerEngine } from './tls-peer.ts';

export type { ProbeServer } from './radius-probe-path.ts';

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
  return once(server, 'accept', path =>
    passwordRequest({ ...path, authenticator: randomBytes(16), attributes: [], ...login }),
  );
}

export async function probeStatus(server: ProbeServer): Promise<ProbeResult> {
  return once(server, 'answered', path => statusRequest({ ...path, authenticator: randomBytes(16) }), 0);
}

export async function probeAccounting(
  server: ProbeServer,
  record: {
    readonly status: 'start' | 'stop' | 'interim' | 'on' | 'off';
    readonly acctSessionId: string;
    readonly attributes?: Attributes;
  },
): Promise<ProbeResult> {
  return once(server, 'answered', path => accountingRequest({ ...path, ...record }));
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
  const path = await openProbePath(server);
  try {
    return await logIn(path, login);
  } finally {
    path.close();
  }
}

async function logIn(path: ProbePath, login: EapTlsLogin): Promise<ProbeResult> {
  const startedMs = performance.now();
  const engine = tlsPeerEngine(login.tls);
  const peer = eapTlsPeer({ identity: login.identity, engine, fragmentBytes: login.fragmentBytes ?? 1000 });
  const data = Buffer.from(login.identity, 'utf8');
  let response: Uint8Array = encodeEap({ code: 'response', identifier: 0, type: eapTypes.identity, data });
  let state: Uint8Array | undefined;
  const notes: string[] = [...path.notes];
  const ended = (verdict: ProbeResult['verdict'], roundTrips: number, reply?: Packet): ProbeResult => {
    const { tls, alert, detail } = peer.result();
    if (alert !== undefined) notes.push(`the server sent TLS alert ${alertName(alert)}`);
    if (detail !== undefined) notes.push(detail);
    engine.close();
    return { verdict, roundTrips, elapsedMs: performance.now() - startedMs, notes, tls, ...(reply ? { reply } : {}) };
  };
  for (let roundTrip = 1; roundTrip <= mostRoundTrips; roundTrip++) {
    const authenticator = randomBytes(16);
    const attributes = [
      attribute('User-Name', login.identity),
      ...(login.attributes ?? []),
      ...(state ? [attribute('State', state)] : []),
      ...eapAttributes(response),
    ];
    const exchanged = await path.ask(
      identifier => accessRequest({ secret: path.secret, identifier, authenticator, attributes }),
      4,
    );
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
    const keys = keysIn(reply, authenticator, path.secret);
    const keysMatch = msk !== undefined && keys !== undefined && Buffer.compare(msk, keys) === 0;
    return { ...ended('accept', roundTrip, reply), keysMatch };
  }
  notes.push(`no end after ${mostRoundTrips} round trips`);
  return ended('no-reply', mostRoundTrips);
}

/** What every request is made of, and whether old concentrators would leave its signature out. */
interface Making {
  readonly identifier: number;
  readonly secret: ProbePath['secret'];
  readonly messageAuthenticator: boolean;
}

async function once(
  server: ProbeServer,
  otherwise: 'accept' | 'answered',
  request: (making: Making) => Uint8Array,
  retransmits = 2,
): Promise<ProbeResult> {
  const path = await openProbePath(server);
  const { secret } = path;
  const { messageAuthenticator = true } = server;
  const exchanged = await path
    .ask(identifier => request({ identifier, secret, messageAuthenticator }), retransmits)
    .finally(() => path.close());
  if (exchanged.result === 'no-reply') {
    const { copiesSent } = exchanged;
    return { verdict: 'no-reply', roundTrips: copiesSent, elapsedMs: 0, notes: [...path.notes, ...silence(exchanged)] };
  }
  const { reply, copiesSent, elapsedMs } = exchanged;
  const notes = [...path.notes, ...(copiesSent > 1 ? [`answered after ${copiesSent} copies`] : [])];
  const verdict = reply.code === packetCodes['Access-Reject'] ? 'reject' : otherwise;
  return { verdict, reply, roundTrips: copiesSent, elapsedMs, notes };
}

function silence(exchanged: Extract<Exchanged, { result: 'no-reply' }>): string[] {
  const forged = exchanged.refusals.map(why => `a reply was dropped: ${why.refused} ${why.detail ?? ''}`.trim());
  const network = exchanged.networkError === undefined ? [] : [`the network says ${exchanged.networkError}`];
  const { copiesSent } = exchanged;
  return [
    ...(copiesSent === 0
      ? []
      : [
          `no reply to ${copiesSent} ${copiesSent === 1 ? 'copy' : 'copies'}: wrong secret, unknown source address, or nobody listens`,
        ]),
    ...network,
    ...forged,
  ];
}

function keysIn(reply: Packet, authenticator: Uint8Array, secret: ProbePath['secret']): Uint8Array | undefined {
  const [receive, send] = (['MS-MPPE-Recv-Key', 'MS-MPPE-Send-Key'] as const).map(name => {
    const half = first(reply.attributes, name);
    return half === undefined || secret === 'in-clear' ? half : revealKey(half, authenticator, secret);
  });
  return receive && send && Buffer.concat([receive, send]);
}

function alertName(code: number): string {
  return Object.entries(tlsAlerts).find(([, value]) => value === code)?.[0] ?? String(code);
}
