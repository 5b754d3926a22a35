// The checks an identity profile can ask for on the identifier it reads: a table from name to rule.

import { type BirthDate, readNationalNumber } from './national-number.ts';

export interface Checked {
  /** Present where the number tells it. */
  readonly birth?: BirthDate;
}

interface Checksum {
  readonly tellsBirth: boolean;
  /** `undefined` when the check fails. */
  readonly check: (identifier: string) => Checked | undefined;
}

const nationalNumber = (kind: 'nrn' | 'bis') => (identifier: string) => {
  const read = readNationalNumber(identifier);
  return read?.kind === kind ? { birth: read.birth } : undefined;
};

export const checksums = {
  none: { tellsBirth: false, check: () => ({}) },
  'be-nrn': { tellsBirth: true, check: nationalNumber('nrn') },
  'be-bis': { tellsBirth: true, check: nationalNumber('bis') },
  'ee-ik': { tellsBirth: true, check: checkEstonian },
  'nl-bsn': { tellsBirth: false, check: identifier => (isDutch(identifier) ? {} : undefined) },
  luhn: { tellsBirth: false, check: identifier => (isLuhn(identifier) ? {} : undefined) },
} as const satisfies Readonly<Record<string, Checksum>>;

export type ChecksumName = keyof typeof checksums;
export const checksumNames = Object.keys(checksums) as readonly ChecksumName[];

export function checkIdentifier(name: ChecksumName, identifier: string): Checked | undefined {
  return checksums[name].check(identifier);
}

/** Isikukood, and the Lithuanian code alike: sex and century, YYMMDD, serial, check digit in two rounds of weights. */
function checkEstonian(identifier: string): Checked | undefined {
  if (!/^[1-8]\d{10}$/.test(identifier)) return undefined;
  const digits = digitsOf(identifier);
  const first = weighted(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const second = weighted(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
  if ((first < 10 ? first : second % 10) !== digits[10]) return undefined;
  const year = 1800 + Math.floor((Number(identifier[0]) - 1) / 2) * 100 + Number(identifier.slice(1, 3));
  const month = Number(identifier.slice(3, 5));
  const day = Number(identifier.slice(5, 7));
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? { birth: { year, month, day } } : undefined;
}

/** Burgerservicenummer: the eleven-proof with a last weight of -1. */
function isDutch(identifier: string): boolean {
  if (!/^\d{9}$/.test(identifier) || identifier === '000000000') return false;
  return weighted(digitsOf(identifier), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

function isLuhn(identifier: string): boolean {
  if (!/^\d{2,32}$/.test(identifier)) return false;
  const sum = digitsOf(identifier)
    .reverse()
    .reduce((total, digit, index) => {
      const doubled = index % 2 === 1 ? digit * 2 : digit;
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}

function digitsOf(text: string): number[] {
  return Array.from(text, Number);
}

function weighted(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((total, weight, index) => total + weight * (digits[index] ?? 0), 0);
}
