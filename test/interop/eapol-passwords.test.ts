// Debian's eapol_test logs in with a password of a real slapd, through a tunnel that ends in the gateway: without a second
// factor, and with one where the client can be asked for it.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Reason } from '../../gateway/contract/reason.ts';
import type { PasswordPorts } from '../../gateway/flows/password-login.ts';
import { pendingLogins } from '../../gateway/flows/pending-logins.ts';
import { newSecondFactor } from '../../gateway/flows/second-factor.ts';
import { tunnelledPassword } from '../../gateway/flows/tunnelled-password.ts';
import { recoveryCodeHash, recoveryCodeKey } from '../../gateway/identity/recovery-codes.ts';
import { type LdapDirectory, ldapDirectory } from '../../gateway/io/directory-ldap.ts';
import { recordSealing } from '../../gateway/io/record-sealing.ts';
import { type DirectoryMeeting, settingsFor } from '../contracts/directory.ts';
import { passwordOf, person } from '../contracts/directory-people.ts';
import { startSlapd } from '../io/directory-slapd.ts';
import { describeWith } from '../support/programs.ts';
import { type EapolLogin, eapolTest } from './eapol-client.ts';
import { type EapolWorld, startEapolWorld } from './eapol-world.ts';

/** Of people with a place in the directory. */
const pseudonyms = { eva: `k1-${'e'.repeat(26)}`, finn: `k1-${'f'.repeat(26)}`, gaby: `k1-${'g'.repeat(26)}` };

const ways: readonly (Pick<EapolLogin, 'method'> & { readonly phase2: string })[] = [
  { method: 'TTLS', phase2: 'auth=PAP' },
  { method: 'TTLS', phase2: 'autheap=GTC' },
  { method: 'PEAP', phase2: 'auth=GTC' },
];

describeWith(['eapol_test', 'slapd'], 'eapol_test, with a password of the directory', (eapol = '', slapd = '') => {
  let server: DirectoryMeeting;
  let directory: LdapDirectory;
  let passwords: PasswordPorts;
  let at: EapolWorld;
  beforeAll(async () => {
    server = await startSlapd(
      slapd,
      Object.entries(pseudonyms).map(([uid, pseudonym]) => person(uid, pseudonym)),
    );
    directory = ldapDirectory(settingsFor(server));
    const key = randomBytes(32);
    passwords = {
      directory,
      pending: pendingLogins(),
      sealing: recordSealing(key),
      recoveryCodeKey: recoveryCodeKey(key),
    };
    at = await startEapolWorld(() => ({ passwords, passwordLogin: tunnelledPassword(passwords) }));
  });
  afterAll(async () => {
    await at.stop();
    directory.close();
    await server.close();
  });

  const logIn = (
    { method, phase2 }: (typeof ways)[number],
    tls: '1.2' | '1.3',
    name: string,
    password: string,
    outside: Partial<EapolLogin> = {},
  ) => eapolTest(eapol, at, { name, ...(method && { method }), tls, inside: { phase2, password }, ...outside });
  const sessionsOf = (pseudonym: string) => at.world.store.sessions({ tenant: 'town', person: pseudonym, limit: 100 });
  const lastRefusal = async () => (await at.world.store.decisions({ tenant: 'town', only: 'refused', limit: 1 }))[0];
  const expectRefused = async (login: ReturnType<typeof logIn>, reason: Reason) => {
    expect(await login).toMatchObject({ success: false, rejected: true });
    expect((await lastRefusal())?.reasons).toEqual([reason]);
    // One minute is enough for back-off after the few that this test gets wrong.
    at.world.advance(60_000);
  };
  /** eapol_test says its password to every prompt: one recovery code is made equal to it. */
  const enrol = async (pseudonym: string, alsoOpensWith: string) => {
    const enrolment = { tenant: 'town', pseudonyms: [pseudonym], account: 'test', now: at.world.now() };
    const { keep } = await newSecondFactor({ ...at.world.ports, ...passwords }, enrolment);
    const recoveryHashes = [recoveryCodeHash(passwords.recoveryCodeKey, 'town', pseudonym, alsoOpensWith)];
    const changed = keep.map(kept => ({ ...kept, value: { ...kept.value, recoveryHashes } }));
    await at.world.store.commit({ tenant: 'town', at: at.world.now(), keep: changed });
  };

  it.each(
    ways.flatMap(way => [
      { ...way, tls: '1.2' as const },
      { ...way, tls: '1.3' as const },
    ]),
  )('$method $phase2, TLS $tls: gets in, and is called what was said outside', async ({ tls, ...way }) => {
    const before = await sessionsOf(pseudonyms.eva);
    const result = await logIn(way, tls, 'eva', passwordOf('eva'));
    expect(result, result.output.slice(-3000)).toMatchObject({ success: true, keysMatch: true });
    const [session, ...older] = await sessionsOf(pseudonyms.eva);
    expect(older).toHaveLength(before.length);
    expect(session).toMatchObject({
      way: 'password',
      userName: 'anonymous',
      binding: 'none',
      personProof: { profile: 'directory-password', assurance: 'low', password: { secondFactor: 'none' } },
    });
    expect(session).not.toHaveProperty('device');
  });

  it.each(ways)('$method $phase2: a wrong password, and a login that nobody has', async way => {
    await expectRefused(logIn(way, '1.3', 'eva', 'another'), 'password-wrong');
    await expectRefused(logIn(way, '1.3', 'nobody', passwordOf('eva')), 'password-wrong');
  });

  it('a machine outside goes with the person inside', async () => {
    const { chainPem, privateKeyPem } = at.world.ca.machines.valid;
    const machine = { certificate: at.put('machine.pem', chainPem), key: at.put('machine.key', privateKeyPem) };
    const way = { method: 'TTLS', phase2: 'auth=PAP' } as const;
    expect(await logIn(way, '1.3', 'finn', passwordOf('finn'), machine)).toMatchObject({ success: true });
    const [session] = await sessionsOf(pseudonyms.finn);
    expect(session?.binding).toBe('one-conversation');
    expect(session?.device).toMatch(/^[0-9a-f]{64}$/);
    await expectRefused(logIn(way, '1.3', 'finn', 'another', machine), 'password-wrong');
    expect(await lastRefusal()).toMatchObject({ device: session?.device });
  });

  it('a second factor is asked for where the client can be asked, and is missing where it cannot', async () => {
    await enrol(pseudonyms.gaby, passwordOf('gaby'));
    const [ttlsPap, , peapGtc] = ways;
    if (ttlsPap === undefined || peapGtc === undefined) throw new Error('no such way');
    await expectRefused(logIn(ttlsPap, '1.3', 'gaby', passwordOf('gaby')), 'second-factor-missing');
    expect(await lastRefusal()).toMatchObject({ person: pseudonyms.gaby });
    expect(await sessionsOf(pseudonyms.gaby)).toEqual([]);
    const result = await logIn(peapGtc, '1.3', 'gaby', passwordOf('gaby'));
    expect(result, result.output.slice(-3000)).toMatchObject({ success: true, keysMatch: true });
    expect(await sessionsOf(pseudonyms.gaby)).toMatchObject([
      { personProof: { assurance: 'substantial', password: { secondFactor: 'recovery-code' } } },
    ]);
    // It was used up.
    await expectRefused(logIn(peapGtc, '1.3', 'gaby', passwordOf('gaby')), 'second-factor-wrong');
    expect(await lastRefusal()).toMatchObject({ person: pseudonyms.gaby });
  });
});
