// What every `AdmissionStore` does, whatever it keeps its entries in: one suite, run against each adapter.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../../gateway/audit/chain.ts';
import type { Decision } from '../../gateway/contract/decision.ts';
import type { Kept, KeptKind } from '../../gateway/kept.ts';
import type { Session } from '../../gateway/pdp/session.ts';
import { dueAt } from '../../gateway/pdp/session-validity.ts';
import type { SnapshotBatch } from '../../gateway/pdp/snapshot.ts';
import { type AdmissionStore, type Commit, type Committed, Unavailable } from '../../gateway/ports.ts';
import {
  attestation,
  dayMs,
  decision,
  deviceHash,
  deviceKey,
  draft,
  minuteMs,
  nonce,
  now,
  person,
  redeemed,
  session,
  ticket,
} from './admission-store-samples.ts';

export interface OpenedStore {
  readonly store: AdmissionStore;
  /** Closes the store and opens it again over the same entries. */
  reopen(): Promise<AdmissionStore>;
  cleanup(): Promise<void>;
}

export function admissionStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as an admission store`, () => {
    let opened: OpenedStore;
    let store: AdmissionStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.cleanup());

    const commit = (fields: Partial<Commit>) => store.commit({ tenant: 'town', at: now, ...fields });
    const isCommitted = ({ committed }: Committed) => committed;
    const conflictOf = (answer: Committed) => (answer.committed ? 'none' : answer.conflict);

    describe('a nonce', () => {
      it('is consumed by exactly one of a hundred commits at once', async () => {
        await store.putNonce(nonce('n1'));
        const answers = await Promise.all(Array.from({ length: 100 }, () => commit({ consumeNonce: 'n1' })));
        expect(answers.filter(isCommitted)).toHaveLength(1);
        expect(new Set(answers.filter(answer => !answer.committed).map(conflictOf))).toEqual(new Set(['nonce-used']));
      });

      it('must be known, and not be expired', async () => {
        await store.putNonce(nonce('late', { expiresAt: now }));
        await store.putNonce(nonce('in time', { expiresAt: now + 1 }));
        expect(conflictOf(await commit({ consumeNonce: 'never issued' }))).toBe('nonce-unknown');
        expect(conflictOf(await commit({ consumeNonce: 'late' }))).toBe('nonce-expired');
        expect(conflictOf(await commit({ consumeNonce: 'in time' }))).toBe('none');
      });

      it('is given back as it was put, used or not', async () => {
        await store.putNonce(nonce('n1'));
        await commit({ consumeNonce: 'n1' });
        expect(await store.nonce('town', 'n1')).toEqual(nonce('n1'));
        expect(await store.nonce('town', 'n2')).toBeUndefined();
      });
    });

    describe('a ticket', () => {
      it('is redeemed once, and then says by what', async () => {
        await store.putTicket(ticket('t1', { person: 'p-7f3a' }));
        expect(await store.ticket('town', 't1')).toEqual(ticket('t1', { person: 'p-7f3a' }));
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, n) => commit({ redeemTicket: { handle: 't1', redeemed: redeemed(`s${n}`) } })),
        );
        const winners = answers.flatMap((answer, n) => (answer.committed ? [n] : []));
        expect(winners).toHaveLength(1);
        expect(answers.filter(answer => conflictOf(answer) === 'ticket-used')).toHaveLength(19);
        expect(await store.ticket('town', 't1')).toEqual({
          ...ticket('t1', { person: 'p-7f3a' }),
          redeemed: redeemed(`s${winners[0]}`),
        });
      });

      it('is used first and expired second, so that a replay is answered from the first use', async () => {
        await store.putTicket(ticket('t1'));
        await commit({ redeemTicket: { handle: 't1', redeemed: redeemed('s1') } });
        const later = { at: now + 6 * minuteMs, redeemTicket: { handle: 't1', redeemed: redeemed('s2') } };
        expect(conflictOf(await commit(later))).toBe('ticket-used');
      });

      it('must be known and in time', async () => {
        await store.putTicket(ticket('t1', { expiresAt: now }));
        for (const handle of ['t1', 'never issued']) {
          expect(conflictOf(await commit({ redeemTicket: { handle, redeemed: redeemed('s1') } }))).toBe(
            'ticket-unknown',
          );
        }
      });
    });

    describe('an attestation result', () => {
      it('replaces only a lower sequence of its device', async () => {
        expect(isCommitted(await commit({ attestation: attestation(7) }))).toBe(true);
        expect(conflictOf(await commit({ attestation: attestation(7) }))).toBe('report-sequence-old');
        expect(conflictOf(await commit({ attestation: attestation(6) }))).toBe('report-sequence-old');
        expect(isCommitted(await commit({ attestation: attestation(8) }))).toBe(true);
        const other = attestation(1, { device: 'd2'.repeat(32) });
        expect(isCommitted(await commit({ attestation: other }))).toBe(true);
        expect(await store.attestation('town', deviceHash)).toEqual(attestation(8));
        expect(await store.attestation('town', 'd2'.repeat(32))).toEqual(other);
      });
    });

    describe('snapshots of what was asked', () => {
      const batch = (id: string, until: number, tenant = 'town'): SnapshotBatch => {
        // Every octet: what is packed is no text.
        const body = Uint8Array.from({ length: 256 }, (_, n) => n);
        return { tenant, id, until, expiresAt: until + dayMs, body };
      };
      const ids = async (from: number, before: number, tenant = 'town') =>
        (await store.snapshots(tenant, from, before)).map(({ id }) => id);

      it('are found by when they were taken, oldest first, those of their tenant alone', async () => {
        for (const [id, until] of [
          ['late', 20],
          ['early', 10],
          ['end', 30],
        ] as const) {
          await store.putSnapshots(batch(id, now + until));
        }
        await store.putSnapshots(batch('other', now + 10, 'village'));
        expect(await ids(now + 10, now + 30)).toEqual(['early', 'late']);
        expect(await ids(now + 11, now + 31)).toEqual(['late', 'end']);
        expect(await ids(now, now + 100, 'village')).toEqual(['other']);
        const [found] = await store.snapshots('town', now + 10, now + 11);
        expect(found && { ...found, body: [...found.body] }).toEqual({
          ...batch('early', now + 10),
          body: [...batch('early', 0).body],
        });
      });

      it('of one moment are all there', async () => {
        for (const id of ['b', 'a', 'c']) await store.putSnapshots(batch(id, now));
        expect((await ids(now, now + 1)).toSorted()).toEqual(['a', 'b', 'c']);
      });

      it('are forgotten at the end of their time, and outlive a restart until then', async () => {
        await store.putSnapshots(batch('old', now));
        await store.putSnapshots(batch('new', now + 1));
        store = await opened.reopen();
        expect(await ids(now, now + 10)).toEqual(['old', 'new']);
        expect(await store.sweep(now + dayMs)).toBe(1);
        expect(await ids(now, now + 10)).toEqual(['new']);
      });
    });

    describe('person proofs and device keys', () => {
      it('are given until they expire', async () => {
        await commit({ person: person(), deviceKey: deviceKey('k1') });
        expect(await store.personProof('town', deviceHash, now + 10 * minuteMs - 1)).toEqual(person());
        expect(await store.personProof('town', deviceHash, now + 10 * minuteMs)).toBeUndefined();
        expect(await store.deviceKey('town', 'k1', now + 60 * minuteMs - 1)).toEqual(deviceKey('k1'));
        expect(await store.deviceKey('town', 'k1', now + 60 * minuteMs)).toBeUndefined();
      });

      it('are replaced by newer ones', async () => {
        await commit({ person: person() });
        await commit({ person: person({ pseudonym: 'p-other' }) });
        expect((await store.personProof('town', deviceHash, now))?.pseudonym).toBe('p-other');
      });
    });

    describe('a kept record', () => {
      const factor = (version: number, fields: Partial<Kept<'second-factor'>> = {}): Kept<'second-factor'> => ({
        kind: 'second-factor',
        key: 'p-7f3a',
        value: {
          person: 'p-7f3a',
          sealedSeed: `sealed-${version}`,
          state: 'active',
          lastStep: 0,
          recoveryHashes: [],
          enrolledAt: now,
        },
        version,
        ...fields,
      });

      it('is written by exactly one of those that read the same version', async () => {
        expect(isCommitted(await commit({ keep: [factor(1)] }))).toBe(true);
        const answers = await Promise.all(Array.from({ length: 20 }, () => commit({ keep: [factor(2)] })));
        expect(answers.filter(isCommitted)).toHaveLength(1);
        expect(new Set(answers.filter(answer => !answer.committed).map(conflictOf))).toEqual(
          new Set(['version-conflict']),
        );
        expect(await store.kept('town', 'second-factor', 'p-7f3a')).toEqual(factor(2));
        expect(conflictOf(await commit({ keep: [factor(4)] }))).toBe('version-conflict');
        expect(conflictOf(await commit({ keep: [factor(1)] }))).toBe('version-conflict');
      });

      it('is written with everything else of its commit, or not at all', async () => {
        const both = { keep: [factor(1), factor(2, { key: 'p-other' })], decision: draft('d1') };
        expect(conflictOf(await commit(both))).toBe('version-conflict');
        expect(await store.kept('town', 'second-factor', 'p-7f3a')).toBeUndefined();
        expect(await store.decision('town', 'd1')).toBeUndefined();
      });

      it('belongs to its tenant and its kind, and is listed last written first', async () => {
        await commit({ keep: [factor(1)] });
        await commit({ keep: [factor(1, { key: 'p-other' })] });
        await commit({ keep: [factor(2)] });
        const keys = async (tenant: string, kind: KeptKind, limit = 10) =>
          (await store.keptAll(tenant, kind, limit)).map(({ key }) => key);
        expect(await keys('town', 'second-factor')).toEqual(['p-7f3a', 'p-other']);
        expect(await keys('town', 'second-factor', 1)).toEqual(['p-7f3a']);
        expect(await keys('town', 'device-enrolment')).toEqual([]);
        expect(await keys('village', 'second-factor')).toEqual([]);
        expect(await store.kept('town', 'device-enrolment', 'p-7f3a')).toBeUndefined();
      });

      it('is forgotten when it expires, if it does, and can then be written anew', async () => {
        await commit({ keep: [factor(1, { expiresAt: now + minuteMs }), factor(1, { key: 'p-other' })] });
        await store.sweep(now + minuteMs);
        expect(await store.kept('town', 'second-factor', 'p-7f3a')).toBeUndefined();
        expect(await store.kept('town', 'second-factor', 'p-other')).toEqual(factor(1, { key: 'p-other' }));
        expect(isCommitted(await commit({ keep: [factor(1)] }))).toBe(true);
      });
    });

    describe('a commit', () => {
      const everything = (): Partial<Commit> => ({
        consumeNonce: 'n1',
        redeemTicket: { handle: 't1', redeemed: redeemed('s1') },
        attestation: attestation(5),
        person: person(),
        deviceKey: deviceKey('k1'),
        session: { session: session('s1'), expectedVersion: 0 },
        decision: draft('d1'),
      });
      const nothingWritten = async () => {
        expect(await store.attestation('town', deviceHash)).toBeUndefined();
        expect(await store.personProof('town', deviceHash, now)).toBeUndefined();
        expect(await store.deviceKey('town', 'k1', now)).toBeUndefined();
        expect(await store.session('town', 's1')).toBeUndefined();
        expect(await store.decisions({ tenant: 'town', limit: 10 })).toEqual([]);
      };

      it('writes all of it', async () => {
        await store.putNonce(nonce('n1'));
        await store.putTicket(ticket('t1'));
        expect(await commit(everything())).toEqual({ committed: true });
        expect(await store.decision('town', 'd1')).toMatchObject({ ...draft('d1'), sequence: 1 });
        expect(await store.session('town', 's1')).toEqual(session('s1'));
        expect(await store.attestation('town', deviceHash)).toEqual(attestation(5));
        expect(await store.personProof('town', deviceHash, now)).toEqual(person());
        expect(await store.deviceKey('town', 'k1', now)).toEqual(deviceKey('k1'));
        expect((await store.ticket('town', 't1'))?.redeemed).toEqual(redeemed('s1'));
        expect(conflictOf(await commit({ consumeNonce: 'n1' }))).toBe('nonce-used');
      });

      it.each([
        ['nonce-unknown', { consumeNonce: 'other' }],
        ['ticket-unknown', { redeemTicket: { handle: 'other', redeemed: redeemed('s1') } }],
        ['version-conflict', { session: { session: session('s1', { version: 3 }), expectedVersion: 2 } }],
      ] satisfies [string, Partial<Commit>][])('writes nothing after %s', async (conflict, fields) => {
        await store.putNonce(nonce('n1'));
        await store.putTicket(ticket('t1'));
        expect(conflictOf(await commit({ ...everything(), ...fields }))).toBe(conflict);
        await nothingWritten();
        expect((await store.ticket('town', 't1'))?.redeemed).toBeUndefined();
        // The nonce is still unused, and the chain has no gap.
        expect(await commit(everything())).toEqual({ committed: true });
        expect(await store.decision('town', 'd1')).toMatchObject({ sequence: 1 });
      });

      it('leaves its neighbours in a burst alone when it conflicts or is impossible', async () => {
        const answers = await Promise.allSettled(
          Array.from({ length: 30 }, (_, n) =>
            commit({
              // Of every three one is good, one expects a version that is not there, and one reuses the id of a
              // record: a mistake of the caller that shows only late in the write.
              session: { session: session(`s${n}`, { version: 5 }), expectedVersion: n % 3 === 1 ? 4 : 0 },
              decision: draft(n % 3 === 2 ? 'd0' : `d${n}`),
            }),
          ),
        );
        const failures = answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
        expect(failures).toHaveLength(10);
        // A mistake is told apart from a store that is down: repeating it would not help.
        for (const failure of failures) expect(failure).not.toBeInstanceOf(Unavailable);
        const records = await store.decisions({ tenant: 'town', limit: 100 });
        expect(records).toHaveLength(10);
        for (let n = 0; n < 30; n++) {
          expect((await store.session('town', `s${n}`)) !== undefined, `s${n}`).toBe(n % 3 === 0);
        }
        expect(await store.verifyChain()).toEqual({ records: 10 });
      });

      it('of one tenant takes nothing of another', async () => {
        const foreign = { session: { session: session('s1', { tenant: 'village' }), expectedVersion: 0 } };
        await expect(commit(foreign)).rejects.toThrow('tenant');
        expect(await store.session('village', 's1')).toBeUndefined();
      });
    });

    describe('tenants', () => {
      it('never meet, whatever ids they share', async () => {
        for (const tenant of ['town', 'village']) {
          await store.putNonce(nonce('n', { tenant }));
          await store.putTicket(ticket('t', { tenant, deviceName: tenant }));
          const answer = await store.commit({
            tenant,
            at: now,
            consumeNonce: 'n',
            redeemTicket: { handle: 't', redeemed: redeemed(tenant) },
            attestation: attestation(3, { tenant, deviceName: tenant }),
            person: person({ tenant, pseudonym: tenant }),
            deviceKey: deviceKey('k', { tenant, deviceName: tenant }),
            session: {
              session: session('s', { tenant, device: deviceHash, acctSessionId: 'a', userName: tenant }),
              expectedVersion: 0,
            },
            decision: draft('d', { tenant, traceId: tenant, outcome: 'deny' }),
          });
          expect(answer.committed, tenant).toBe(true);
        }
        for (const tenant of ['town', 'village']) {
          expect((await store.ticket(tenant, 't'))?.deviceName).toBe(tenant);
          expect((await store.attestation(tenant, deviceHash))?.deviceName).toBe(tenant);
          expect((await store.personProof(tenant, deviceHash, now))?.pseudonym).toBe(tenant);
          expect((await store.deviceKey(tenant, 'k', now))?.deviceName).toBe(tenant);
          expect((await store.session(tenant, 's'))?.userName).toBe(tenant);
          expect((await store.findSession({ tenant, nas: 'vpn-1', acctSessionId: 'a' }))?.userName).toBe(tenant);
          expect((await store.sessions({ tenant, limit: 9 })).map(found => found.tenant)).toEqual([tenant]);
          expect((await store.sessions({ tenant, device: deviceHash, limit: 9 })).map(s => s.tenant)).toEqual([tenant]);
          expect((await store.decisions({ tenant, limit: 9 })).map(found => found.traceId)).toEqual([tenant]);
          expect((await store.decision(tenant, 'BCDFHJ'))?.traceId).toBe(tenant);
        }
        expect(await store.sessions({ tenant: 'hamlet', limit: 9 })).toEqual([]);
        expect(await store.decision('hamlet', 'd')).toBeUndefined();
      });
    });

    describe('a session', () => {
      it('is written by exactly one of those that read the same version', async () => {
        await commit({ session: { session: session('s1'), expectedVersion: 0 } });
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            commit({ session: { session: session('s1', { version: 2, inputOctets: n }), expectedVersion: 1 } }),
          ),
        );
        expect(answers.filter(isCommitted)).toHaveLength(1);
        expect((await store.session('town', 's1'))?.inputOctets).toBe(answers.findIndex(isCommitted));
        expect(
          conflictOf(await commit({ session: { session: session('s1', { version: 1 }), expectedVersion: 0 } })),
        ).toBe('version-conflict');
      });

      it('must grow in version with every write', async () => {
        const stuck = { session: { session: session('s1', { version: 1 }), expectedVersion: 1 } };
        await expect(commit(stuck)).rejects.toThrow('does not grow');
      });

      const put = (id: string, fields: Parameters<typeof session>[1]) =>
        commit({ session: { session: session(id, fields), expectedVersion: 0 } });

      it('is listed newest first, by state and by device, up to the limit', async () => {
        await put('old', { decidedAt: now - 2, device: 'a' });
        await put('new', { decidedAt: now, device: 'b', state: 'started' });
        await put('middle', { decidedAt: now - 1, device: 'a', state: 'started' });
        const ids = async (query: Partial<Parameters<AdmissionStore['sessions']>[0]>) =>
          (await store.sessions({ tenant: 'town', limit: 10, ...query })).map(({ id }) => id);
        expect(await ids({})).toEqual(['new', 'middle', 'old']);
        expect(await ids({ limit: 2 })).toEqual(['new', 'middle']);
        expect(await ids({ state: 'started' })).toEqual(['new', 'middle']);
        expect(await ids({ device: 'a' })).toEqual(['middle', 'old']);
        expect(await ids({ device: 'a', state: 'started' })).toEqual(['middle']);
        expect(await ids({ state: 'stopped' })).toEqual([]);
      });

      it('is listed by person and by the address inside the tunnel', async () => {
        await put('s1', { person: 'p-1', framedAddress: '10.9.0.1', state: 'started' });
        await put('s2', { person: 'p-1', decidedAt: now + 1 });
        await put('s3', { person: 'p-2', framedAddress: '10.9.0.1', decidedAt: now + 2 });
        const ids = async (query: Partial<Parameters<AdmissionStore['sessions']>[0]>) =>
          (await store.sessions({ tenant: 'town', limit: 10, ...query })).map(({ id }) => id);
        expect(await ids({ person: 'p-1' })).toEqual(['s2', 's1']);
        expect(await ids({ framedAddress: '10.9.0.1' })).toEqual(['s3', 's1']);
        expect(await ids({ framedAddress: '10.9.0.1', state: 'started' })).toEqual(['s1']);
        expect(await ids({ person: 'p-3' })).toEqual([]);
      });

      it('moves between the lists when it changes', async () => {
        await put('s1', {});
        const started = session('s1', { state: 'started', version: 2, acctSessionId: 'a1', device: 'a' });
        await commit({ session: { session: started, expectedVersion: 1 } });
        expect(await store.sessions({ tenant: 'town', state: 'decided', limit: 9 })).toEqual([]);
        expect(await store.sessions({ tenant: 'town', device: 'a', limit: 9 })).toEqual([started]);
        expect(await store.findSession({ tenant: 'town', nas: 'vpn-1', acctSessionId: 'a1' })).toEqual(started);
      });

      it('is found by our id before anything else', async () => {
        await put('ours', {});
        await put('theirs', { acctSessionId: 'a1' });
        const key = { tenant: 'town', nas: 'vpn-1', acctSessionId: 'a1' };
        expect((await store.findSession({ ...key, id: 'ours' }))?.id).toBe('ours');
        expect((await store.findSession({ ...key, id: 'unknown' }))?.id).toBe('theirs');
        expect((await store.findSession(key))?.id).toBe('theirs');
      });

      it('is found by accounting id only at its own NAS', async () => {
        await put('at-1', { acctSessionId: 'a1' });
        await put('at-2', { acctSessionId: 'a1', nas: 'vpn-2' });
        expect((await store.findSession({ tenant: 'town', nas: 'vpn-2', acctSessionId: 'a1' }))?.id).toBe('at-2');
        expect(await store.findSession({ tenant: 'town', nas: 'vpn-3', acctSessionId: 'a1' })).toBeUndefined();
      });

      it('is found by user name and caller while it has not started: the newest one', async () => {
        await put('older', { decidedAt: now - 5 });
        await put('newer', { decidedAt: now });
        await put('running', { decidedAt: now + 1, state: 'started' });
        await put('elsewhere', { decidedAt: now + 2, callingStationId: '192.0.2.8' });
        await put('silent', { decidedAt: now + 3, callingStationId: '' });
        const key = { tenant: 'town', nas: 'vpn-1', acctSessionId: 'not known yet', userName: 'an' };
        expect((await store.findSession({ ...key, callingStationId: '192.0.2.7' }))?.id).toBe('newer');
        expect((await store.findSession(key))?.id).toBe('silent');
        expect(await store.findSession({ ...key, userName: 'bo' })).toBeUndefined();
        expect(await store.findSession({ tenant: 'town', nas: 'vpn-1' })).toBeUndefined();
      });

      it('is not found by what its NAS says when its login was refused', async () => {
        await put('admitted', { decidedAt: now - 5 });
        const denied = { decidedAt: now, decision: decision({ outcome: 'deny' }) };
        await put('refused', denied);
        const told = session('told', { ...denied, decisionId: 'd-told', decidedAt: now + 1 });
        await commit({
          session: { session: told, expectedVersion: 0 },
          decision: draft('d-told', { sessionId: 'told', decision: told.decision }),
        });
        const find = async () =>
          (await store.findSession({ tenant: 'town', nas: 'vpn-1', userName: 'an', callingStationId: '192.0.2.7' }))
            ?.id;
        expect(await find()).toBe('admitted');
        // Admitted first, and to be ended before it had started.
        const change = { kind: 'disconnect', because: 'operator', state: 'asked', askedAt: now, stateAt: now } as const;
        await put('ending', { ...denied, decidedAt: now + 2, change });
        expect(await find()).toBe('ending');
        // A second login of a session that goes on.
        await put('running', { state: 'started', acctSessionId: 'a1' });
        await put('refused again', { ...denied, decidedAt: now + 3, acctSessionId: 'a1' });
        expect((await store.findSession({ tenant: 'town', nas: 'vpn-1', acctSessionId: 'a1' }))?.id).toBe('running');
      });

      it('is listed while it is open by how long nothing was heard of it, longest first', async () => {
        await put('long', { state: 'started', decidedAt: now, lastSeenAt: now + 10 });
        await put('short', { state: 'started', decidedAt: now - 50, lastSeenAt: now + 30 });
        await put('never', { state: 'started', decidedAt: now + 20 });
        await put('elsewhere', { state: 'started', lastSeenAt: now + 15, nas: 'vpn-2' });
        await put('decided', {});
        await put('stopped', { state: 'stopped', lastSeenAt: now + 1, stoppedAt: now + 1 });
        const foreign = session('foreign', { tenant: 'village', state: 'started' });
        await store.commit({ tenant: 'village', at: now, session: { session: foreign, expectedVersion: 0 } });
        const ids = async (lastSeenBefore: number, more: { readonly nas?: string; readonly limit?: number } = {}) =>
          (await store.silentSessions({ tenant: 'town', lastSeenBefore, limit: 9, ...more })).map(({ id }) => id);
        expect(await ids(now + 31)).toEqual(['long', 'elsewhere', 'never', 'short']);
        expect(await ids(now + 30)).toEqual(['long', 'elsewhere', 'never']);
        expect(await ids(now + 31, { nas: 'vpn-1' })).toEqual(['long', 'never', 'short']);
        expect(await ids(now + 31, { limit: 2 })).toEqual(['long', 'elsewhere']);
        expect(await ids(now)).toEqual([]);
        // It is heard of again, and ends.
        const seen = session('long', { state: 'started', lastSeenAt: now + 40, version: 2 });
        await commit({ session: { session: seen, expectedVersion: 1 } });
        expect(await ids(now + 31)).toEqual(['elsewhere', 'never', 'short']);
        expect(await store.silentSessions({ tenant: 'town', lastSeenBefore: now + 50, limit: 9 })).toContainEqual(seen);
        const ended = { ...seen, state: 'stopped', stoppedAt: now + 41, version: 3 } as const;
        await commit({ session: { session: ended, expectedVersion: 2 } });
        expect(await ids(now + 99)).toEqual(['elsewhere', 'never', 'short']);
        expect(await store.sweep(now + 400 * dayMs)).toBeGreaterThan(0);
        expect(await ids(now + 400 * dayMs)).toEqual([]);
      });
    });

    describe('a session that comes due', () => {
      const put = (id: string, fields: Partial<Session>) =>
        commit({ session: { session: session(id, fields), expectedVersion: 0 } });
      const lapsing = (validUntil: number, fields: Partial<Decision> = {}) => ({
        decision: decision({ decidedAt: now, validUntil, validUntilBecause: 'time-window', ...fields }),
      });
      const due = (id: string, fields: Partial<Session>) => dueAt(session(id, fields)) ?? Number.NaN;
      const found = async (from: number, until: number, limit = 9) =>
        (await store.dueSessions({ tenant: 'town', from, until, limit })).map(({ id }) => id);

      it('is found by when, the longest overdue first, and only while it is open', async () => {
        const [first, second, third] = [minuteMs, 2 * minuteMs, 3 * minuteMs].map(ms => lapsing(now + ms));
        await put('second', { ...second, state: 'started' });
        await put('third', { ...third });
        await put('first', { ...first, state: 'started', nas: 'vpn-2' });
        await put('over', { ...first, state: 'stopped', stoppedAt: now });
        await put('refused', lapsing(now + minuteMs, { outcome: 'deny' }));
        const foreign = session('foreign', { ...first, tenant: 'village' });
        await store.commit({ tenant: 'village', at: now, session: { session: foreign, expectedVersion: 0 } });
        expect(await found(0, now + 9 * minuteMs)).toEqual(['first', 'second', 'third']);
        expect(await found(0, now + 9 * minuteMs, 2)).toEqual(['first', 'second']);
        const at = due('second', { ...second, state: 'started' });
        expect(await found(0, at - 1)).toEqual(['first']);
        expect(await found(at, at)).toEqual(['second']);
        expect(await found(at + 1, now + 9 * minuteMs)).toEqual(['third']);
        store = await opened.reopen();
        expect(await found(0, now + 9 * minuteMs)).toEqual(['first', 'second', 'third']);
        expect(await store.dueSessions({ tenant: 'town', from: at, until: at, limit: 1 })).toEqual([
          session('second', { ...second, state: 'started' }),
        ]);
      });

      it('moves with its decision, is put off, and is due no more once it has ended', async () => {
        const before = session('moving', { ...lapsing(now + minuteMs), state: 'started' });
        await put('moving', before);
        const steps: readonly Partial<Session>[] = [
          lapsing(now + 5 * minuteMs),
          { nextLookAt: now + 7 * minuteMs },
          { state: 'stopped', stoppedAt: now },
        ];
        let held = before;
        for (const step of steps) {
          const after = { ...held, ...step, version: held.version + 1 };
          await commit({ session: { session: after, expectedVersion: held.version } });
          held = after;
          const at = dueAt(held);
          expect(await found(0, now + 99 * minuteMs)).toEqual(at === undefined ? [] : ['moving']);
          if (at !== undefined) expect(await found(at, at)).toEqual(['moving']);
        }
      });
    });

    describe('the decision of a session', () => {
      const decided = (tenant: string, segment: string) => {
        const whole = decision({ segment });
        const opened = session('s1', { tenant, decision: whole, decisionId: 'd1', acctSessionId: 'a1' });
        return { opened, record: draft('d1', { tenant, sessionId: 's1', decision: whole }) };
      };
      const admit = ({ opened, record }: ReturnType<typeof decided>) =>
        store.commit({
          tenant: opened.tenant,
          at: now,
          session: { session: opened, expectedVersion: 0 },
          decision: record,
        });

      it('is given with the session and with the record, however either is asked for', async () => {
        const [town, village] = [decided('town', 'office'), decided('village', 'ward')];
        for (const each of [town, village]) await admit(each);
        for (const { opened, record } of [town, village]) {
          const { tenant } = opened;
          expect(await store.session(tenant, 's1')).toEqual(opened);
          expect(await store.findSession({ tenant, nas: 'vpn-1', acctSessionId: 'a1' })).toEqual(opened);
          expect(
            await store.findSession({ tenant, nas: 'vpn-1', userName: 'an', callingStationId: '192.0.2.7' }),
          ).toEqual(opened);
          expect(await store.sessions({ tenant, limit: 9 })).toEqual([opened]);
          expect(await store.decision(tenant, 'd1')).toMatchObject(record);
          expect(await store.decisions({ tenant, limit: 9 })).toMatchObject([record]);
        }
        expect(await store.verifyChain()).toEqual({ records: 2 });
      });

      it('stays with it when it moves, and over a restart', async () => {
        const { opened: first } = decided('town', 'office');
        await admit(decided('town', 'office'));
        const moved = { ...first, state: 'started', inputOctets: 7, version: 2 } as const;
        await commit({ session: { session: moved, expectedVersion: 1 } });
        expect(await store.session('town', 's1')).toEqual(moved);
        store = await opened.reopen();
        expect(await store.session('town', 's1')).toEqual(moved);
        expect(await store.sessions({ tenant: 'town', state: 'started', limit: 9 })).toEqual([moved]);
      });

      it('is its own when no record tells it', async () => {
        const alone = session('s1', { decisionId: 'd1', decision: decision({ segment: 'office' }) });
        // A record of that id, but with no decision in it.
        await commit({ session: { session: alone, expectedVersion: 0 }, decision: draft('d1') });
        expect(await store.session('town', 's1')).toEqual(alone);
        const moved = { ...alone, state: 'started', version: 2 } as const;
        await commit({ session: { session: moved, expectedVersion: 1 } });
        expect(await store.session('town', 's1')).toEqual(moved);
        expect(await store.decision('town', 'd1')).not.toHaveProperty('decision');
      });
    });

    describe('decisions', () => {
      const put = (id: string, fields: Parameters<typeof draft>[1]) => commit({ decision: draft(id, fields) });

      it('are listed newest first, all or the refused ones', async () => {
        await put('granted', { at: now });
        await put('denied', { at: now + 1, outcome: 'deny' });
        await put('again', { at: now + 2, outcome: 'try-again' });
        await put('updating', { at: now + 3, outcome: 'update' });
        await put('set-apart', { at: now + 3, outcome: 'quarantine' });
        await put('reported', { at: now + 4, kind: 'report', outcome: 'deny' });
        const ids = async (only?: 'refused', limit = 10) =>
          (await store.decisions({ tenant: 'town', limit, ...(only === undefined ? {} : { only }) })).map(
            ({ id }) => id,
          );
        expect(await ids()).toEqual(['reported', 'set-apart', 'updating', 'again', 'denied', 'granted']);
        expect(await ids('refused')).toEqual(['set-apart', 'updating', 'denied']);
        expect(await ids('refused', 1)).toEqual(['set-apart']);
      });

      it('are found by id, and by case code however it is typed', async () => {
        await put('one', { caseCode: 'BCDFHJ' });
        await put('two', { caseCode: 'KLMNPR' });
        await put('three', { caseCode: 'BCDFHJ', at: now + 1 });
        expect((await store.decision('town', 'one'))?.id).toBe('one');
        expect((await store.decision('town', 'KLMNPR'))?.id).toBe('two');
        expect((await store.decision('town', 'klm-npr'))?.id).toBe('two');
        expect((await store.decision('town', 'BCDFHJ'))?.id, 'the newest of two').toBe('three');
        expect(await store.decision('town', 'nothing')).toBeUndefined();
      });

      it('keep every field and form one chain over tenants', async () => {
        await store.commit({ tenant: 'village', at: now, decision: draft('v', { tenant: 'village' }) });
        const failures = [{ check: 'disk-encrypted', result: 'unknown' }] as const;
        await put('d', { outcome: 'deny', reasons: ['requirement-unknown'], failures, detail: 'a | b = c\n\u{1f600}' });
        const [mine] = await store.decisions({ tenant: 'town', limit: 1 });
        const [theirs] = await store.decisions({ tenant: 'village', limit: 1 });
        expect(mine).toMatchObject({ detail: 'a | b = c\n\u{1f600}', sequence: 2, failures });
        expect(verifyChain([theirs, mine].flatMap(found => found ?? []))).toEqual({ records: 2 });
        expect(await store.verifyChain()).toEqual({ records: 2 });
      });

      it('are numbered without a gap under concurrency', async () => {
        await Promise.all(Array.from({ length: 200 }, (_, n) => put(`d${n}`, { at: now + n })));
        const sequences = (await store.decisions({ tenant: 'town', limit: 500 })).map(({ sequence }) => sequence);
        expect(sequences.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
        expect(await store.verifyChain()).toEqual({ records: 200 });
      });
    });

    describe('a sweep', () => {
      it('forgets what expired and nothing else', async () => {
        await store.putNonce(nonce('n1', { expiresAt: now + 1 }));
        await store.putNonce(nonce('n2', { expiresAt: now + 2 }));
        await store.putTicket(ticket('t1', { expiresAt: now + 1 }));
        await store.putTicket(ticket('t2', { expiresAt: now + 2 }));
        await commit({ person: person({ expiresAt: now + 1 }), deviceKey: deviceKey('k1', { expiresAt: now + 1 }) });
        await commit({ deviceKey: deviceKey('k2', { expiresAt: now + 2 }), attestation: attestation(1) });
        await commit({ session: { session: session('s1'), expectedVersion: 0 }, decision: draft('d1') });
        expect(await store.sweep(now)).toBe(0);
        expect(await store.sweep(now + 1)).toBe(4);
        expect(await store.nonce('town', 'n1')).toBeUndefined();
        expect(await store.nonce('town', 'n2')).toBeDefined();
        expect(await store.ticket('town', 't1')).toBeUndefined();
        expect(await store.ticket('town', 't2')).toBeDefined();
        expect(await store.deviceKey('town', 'k2', now + 1)).toBeDefined();
        expect(await store.attestation('town', deviceHash)).toBeDefined();
        expect(await store.session('town', 's1')).toBeDefined();
      });

      it('forgets a session long after its last sign of life, and keeps every decision', async () => {
        await commit({ session: { session: session('quiet'), expectedVersion: 0 }, decision: draft('d1') });
        const seen = session('seen', { state: 'started', lastSeenAt: now + 29 * dayMs });
        await commit({ session: { session: seen, expectedVersion: 0 } });
        await store.sweep(now + 31 * dayMs);
        expect(await store.session('town', 'quiet')).toBeUndefined();
        expect(await store.session('town', 'seen')).toBeDefined();
        await store.sweep(now + 5_000 * dayMs);
        expect(await store.decision('town', 'd1')).toBeDefined();
        expect(await store.verifyChain()).toEqual({ records: 1 });
      });

      it('takes any number of entries', async () => {
        await Promise.all(Array.from({ length: 2_500 }, (_, n) => store.putNonce(nonce(`n${n}`))));
        expect(await store.sweep(now + dayMs)).toBe(2_500);
      });
    });

    it('keeps everything over a restart, and goes on with its chain', async () => {
      await store.putNonce(nonce('n1'));
      await store.putNonce(nonce('n2'));
      await store.putTicket(ticket('t1'));
      await commit({
        consumeNonce: 'n1',
        redeemTicket: { handle: 't1', redeemed: redeemed('s1') },
        attestation: attestation(5),
        session: { session: session('s1'), expectedVersion: 0 },
        decision: draft('d1'),
      });
      store = await opened.reopen();
      expect(conflictOf(await commit({ consumeNonce: 'n1' }))).toBe('nonce-used');
      expect(conflictOf(await commit({ redeemTicket: { handle: 't1', redeemed: redeemed('s2') } }))).toBe(
        'ticket-used',
      );
      expect(conflictOf(await commit({ attestation: attestation(5) }))).toBe('report-sequence-old');
      expect(await store.session('town', 's1')).toEqual(session('s1'));
      expect(await commit({ consumeNonce: 'n2', decision: draft('d2') })).toEqual({ committed: true });
      expect(await store.decision('town', 'd2')).toMatchObject({ sequence: 2 });
      expect(await store.verifyChain()).toEqual({ records: 2 });
    });
  });
}
