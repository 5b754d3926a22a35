// EAP-TLS logins as a concentrator and many laptops would make them, whole or only up to the server's first TLS flight.
// A login counts only when both sides hold the same keys.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isRefused } from '../../gateway/contract/reason.ts';
import { encodeEap, eapTypes } from '../../gateway/eap/packet.ts';
import { eapTlsPeer, type TlsPeerEngine } from '../../gateway/eap/peer.ts';
import { exchange } from '../../gateway/io/radius-client.ts';
import { tlsPeerEngine } from '../../gateway/io/tls-peer.ts';
import { attribute, eapAttributes, eapMessage, first } from '../../gateway/radius/attributes.ts';
import { signRequest } from '../../gateway/radius/authenticator.ts';
import { packetCodes } from '../../gateway/radius/code.ts';
import { revealKey } from '../../gateway/radius/hiding.ts';
import type { Packet } from '../../gateway/radius/packet.ts';
import { type OfferingClient, offeringClient } from '../contracts/tls-engine-client.ts';
import type { Job, LaptopLogin, Sent } from './load-job.ts';
import { latencyOf, paced } from './pace.ts';

type Logins = Extract<Job, { readonly do: 'logins' }>;

const mostRounds = 60;
const fragmentBytes = 1000;
/** Both servers choose X25519 out of these; the P curves stand there for the certificates of TLS 1.2. */
const groups = ['X25519', 'P-256', 'P-384'];

export async function eapLogins(job: Logins): Promise<Sent> {
  const startedAt = performance.now();
  const authority = readFileSync(job.trust, 'utf8');
  const tookMs = await paced(job.laptops, job.pace, laptop => login(job, laptop, authority));
  const done = tookMs.length;
  return {
    answered: done,
    accepted: job.half ? 0 : done,
    lost: 0,
    verified: done,
    elapsedMs: performance.now() - startedAt,
    latencyMs: latencyOf(tookMs),
  };
}

/** Rejects unless it went as it must. */
async function login(job: Logins, laptop: LaptopLogin, authority: string): Promise<void> {
  const { half } = job;
  const engine = engineFor(job, laptop, authority);
  const identity = `host/${laptop.name}`;
  const peer = eapTlsPeer({ identity, engine, fragmentBytes });
  const data = Buffer.from(identity, 'utf8');
  let response: Uint8Array = encodeEap({ code: 'response', identifier: 0, type: eapTypes.identity, data });
  let state: Uint8Array | undefined;
  try {
    for (let round = 0; round < mostRounds; round++) {
      const authenticator = randomBytes(16);
      const reply = await ask(job, identity, response, state, authenticator);
      // Start, then the first fragment of ServerHello, Certificate and so on.
      if (half && round === 1) {
        if (reply.code !== packetCodes['Access-Challenge']) throw new Error(`${laptop.name}: code ${reply.code}`);
        return;
      }
      const message = eapMessage(reply.attributes);
      if (message === undefined || isRefused(message)) throw new Error(`${laptop.name}: a reply without EAP`);
      const answer = await peer.answer(message);
      // Asked for before the conversation ends: a closed engine knows none.
      const goesOn = reply.code === packetCodes['Access-Challenge'];
      if (job.resume === true && goesOn && engine.status().finished) keepSession(laptop, engine);
      if (isRefused(answer)) throw new Error(`${laptop.name}: ${answer.refused}`);
      if (answer === undefined) return check(reply, authenticator, job, peer.result());
      response = answer;
      state = first(reply.attributes, 'State');
    }
    throw new Error(`${laptop.name}: no end after ${mostRounds} rounds`);
  } finally {
    engine.close();
  }
}

/** TLS sessions of the laptops that logged in with `resume`. */
const sessions = new Map<string, Buffer>();

export function forgetSessions(): void {
  sessions.clear();
}

function engineFor(
  { version, resume }: Logins,
  { name, certificate, key }: LaptopLogin,
  authority: string,
): TlsPeerEngine & Partial<OfferingClient> {
  const certificatePem = readFileSync(certificate, 'utf8');
  const keyPem = readFileSync(key, 'utf8');
  const versions = { minVersion: version, maxVersion: version };
  if (resume === true) {
    const session = sessions.get(name);
    const offered = session === undefined ? {} : { session };
    return offeringClient({ cert: certificatePem, key: keyPem, ca: authority, ...versions, ...offered });
  }
  return tlsPeerEngine({
    certificatePem,
    keyPem,
    authoritiesPem: [authority],
    serverName: 'localhost',
    ...versions,
    groups,
  });
}

function keepSession({ name }: LaptopLogin, { session, resumed }: Partial<OfferingClient>): void {
  if (sessions.has(name) && resumed?.() !== true) throw new Error(`${name}: its session was not taken`);
  if (session !== undefined) sessions.set(name, session());
}

async function ask(
  { port, secret }: Logins,
  userName: string,
  response: Uint8Array,
  state: Uint8Array | undefined,
  authenticator: Uint8Array,
): Promise<Packet> {
  const key = Buffer.from(secret);
  const content = {
    code: packetCodes['Access-Request'],
    identifier: authenticator[0] ?? 0,
    authenticator,
    attributes: [
      attribute('User-Name', userName),
      attribute('Calling-Station-Id', '192.0.2.77'),
      ...(state === undefined ? [] : [attribute('State', state)]),
      ...eapAttributes(response),
    ],
  };
  // FreeRADIUS before 3.2.5 does not put Message-Authenticator first.
  const exchanged = await exchange({
    address: '127.0.0.1',
    port,
    secret: key,
    request: signRequest(content, key),
    messageAuthenticator: 'present',
  });
  if (exchanged.result === 'no-reply') {
    throw new Error(
      `no reply to ${exchanged.copiesSent} copies ${exchanged.refusals.map(why => why.refused).join(' ')}`,
    );
  }
  return exchanged.reply;
}

type Result = ReturnType<ReturnType<typeof eapTlsPeer>['result']>;

function check(reply: Packet, authenticator: Uint8Array, { secret }: Logins, { ended, msk, detail }: Result): void {
  if (reply.code !== packetCodes['Access-Accept'] || ended !== 'success' || msk === undefined) {
    throw new Error(`not accepted: code ${reply.code}, ${detail ?? ended ?? 'no end'}`);
  }
  const key = Buffer.from(secret);
  const halves = (['MS-MPPE-Recv-Key', 'MS-MPPE-Send-Key'] as const).map(name => {
    const hidden = first(reply.attributes, name);
    return hidden && revealKey(hidden, authenticator, key);
  });
  const [receive, send] = halves;
  if (!receive || !send || Buffer.compare(Buffer.concat([receive, send]), msk) !== 0) {
    throw new Error('the session keys of both sides differ');
  }
}
