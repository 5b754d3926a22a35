// What the attributes of an entry say of its account, by kind of directory: disabled, and until when it is good.
// Active Directory: userAccountControl, accountExpires. RFC 2307 and its companions: shadowExpire, pwdAccountLockedTime.

import type { Entry } from 'ldapts';
import type { DirectorySettings } from '../directory-config.ts';
import { Unavailable } from '../ports.ts';

export interface AccountState {
  readonly disabled: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt?: number;
}

type Kind = DirectorySettings['kind'];

export const accountAttributes: Readonly<Record<Kind, readonly string[]>> = {
  'active-directory': ['userAccountControl', 'accountExpires'],
  rfc2307: ['shadowExpire', 'pwdAccountLockedTime'],
};

export function accountState(kind: Kind, entry: Entry): AccountState {
  return kind === 'active-directory' ? activeDirectory(entry) : rfc2307(entry);
}

const accountDisable = 0x2n;
/** 1601-01-01 in milliseconds since 1970: where Active Directory counts its 100-nanosecond steps from. */
const fileTimeOriginMs = -11_644_473_600_000;
/** Both mean "never". */
const neverExpires: ReadonlySet<bigint> = new Set([0n, 0x7fff_ffff_ffff_ffffn]);

function activeDirectory(entry: Entry): AccountState {
  const control = wholeNumber(entry, 'userAccountControl');
  // Every account has one: where it cannot be read, the account that we bind with may not read it.
  if (control === undefined) throw new Unavailable('directory: userAccountControl cannot be read');
  const expires = wholeNumber(entry, 'accountExpires');
  return {
    disabled: (control & accountDisable) !== 0n,
    ...(expires === undefined || neverExpires.has(expires)
      ? {}
      : { expiresAt: fileTimeOriginMs + Number(expires / 10_000n) }),
  };
}

/** `0.8`, `0,8` and `80 %` of full time; what is nothing of the kind is not known. A bare number above 1 is a percentage. */
export function employmentOf(entry: Entry, attribute: string): number | undefined {
  const [value = ''] = valuesOf(entry, attribute);
  const [, digits = '', percent] = /^(\d{1,3}(?:[.,]\d{1,4})?) ?(%)?$/.exec(value.trim()) ?? [];
  const number = digits === '' ? Number.NaN : Number(digits.replace(',', '.'));
  const share = percent !== undefined || number > 1 ? number / 100 : number;
  return share >= 0 && share <= 1 ? share : undefined;
}

const dayMs = 86_400_000;
/** Locked until an administrator unlocks it. A lock with a time is about wrong passwords, which anybody can send. */
const lockedForGood = '000001010000Z';

function rfc2307(entry: Entry): AccountState {
  const days = wholeNumber(entry, 'shadowExpire');
  return {
    disabled: valuesOf(entry, 'pwdAccountLockedTime').includes(lockedForGood),
    ...(days === undefined || days < 0n ? {} : { expiresAt: Number(days) * dayMs }),
  };
}

function wholeNumber(entry: Entry, attribute: string): bigint | undefined {
  const [value] = valuesOf(entry, attribute);
  if (value === undefined) return undefined;
  if (!/^-?\d{1,20}$/.test(value)) throw new Unavailable(`directory: ${attribute} is no whole number`);
  return BigInt(value);
}

/** The text values of an attribute; names of attributes know no case. [RFC4512-2.5] */
export function valuesOf(entry: Entry, attribute: string): readonly string[] {
  const wanted = attribute.toLowerCase();
  for (const [name, value] of Object.entries(entry)) {
    if (name === 'dn' || name.toLowerCase() !== wanted) continue;
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    return all.filter(each => typeof each === 'string');
  }
  return [];
}
