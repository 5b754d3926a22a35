// A directory that is slow, lies about who is bound, or loses its mind in the middle: each costs at most its deadline and
// gives no groups that are not the person's.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DirectorySettings } from '../../gateway/directory-config.ts';
import { knownPeople } from '../../gateway/io/directory-cache.ts';
import { type LdapDirectory, ldapDirectory } from '../../gateway/io/directory-ldap.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { type DirectoryMeeting, groupsOfAnn, settingsFor } from '../contracts/directory.ts';
import { pseudonyms } from '../contracts/directory-people.ts';
import { describeWith } from '../support/programs.ts';
import { type Proxy, startProxy } from './directory-proxy.ts';
import { startSlapd } from './directory-slapd.ts';
import { type StandIn, startStandIn } from './directory-standin.ts';

const nothing = () => undefined;
const silentMeter = { count: nothing, observe: nothing, gauge: nothing };
const silentLog = { info: nothing, warn: nothing, error: nothing };
const { ann } = pseudonyms;

describe('a directory that misbehaves', () => {
  let server: StandIn;
  let proxy: Proxy;
  const opened: LdapDirectory[] = [];
  const open = (changes: Partial<DirectorySettings> = {}): LdapDirectory => {
    const directory = ldapDirectory(settingsFor(server, changes));
    opened.push(directory);
    return directory;
  };
  beforeAll(async () => {
    server = await startStandIn();
    proxy = await startProxy(server.port);
  });
  afterEach(() => {
    Object.assign(server.behaves, {
      bindsNobody: false,
      forgetsBeforeSearch: false,
      knowsNoWhoAmI: false,
      hidesBases: false,
      closesAfterSearches: 0,
      ignoresSearches: false,
    });
    proxy.mode = 'pass';
    for (const directory of opened.splice(0)) directory.close();
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });

  it('is never asked about anybody on a connection that it takes for nobody [RFC4513-5.1.2]', async () => {
    server.behaves.bindsNobody = true;
    const before = server.seen.searches;
    await expect(open().person('town', ann)).rejects.toThrow('takes us for nobody');
    expect(server.seen.searches).toBe(before);
  });

  it('is believed without "who am I" when the bind succeeded on this very socket', async () => {
    server.behaves.knowsNoWhoAmI = true;
    expect(await open().person('town', ann)).toMatchObject({ groups: groupsOfAnn });
  });

  it('is not believed when it finds nothing after it forgot who asked', async () => {
    const directory = open();
    server.behaves.forgetsBeforeSearch = true;
    await expect(directory.person('town', 'QNOBODY7')).rejects.toThrow(Unavailable);
    await expect(directory.person('town', pseudonyms.dirk)).rejects.toThrow(Unavailable);
  });

  it('is not believed when the base is gone', async () => {
    const directory = open();
    await directory.person('town', ann);
    server.behaves.hidesBases = true;
    await expect(directory.person('town', ann)).rejects.toThrow(Unavailable);
  });

  it('that hangs up between two searches of one look-up gives no half of the groups', async () => {
    server.behaves.closesAfterSearches = 2;
    const before = server.seen.anonymousSearches;
    await expect(open().person('town', ann)).rejects.toThrow(Unavailable);
    // Not even the library's own new connection, which would have asked as nobody, came to be.
    expect(server.seen.anonymousSearches).toBe(before);
  });

  it('that hung up on an idle connection is asked again on a new one, bound', async () => {
    const directory = open({ connections: 1 });
    await directory.person('town', ann);
    const { connections, binds } = { ...server.seen };
    await server.stop();
    await server.start();
    expect(await directory.person('town', ann)).toMatchObject({ groups: groupsOfAnn });
    expect(server.seen.connections - connections).toBe(1);
    expect(server.seen.binds - binds).toBe(1);
  });

  it.each(['swallow', 'drip'] as const)('costs its deadline at most when its octets are met with: %s', async mode => {
    proxy.mode = mode;
    const directory = open({ servers: [new URL(`ldaps://localhost:${proxy.port}`)], timeoutMs: 400 });
    const startedAt = performance.now();
    await expect(directory.person('town', ann)).rejects.toThrow(Unavailable);
    expect(performance.now() - startedAt).toBeLessThan(900);
  });

  it('costs its deadline at most when it falls silent after the bind, on a warm connection too', async () => {
    const directory = open({ timeoutMs: 400 });
    await directory.person('town', ann);
    server.behaves.ignoresSearches = true;
    const startedAt = performance.now();
    await expect(directory.person('town', ann)).rejects.toThrow('no answer in time');
    expect(performance.now() - startedAt).toBeLessThan(900);
    server.behaves.ignoresSearches = false;
    expect(await directory.person('town', ann)).toMatchObject({ groups: groupsOfAnn });
  });

  it('is asked over no more connections than configured, and nobody waits for one beyond the deadline', async () => {
    const directory = open({ servers: [new URL(`ldaps://localhost:${proxy.port}`)], connections: 2, timeoutMs: 400 });
    proxy.mode = 'swallow';
    const before = proxy.connections();
    const startedAt = performance.now();
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => directory.person('town', ann)));
    expect(all.every(({ status }) => status === 'rejected')).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(proxy.connections() - before).toBeLessThanOrEqual(4);
  });

  it('rejects at once after it was closed', async () => {
    const directory = open();
    directory.close();
    await expect(directory.person('town', ann)).rejects.toThrow(Unavailable);
  });
});

/** One look-up of Ann: herself; then her groups, theirs, those of these, and the circle back to the first. */
const searchesForAnn = 1 + 4;

function singleFlight(meet: () => Promise<DirectoryMeeting>): void {
  it('is asked once for a hundred logins of one person', async () => {
    const server = await meet();
    const directory = ldapDirectory(settingsFor(server));
    try {
      const people = knownPeople({
        directory,
        clock: { now: () => 1_800_000_000_000 },
        cacheMs: 300_000,
        meter: silentMeter,
        log: silentLog,
      });
      const answers = await Promise.all(Array.from({ length: 100 }, () => people.person('town', ann, 5_000)));
      for (const { last, unanswered } of answers) {
        expect(unanswered).toBeUndefined();
        expect(last?.answer).toMatchObject({ groups: groupsOfAnn });
      }
      await expect.poll(server.searches).toBe(searchesForAnn);
    } finally {
      directory.close();
      await server.close();
    }
  });
}

describe('one look-up per person in flight, by the stand-in', () => {
  singleFlight(startStandIn);
});
describeWith('slapd', 'one look-up per person in flight, by the log of slapd', slapd => {
  singleFlight(() => startSlapd(slapd));
});
