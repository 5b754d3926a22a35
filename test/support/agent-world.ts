// The gateway's side of the agent flows, real where it can be: the embedded store in a file of its own, profiles, a policy
// set of two checks, signatures. Only the clock is moved by hand.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Challenge, ChallengePurpose } from '../../gateway/contract/challenge.ts';
import { isRefused, type Refused } from '../../gateway/contract/reason.ts';
import { agentHandlers } from '../../gateway/flows/agent-handlers.ts';
import type { AgentPorts } from '../../gateway/flows/agent-ports.ts';
import { identify } from '../../gateway/identity/identify.ts';
import type { PseudonymKeys } from '../../gateway/identity/pseudonym.ts';
import { recoveryCodeKey } from '../../gateway/identity/recovery-codes.ts';
import { verifySignature } from '../../gateway/identity/signature.ts';
import { ticketKey } from '../../gateway/identity/ticket.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../../gateway/io/embedded-store.ts';
import { recordSealing } from '../../gateway/io/record-sealing.ts';
import { decide, type RunningPolicy } from '../../gateway/pdp/decide.ts';
import type { Register } from '../../gateway/pdp/register.ts';
import { evaluate } from '../../gateway/policy/evaluate.ts';
import {
  applicationsFor,
  collectFor,
  compilePolicySet,
  givesGrace,
  type PolicySet,
} from '../../gateway/policy/policy-set.ts';
import { watchedPast } from '../../gateway/policy/watched-past.ts';
import type { AgentConnection, AgentRequest } from '../../gateway/ports.ts';
import { textsOf } from '../../gateway/reasons.ts';
import type { AgentPki, Holder } from './agent-pki.ts';
import { audience } from './agent-signatures.ts';

export const tenant = 'town';

/** The system disk must be encrypted, by a report of the last hour, and the person must be proven. */
const usualFiles = {
  'checks/disk.yaml': `
check: disk-encrypted
fact: disk.encrypted
must be: yes
report not older than: 1 hour
if unknown: quarantine
text: { nl: Versleutel uw schijf., fr: Chiffrez votre disque., de: Verschlüsseln Sie Ihr Laufwerk., en: Encrypt your disk. }
help: disk-encryption.switch-on
`,
  'checks/person.yaml': `
check: person-known
fact: person.proven
must be: yes
if unknown: quarantine
text: { nl: Meld u aan., fr: Identifiez-vous., de: Melden Sie sich an., en: Sign in. }
`,
  'access/office.yaml': `
policy: office-laptops
owner: network team
for: everyone
gives: office
requires:
  - disk-encrypted: { otherwise: update }
  - person-known: { otherwise: quarantine }
`,
  'degraded.yaml': 'no report yet: quarantine\nreport too old: quarantine\n',
};
const everyone: Register = {
  devices: new Map(),
  unlisted: { class: 'managed-laptop', state: 'active' },
  groupsByPerson: new Map(),
  groupsByProfile: new Map(),
};

function compiled(files: Readonly<Record<string, string>>): PolicySet {
  const result = compilePolicySet(Object.entries(files).map(([path, text]) => ({ path, text })));
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.set;
}

export interface AgentWorld {
  readonly ports: AgentPorts;
  readonly handlers: ReturnType<typeof agentHandlers>;
  readonly store: EmbeddedStore;
  readonly counted: string[];
  readonly changed: string[];
  /** Machines that were proven by their certificate, as `tenant key`. */
  readonly seen: string[];
  readonly waiting: { 'first-seen': number; 'self-enrolled': number };
  readonly advance: (ms: number) => void;
  readonly now: () => number;
  readonly close: () => Promise<void>;
}

/** A gateway's agent side with an empty store. */
export async function makeAgentWorld(
  pki: AgentPki,
  register: Register = everyone,
  changedFiles: Readonly<Record<string, string>> = {},
): Promise<AgentWorld> {
  const policySet = compiled({ ...usualFiles, ...changedFiles });
  const past = watchedPast(policySet);
  const policy: RunningPolicy = {
    ...(past === undefined ? {} : { past }),
    hash: policySet.hash,
    evaluate: (subject, facts, at) => evaluate(policySet, subject, facts, at),
  };
  const directory = mkdtempSync(join(tmpdir(), 'sluis-agent-'));
  const store = await openEmbeddedStore({ path: join(directory, 'store.db'), writer: 'gateway-1' });
  // Certificates are made now; the clock starts now and is moved by the tests alone.
  let now = Date.now() + 1_000;
  const counted: string[] = [];
  const changed: string[] = [];
  const seen: string[] = [];
  const waiting = { 'first-seen': 0, 'self-enrolled': 0 };
  const nothing = () => undefined;
  const installationKey = randomBytes(32);
  const pseudonymKeys: PseudonymKeys = [{ id: 'k1', key: installationKey }];
  const ports: AgentPorts = {
    store,
    clock: { now: () => now },
    random: { bytes: count => new Uint8Array(randomBytes(count)) },
    log: { info: nothing, warn: nothing, error: nothing },
    meter: {
      count: (name, labels) => counted.push(`${name} ${Object.values(labels ?? {}).join(' ')}`),
      observe: nothing,
      gauge: nothing,
    },
    identify: (chain, of, at) => identify(chain, pki.profiles, { tenant: of, pseudonymKeys, now: at }),
    verifySignature,
    decide: (request, at) => decide(request, policy, register, at),
    collect: () => collectFor(policySet),
    applications: () => applicationsFor(policySet),
    acceptances: () => [...policySet.acceptances.values()],
    policyHash: () => policySet.hash,
    givesGrace: () => givesGrace(policySet),
    past: () => past,
    supportCalendar: () => policySet.supportCalendar,
    audience,
    ticketKey: ticketKey(installationKey),
    sealing: recordSealing(installationKey),
    recoveryCodeKey: recoveryCodeKey(installationKey),
    texts: textsOf,
    selfEnrolment: true,
    waitingDevices: { count: origin => waiting[origin], add: origin => void (waiting[origin] += 1) },
    machineSeen: (of, machine) => void seen.push(`${of} ${machine.key}`),
    bindingConfirmed: async (of, id) => void changed.push(`${of} ${id} binding-confirmed`),
    reportChanged: (of, device, because) => changed.push(`${of} ${device} ${because}`),
  };
  return {
    ports,
    handlers: agentHandlers(ports),
    store,
    counted,
    changed,
    seen,
    waiting,
    advance: ms => {
      now += ms;
    },
    now: () => now,
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** A connection of its own: every one has another exporter value. */
export function connectionFor(holder: Holder, selfSigned = false, remoteAddress = '192.0.2.200'): AgentConnection {
  const exporter = randomBytes(32).toString('base64url');
  return { key: holder.key, spki: holder.spki, chain: holder.chain, selfSigned, exporter, remoteAddress };
}

export function requestOver<Body>(connection: AgentConnection, body: Body): AgentRequest<Body> {
  return { tenant, connection, traceId: 'abcdef0123456789', body };
}

export async function nonceOver(
  world: AgentWorld,
  connection: AgentConnection,
  purpose: ChallengePurpose,
): Promise<Challenge> {
  return accepted(await world.handlers.challenge(requestOver(connection, { purpose })));
}

/** The answer, where a refusal would be a fault of the test. */
export function accepted<T>(answer: T | Refused): T {
  if (isRefused(answer)) throw new Error(`refused: ${answer.refused} (${answer.detail ?? ''})`);
  return answer;
}
