// The `AdmissionStore` that several gateways share: one Redis server. What a resolved promise says is in its memory, and on
// its disk as soon as its own configuration has it there (`appendfsync`).

import { readCaseCode } from '../audit/case-code.ts';
import type { DecisionRecord } from '../audit/record.ts';
import type { Kept, KeptKind } from '../kept.ts';
import type { Session } from '../pdp/session.ts';
import type { AdmissionStore, Commit, Committed, DeviceKey, Nonce, PersonProof, Ticket } from '../ports.ts';
import type { AttestationResult } from '../verifier/facts.ts';
import { connectRedis, type RedisConnection, type RedisConnectionOptions, type Reply } from './redis-connection.ts';
import { redisStoreCache } from './redis-store-cache.ts';
import { chainedCommits } from './redis-store-chain.ts';
import { commitWords, operationWords, snapshotsIn, snapshotsOperation, whole } from './redis-store-commit.ts';
import { entryName, listName, tenantKey, tenantsKey } from './redis-store-names.ts';
import {
  addScript,
  betweenScript,
  chainScript,
  commitScript,
  findScript,
  headsScript,
  listScript,
  type RedisScript,
  sweepScript,
} from './redis-store-scripts.ts';
import { type TenantChains, verifyChains } from './redis-store-verify.ts';
import { checkCommit } from './store-entries.ts';

export interface RedisStoreOptions extends Omit<RedisConnectionOptions, 'deadlineMs' | 'maxPending'> {
  /** A request without an answer by then is `Unavailable`. */
  readonly deadlineMs?: number;
  readonly maxPending?: number;
}

/** Entries forgotten per script, and records read per script: Redis serves nobody else meanwhile. */
const portion = 200;

/** Rejects with the reason in words when no server can be used. */
export async function openRedisStore(given: RedisStoreOptions): Promise<AdmissionStore> {
  const options = { deadlineMs: 2_000, maxPending: 10_000, ...given };
  const redis = await connectRedis(options);
  const run = (script: RedisScript, tenant: string, ...words: readonly string[]) =>
    redis.script(script, tenantKey(tenant), words);
  const tenants = knownTenants(redis);
  const cache = redisStoreCache(redis);

  const chainsOf = async (): Promise<ReadonlyMap<string, TenantChains>> => {
    const found = new Map<string, TenantChains>();
    for (const tenant of await tenants.all()) found.set(tenant, readHeads(await run(headsScript, tenant)));
    return found;
  };
  const chained = chainedCommits({
    writer: options.writer,
    deadlineMs: options.deadlineMs,
    log: options.log,
    heads: async () => new Map([...(await chainsOf())].map(([tenant, { heads }]) => [tenant, heads])),
    send: async (commit, record) => String(await run(commitScript, commit.tenant, ...commitWords(commit, record))),
  });

  const add = async (tenant: string, name: string, expiresAt: number, fields: readonly string[]): Promise<void> => {
    await tenants.remember(tenant);
    const added = await run(addScript, tenant, name, whole(expiresAt), ...fields);
    if (added !== 1) throw new Error(`the store was asked for something impossible: a second ${name}`);
  };
  const entry = async <T>(tenant: string, name: string): Promise<T | undefined> =>
    readBody<T>(await redis.command(['HGET', tenantKey(tenant) + name, 'body']));
  const forgetWritten = ({ tenant, attestation, person }: Commit): void => {
    if (attestation !== undefined) cache.forget(tenantKey(tenant) + entryName.attestation(attestation.device));
    if (person !== undefined) cache.forget(tenantKey(tenant) + entryName.person(person.device));
  };
  const unexpired = async <T extends { readonly expiresAt: number }>(tenant: string, name: string, now: number) => {
    const found = await entry<T>(tenant, name);
    return found === undefined || found.expiresAt <= now ? undefined : found;
  };
  const find = async <T extends Session | DecisionRecord>(tenant: string, ...places: readonly string[]) =>
    places.length === 0 ? undefined : readDecided<T>(await run(findScript, tenant, ...places));
  const list = async <T extends object>(tenant: string, limit: number, ...lists: readonly string[]) =>
    limit < 1
      ? []
      : items(await run(listScript, tenant, whole(limit), ...lists)).flatMap(each => readDecided<T>(each) ?? []);
  const between = async (tenant: string, name: string, from: string, until: string, limit: number) =>
    items(await run(betweenScript, tenant, name, from, until, whole(limit))).flatMap(
      each => readDecided<Session>(each) ?? [],
    );

  return {
    async commit(commit) {
      checkCommit(commit);
      await tenants.remember(commit.tenant);
      const { decision } = commit;
      if (decision !== undefined) {
        return chained.commit({ ...commit, decision }).finally(() => forgetWritten(commit));
      }
      const answer = String(await run(commitScript, commit.tenant, ...commitWords(commit)));
      forgetWritten(commit);
      return answer === 'committed'
        ? { committed: true }
        : { committed: false, conflict: answer as (Committed & { readonly committed: false })['conflict'] };
    },
    putNonce: put => add(put.tenant, entryName.nonce(put.value), put.expiresAt, ['body', JSON.stringify(put)]),
    nonce: (tenant, value) => entry<Nonce>(tenant, entryName.nonce(value)),
    putTicket: ({ redeemed, ...put }) => {
      const used = redeemed === undefined ? [] : ['redeemed', JSON.stringify(redeemed)];
      return add(put.tenant, entryName.ticket(put.handle), put.expiresAt, ['body', JSON.stringify(put), ...used]);
    },
    async ticket(tenant, handle) {
      const name = tenantKey(tenant) + entryName.ticket(handle);
      const [body, used] = items(await redis.command(['HMGET', name, 'body', 'redeemed']));
      const found = readBody<Ticket>(body);
      const redeemed = readBody<NonNullable<Ticket['redeemed']>>(used);
      return found === undefined || redeemed === undefined ? found : { ...found, redeemed };
    },
    attestation: (tenant, device) => cache.body<AttestationResult>(tenantKey(tenant) + entryName.attestation(device)),
    async personProof(tenant, device, now) {
      const found = await cache.body<PersonProof>(tenantKey(tenant) + entryName.person(device));
      return found === undefined || found.expiresAt <= now ? undefined : found;
    },
    deviceKey: (tenant, key, now) => unexpired<DeviceKey>(tenant, entryName.deviceKey(key), now),
    kept: <K extends KeptKind>(tenant: string, kind: K, key: string) =>
      entry<Kept<K>>(tenant, entryName.kept(kind, key)),
    keptAll: <K extends KeptKind>(tenant: string, kind: K, limit: number) =>
      list<Kept<K>>(tenant, limit, listName.kept(kind)),
    session: (tenant, id) => find<Session>(tenant, 'entry', entryName.session(id)),
    findSession({ tenant, nas, id, acctSessionId, userName, callingStationId = '' }) {
      const places = [
        ...(id === undefined ? [] : ['entry', entryName.session(id)]),
        ...(acctSessionId === undefined ? [] : ['newest', listName.accounting(nas, acctSessionId)]),
        ...(userName === undefined ? [] : ['newest', listName.claim(nas, userName, callingStationId)]),
      ];
      return find<Session>(tenant, ...places);
    },
    sessions({ tenant, limit, state, device, person, framedAddress }) {
      const lists = [
        ...(state === undefined ? [] : [listName.state(state)]),
        ...(device === undefined ? [] : [listName.device(device)]),
        ...(person === undefined ? [] : [listName.person(person)]),
        ...(framedAddress === undefined ? [] : [listName.framedAddress(framedAddress)]),
      ];
      return list<Session>(tenant, limit, ...(lists.length === 0 ? [listName.sessions] : lists));
    },
    silentSessions: ({ tenant, nas, lastSeenBefore, limit }) =>
      between(tenant, listName.open(nas), '-inf', `(${whole(lastSeenBefore)}`, limit),
    dueSessions: ({ tenant, from, until, limit }) => between(tenant, listName.due, whole(from), whole(until), limit),
    decisions: ({ tenant, only, limit }) =>
      list<DecisionRecord>(tenant, limit, only === 'refused' ? listName.refused : listName.records),
    decision(tenant, idOrCaseCode) {
      const code = readCaseCode(idOrCaseCode);
      const byCode = code === undefined ? [] : ['newest', listName.caseCode(code)];
      return find<DecisionRecord>(tenant, 'entry', entryName.record(idOrCaseCode), ...byCode);
    },
    async putSnapshots(batch) {
      await tenants.remember(batch.tenant);
      await run(commitScript, batch.tenant, ...operationWords([snapshotsOperation(batch)]));
    },
    async snapshots(tenant, from, before) {
      const all = '-1';
      const found = await run(betweenScript, tenant, listName.snapshots, whole(from), `(${whole(before)}`, all);
      return items(found).flatMap(each => {
        const batch = readBody<Parameters<typeof snapshotsIn>[0]>(items(each)[0]);
        return batch === undefined ? [] : [snapshotsIn(batch)];
      });
    },
    async verifyChain() {
      const page = async (tenant: string, chain: string, from: number) =>
        items(await run(chainScript, tenant, chain, whole(from), whole(from + portion - 1))).map(each => {
          const [body, decision, lists, scores, refused] = items(each);
          return {
            body: text(body),
            decision: text(decision),
            lists: text(lists),
            scores: items(scores).map(text),
            refused: refused === 1,
          };
        });
      return verifyChains({ tenants: chainsOf, page });
    },
    async sweep(now) {
      let forgotten = 0;
      for (const tenant of await tenants.all()) {
        // In portions, so that admissions get their turn in between.
        for (let last = portion; last > 0; forgotten += last) {
          last = Number(await run(sweepScript, tenant, whole(now), whole(portion)));
        }
      }
      return forgotten;
    },
    async close() {
      await chained.idle();
      await redis.close();
    },
  };
}

/** Tenants have nothing in common but the set of their names, which each of them enters before its first entry. */
function knownTenants(redis: RedisConnection) {
  const entered = new Map<string, { readonly at: number; readonly done: Promise<unknown> }>();
  return {
    async remember(tenant: string): Promise<void> {
      let known = entered.get(tenant);
      // Once for each server that was found: another one may not know the tenant.
      if (known?.at !== redis.found()) {
        known = { at: redis.found(), done: redis.command(['SADD', tenantsKey, tenant]) };
        entered.set(tenant, known);
        known.done.catch(() => entered.delete(tenant));
      }
      await known.done;
    },
    async all(): Promise<ReadonlySet<string>> {
      return new Set([...entered.keys(), ...items(await redis.command(['SMEMBERS', tenantsKey])).map(String)]);
    },
  };
}

function readHeads(reply: Reply): TenantChains {
  const [listed, chained, heads] = items(reply);
  const words = items(heads).map(String);
  const pairs = words.flatMap((chain, index) => (index % 2 === 0 ? [[chain, words[index + 1] ?? ''] as const] : []));
  return { listed: Number(listed), chained: Number(chained), heads: new Map(pairs) };
}

function items(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

function text(reply: Reply | undefined): string | null {
  return typeof reply === 'string' ? reply : null;
}

function readBody<T>(body: Reply | undefined): T | undefined {
  return typeof body === 'string' ? (JSON.parse(body) as T) : undefined;
}

/** A body, with the decision that stands beside it. */
function readDecided<T extends object>(reply: Reply): T | undefined {
  const [body, decision] = items(reply);
  const found = readBody<T>(body);
  if (found !== undefined && typeof decision === 'string')
    Object.assign(found, { decision: JSON.parse(decision) as unknown });
  return found;
}
