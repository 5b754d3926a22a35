// What every adapter of the `Directory` port must do, against whatever server stands behind it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectorySettings } from '../../gateway/directory-config.ts';
import { type LdapDirectory, ldapDirectory } from '../../gateway/io/directory-ldap.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { startProxy } from '../io/directory-proxy.ts';
import { cleoExpiresAt, groups, passwordOf, people, pseudonyms, reader } from './directory-people.ts';

/** A server with the entries of `directory-people.ts`. */
export interface DirectoryMeeting {
  readonly port: number;
  readonly ca: string;
  /** Search requests that the server itself counted. */
  readonly searches: () => number;
  readonly stop: () => Promise<void>;
  /** On the same port; for one that was stopped. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export function settingsFor(
  { port, ca }: Pick<DirectoryMeeting, 'port' | 'ca'>,
  changes: Partial<DirectorySettings> = {},
): DirectorySettings {
  return {
    tenant: 'town',
    pseudonymKeyIds: [],
    servers: [new URL(`ldaps://localhost:${port}`)],
    ca,
    bindDn: reader.dn,
    bindPassword: reader.password,
    kind: 'active-directory',
    people: { base: people, attribute: 'employeeNumber', loginAttribute: 'uid' },
    groups: { base: groups, memberAttribute: 'member', membersAre: 'dn' },
    cacheMs: 300_000,
    timeoutMs: 2_000,
    connections: 3,
    passwords: true,
    ...changes,
  };
}

export const groupsOfAnn = ['everyone', 'it-admins', 'secret-board', 'staff'];

export function directoryContract(meet: () => Promise<DirectoryMeeting>): void {
  let meeting: DirectoryMeeting;
  const opened: LdapDirectory[] = [];
  const open = (changes: Partial<DirectorySettings> = {}): LdapDirectory => {
    const directory = ldapDirectory(settingsFor(meeting, changes));
    opened.push(directory);
    return directory;
  };

  beforeAll(async () => {
    meeting = await meet();
  });
  afterAll(async () => {
    for (const directory of opened) directory.close();
    await meeting.close();
  });

  it('finds a person by pseudonym, with groups, groups of groups, and an end to circles', async () => {
    expect(await open().person('town', pseudonyms.ann)).toEqual({
      found: true,
      groups: groupsOfAnn,
      disabled: false,
      displayName: 'ann of the town',
    });
  });

  it('says what part of full time a person works, where an attribute is named for it', async () => {
    const named = {
      base: people,
      attribute: 'employeeNumber',
      loginAttribute: 'uid',
      employmentAttribute: 'employeeType',
    };
    const directory = open({ people: named });
    expect(await directory.person('town', pseudonyms.ann)).toMatchObject({ found: true, employment: 0.8 });
    expect(await directory.person('town', pseudonyms.dirk)).not.toHaveProperty('employment');
  });

  it('tells a person without groups from a person who is not there', async () => {
    expect(await open().person('town', pseudonyms.dirk)).toMatchObject({ found: true, groups: [] });
    expect(await open().person('town', 'QNOBODY7')).toEqual({ found: false });
    // The attribute compares without case, a pseudonym does not.
    expect(await open().person('town', pseudonyms.ann.toLowerCase())).toEqual({ found: false });
  });

  it('reads disabled and expired accounts as Active Directory writes them', async () => {
    expect(await open().person('town', pseudonyms.bob)).toMatchObject({ disabled: true });
    expect(await open().person('town', pseudonyms.cleo)).toMatchObject({ disabled: false, expiresAt: cleoExpiresAt });
  });

  it('reads the shadow attributes, and groups that list members by uid', async () => {
    const directory = open({
      kind: 'rfc2307',
      groups: { base: groups, memberAttribute: 'memberUid', membersAre: 'uid' },
    });
    expect(await directory.person('town', pseudonyms.cleo)).toMatchObject({ groups: [], expiresAt: cleoExpiresAt });
    expect(await directory.person('town', pseudonyms.ann)).toMatchObject({ groups: ['posix-users'] });
  });

  it('counts only the groups of the map, where there is one', async () => {
    const words = new Map([['IT Admins', 'it-admin']]);
    const directory = open({ groups: { base: groups, memberAttribute: 'member', membersAre: 'dn', words } });
    expect(await directory.person('town', pseudonyms.ann)).toMatchObject({ groups: ['it-admin'] });
  });

  it.each(['*', '*)(uid=*', `${pseudonyms.ann})(uid=*`, 'Q*', '\\2a', 'Q\0', ')(', '(|(uid=ann))', ''])(
    'takes %j for the name that it is, never for a pattern',
    async text => {
      // One entry does hold the second of them, letter for letter: it is found, and nobody else. [RFC4515-3]
      if (text !== pseudonyms.star)
        expect(await open().person('town', text).catch(String)).not.toMatchObject({ found: true });
      else await expect(open().person('town', text)).rejects.toThrow('beyond 8 levels');
    },
  );

  it('rejects rather than give a list of groups that it had to cut, or the wrong one of two people', async () => {
    await expect(open().person('town', pseudonyms.star)).rejects.toThrow(Unavailable);
    await expect(open().person('town', pseudonyms.twins)).rejects.toThrow(Unavailable);
  });

  it.each([
    ['people', { people: { base: `ou=elsewhere,${people}`, attribute: 'employeeNumber', loginAttribute: 'uid' } }],
    ['groups', { groups: { base: `ou=elsewhere,${groups}`, memberAttribute: 'member', membersAre: 'dn' } }],
  ] as const)('rejects when the base of %s is not there: that is no empty answer', async (_what, changes) => {
    await expect(open(changes).person('town', pseudonyms.dirk)).rejects.toThrow(Unavailable);
  });

  it('rejects when it may not bind', async () => {
    await expect(open({ bindPassword: 'another-password' }).person('town', pseudonyms.ann)).rejects.toThrow(
      Unavailable,
    );
    // [RFC4513-5.1.2] Some servers answer "success" to this, and know nobody.
    await expect(open({ bindPassword: '' }).person('town', pseudonyms.ann)).rejects.toThrow(Unavailable);
  });

  it('refuses a server that its authority does not vouch for, or that has another name', async () => {
    const stranger = (await import('../support/openssl-pki.ts')).makeOpensslPki(0);
    try {
      await expect(open({ ca: stranger.rootPem }).person('town', pseudonyms.ann)).rejects.toThrow(
        /certificate|issuer/i,
      );
    } finally {
      stranger.remove();
    }
    const byAddress = open({ servers: [new URL(`ldaps://127.0.0.1:${meeting.port}`)] });
    await expect(byAddress.person('town', pseudonyms.ann)).rejects.toThrow(Unavailable);
  });

  it('goes to the second server when the first is not there', async () => {
    const servers = [new URL('ldaps://localhost:1'), new URL(`ldaps://localhost:${meeting.port}`)];
    expect(await open({ servers }).person('town', pseudonyms.ann)).toMatchObject({ groups: groupsOfAnn });
  });

  it('counts what is there', async () => {
    const seen = await open().inspect();
    expect(seen).toMatchObject({ people: 7, groups: 13, server: `localhost:${meeting.port}` });
    expect(seen.whoAmI).toBe(`dn:${reader.dn}`);
  });

  describe('the password of a person', () => {
    const right = (uid: string) => [uid, passwordOf(uid)] as const;
    const wrong = { accepted: false };

    it('is right, and says whose it is', async () => {
      const directory = open();
      expect(await directory.authenticate('town', ...right('ann'))).toEqual({
        accepted: true,
        pseudonyms: [pseudonyms.ann],
      });
      // Names of accounts compare without case; the connection that looked it up is still the reader's.
      expect(await directory.authenticate('town', 'ANN', passwordOf('ann'))).toMatchObject({ accepted: true });
      expect(await directory.person('town', pseudonyms.ann)).toMatchObject({ groups: groupsOfAnn });
    });

    it('of an account without a pseudonym belongs to nobody', async () => {
      const nameless = { base: people, attribute: 'carLicense', loginAttribute: 'uid' };
      expect(await open({ people: nameless }).authenticate('town', ...right('ann'))).toEqual({
        accepted: true,
        pseudonyms: [],
      });
    });

    it.each([
      ['another', 'ann', 'another'],
      ['that of somebody else', 'ann', passwordOf('bob')],
      ['in other case', 'ann', passwordOf('ann').toUpperCase()],
      ['with more behind it', 'ann', `${passwordOf('ann')}\0`],
      // [RFC4513-5.1.2] Would bind nobody, successfully.
      ['an empty one', 'ann', ''],
      ['of the reader, whose name is none of a person', 'reader', reader.password],
    ])('is wrong: %s', async (_what, login, password) => {
      expect(await open().authenticate('town', login, password)).toEqual(wrong);
    });

    it.each(['nobody', '', '*', 'an*', '*)(uid=*', 'ann)(objectClass=*', 'ann,ou=people', '\\61nn', 'ann\0'])(
      'belongs to the name %j and to no other',
      async login => {
        expect(await open().authenticate('town', login, passwordOf('ann'))).toEqual(wrong);
      },
    );

    it('cannot be judged where one login stands in two places', async () => {
      const twice = { base: people, attribute: 'employeeNumber', loginAttribute: 'employeeNumber' };
      await expect(
        open({ people: twice }).authenticate('town', pseudonyms.twins, passwordOf('twin-1')),
      ).rejects.toThrow('stands in two entries');
    });

    it('is not judged by a base that is not there, or by a reader that may not bind', async () => {
      const elsewhere = { base: `ou=elsewhere,${people}`, attribute: 'employeeNumber', loginAttribute: 'uid' };
      await expect(open({ people: elsewhere }).authenticate('town', ...right('ann'))).rejects.toThrow(Unavailable);
      await expect(open({ bindPassword: 'another-password' }).authenticate('town', ...right('ann'))).rejects.toThrow(
        Unavailable,
      );
    });

    it('is judged again after the server was away, and by nobody while it is', async () => {
      const directory = open();
      expect(await directory.authenticate('town', ...right('ann'))).toMatchObject({ accepted: true });
      await meeting.stop();
      await expect(directory.authenticate('town', ...right('ann'))).rejects.toThrow(Unavailable);
      await meeting.start();
      expect(await directory.authenticate('town', ...right('ann'))).toMatchObject({ accepted: true });
      expect(await directory.authenticate('town', 'ann', 'another')).toEqual(wrong);
    });

    it.each(['swallow', 'drip'] as const)('costs at most the deadline when the server is slow (%s)', async mode => {
      const proxy = await startProxy(meeting.port);
      try {
        const servers = [new URL(`ldaps://localhost:${proxy.port}`)];
        const directory = open({ servers, timeoutMs: 400 });
        // With a connection of the reader that still works.
        expect(await directory.authenticate('town', ...right('ann'))).toMatchObject({ accepted: true });
        proxy.mode = mode;
        const before = performance.now();
        await expect(directory.authenticate('town', ...right('ann'))).rejects.toThrow(Unavailable);
        expect(performance.now() - before).toBeLessThan(900);
      } finally {
        await proxy.close();
      }
    });
  });

  describe('when the server goes away and comes back', () => {
    it('never asks unbound: all groups again, or an error', async () => {
      const directory = open();
      expect(await directory.person('town', pseudonyms.ann)).toMatchObject({ groups: groupsOfAnn });
      await meeting.stop();
      await expect(directory.person('town', pseudonyms.ann)).rejects.toThrow(Unavailable);
      await meeting.start();
      expect(await directory.person('town', pseudonyms.ann)).toMatchObject({ groups: groupsOfAnn });
    });

    it('gives every login in the middle of it all groups or none', async () => {
      const directory = open();
      const answers: unknown[] = [];
      const login = async (): Promise<void> => {
        answers.push(await directory.person('town', pseudonyms.ann).catch((error: unknown) => error));
      };
      const logins = Array.from({ length: 12 }, login);
      await meeting.stop();
      logins.push(...Array.from({ length: 6 }, login));
      await meeting.start();
      logins.push(...Array.from({ length: 12 }, login));
      await Promise.all(logins);
      expect(answers).toHaveLength(30);
      for (const answer of answers) {
        if (!(answer instanceof Unavailable)) expect(answer).toMatchObject({ found: true, groups: groupsOfAnn });
      }
      expect(await directory.person('town', pseudonyms.ann)).toMatchObject({ groups: groupsOfAnn });
    });
  });
}
