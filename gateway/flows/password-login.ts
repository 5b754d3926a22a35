// Flow: a password of the directory, and the second factor that stands beside it.
//   1 path      a password of the directory may travel this way
//   2 patience  this caller may try this login now; counted as a failure before anything is checked
//   3 password  the directory says whether it is right, and whose it is
//   4 factor    a person who has one is asked for it by a challenge, and judged in the next round
//   5 admit     one question to the PDP, one record; only then the failure is taken back
// To the peer an unknown login, a wrong password and an account that belongs to nobody look the same.

import { type Refused, isRefused, refused } from '../contract/reason.ts';
import { keyedDigest } from '../identity/keyed-digest.ts';
import {
  afterFailure,
  afterSuccess,
  attemptsExpireAt,
  mayTry,
  noAttempts,
  withoutFailure,
} from '../identity/login-attempts.ts';
import { passwordStrength } from '../identity/password-strength.ts';
import { isPseudonym } from '../identity/pseudonym.ts';
import { type Nas, passwordPath } from '../pdp/nas.ts';
import type { ClientClaims } from '../pdp/nas-profile.ts';
import type { ProvenDevice } from '../pdp/request.ts';
import type { Session } from '../pdp/session.ts';
import { type PasswordDirectory, Unavailable } from '../ports.ts';
import { stationAddress } from '../radius/claims.ts';
import { type Admission, type AdmissionPorts, admit, notAdmittedBecause } from './admission.ts';
import { type PendingLogin, type PendingLogins, pendingStateBytes } from './pending-logins.ts';
import { type FactorKind, factorOf, type SecondFactorPorts, useSecondFactor } from './second-factor.ts';

export interface PasswordPorts extends Pick<SecondFactorPorts, 'sealing' | 'recoveryCodeKey'> {
  readonly directory: PasswordDirectory;
  readonly pending: PendingLogins;
}

/** What the NAS says of the connection, and what was proven beside the password. */
export interface PasswordRequest {
  readonly nas: Nas;
  readonly userName: string;
  /** As the person said it, where `userName` is not that: an account may be called by a national number. */
  readonly saidUserName?: Uint8Array;
  readonly callingStationId: string;
  readonly acctSessionId?: string;
  readonly clientClaims?: ClientClaims;
  readonly traceId: string;
  /** The password came inside EAP: in a TLS tunnel that ends here, or over a path that was judged where EAP is. */
  readonly inEap?: {
    /** What the NAS calls the session; `userName` was said inside. */
    readonly outside: Pick<Admission, 'userName' | 'saidUserName'>;
    readonly machine?: ProvenDevice;
    /** Whether the person can be asked for a second factor. */
    readonly canAsk: boolean;
  };
}

export type PasswordLogin =
  | { readonly answer: 'session'; readonly session: Session }
  | { readonly answer: 'challenge'; readonly state: string; readonly message: string }
  | (Refused & { readonly person?: string });

const challengeMessage = 'Code of your authenticator app, or a recovery code:';
/** Several logins of one person may be counted at once; each loss reads the winner's count. */
const countingAttempts = 5;

export async function passwordLogin(
  ports: AdmissionPorts,
  passwords: PasswordPorts,
  request: PasswordRequest,
  password: string,
): Promise<PasswordLogin> {
  const now = ports.clock.now();
  if (request.inEap === undefined && passwordPath(request.nas, now) === 'plain') {
    return refused('password-path-refused', `the path to ${request.nas.name} is plain`);
  }
  const login = loginName(request);
  const counted = await countFailure(ports, request, login, now);
  if (isRefused(counted)) return counted;
  const person = await whose(ports, passwords, request, login, password);
  if (isRefused(person)) return person;
  const { strong } = passwordStrength(password, login);
  const pending: PendingLogin = { ...person, login, strong, traceId: request.traceId };
  const factor = await factorOf(ports, request.nas.tenant, pseudonymsOf(pending));
  return factor === undefined ? enter(ports, request, pending, 'none') : challenge(ports, passwords, request, pending);
}

/** The next round: the State of a challenge comes back, and the code in place of the password. */
export async function secondFactorLogin(
  ports: AdmissionPorts,
  passwords: PasswordPorts,
  request: PasswordRequest,
  state: string,
  code: string,
): Promise<PasswordLogin> {
  const { nas } = request;
  const now = ports.clock.now();
  const pending = passwords.pending.take(state, nas, callerOf(request), now);
  if (pending === undefined) return refused('second-factor-missing', 'no login waits for this State');
  const used = await useSecondFactor(
    { ...ports, ...passwords },
    { tenant: nas.tenant, pseudonyms: pseudonymsOf(pending), code, now },
  );
  return isRefused(used) ? { ...used, person: pending.person } : enter(ports, request, pending, used);
}

/** `DOMAIN\name` and `name@realm` are the account `name`. */
function loginName({ userName, saidUserName }: PasswordRequest): string {
  return (saidUserName === undefined ? userName : Buffer.from(saidUserName).toString('utf8'))
    .replace(/^[^\\]*\\/, '')
    .replace(/@[^@]*$/, '')
    .toLowerCase();
}

/** The port behind the address changes with every attempt. */
function callerOf({ callingStationId }: PasswordRequest): string {
  return stationAddress(callingStationId) ?? callingStationId;
}

/** 2. Guesses in parallel must not all begin before the first is counted. */
async function countFailure(
  ports: AdmissionPorts,
  request: PasswordRequest,
  login: string,
  now: number,
): Promise<true | Refused> {
  for (let attempt = 0; attempt < countingAttempts; attempt++) {
    const kept = await ports.store.kept(request.nas.tenant, 'login-attempts', attemptsKey(ports, request, login));
    const allowed = mayTry(kept?.value ?? noAttempts, callerOf(request), now);
    if (allowed !== true) return refused('login-locked', `until ${new Date(allowed.retryAtMs).toISOString()}`);
    if (await writeAttempts(ports, request, login, kept, afterFailure, now)) return true;
  }
  return refused('login-locked', 'tried many times at once');
}

/** What was counted is made good. */
async function settle(
  ports: AdmissionPorts,
  request: PasswordRequest,
  login: string,
  change: typeof afterSuccess,
): Promise<void> {
  const now = ports.clock.now();
  for (let attempt = 0; attempt < countingAttempts; attempt++) {
    const kept = await ports.store.kept(request.nas.tenant, 'login-attempts', attemptsKey(ports, request, login));
    if (await writeAttempts(ports, request, login, kept, change, now)) return;
  }
}

async function writeAttempts(
  ports: AdmissionPorts,
  request: PasswordRequest,
  login: string,
  kept: Awaited<ReturnType<typeof ports.store.kept<'login-attempts'>>>,
  change: typeof afterFailure,
  now: number,
): Promise<boolean> {
  const { nas } = request;
  const value = change(kept?.value ?? noAttempts, callerOf(request), now);
  const committed = await ports.store.commit({
    tenant: nas.tenant,
    at: now,
    keep: [
      {
        kind: 'login-attempts',
        key: attemptsKey(ports, request, login),
        value,
        version: (kept?.version ?? 0) + 1,
        expiresAt: attemptsExpireAt(value),
      },
    ],
  });
  return committed.committed;
}

/** People type anything for a user name, their national number too: the store is not told. */
function attemptsKey({ ticketKey }: AdmissionPorts, { nas }: PasswordRequest, login: string): string {
  return keyedDigest(ticketKey, ['sluis-login/1', nas.tenant, login]).toString('base64url');
}

/** 3. By the pseudonyms of the account. */
async function whose(
  ports: AdmissionPorts,
  { directory }: PasswordPorts,
  request: PasswordRequest,
  login: string,
  password: string,
): Promise<Pick<PendingLogin, 'person' | 'formerPseudonyms'> | Refused> {
  const { tenant } = request.nas;
  try {
    const answer = await directory.authenticate(tenant, login, password);
    if (!answer.accepted) return refused('password-wrong');
    // Whatever else stands in that attribute, perhaps a national number, is not kept.
    const [person, ...formerPseudonyms] = answer.pseudonyms.filter(isPseudonym);
    if (person === undefined) {
      return refused('password-wrong', 'right, but the account holds no pseudonym: it is nobody here');
    }
    return formerPseudonyms.length === 0 ? { person } : { person, formerPseudonyms };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    // Nobody was wrong, and nobody was right.
    await settle(ports, request, login, withoutFailure);
    return refused('try-again', error.message);
  }
}

function pseudonymsOf({ person, formerPseudonyms = [] }: PendingLogin): readonly string[] {
  return [person, ...formerPseudonyms];
}

/** 4. */
function challenge(
  ports: AdmissionPorts,
  { pending }: PasswordPorts,
  request: PasswordRequest,
  login: PendingLogin,
): PasswordLogin {
  const { nas, inEap } = request;
  if (inEap?.canAsk === false) {
    return { ...refused('second-factor-missing', 'this way in cannot ask for it'), person: login.person };
  }
  const state = pending.put(login, nas, callerOf(request), ports.random.bytes(pendingStateBytes), ports.clock.now());
  if (state === undefined) return refused('overloaded', 'too many logins wait for a second factor');
  return { answer: 'challenge', state, message: challengeMessage };
}

/** 5. */
async function enter(
  ports: AdmissionPorts,
  request: PasswordRequest,
  { login, person, formerPseudonyms, strong, traceId }: PendingLogin,
  secondFactor: 'none' | FactorKind,
): Promise<PasswordLogin> {
  const { nas, userName, saidUserName, callingStationId, acctSessionId, clientClaims, inEap } = request;
  const machine = inEap?.machine;
  const admitted = await admit(ports, {
    nas,
    way: 'password',
    ...(inEap?.outside ?? { userName, ...(saidUserName === undefined ? {} : { saidUserName }) }),
    callingStationId,
    ...(acctSessionId === undefined ? {} : { acctSessionId }),
    ...(clientClaims === undefined ? {} : { clientClaims }),
    ...(machine === undefined ? {} : { device: machine }),
    person: {
      pseudonym: person,
      ...(formerPseudonyms === undefined ? {} : { formerPseudonyms }),
      profile: 'directory-password',
      assurance: secondFactor === 'none' ? 'low' : 'substantial',
      password: { strong, secondFactor },
    },
    binding: machine === undefined ? 'none' : 'one-conversation',
    traceId,
  });
  if (!('session' in admitted)) {
    // Whatever it was, the password and the code were right.
    await settle(ports, request, login, withoutFailure);
    return { ...notAdmittedBecause(admitted.conflict), person };
  }
  await settle(ports, request, login, afterSuccess);
  return { answer: 'session', session: admitted.session };
}
