// The RADIUS side of a running gateway: conversations, duplicates, both UDP ports and RADIUS over TLS. A part of the
// composition root: it hands the stories to the sockets and decides nothing.

import type { Config } from './config.ts';
import { Conversations } from './eap/conversations.ts';
import { defaultEapLimits } from './eap/limits.ts';
import type { Ongoing } from './flows/eap-conversation.ts';
import type { PasswordPorts } from './flows/password-login.ts';
import { pendingLogins } from './flows/pending-logins.ts';
import { radiusOverTls } from './flows/radius-over-tls.ts';
import { type RadiusPorts, radiusRequest } from './flows/radius-request.ts';
import { tunnelledPassword } from './flows/tunnelled-password.ts';
import { listenRadiusTls } from './io/radius-tls.ts';
import { listenRadius } from './io/radius-udp.ts';
import { nasTable } from './pdp/nas.ts';
import { recentRequests } from './radius/duplicates.ts';

/** What `running-radius` makes itself; all else of `RadiusPorts` is given. */
type Made =
  | 'conversations'
  | 'limits'
  | 'resumption'
  | 'nasOf'
  | 'passwords'
  | 'passwordLogin'
  | 'recent'
  | 'carrier'
  | 'disbelieved';

export interface RadiusParts {
  readonly config: Config;
  readonly given: Omit<RadiusPorts, Made> & Pick<PasswordPorts, 'sealing' | 'recoveryCodeKey'>;
  /** Names this process in State. */
  readonly instance: string;
  readonly directory?: PasswordPorts['directory'];
}

export interface RunningRadius {
  /** Opens the ports; the last thing to happen, so that whoever asks is answered by a whole gateway. */
  listen(): Promise<RadiusPortNumbers>;
  /** Forgets conversations that were not led on. */
  sweep(): void;
  /** Answers what is in work, and closes. */
  close(): Promise<void>;
}

export interface RadiusPortNumbers {
  readonly authentication: number;
  readonly accounting: number;
  readonly radiusTls?: number;
}

export function openRadius({ config, given, instance, directory }: RadiusParts): RunningRadius {
  const { clock, log, meter, tls } = given;
  const conversations = new Conversations<Ongoing>({ instance, maxConversations: 20_000 });
  const passwords =
    directory && config.directory?.passwords === true ? { ...given, directory, pending: pendingLogins() } : undefined;
  const ports: RadiusPorts = {
    ...given,
    conversations,
    limits: defaultEapLimits,
    resumption: config.eap.resumption,
    nasOf: nasTable(config.nas),
    ...(passwords === undefined ? {} : { passwords, passwordLogin: tunnelledPassword(passwords) }),
    recent: recentRequests(),
  };
  const socket = (port: number, kind: 'authentication' | 'accounting') =>
    listenRadius({
      address: config.radius.address,
      port,
      // Each socket remembers its own requests: identifiers of the two ports have nothing to do with each other.
      handler: radiusRequest({ ...ports, recent: recentRequests() }, kind),
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
        settings && (await kept(listenRadiusTls({ ...settings, log, meter, admit: radiusOverTls(ports, config.nas) })));
      return {
        authentication: authentication.port,
        accounting: accounting.port,
        ...(overTls === undefined ? {} : { radiusTls: overTls.port }),
      };
    },
    sweep: () => {
      for (const id of conversations.sweep(clock.now())) tls.close(id);
      meter.gauge('sluis_eap_conversations', conversations.size);
    },
    close: async () => {
      for (const listener of open.splice(0).reverse()) await listener.close();
    },
  };
}
