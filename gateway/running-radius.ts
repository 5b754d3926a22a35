// The RADIUS side of a running gateway: conversations, duplicates, both UDP ports and RADIUS over TLS. A part of the
// composition root: it hands the stories to the sockets and decides nothing.

import type { Config } from './config.ts';
import { Conversations } from './eap/conversations.ts';
import { defaultEapLimits } from './eap/limits.ts';
import type { Ongoing } from './flows/eap-conversation.ts';
import { machinesByName } from './flows/claimed-machine.ts';
import { nasSightings } from './flows/nas-sightings.ts';
import type { ObservedPorts } from './flows/observed-request.ts';
import { observing } from './flows/observing.ts';
import type { PasswordPorts } from './flows/password-login.ts';
import { pendingLogins } from './flows/pending-logins.ts';
import { radiusOverTls } from './flows/radius-over-tls.ts';
import { type RadiusPorts, radiusRequest } from './flows/radius-request.ts';
import { boundedDelay, rejectDelay } from './flows/reject-delay.ts';
import { requestGate } from './flows/request-gate.ts';
import { strangers } from './flows/strangers.ts';
import { tunnelledPassword } from './flows/tunnelled-password.ts';
import type { ConcentratorViews } from './io/operator-api-concentrators.ts';
import { authorityClient } from './io/authority.ts';
import { listenRadiusTls } from './io/radius-tls.ts';
import type { ConnectedPeers } from './io/radius-tls-peers.ts';
import { listenRadius } from './io/radius-udp.ts';
import { systemWait } from './io/system.ts';
import { copiesComeForMs, nasTable } from './pdp/nas.ts';
import { recentRequests } from './radius/duplicates.ts';
import { type BucketRule, tokenBuckets } from './radius/token-bucket.ts';

/** What `running-radius` makes itself; all else of `RadiusPorts` is given. */
type Made =
  | 'conversations'
  | 'limits'
  | 'methods'
  | 'teap'
  | 'resumption'
  | 'tlsByRealm'
  | 'nasOf'
  | 'passwords'
  | 'passwordLogin'
  | 'recent'
  | 'sightings'
  | 'strangers'
  | 'gate'
  | 'rejects'
  | 'observed'
  | 'logins'
  | 'carrier'
  | 'disbelieved';

export interface RadiusParts {
  readonly config: Config;
  readonly given: Omit<RadiusPorts, Made> & Pick<PasswordPorts, 'sealing' | 'recoveryCodeKey'>;
  /** Names this process in State. */
  readonly instance: string;
  readonly directory?: PasswordPorts['directory'];
  /** Told who is connected over TLS. */
  readonly peers: ConnectedPeers;
}

export interface RunningRadius {
  /** Opens the ports; the last thing to happen, so that whoever asks is answered by a whole gateway. */
  listen(): Promise<RadiusPortNumbers>;
  /** What was seen of concentrators, and of others. */
  readonly seen: ConcentratorViews;
  /** Concentrators for which another server decides. */
  readonly observed: ObservedPorts;
  /** Why this gateway should not be asked now; empty when it may. */
  readonly unfit: () => readonly string[];
  /** Forgets conversations that were not led on, and keeps what is to be kept of concentrators. */
  sweep(): void;
  /** Answers what is in work, and closes. */
  close(): Promise<void>;
}

export interface RadiusPortNumbers {
  readonly authentication: number;
  readonly accounting: number;
  readonly radiusTls?: number;
}

/** Rejects that wait, over both UDP ports. */
const delayedAtMost = 10_000;

function perMinute(rate: number): BucketRule {
  return { perSecond: rate / 60, burst: rate };
}

export function openRadius({ config, given, instance, directory, peers }: RadiusParts): RunningRadius {
  const { clock, log, meter, tls, random } = given;
  const { limits } = config.radius;
  const sightings = nasSightings(given);
  const unknown = strangers(given, config.nas);
  const conversations = new Conversations<Ongoing>({ instance, maxConversations: 20_000 });
  const passwords =
    directory && config.directory?.passwords === true ? { ...given, directory, pending: pendingLogins() } : undefined;
  const gate = requestGate(
    { clock, log, meter, conversations, ...(passwords === undefined ? {} : { pending: passwords.pending }) },
    {
      inWork: limits.inWork,
      waiting: limits.waiting,
      conversations: limits.conversationsPerTlsWorker * config.eap.tlsWorkers,
      // Two seconds' worth at once, of a caller a minute's worth: after an outage everybody is back in the same moment.
      nasLogins: { perSecond: limits.nasLoginsPerSecond, burst: 2 * limits.nasLoginsPerSecond },
      callerLogins: perMinute(limits.callerLoginsPerMinute),
    },
  );
  const logins = tokenBuckets(perMinute(limits.personLoginsPerMinute));
  const rejects = boundedDelay(rejectDelay({ wait: systemWait, random }, limits.rejectDelayMs), delayedAtMost, () => {
    meter.count('sluis_shed_total', { what: 'reject-delay' });
  });
  const unfit = (): readonly string[] => [...given.unfit(), ...gate.unfit()];
  const observed: ObservedPorts = {
    observing: observing(config.nas, clock.now()),
    askAuthority: authorityClient({ log }),
    machines: machinesByName(),
  };
  const ports: RadiusPorts = {
    ...given,
    observed,
    unfit,
    gate,
    rejects,
    logins,
    conversations,
    limits: defaultEapLimits,
    methods: config.eap.methods,
    ...(config.eap.teap === undefined ? {} : { teap: config.eap.teap }),
    resumption: config.eap.resumption,
    tlsByRealm: config.eap.profilesByRealm,
    nasOf: nasTable(config.nas),
    ...(passwords === undefined ? {} : { passwords, passwordLogin: tunnelledPassword(passwords) }),
    recent: recentRequests(),
    sightings,
    strangers: unknown,
  };
  const keepMs = copiesComeForMs(config.nas);
  const socket = (port: number, kind: 'authentication' | 'accounting') =>
    listenRadius({
      address: config.radius.address,
      port,
      // Each socket remembers its own requests: identifiers of the two ports have nothing to do with each other.
      handler: radiusRequest({ ...ports, recent: recentRequests({ keepMs }) }, kind),
      // What waits is bounded by the gate; this bounds what is held all in all.
      maxInProgress: 2 * (limits.waiting + limits.inWork) + delayedAtMost,
      onShed: () => meter.count('sluis_shed_total', { what: 'datagram' }),
      onError: error => log.error('radius-fault', { error }),
    });
  const open: { close(): Promise<void> }[] = [];
  async function kept<Listener extends { close(): Promise<void> }>(opening: Promise<Listener>): Promise<Listener> {
    const listener = await opening;
    open.push(listener);
    return listener;
  }

  return {
    async listen() {
      const authentication = await kept(socket(config.radius.authenticationPort, 'authentication'));
      const accounting = await kept(socket(config.radius.accountingPort, 'accounting'));
      const settings = config.radius.tls;
      const overTls =
        settings &&
        (await kept(
          listenRadiusTls({
            ...settings,
            log,
            meter,
            admit: radiusOverTls(ports, config.nas),
            turnedAway: (...peer) => unknown.turnedAway(...peer),
            peers,
          }),
        ));
      return {
        authentication: authentication.port,
        accounting: accounting.port,
        ...(overTls === undefined ? {} : { radiusTls: overTls.port }),
      };
    },
    unfit,
    observed,
    seen: { seen: tenant => sightings.all(tenant), strangers: () => unknown.all() },
    sweep: () => {
      void sightings.write();
      for (const id of conversations.sweep(clock.now())) tls.close(id);
      meter.gauge('sluis_eap_conversations', conversations.size);
      gate.tell();
      meter.gauge('sluis_buckets_refusing', logins.refusing(clock.now()), { bucket: 'person' });
      meter.gauge('sluis_rejects_delayed', rejects.held);
    },
    close: async () => {
      gate.close();
      for (const listener of open.splice(0).reverse()) await listener.close();
    },
  };
}
