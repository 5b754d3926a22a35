// What there is to say of a concentrator, for people and for programs; never its secret.

import type { Config } from '../config.ts';
import { findsByNameAlone, type Nas, passwordPath, secretOverTls } from '../pdp/nas.ts';
import { type NasProfile, takesChanges } from '../pdp/nas-profile.ts';

export interface NasFacts {
  readonly name: string;
  readonly tenant: string;
  readonly address?: string;
  readonly certificate?: { readonly name?: string; readonly fingerprint?: string };
  readonly group: string;
  readonly profile: string;
  readonly path: string;
  /** How TLS is spoken inside EAP to whoever logs in there. */
  readonly tls: { readonly profile?: string; readonly because: string };
  /** Where the configuration names another server: which, and who of the two decides. */
  readonly authority?: { readonly address: string; readonly decides: boolean };
  /** Two secrets are believed. */
  readonly formerSecret?: true;
  /** In the order in which they are offered. */
  readonly eapMethods: { readonly methods: readonly string[]; readonly because: string };
  readonly messageAuthenticator: { readonly required: boolean; readonly because: string };
  readonly liveChange: Verdict & {
    readonly kind?: 'coa' | 'disconnect';
    readonly address?: string;
    readonly port?: number;
  };
  /** Passwords of the directory; one-time tickets are taken everywhere. */
  readonly passwords: Verdict & { readonly until?: string };
}

interface Verdict {
  readonly possible: boolean;
  readonly because: string;
}

/** `now` in milliseconds since 1970 UTC. */
export function factsOf(nas: Nas, { directory, eap }: Pick<Config, 'directory' | 'eap'>, now: number): NasFacts {
  const { name, tenant, address, certificate, group, profile, path } = nas;
  return {
    name,
    tenant,
    ...(address === undefined ? {} : { address }),
    ...(certificate === undefined ? {} : { certificate }),
    group,
    profile: profile.name,
    path,
    tls: tls(nas, eap),
    eapMethods: methods(nas, eap, now),
    ...(nas.authority && { authority: { address: nas.authority.address, decides: nas.mode === 'observe' } }),
    ...(nas.formerSecret === undefined ? {} : { formerSecret: true }),
    messageAuthenticator: messageAuthenticator(nas),
    liveChange: liveChange(nas),
    passwords: passwords(nas, directory?.passwords === true, now),
  };
}

/** The rule itself is that of `eap/tls-profile.ts`. */
function tls({ tlsProfile }: Nas, { tlsProfiles, profilesByRealm }: Config['eap']): NasFacts['tls'] {
  const realms = [...profilesByRealm].map(([realm, profile]) => `@${realm} gets ${profile}`);
  const except = realms.length === 0 ? '' : `, but ${realms.join(', ')}`;
  if (tlsProfile === undefined) return { because: `the settings of everybody${except}` };
  const versions = tlsProfiles.get(tlsProfile)?.versions.join(' and ') ?? '';
  return { profile: tlsProfile, because: `TLS ${versions}${except}` };
}

function methods(nas: Nas, { methods: ofEverybody }: Config['eap'], now: number): NasFacts['eapMethods'] {
  const { eapMethods: own } = nas;
  const offered = own ?? ofEverybody;
  const whose = own === undefined ? 'those of everybody' : 'its own';
  const inClear = offered.includes('eap-gtc') && passwordPath(nas, now) === 'plain';
  return { methods: offered, because: inClear ? `${whose}; eap-gtc is refused, for its path is plain` : whose };
}

function messageAuthenticator({
  address,
  requireMessageAuthenticator: required,
  unsignedReplies = false,
}: Nas): NasFacts['messageAuthenticator'] {
  if (address === undefined) return { required: false, because: 'TLS protects every packet' };
  const replies = unsignedReplies ? '; none in replies, except beside EAP' : '';
  if (required) return { required, because: `an Access-Request without one gets no answer${replies}` };
  return { required, because: `excused from it; a request with one must still have the right one${replies}` };
}

function liveChange(nas: Nas): NasFacts['liveChange'] {
  const { dynamicAuthorization: server, profile, address, secret } = nas;
  if (!takesChanges(profile)) {
    return { possible: false, because: `${profile.name} ${noChange(profile)}: a change waits for the next login` };
  }
  if (server === undefined && address === undefined) {
    return { possible: false, because: 'switched off by dynamic-authorization: { enabled: no } or { over-tls: no }' };
  }
  if (server === undefined) {
    const single = address !== undefined && !address.includes('/');
    const why = single
      ? 'switched off by dynamic-authorization: { enabled: no }'
      : 'it has no single address: name one with dynamic-authorization: { address: … }';
    return { possible: false, because: why };
  }
  const kind = profile.change === 'coa' ? 'coa' : 'disconnect';
  const how = findsByNameAlone(nas)
    ? 'by User-Name alone: every session of that name'
    : 'by all that names the session';
  if (server === 'over-tls') {
    return { possible: true, kind, because: `${how}; on the connection that it opened, while it is open` };
  }
  const own = Buffer.compare(server.secret, secret) === 0 ? 'its own secret' : 'a secret of its own for changes';
  const via = Buffer.compare(server.secret, secretOverTls) === 0 ? 'the secret of RADIUS over TLS' : own;
  return { possible: true, kind, address: server.address, port: server.port, because: `${how}; ${via}` };
}

/** Why no live change can be made there, as the end of a sentence. */
export function noChange({ change }: Pick<NasProfile, 'change'>): string {
  switch (change) {
    case 'api':
      return 'is changed through its own interface, which Sluis does not speak';
    case 'enforcer':
      return 'takes no CoA- or Disconnect-Request; a program on its host could end sessions';
    default:
      return 'takes no CoA- or Disconnect-Request';
  }
}

function passwords(nas: Nas, served: boolean, now: number): NasFacts['passwords'] {
  if (!served) return { possible: false, because: 'the configuration serves none (directory: passwords)' };
  const way = passwordPath(nas, now);
  if (way === 'protected') return { possible: true, because: `its path is ${nas.path}` };
  const until = nas.passwordsOverPlainUntil;
  if (way === 'excused' && until !== undefined) {
    return { possible: true, until: new Date(until).toISOString(), because: 'its path is plain, excused for a while' };
  }
  const ended = until === undefined ? '' : ', and the time it was excused for is over';
  return {
    possible: false,
    because: `its path is plain${ended}; inside an EAP tunnel${nas.certificate === undefined ? '' : ', and over TLS,'} they are taken`,
  };
}
