// The gateway's RADIUS side in this process: real store, TLS threads, policies and certificates; datagrams are handed to
// the flow directly, the clock is moved by hand, and the store can be made to fail. Two tenants share it all.

import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTestCa, type TestCa } from '../../gateway/cli/demo/test-ca.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { Conversations } from '../../gateway/eap/conversations.ts';
import { defaultEapLimits } from '../../gateway/eap/limits.ts';
import type { Tenant } from '../../gateway/flows/admission.ts';
import type { Ongoing } from '../../gateway/flows/eap-conversation.ts';
import { nasSightings } from '../../gateway/flows/nas-sightings.ts';
import { type RadiusHandler, type RadiusPorts, radiusRequest } from '../../gateway/flows/radius-request.ts';
import { rejectDelay } from '../../gateway/flows/reject-delay.ts';
import { type GateLimits, requestGate } from '../../gateway/flows/request-gate.ts';
import { strangers } from '../../gateway/flows/strangers.ts';
import { identify } from '../../gateway/identity/identify.ts';
import { readProfile } from '../../gateway/identity/profile.ts';
import type { PseudonymKeys } from '../../gateway/identity/pseudonym.ts';
import { ticketHandle, ticketKey, ticketLifeMs, ticketSecret } from '../../gateway/identity/ticket.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { readPolicyFiles } from '../../gateway/io/policy-files.ts';
import { recordSealing } from '../../gateway/io/record-sealing.ts';
import { startTlsEngine } from '../../gateway/io/tls-engine.ts';
import { type Nas, nasTable } from '../../gateway/pdp/nas.ts';
import type { DeviceEntry } from '../../gateway/pdp/register.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import { compilePolicySet } from '../../gateway/policy/policy-set.ts';
import { type Countries, type Ticket, Unavailable } from '../../gateway/ports.ts';
import { type Attribute, type Attributes, attribute, first } from '../../gateway/radius/attributes.ts';
import { verifyReply } from '../../gateway/radius/authenticator.ts';
import { accountingRequest, passwordRequest } from '../../gateway/radius/client-requests.ts';
import { decode, type Packet } from '../../gateway/radius/packet.ts';
import { recentRequests } from '../../gateway/radius/duplicates.ts';
import { nasProfile } from './nas-profiles.ts';

const policies = fileURLToPath(new URL('../lab/policies', import.meta.url));
const identityFolder = fileURLToPath(new URL('../../policies/identity/', import.meta.url));

export const radiusSecret = Buffer.from('posture-lab-secret');
/** A NAS by its source address. `village` has concentrators of the same names as `town`. */
export const nasAddress = {
  vpn: '192.0.2.1',
  /** The second concentrator of the same group. */
  standby: '192.0.2.2',
  wifi: '192.0.2.3',
  ocserv: '192.0.2.4',
  excused: '192.0.2.5',
  strongswan: '192.0.2.6',
  villageVpn: '198.51.100.1',
} as const;

const nas = (address: string, name: string, group: string, fields: Partial<Nas> = {}): Nas => ({
  name,
  group,
  address,
  tenant: 'town',
  secret: radiusSecret,
  requireMessageAuthenticator: true,
  path: 'plain',
  profile: nasProfile('generic'),
  ...fields,
});
const table: readonly Nas[] = [
  nas(nasAddress.vpn, 'vpn-1', 'vpn'),
  nas(nasAddress.standby, 'vpn-2', 'vpn'),
  nas(nasAddress.wifi, 'wifi', 'wifi'),
  nas(nasAddress.ocserv, 'ocserv', 'ocserv', { profile: nasProfile('ocserv') }),
  nas(nasAddress.excused, 'excused', 'vpn', { requireMessageAuthenticator: false }),
  nas(nasAddress.strongswan, 'strongswan', 'strongswan', {
    profile: nasProfile('strongswan'),
    dynamicAuthorization: { address: nasAddress.strongswan, port: 3799, secret: radiusSecret },
  }),
  nas(nasAddress.villageVpn, 'vpn-1', 'vpn', { tenant: 'village' }),
];

const often = { perSecond: 1_000_000, burst: 1_000_000 };
/** Of a gateway that is not busy. */
export const roomyLimits: GateLimits = {
  inWork: 256,
  waiting: 8_192,
  conversations: 1_000,
  nasLogins: often,
  callerLogins: often,
};

/** No policy is for this class: such a device is denied. */
export const unwantedDevice = 'f0'.repeat(32);
/** The second machine of the test authority. */
const unwantedName = 'laptop-2.test.example';
export const goodDevice = 'd1'.repeat(32);
export const caller = '192.0.2.77';

export interface RadiusWorld {
  readonly ports: RadiusPorts;
  readonly store: EmbeddedStore;
  readonly ca: TestCa;
  readonly handlers: Readonly<Record<'authentication' | 'accounting', RadiusHandler>>;
  /** Every count so far, as `name label label`. */
  readonly counted: string[];
  readonly now: () => number;
  readonly advance: (ms: number) => void;
  /** While set, whatever writes to the store finds it down. */
  readonly fault: { storeDown: boolean; storeConflicts: boolean; unfit: readonly string[] };
  /** A ticket in the store; what its owner was given. */
  readonly ticket: (fields?: Partial<Ticket>) => Promise<{ readonly handle: string; readonly secret: string }>;
  readonly close: () => Promise<void>;
}

/** `countries`: absent when there is no country file. */
export async function makeRadiusWorld({ countries }: { readonly countries?: Countries } = {}): Promise<RadiusWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-radius-'));
  let now = Date.now();
  const ca = await makeTestCa(now);
  const store = await openEmbeddedStore({ path: join(directory, 'store.db'), writer: 'gateway-1' });
  const settings = { certificatePem: ca.server.chainPem, keyPem: ca.server.privateKeyPem };
  const tls = await startTlsEngine({ settings, workers: 1 });
  const fault: RadiusWorld['fault'] = { storeDown: false, storeConflicts: false, unfit: [] };
  const counted: string[] = [];
  const nothing = () => undefined;
  const tenants: Readonly<Record<string, Tenant>> = { town: tenantOf('town', ca), village: tenantOf('village', ca) };
  const around = {
    store: failing(store, fault),
    clock: { now: () => now },
    random: { bytes: (count: number) => new Uint8Array(randomBytes(count)) },
    log: { info: nothing, warn: nothing, error: nothing },
    meter: {
      count: (name: string, labels?: Readonly<Record<string, string>>) =>
        void counted.push([name, ...Object.values(labels ?? {})].join(' ')),
      observe: nothing,
      gauge: nothing,
    },
  };
  const conversations = new Conversations<Ongoing>({ instance: 'gw1', maxConversations: 1000 });
  const ports: RadiusPorts = {
    ...around,
    gate: requestGate({ ...around, conversations }, roomyLimits),
    // At once: what is tested here is what is answered.
    rejects: rejectDelay({ ...around, wait: async () => undefined }, 0),
    sightings: nasSightings(around),
    strangers: strangers(around, table),
    ...(countries === undefined ? {} : { countries }),
    ticketKey: ticketKey(randomBytes(32)),
    sealing: recordSealing(randomBytes(32)),
    tenant: name => {
      const found = tenants[name];
      if (found === undefined) throw new Error(`no tenant ${name}`);
      return found;
    },
    tls,
    conversations,
    limits: defaultEapLimits,
    unfit: () => fault.unfit,
    nasOf: nasTable(table),
    recent: recentRequests(),
  };
  return {
    ports,
    store,
    ca,
    handlers: {
      authentication: radiusRequest(ports, 'authentication'),
      accounting: radiusRequest({ ...ports, recent: recentRequests() }, 'accounting'),
    },
    counted,
    now: () => now,
    advance: ms => {
      now += ms;
    },
    fault,
    ticket: async fields => {
      const tenant = fields?.tenant ?? 'town';
      const handle = fields?.handle ?? ticketHandle(randomBytes(10));
      await store.putTicket({
        tenant,
        handle,
        device: goodDevice,
        deviceName: 'lt-1.example',
        deviceCertificateNotAfter: now + 100 * 86_400_000,
        binding: 'ticket',
        traceId: randomBytes(16).toString('hex'),
        issuedAt: now,
        expiresAt: now + ticketLifeMs,
        ...fields,
      });
      return { handle, secret: ticketSecret(ports.ticketKey, tenant, handle) };
    },
    close: async () => {
      await tls.stop();
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function tenantOf(name: string, ca: TestCa): Tenant {
  const read = readPolicyFiles(policies);
  const compiled = 'problems' in read ? read : compilePolicySet(read.files);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  const { set } = compiled;
  const profiles = ['machine', 'be-eid-test'].map(id => {
    const text = readFileSync(join(identityFolder, `${id}.yaml`), 'utf8');
    const profile = readProfile(text, id, path => Buffer.from(ca.files.get(path) ?? ''), { environment: 'test' });
    if ('problems' in profile) throw new Error(JSON.stringify(profile.problems));
    return profile.profile;
  });
  const pseudonymKeys: PseudonymKeys = [{ id: 'k1', key: randomBytes(32) }];
  const managed: DeviceEntry = { class: 'managed-laptop', state: 'active' };
  return {
    policy: { hash: set.hash, evaluate: (subject, facts, at) => evaluate(set, subject, facts, at) },
    register: {
      devices: new Map([unwantedDevice, unwantedName].map(key => [key, { class: 'private-pc', state: 'active' }])),
      unlisted: managed,
      groupsByPerson: new Map(),
      groupsByProfile: new Map(),
    },
    identify: (chain, at) => identify(chain, profiles, { tenant: name, pseudonymKeys, now: at }),
  };
}

function failing(
  store: EmbeddedStore,
  fault: { readonly storeDown: boolean; readonly storeConflicts: boolean },
): EmbeddedStore {
  return {
    ...store,
    commit: async commit => {
      if (fault.storeDown) throw new Unavailable('made to fail');
      const lost = fault.storeConflicts && commit.session !== undefined;
      return lost ? { committed: false, conflict: 'version-conflict' } : store.commit(commit);
    },
  };
}

export interface Asked {
  /** Source address; the first concentrator of `town` when absent. */
  readonly from?: string;
  readonly sourcePort?: number;
  readonly port?: 'authentication' | 'accounting';
}

/** The reply, verified as that concentrator would; silence is `undefined`. */
export async function ask(world: RadiusWorld, request: Uint8Array, asked: Asked = {}): Promise<Packet | undefined> {
  const { from = nasAddress.vpn, sourcePort = randomInt(1024, 65_536), port = 'authentication' } = asked;
  const octets = await world.handlers[port](request, { address: from, port: sourcePort, socket: port });
  if (octets === undefined) return undefined;
  const [reply, sent] = [decode(octets), decode(request)];
  if (isRefused(reply) || isRefused(sent)) throw new Error('the flow answered in octets that are no packet');
  const verified = verifyReply(reply, sent, radiusSecret);
  if (isRefused(verified)) throw new Error(`the reply is not signed: ${verified.refused}`);
  return reply;
}

/** What a concentrator copies from the Accept into its accounting. */
export function classOf(reply: Packet | undefined): Attribute {
  const octets = reply && first(reply.attributes, 'Class');
  if (octets === undefined) throw new Error('the reply has no Class');
  return attribute('Class', octets);
}

export function pap(
  { handle, secret }: { readonly handle: string; readonly secret: string },
  { callingStationId = caller, messageAuthenticator = true, attributes = [] as Attributes } = {},
): Uint8Array {
  return passwordRequest({
    identifier: randomInt(256),
    authenticator: randomBytes(16),
    secret: radiusSecret,
    userName: handle,
    password: secret,
    attributes: [attribute('Calling-Station-Id', callingStationId), ...attributes],
    messageAuthenticator,
  });
}

export function accounting(
  status: 'start' | 'stop' | 'interim' | 'on' | 'off',
  acctSessionId: string,
  attributes: Attributes = [],
): Uint8Array {
  return accountingRequest({ identifier: randomInt(256), secret: radiusSecret, status, acctSessionId, attributes });
}
