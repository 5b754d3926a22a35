// A person's second factor: made, and judged. A code is used up in the store before anything is promised for it, so that of
// two who send the same code one at most gets in.

import { type Refused, refused, isRefused } from '../contract/reason.ts';
import {
  isRecoveryCode,
  recoveryCodeHash,
  recoveryCodes,
  recoveryCodesBytes,
  useRecoveryCode,
} from '../identity/recovery-codes.ts';
import { otpauthUri, totpSeedBytes, verifyTotp } from '../identity/totp.ts';
import type { Kept, SecondFactor } from '../kept.ts';
import type { AdmissionStore, Random, Sealing } from '../ports.ts';

export interface SecondFactorPorts {
  readonly store: AdmissionStore;
  readonly random: Random;
  readonly sealing: Sealing;
  readonly recoveryCodeKey: Uint8Array;
}

type KeptFactor = Kept<'second-factor'>;

export interface NewSecondFactor {
  /** For the store. */
  readonly keep: readonly KeptFactor[];
  /** For the person, this once. */
  readonly told: { readonly uri: string; readonly recoveryCodes: string[] };
}

export interface Enrolment {
  readonly tenant: string;
  /** All that the directory may know the person by: it is asked for under each. */
  readonly pseudonyms: readonly string[];
  /** What the app of the person shows beside the institution's name. */
  readonly account: string;
  readonly now: number;
}

/** Takes the place of the one before: its codes and its seed are good for nothing any more. */
export async function newSecondFactor(
  { store, random, sealing, recoveryCodeKey }: SecondFactorPorts,
  { tenant, pseudonyms, account, now }: Enrolment,
): Promise<NewSecondFactor> {
  const seed = random.bytes(totpSeedBytes);
  const codes = recoveryCodes(random.bytes(recoveryCodesBytes));
  const keep = pseudonyms.map(async (person): Promise<KeptFactor> => {
    const before = await store.kept(tenant, 'second-factor', person);
    const value: SecondFactor = {
      person,
      sealedSeed: sealing.seal(Buffer.from(seed).toString('base64url'), sealedFor(tenant, person)),
      state: 'waiting',
      lastStep: -1,
      recoveryHashes: codes.map(code => recoveryCodeHash(recoveryCodeKey, tenant, person, code)),
      enrolledAt: now,
    };
    return { kind: 'second-factor', key: person, value, version: (before?.version ?? 0) + 1 };
  });
  return {
    keep: await Promise.all(keep),
    told: { uri: otpauthUri({ issuer: `Sluis ${tenant}`, account, seed }), recoveryCodes: [...codes] },
  };
}

/** Kept under the pseudonym of the day it was enrolled; `pseudonyms`: that of today first. */
export async function factorOf(
  { store }: Pick<SecondFactorPorts, 'store'>,
  tenant: string,
  pseudonyms: readonly string[],
): Promise<KeptFactor | undefined> {
  for (const pseudonym of pseudonyms) {
    const kept = await store.kept(tenant, 'second-factor', pseudonym);
    if (kept !== undefined) return kept;
  }
  return undefined;
}

export type FactorKind = 'totp' | 'recovery-code';

/** Which kind of code it was; it is used up by then. Rejects with `Unavailable` when the store does. */
export async function useSecondFactor(
  ports: SecondFactorPorts,
  {
    tenant,
    pseudonyms,
    code,
    now,
  }: { readonly tenant: string; readonly pseudonyms: readonly string[]; readonly code: string; readonly now: number },
): Promise<FactorKind | Refused> {
  const kept = await factorOf(ports, tenant, pseudonyms);
  if (kept === undefined) return refused('second-factor-missing', 'none is enrolled');
  const after = isRecoveryCode(code)
    ? afterRecoveryCode(ports, kept, tenant, code)
    : afterTotp(ports, kept, tenant, code, now);
  if (isRefused(after)) return after;
  const value = { ...kept.value, ...after.change, state: 'active' as const };
  const written = await ports.store.commit({ tenant, at: now, keep: [{ ...kept, value, version: kept.version + 1 }] });
  // Somebody used a code of this person in the same moment, most likely this one.
  return written.committed ? after.used : refused('second-factor-replayed', 'used elsewhere at the same time');
}

interface Used {
  readonly used: FactorKind;
  readonly change: Partial<SecondFactor>;
}

function afterRecoveryCode(
  { recoveryCodeKey }: SecondFactorPorts,
  { value }: KeptFactor,
  tenant: string,
  code: string,
): Used | Refused {
  const remaining = useRecoveryCode(
    value.recoveryHashes,
    recoveryCodeHash(recoveryCodeKey, tenant, value.person, code),
  );
  if (remaining === undefined) return refused('second-factor-wrong', 'no recovery code, or one that was used');
  return { used: 'recovery-code', change: { recoveryHashes: remaining } };
}

function afterTotp(
  { sealing }: SecondFactorPorts,
  { value }: KeptFactor,
  tenant: string,
  code: string,
  now: number,
): Used | Refused {
  const seed = sealing.open(value.sealedSeed, sealedFor(tenant, value.person));
  if (seed === undefined) return refused('second-factor-missing', 'its seed is sealed under a key that is gone');
  const verified = verifyTotp({ seed: Buffer.from(seed, 'base64url'), code, now, lastStep: value.lastStep });
  return isRefused(verified) ? verified : { used: 'totp', change: { lastStep: verified.step } };
}

/** A seed that was copied to another person's record does not open there. */
function sealedFor(tenant: string, person: string): string {
  return `totp-seed ${tenant} ${person}`;
}
