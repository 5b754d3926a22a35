// What there is to say of a concentrator, for people and for programs; never its secret.

import type { Config } from '../config.ts';
import { findsByNameAlone, type Nas, nasProfiles } from '../pdp/nas.ts';
import { secretOverTls } from '../pdp/nas.ts';

export interface NasFacts {
  readonly name: string;
  readonly tenant: string;
  readonly address?: string;
  readonly certificate?: { readonly name?: string; readonly fingerprint?: string };
  readonly group: string;
  readonly profile: string;
  readonly path: string;
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
export function factsOf(nas: Nas, { directory }: Pick<Config, 'directory'>, now: number): NasFacts {
  const { name, tenant, address, certificate, group, profile, path } = nas;
  return {
    name,
    tenant,
    ...(address === undefined ? {} : { address }),
    ...(certificate === undefined ? {} : { certificate }),
    group,
    profile,
    path,
    messageAuthenticator: messageAuthenticator(nas),
    liveChange: liveChange(nas),
    passwords: passwords(nas, directory?.passwords === true, now),
  };
}

function messageAuthenticator({
  address,
  requireMessageAuthenticator: required,
}: Nas): NasFacts['messageAuthenticator'] {
  if (address === undefined) return { required: false, because: 'TLS protects every packet' };
  if (required) return { required, because: 'an Access-Request without one gets no answer' };
  return { required, because: 'excused from it; a request with one must still have the right one' };
}

function liveChange(nas: Nas): NasFacts['liveChange'] {
  const { dynamicAuthorization: server, profile, address, secret } = nas;
  if (nasProfiles[profile].change === 'none') {
    return {
      possible: false,
      because: `${profile} takes no CoA- or Disconnect-Request: a change waits for the next login`,
    };
  }
  if (server === undefined) {
    const single = address !== undefined && !address.includes('/');
    const why = single
      ? 'switched off by dynamic-authorization: { enabled: no }'
      : 'it has no single address: name one with dynamic-authorization: { address: … }';
    return { possible: false, because: why };
  }
  const kind = nasProfiles[profile].change === 'coa' ? 'coa' : 'disconnect';
  const how = findsByNameAlone(nas)
    ? 'by User-Name alone: every session of that name'
    : 'by all that names the session';
  const own = Buffer.compare(server.secret, secret) === 0 ? 'its own secret' : 'a secret of its own for changes';
  const via = Buffer.compare(server.secret, secretOverTls) === 0 ? 'the secret of RADIUS over TLS' : own;
  return { possible: true, kind, address: server.address, port: server.port, because: `${how}; ${via}` };
}

/** The rule itself is that of `flows/password-login.ts`. */
function passwords(nas: Nas, served: boolean, now: number): NasFacts['passwords'] {
  if (!served) return { possible: false, because: 'the configuration serves none (directory: passwords)' };
  if (nas.path !== 'plain') return { possible: true, because: `its path is ${nas.path}` };
  const until = nas.passwordsOverPlainUntil;
  if (until !== undefined && now < until) {
    return { possible: true, until: new Date(until).toISOString(), because: 'its path is plain, excused for a while' };
  }
  const ended = until === undefined ? '' : ', and the time it was excused for is over';
  return {
    possible: false,
    because: `its path is plain${ended}; inside an EAP tunnel${nas.certificate === undefined ? '' : ', and over TLS,'} they are taken`,
  };
}
