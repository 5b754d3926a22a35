// The commands that act on a running gateway, against a real operator API over a real store: what is told, recorded and asked.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as person } from '../../gateway/cli/person.ts';
import type { Surroundings } from '../../gateway/cli/read-client.ts';
import { run as session } from '../../gateway/cli/session.ts';
import { operatorAct } from '../../gateway/flows/operator-act.ts';
import { reveal } from '../../gateway/flows/operator-reveal.ts';
import { sessionDisconnect } from '../../gateway/flows/operator-session-disconnect.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { openLog } from '../../gateway/io/log.ts';
import { openMeter } from '../../gateway/io/meter.ts';
import { listenOperatorApi, type OperatorApi } from '../../gateway/io/operator-api.ts';
import { systemRandom } from '../../gateway/io/system.ts';
import type { SessionChange } from '../../gateway/contract/change.ts';
import type { DirectoryAnswer } from '../../gateway/pdp/directory.ts';
import { Unavailable } from '../../gateway/ports.ts';
import { now, session as sampleSession } from '../contracts/admission-store-samples.ts';

const pseudonym = `k1-${'a'.repeat(26)}`;
const known: DirectoryAnswer = { found: true, groups: ['staff'], disabled: false, displayName: 'An Peeters' };
const why = ['--reason', 'The laptop was reported lost'];

let directory: string;
let store: EmbeddedStore;
let api: OperatorApi;
let answer: Pick<SessionChange, 'state' | 'word'> = { state: 'acknowledged' };
/** What the directory says, or that it is silent. */
let found: DirectoryAnswer | Unavailable = known;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluis-operator-'));
  store = await openEmbeddedStore({ path: join(directory, 'sluis.db'), writer: 'gateway-1' });
  const live = sampleSession('S-1', { state: 'started' });
  await store.commit({ tenant: 'town', at: now, session: { session: live, expectedVersion: 0 } });
  const meter = openMeter();
  const log = openLog({ gateway: 'g', level: 'silent' });
  const ports = { store, clock: { now: () => now }, random: systemRandom, meter, log };
  const lookUp = async () => {
    if (found instanceof Unavailable) throw found;
    return found;
  };
  api = await listenOperatorApi({
    address: '127.0.0.1',
    port: 0,
    tokens: [
      { token: 'token-of-the-reader', tenant: 'town', name: 'reader', rights: ['read'] },
      { token: 'token-of-the-guard', tenant: 'town', name: 'guard', rights: ['session', 'reveal'] },
    ],
    store,
    acts: {
      'session-disconnect': operatorAct({ ...ports, disconnect: async () => answer }, sessionDisconnect),
      reveal: operatorAct({ ...ports, directory: { person: lookUp } }, reveal),
    },
    meterText: async () => '',
    health: () => ({ ready: true, reasons: [] }),
    log,
  });
  for (const who of ['reader', 'guard'])
    await writeFile(join(directory, who), `token-of-the-${who}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await api.close();
  await store.close();
  await rm(directory, { recursive: true });
});

type Command = (args: readonly string[], around: Surroundings) => Promise<number>;

async function run(command: Command, who: 'reader' | 'guard', ...args: readonly string[]) {
  let [output, errors] = ['', ''];
  const url = `http://127.0.0.1:${api.port}`;
  const code = await command([...args, '--url', url, '--token-file', join(directory, who)], {
    write: text => (output += text),
    writeError: text => (errors += text),
  });
  return { code, output, errors };
}
const lastRecord = async () => (await store.decisions({ tenant: 'town', limit: 1 }))[0];

describe('session disconnect', () => {
  it('has the session ended and says how far that came', async () => {
    expect(await run(session, 'guard', 'disconnect', 'S-1', ...why)).toEqual({
      code: 0,
      output: 'The concentrator was asked to end the session: acknowledged\n',
      errors: '',
    });
    expect((await lastRecord())?.act).toMatchObject({ operator: 'guard', reason: 'The laptop was reported lost' });
  });

  it('ends with 1 when the concentrator would not', async () => {
    answer = { state: 'refused', word: 'session-context-not-found' };
    const { code, output } = await run(session, 'guard', 'disconnect', 'S-1', ...why, '--json');
    expect([code, JSON.parse(output)]).toEqual([1, answer]);
  });

  it('names the right that is missing, and who gives it', async () => {
    const { code, errors } = await run(session, 'reader', 'disconnect', 'S-1', ...why);
    expect(code).toBe(1);
    expect(errors).toContain('has not the right "session"');
    expect(errors).toContain('operator-api: operators: … rights: [session]');
    expect(await lastRecord()).toMatchObject({ reasons: ['right-missing'], act: { operator: 'reader' } });
  });

  it('wants a reason before it asks anybody', async () => {
    const before = await lastRecord();
    for (const reason of [[], ['--reason', 'lost'], ['--reason', 'x'.repeat(501)]]) {
      const { code, errors } = await run(session, 'guard', 'disconnect', 'S-1', ...reason);
      expect(code).toBe(2);
      expect(errors).toContain('Say why with --reason, in 10 to 500 characters');
    }
    expect(await lastRecord()).toEqual(before);
  });

  it('tells of a session that is not there, and of an id that is none', async () => {
    expect((await run(session, 'guard', 'disconnect', 'S-9', ...why)).errors).toMatch(/^session-unknown: /);
    expect((await run(session, 'guard', 'disconnect', '85073003328', ...why)).errors).toMatch(/^request-malformed: /);
    expect(JSON.stringify(await lastRecord())).not.toContain('85073003328');
  });
});

describe('person reveal', () => {
  it('shows the name in the directory, and is recorded', async () => {
    const { code, output } = await run(person, 'guard', 'reveal', pseudonym, ...why);
    expect([code, output]).toEqual([0, `pseudonym  ${pseudonym}\nname       An Peeters\naccount    active\n`]);
    expect(await lastRecord()).toMatchObject({
      kind: 'act',
      outcome: 'done',
      person: pseudonym,
      act: { operator: 'guard', what: 'reveal: the name in the directory' },
    });
    expect(JSON.stringify(await lastRecord())).not.toContain('Peeters');
  });

  it.each<[string, DirectoryAnswer | Unavailable, string, number]>([
    ['nobody', { found: false }, 'person-unknown', 1],
    ['nothing at all', new Unavailable('made to be silent'), 'directory-unavailable', 2],
  ])('when the directory says %s: says so, and is recorded', async (_, says, word, code) => {
    found = says;
    const told = await run(person, 'guard', 'reveal', pseudonym, ...why);
    found = known;
    expect(told).toMatchObject({ code, output: '' });
    expect(told.errors.startsWith(`${word}: `)).toBe(true);
    expect(await lastRecord()).toMatchObject({ kind: 'act', reasons: [word], person: pseudonym });
  });

  it.each([
    ['An 85.07.30-033.28', 'An [national-number]'],
    [undefined, undefined],
  ])('never shows a national number that stands in the name "%s"', async (displayName, shown) => {
    found = { found: true, groups: [], disabled: true, ...(displayName === undefined ? {} : { displayName }) };
    const { output } = await run(person, 'guard', 'reveal', pseudonym, ...why, '--json');
    found = known;
    expect(JSON.parse(output)).toEqual({
      person: pseudonym,
      account: 'disabled',
      ...(shown === undefined ? {} : { displayName: shown }),
    });
  });

  it('takes nothing but a pseudonym', async () => {
    for (const typed of ['85073003328', 'a'.repeat(26), `${pseudonym}x`]) {
      expect((await run(person, 'guard', 'reveal', typed, ...why)).errors).toMatch(/^request-malformed: /);
    }
    for (const args of [[], ['reveal'], ['reveal', 'a', 'b'], ['show', pseudonym]]) {
      expect(await run(person, 'guard', ...args, ...why)).toMatchObject({ code: 2, output: '' });
    }
  });
});

// Last: it takes the store away for good.
it('shows no name that cannot be recorded', async () => {
  await store.close();
  const told = await run(person, 'guard', 'reveal', pseudonym, ...why);
  expect(told).toMatchObject({ code: 2, output: '' });
  expect(told.errors).toMatch(/^store-unavailable: /);
});
