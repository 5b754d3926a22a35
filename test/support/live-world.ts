// Open sessions in this process: real store, policies and decisions; the concentrators answer as a test tells them to, and the
// clock is moved by hand. Sessions are opened by admission and moved by accounting, as they are in the gateway.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DecisionRecord } from '../../gateway/audit/record.ts';
import { accountingRequest } from '../../gateway/flows/accounting-request.ts';
import { type Admission, type AdmissionPorts, admit } from '../../gateway/flows/admission.ts';
import { keepUntilEnd } from '../../gateway/flows/device-place.ts';
import { watchKey } from '../../gateway/flows/key-used-twice.ts';
import { dueWatch } from '../../gateway/flows/due-sessions.ts';
import type { JudgementPorts } from '../../gateway/flows/redecision-judgement.ts';
import { openRedecision, type Redecision } from '../../gateway/flows/redecision.ts';
import { type RulesWave, rulesWave, type WaveLimits } from '../../gateway/flows/rules-wave.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import type { LiveChange, LiveChangeAnswer } from '../../gateway/pdp/live-change.ts';
import type { Nas } from '../../gateway/pdp/nas.ts';
import type { DeviceEntry } from '../../gateway/pdp/register.ts';
import type { AccountingEvent, Session } from '../../gateway/pdp/session.ts';
import { runningSet } from '../../gateway/policy/running-set.ts';
import { compilePolicySet, type PolicyFile } from '../../gateway/policy/policy-set.ts';
import { type Commit, type Countries, type KnownPeople, Unavailable } from '../../gateway/ports.ts';
import { nasProfile } from './nas-profiles.ts';

const check = (name: string, fact: string, must: string, unknown: string) => ({
  path: `checks/${name}.yaml`,
  text: `check: ${name}\nfact: ${fact}\nmust be: ${must}\n${
    fact === 'firewall.active' ? 'report not older than: 4 hours\n' : ''
  }if unknown: ${unknown}\ntext: { en: x, nl: x, fr: x, de: x }\n`,
});
const policy = (device: string, requires: readonly string[]) => ({
  path: `access/${device}.yaml`,
  text: `policy: ${device}\nowner: test\nfor: { device: ${device} }\ngives: office\nsession at most: 8 hours\nrequires:\n${requires
    .map(each => `  - ${each}\n`)
    .join('')}`,
});
/** What runs at first. */
export const files = [
  check('firewall', 'firewall.active', 'yes', 'quarantine'),
  check('in-service', 'device.state', 'active', 'deny'),
  check('person', 'person.proven', 'yes', 'quarantine'),
  check('account', 'person.account', 'active', 'quarantine'),
  check('bound', 'device.binding', 'confirmed or better', 'deny'),
  policy('laptop', ['firewall: { otherwise: quarantine }', 'in-service: { otherwise: deny }']),
  policy('kiosk', ['firewall: { otherwise: quarantine }', 'person: { otherwise: quarantine }']),
  policy('staff-laptop', ['firewall: { otherwise: quarantine }', 'account: { otherwise: quarantine }']),
  check('alone', 'device.live-elsewhere', 'no', 'quarantine'),
  policy('lone-laptop', ['alone: { otherwise: quarantine }']),
  check('travel', 'device.impossible-travel', 'no', 'deny'),
  policy('travelling-laptop', ['travel: { otherwise: quarantine }', 'in-service: { otherwise: deny }']),
  policy('bound-laptop', ['bound: { otherwise: quarantine }']),
  { path: 'degraded.yaml', text: 'no report yet: quarantine\nreport too old: quarantine\n' },
];

const secret = Buffer.from('x');
const nas = (name: string, fields: Partial<Nas> = {}): Nas => ({
  name,
  group: 'vpn',
  tenant: 'town',
  address: '192.0.2.1',
  secret,
  requireMessageAuthenticator: true,
  path: 'plain',
  profile: nasProfile('generic'),
  dynamicAuthorization: { address: '192.0.2.1', port: 3799, secret },
  ...fields,
});
/** `strongswan` only disconnects, `ocserv` takes no change at all. */
const table = {
  vpn: nas('vpn'),
  village: nas('vpn', { tenant: 'village' }),
  strongswan: nas('strongswan', { profile: nasProfile('strongswan') }),
  ocserv: nas('ocserv', { profile: nasProfile('ocserv') }),
} as const;
export type NasName = keyof typeof table;

export interface LiveWorld {
  /** SHA-256 of its key. */
  readonly laptop: string;
  readonly live: Redecision;
  /** For another gateway over the same store. */
  readonly ports: JudgementPorts;
  /** Asked of concentrators, in order. */
  readonly asked: (LiveChange & { readonly nas: string })[];
  /** What the next questions are answered, by then `ack`. */
  readonly answers: (LiveChangeAnswer | Promise<LiveChangeAnswer>)[];
  /** Every count so far, as `name label label`. */
  readonly counted: string[];
  readonly logged: {
    readonly level: string;
    readonly event: string;
    readonly fields: Readonly<Record<string, unknown>>;
  }[];
  readonly fault: { storeDown: boolean; beforeCommit?: (commit: Commit) => Promise<void> };
  /** Of the machine with this key. */
  readonly devices: Map<string, DeviceEntry>;
  readonly now: () => number;
  /** The clock looks once; whatever came due is judged by then, and its concentrator was asked. */
  readonly look: () => Promise<void>;
  readonly wave: RulesWave;
  /** Another policy runs from now on, of these files and no others; over when it has reached the open sessions, or waits. */
  readonly replacePolicy: (
    files: readonly PolicyFile[],
    because?: 'policy-changed' | 'device-register-changed',
  ) => Promise<void>;
  /** Whatever was handed on to be judged has been. */
  readonly followed: () => Promise<void>;
  readonly limits: { -readonly [K in keyof WaveLimits]: WaveLimits[K] };
  /** Wakes whoever waited for that moment. */
  readonly advance: (ms: number) => Promise<void>;
  readonly report: (facts: {
    readonly firewall: boolean;
    readonly device?: string;
    readonly tenant?: string;
  }) => Promise<void>;
  readonly prove: (pseudonym: string) => Promise<void>;
  /** Admitted; the session as decided. */
  readonly open: (admission?: Partial<Omit<Admission, 'nas'>> & { readonly at?: NasName }) => Promise<Session>;
  /** What the concentrator says of it. */
  readonly account: (session: Session, kind: AccountingEvent['kind'], more?: Partial<AccountingEvent>) => Promise<void>;
  readonly session: (session: Session) => Promise<Session>;
  /** Records of live changes, oldest first. */
  readonly changes: () => Promise<readonly DecisionRecord[]>;
}

export async function openLiveStore(): Promise<EmbeddedStore> {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-live-'));
  const store = await openEmbeddedStore({ path: join(directory, 'store.db'), writer: 'gateway-1' });
  return {
    ...store,
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Its laptop is its own, so that worlds may share a store. `people`, `countries`: absent when there is no directory, no country file. */
export function makeLiveWorld(
  embedded: EmbeddedStore,
  people?: KnownPeople,
  countries?: Countries,
  more: readonly PolicyFile[] = [],
): LiveWorld {
  const laptop = randomBytes(32).toString('hex');
  const compiled = compilePolicySet([...files, ...more]);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  let { set } = compiled;
  let now = 1_800_000_000_000;
  let sequence = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const fault: LiveWorld['fault'] = { storeDown: false };
  const [asked, answers, counted, logged]: [LiveWorld['asked'], LiveWorld['answers'], string[], LiveWorld['logged']] = [
    [],
    [],
    [],
    [],
  ];
  const devices = new Map<string, DeviceEntry>([[laptop, { class: 'laptop', state: 'active' }]]);
  const store: EmbeddedStore = {
    ...embedded,
    commit: async commit => {
      await fault.beforeCommit?.(commit);
      if (fault.storeDown) throw new Unavailable('made to fail');
      return embedded.commit(commit);
    },
    session: async (tenant, id) => {
      if (fault.storeDown) throw new Unavailable('made to fail');
      return embedded.session(tenant, id);
    },
  };
  const log =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void logged.push({ level, event, fields });
  const ports: AdmissionPorts = {
    store,
    clock: { now: () => now },
    random: { bytes: count => new Uint8Array(randomBytes(count)) },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    meter: {
      count: (name, labels) => void counted.push([name, ...Object.values(labels ?? {})].join(' ')),
      observe: () => undefined,
      gauge: () => undefined,
    },
    ticketKey: randomBytes(32),
    ...(people === undefined ? {} : { people }),
    ...(countries === undefined ? {} : { countries }),
    tenant: () => ({
      policy: runningSet(set),
      register: { devices, groupsByPerson: new Map(), groupsByProfile: new Map() },
      identify: () => {
        throw new Error('nobody shows a certificate here');
      },
    }),
  };
  const nasNamed = (tenant: string, name: string) =>
    Object.values(table).find(each => each.tenant === tenant && each.name === name);
  const limits: LiveWorld['limits'] = { perSecond: 1_000, endShare: 0.1, endCount: 20 };
  const soon = async () => undefined;
  const wave = rulesWave({ ...ports, nasNamed, limits, wait: soon }, 'town');
  const judging = {
    ...ports,
    nasNamed,
    heldTo: wave.heldTo,
    dynamicAuthorization: {
      ask: async (at: Nas, change: LiveChange): Promise<LiveChangeAnswer> => {
        asked.push({ ...change, nas: at.name });
        return (await answers.shift()) ?? { answer: 'ack' };
      },
    },
  } satisfies JudgementPorts;
  const live = openRedecision({ ...judging, wait: ms => new Promise(wake => sleepers.push({ at: now + ms, wake })) });
  const following = new Set<Promise<void>>();
  const redecide: Redecision['redecide'] = concern => {
    const done = live.redecide(concern).finally(() => following.delete(done));
    following.add(done);
    return done;
  };
  const followed = async () => {
    while (following.size > 0) await Promise.all(following);
  };
  const lookForDue = dueWatch({ ...ports, redecide, wait: soon }, 'town');
  const sessionMoved = (moved: Session) => {
    void watchKey({ ...ports, redecide: live.redecide }, moved);
    void keepUntilEnd(ports, moved);
  };
  const session: LiveWorld['session'] = async ({ tenant, id }) => {
    const found = await embedded.session(tenant, id);
    if (found === undefined) throw new Error(`no session ${id}`);
    return found;
  };
  return {
    laptop,
    live,
    ports: judging,
    asked,
    answers,
    counted,
    logged,
    fault,
    devices,
    now: () => now,
    look: async () => {
      await lookForDue();
      await followed();
    },
    wave,
    limits,
    replacePolicy: async (anew, because = 'policy-changed') => {
      const next = compilePolicySet(anew);
      if ('problems' in next) throw new Error(JSON.stringify(next.problems));
      const before = ports.tenant('town');
      ({ set } = next);
      await wave.begin(because, before, redecide);
      await followed();
    },
    followed,
    advance: async ms => {
      now += ms;
      const due = sleepers.filter(({ at }) => at <= now);
      sleepers = sleepers.filter(({ at }) => at > now);
      for (const { wake } of due) wake();
      // Whoever was woken has gone to the store by then.
      await new Promise(resolve => setTimeout(resolve, 50));
    },
    report: async ({ firewall, device = laptop, tenant = 'town' }) => {
      const facts = {
        'firewall.active': { value: firewall, source: 'test', observedAt: now },
        'report.age': { value: now, source: 'test', observedAt: now },
      };
      const named = { tenant, device, deviceName: 'lt-1', reportId: `r-${++sequence}`, reportDigest: 'aa'.repeat(32) };
      await embedded.commit({ tenant, at: now, attestation: { ...named, sequence, receivedAt: now, facts } });
    },
    prove: async pseudonym => {
      const until = { certificateNotAfter: now + 1e9, provenAt: now, expiresAt: now + 1e8 };
      const who = { profile: 'eid', pseudonym, name: 'P', assurance: 'high' as const };
      await embedded.commit({ tenant: 'town', at: now, person: { tenant: 'town', device: laptop, ...who, ...until } });
    },
    open: async ({ at = 'vpn', ...fields } = {}) => {
      const admitted = await admit(ports, {
        nas: table[at],
        way: 'eap-tls-machine',
        userName: `u-${++sequence}`,
        callingStationId: '192.0.2.77',
        device: { key: laptop, name: 'lt-1', certificateNotAfter: now + 1e10 },
        binding: 'one-conversation',
        traceId: 'ab'.repeat(16),
        ...fields,
      });
      if (!('session' in admitted)) throw new Error(admitted.conflict);
      return admitted.session;
    },
    account: async ({ id, tenant, nas: name, userName, callingStationId }, kind, more = {}) => {
      const at = Object.values(table).find(each => each.tenant === tenant && each.name === name);
      if (at === undefined) throw new Error(`no NAS ${name}`);
      const event = { kind, acctSessionId: `a-${id}`, at: now, ...more };
      const said = await accountingRequest(
        { ...ports, sessionMoved },
        { nas: at, sessionId: id, userName, callingStationId, event },
      );
      if (said !== 'recorded') throw new Error(said.refused);
    },
    session,
    changes: async () =>
      (await embedded.decisions({ tenant: 'town', limit: 500 }))
        .filter(each => each.kind === 'change' && each.device === laptop)
        .reverse(),
  };
}
