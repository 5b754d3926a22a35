// How entries and lists of the Redis store are called; what stands where is told in `redis-store-scripts.ts`.

import { hash } from 'node:crypto';
import type { DecisionRecord } from '../audit/record.ts';
import type { KeptKind } from '../kept.ts';
import { isLive } from '../pdp/live-change.ts';
import type { Session } from '../pdp/session.ts';
import { lastSignAt } from '../pdp/session-silence.ts';
import { dueAt } from '../pdp/session-validity.ts';
import { isDenial } from './store-entries.ts';

/** The names of all tenants that ever wrote something. */
export const tenantsKey = 'sluis:tenants';

/** What every key of the tenant starts with. Between braces: what Redis Cluster chooses the place by. */
export function tenantKey(tenant: string): string {
  return `sluis:{${tenant}}:`;
}

export const entryName = {
  nonce: (value: string) => `nonce:${value}`,
  ticket: (handle: string) => `ticket:${handle}`,
  attestation: (device: string) => `attestation:${device}`,
  person: (device: string) => `person:${device}`,
  deviceKey: (key: string) => `device-key:${key}`,
  kept: (kind: KeptKind, key: string) => `kept:${kind}:${key}`,
  session: (id: string) => `session:${id}`,
  record: (id: string) => `record:${id}`,
  snapshots: (id: string) => `snapshots:${id}`,
} as const;

export const listName = {
  kept: (kind: KeptKind) => `keeps:${kind}`,
  sessions: 'sessions',
  /** Those that have started and not ended, at one NAS or anywhere, in the order in which they were last heard of. */
  open: (nas?: string) => (nas === undefined ? 'sessions:open' : `sessions:open:${digest(nas)}`),
  /** Those that time alone has judged again, in the order of when. */
  due: 'sessions:due',
  state: (state: Session['state']) => `sessions:state:${state}`,
  device: (device: string) => `sessions:device:${digest(device)}`,
  person: (person: string) => `sessions:person:${digest(person)}`,
  framedAddress: (address: string) => `sessions:address:${digest(address)}`,
  accounting: (nas: string, acctSessionId: string) => `sessions:accounting:${digest(nas, acctSessionId)}`,
  claim: (nas: string, userName: string, caller: string) => `sessions:claim:${digest(nas, userName, caller)}`,
  records: 'records',
  /** By when the last of a batch was taken. */
  snapshots: 'snapshots',
  refused: 'records:refused',
  caseCode: (code: string) => `records:case:${code}`,
} as const;

/** Lists that hold this session, separated by spaces; `LIST@NUMBER` where it stands in an order of its own. */
export function listsOfSession(session: Session): string {
  const { state, nas, userName, callingStationId, device, person, framedAddress, acctSessionId } = session;
  const admitted = state !== 'decided' || isLive(session);
  const due = dueAt(session);
  return [
    listName.sessions,
    listName.state(state),
    ...(device === undefined ? [] : [listName.device(device)]),
    ...(person === undefined ? [] : [listName.person(person)]),
    ...(framedAddress === undefined ? [] : [listName.framedAddress(framedAddress)]),
    ...(state === 'started' ? [listName.open(), listName.open(nas)].map(name => `${name}@${lastSignAt(session)}`) : []),
    ...(due === undefined ? [] : [`${listName.due}@${due}`]),
    // A refused login stands there as well, and admits nobody.
    ...(acctSessionId !== undefined && admitted ? [listName.accounting(nas, acctSessionId)] : []),
    // By its claim a session is found only until it starts.
    ...(state === 'decided' && admitted ? [listName.claim(nas, userName, callingStationId)] : []),
  ].join(' ');
}

export function listsOfRecord(record: DecisionRecord): string {
  const refused = isDenial(record) ? [listName.refused] : [];
  return [listName.records, ...refused, listName.caseCode(record.caseCode)].join(' ');
}

/** What others say may hold anything: a digest has no spaces, one length, and says nothing in a list of slow commands. */
function digest(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
